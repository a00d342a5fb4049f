from datetime import date

import polars as pl
import pytest

from overread.feeds.configuration import Configuration
from overread.measures.table import SCHEMA
from overread.release import build
from overread.warehouse.schema import open_warehouse

NETWORK = {
    "network": "n",
    "title": "n",
    "mappings": ["m.yaml"],
    "sites": [
        {
            "id": "s",
            "name": "s",
            "country": "DE",
            "region": "emea",
            "zone": "Europe/Berlin",
            "facility_type": "clinic",
        }
    ],
}


AGREED = {"valid_from": "2026-01-01", "valid_to": "2026-12-31"}


def released(measures, agreements=(), day=date(2026, 6, 1)):
    vendors = sorted({m["vendor"] for m in measures if m.get("vendor")})
    described = [
        {"id": v, "name": v, "sharing_agreement": AGREED if v in agreements else None}
        for v in vendors
    ]
    configuration = Configuration.model_validate(
        {**NETWORK, "vendors": described or [{"id": "x", "name": "x"}]}
    )
    connection = open_warehouse()
    connection.register("rows", pl.DataFrame(measures, schema=SCHEMA).to_arrow())
    connection.execute("CREATE TABLE measure AS SELECT * FROM rows")
    build(connection, configuration, day)
    return connection


def row(vendor, value, n=100, measure_id="sla_attainment", **more):
    told = {"measure_id": measure_id, "vendor": vendor, "value": value, "n": n}
    cells = {"low": value - 0.01, "high": value + 0.01, "status": "ok", "reason": ""}
    return dict.fromkeys(SCHEMA) | cells | told | more


def of(connection, vendor, columns):
    return connection.execute(
        f"SELECT {columns} FROM measure_release WHERE audience = 'vendor' AND recipient = ?",
        [vendor],
    ).fetchall()


PEERS = [row(f"v{i}", i / 10) for i in range(1, 7)]


def test_a_vendor_sees_its_own_rows_only():
    connection = released([*PEERS, row(None, 0.5), row("v1", 0.3, reader="r1")])
    assert of(connection, "v1", "DISTINCT vendor, reader") == [("v1", None)]
    assert connection.execute(
        "SELECT count(*) FROM measure_release WHERE audience = 'committee'"
    ).fetchall() == [(8,)]


def test_the_band_is_the_same_in_every_bundle():
    connection = released(PEERS)
    bands = {of(connection, f"v{i}", "band_low, band_median, band_high")[0] for i in range(1, 7)}
    assert len(bands) == 1
    assert bands.pop() == pytest.approx((0.225, 0.35, 0.475))


def test_no_band_below_five_peers_of_eleven_cases():
    few = [*PEERS[:5], row("v6", 0.6, n=10)]
    connection = released(few)
    assert of(connection, "v1", "band_median") == [(None,)]
    # the small vendor itself has five others
    assert of(connection, "v6", "band_median") == [(pytest.approx(0.3),)]


def test_amounts_of_peers_are_nobodys_business():
    """A contract's credits give no band, however many vendors owe some."""
    credits_owed = [{**peer, "measure_id": "sla_credits", "category": "USD"} for peer in PEERS]
    connection = released(credits_owed)
    assert of(connection, "v1", "value, band_low, band_median, band_high") == [
        (PEERS[0]["value"], None, None, None)
    ]


def test_judgement_is_withheld_and_counts_stand():
    connection = released([row("v1", 0.5, n=10)])
    assert of(connection, "v1", "value, low, n, shown") == [(None, None, 10, "withheld")]
    committee = "SELECT value, note FROM measure_release WHERE audience = 'committee'"
    assert connection.execute(committee).fetchall() == [(0.5, "small number")]


@pytest.mark.parametrize(("day", "rows"), [(date(2026, 6, 1), 1), (date(2027, 1, 1), 0)])
def test_review_results_need_an_agreement_in_force(day, rows):
    measures = [
        row("v1", 0.05, measure_id="discrepancy_rate"),
        row("v2", 0.05, measure_id="discrepancy_rate"),
    ]
    connection = released(measures, agreements=("v1",), day=day)
    assert len(of(connection, "v1", "value")) == rows
    assert of(connection, "v2", "value") == []


def positions(vendors, measure_id="sla_attainment_shrunk", **more):
    return [
        row(f"v{i}", 0.9712 + i / 1000, measure_id=measure_id, numerator=97.0, denominator=100.0, **more)
        for i in range(1, vendors + 1)
    ]  # fmt: skip


def test_a_position_among_five_others_is_told_rounded_and_without_its_parts():
    """Nothing of it gives the share that the vendors have in common."""
    ((value, low, high, numerator, denominator, n, shown, band),) = of(
        released(positions(6)),
        "v2",
        "value, low, high, numerator, denominator, n, shown, band_median",
    )
    assert (value, low, high) == (0.97, 0.96, 0.98)
    assert (numerator, denominator, n, shown, band) == (None, None, 100, "value", None)


def test_a_position_among_fewer_is_withheld():
    told = of(released(positions(5)), "v2", "value, low, high, numerator, denominator, shown, note")
    assert told == [
        (None, None, None, None, None, "withheld", "fewer than 5 others with 11 cases: no position")
    ]
    few = positions(6)
    few[5]["n"] = 10
    assert of(released(few), "v2", "shown") == [("withheld",)]


def test_a_rank_by_reviews_takes_an_agreement_as_well():
    ranks = positions(6, measure_id="rank", category="discrepancy_rate")
    assert of(released(ranks), "v2", "shown") == []
    assert of(released(ranks, agreements=("v2",)), "v2", "shown") == [("value",)]


def test_a_ratio_to_what_peers_have_is_for_the_committee():
    ratios = positions(8, measure_id="standardised_ratio", category="sla_breaches")
    connection = released(ratios, agreements=("v2",))
    assert of(connection, "v2", "shown") == []
    assert connection.execute(
        "SELECT count(*), count(value) FROM measure_release WHERE audience = 'committee'"
    ).fetchall() == [(8, 8)]
