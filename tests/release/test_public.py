"""The public rows: what is told, what is not, and when a period is told anew."""

from datetime import date, datetime

import network as networks
import numpy as np
import polars as pl
import pytest

from overread.feeds.configuration import Configuration
from overread.measures.catalogue import CATALOGUE
from overread.release import build
from overread.release.public import HELD, WITHHELD, release_to_public
from overread.release.public_tables import PUBLIC_TABLES
from overread.stats.shares.proportion import wilson

MAY, JUNE = 3, 4  # releases of 1 May and 1 June: the first quarter is settled
NUMBERS = ("n", "numerator", "denominator", "value", "low", "high", "target")


def network(*, americas=(200, 2000), emea=(80, 900), apac=(60, 500), later=None, vendors=4):
    """Counts of January, all there in time; `later` arrives for June's release."""
    added = np.zeros((networks.MONTHS, networks.MONTHS, vendors, 3, 3, 2), dtype=np.int64)
    for region, told in enumerate((americas, apac, emea)):
        for modality in range(2):
            added[0, 0, :, region, modality] = np.array(told) // (2 * vendors)
    if later is not None:
        added[JUNE, 0] = later
    return networks.Network(added)


def told(connection, described, release=MAY):
    networks.load(connection, described, release)
    return release_to_public(connection)


def first(described, release=MAY):
    return told(networks.warehouse(), described, release)


def quarter(frame, **place):
    """The row of the attainment table at a place."""
    at = {"region": None, "modality": None, **place}
    found = frame.filter(
        pl.col("measure_id") == "sla_attainment",
        *(pl.col(name).eq_missing(pl.lit(value, pl.String)) for name, value in at.items()),
    )
    return found.row(0, named=True)


def test_a_told_row_has_its_counts_and_their_interval():
    row = quarter(first(network()), region="emea")
    assert (row["numerator"], row["n"], row["denominator"]) == (80, 976, 976)
    rate = wilson(80, 976)
    assert [row[c] for c in ("value", "low", "high")] == [rate.value, rate.low, rate.high]
    assert (row["shown"], row["note"], row["status"], row["period"]) == (
        "value",
        "",
        "ok",
        "2025-Q1",
    )
    assert (row["vendor"], row["target"], row["interval"]) == (None, None, "received_to_final")


def test_an_untold_row_has_no_number_and_does_not_say_why():
    frame = first(network(apac=(8, 400)))
    small, beside = quarter(frame, region="apac"), quarter(frame, region="emea")
    assert [small[name] for name in NUMBERS] == [None] * len(NUMBERS)
    assert small["note"] == WITHHELD
    assert {k: v for k, v in small.items() if k != "region"} == {
        k: v for k, v in beside.items() if k != "region"
    }
    assert quarter(frame, region="americas")["numerator"] == 200
    assert quarter(frame)["numerator"] == 288


def test_zero_is_told_of_a_part_without_cases():
    row = quarter(first(network()), modality="ultrasound")
    assert (row["n"], row["numerator"], row["value"], row["status"]) == (0, 0, None, "insufficient")


def test_no_event_among_many_cases_is_untold():
    """It would tell every vendor's rate."""
    assert quarter(first(network(apac=(0, 800))), region="apac")["shown"] == "suppressed"


def test_two_vendors_are_never_told():
    assert set(first(network(vendors=2))["shown"]) == {"suppressed"}


def test_a_period_is_told_a_month_after_its_end():
    frame = first(network(), release=MAY - 1)
    assert frame.height == 0
    assert set(first(network())["measure_id"]) == {"sla_attainment"}  # the year goes on
    frame = first(network(), release=12)
    assert set(frame.filter(measure_id="discrepancy_rate")["period"]) == {"2025"}


def test_a_held_month_holds_its_period():
    connection = networks.warehouse()
    networks.load(connection, network(), MAY)
    connection.execute("UPDATE measure SET status = 'blocked', value = NULL")
    row = quarter(release_to_public(connection))
    assert (row["shown"], row["note"], row["n"]) == ("suppressed", HELD, None)


def test_a_period_told_once_stays_told_while_held():
    connection = networks.warehouse()
    before = told(connection, network())
    networks.load(connection, network(), JUNE)
    connection.execute("UPDATE measure SET status = 'blocked'")
    assert release_to_public(connection).equals(before)


def late(*vendors, rest=None):
    """Late events (and as many others, or `rest`) of each vendor in each region and either modality."""
    added = np.zeros((4, 3, 3, 2), dtype=np.int64)
    added[:, :, :2, 0] = np.array(vendors)[:, None, None]
    added[:, :, :2, 1] = np.array(vendors if rest is None else rest)[:, None, None]
    return added


@pytest.mark.parametrize(
    ("later", "revised"),
    [
        (late(0, 0, 0, 0), False),
        (late(1, 1, 1, 1), False),  # 8 events in each region
        (late(2, 2, 2, 2), True),  # 16, and 12 in each vendor's eyes
        (late(6, 1, 0, 0), False),  # 14, but 2 in the eyes of the first
        (late(6, 0, 0, 0), True),  # 12, and nothing in the eyes of the first
        (late(-2, -2, -2, -2, rest=(2, 2, 2, 2)), True),  # as many events taken back
        (late(-2, -2, -2, -2, rest=(3, 3, 3, 3)), False),  # 8 cases more
    ],
)
def test_a_period_is_revised_in_large_steps_only(later, revised):
    connection = networks.warehouse()
    before = told(connection, network())
    after = told(connection, network(later=later), JUNE)
    assert after.equals(before) == (not revised)
    if revised:
        assert quarter(after)["n"] == quarter(before)["n"] + later.sum()
        assert quarter(after)["data_cutoff"] == datetime(2025, 6, 1)


def test_what_is_untold_once_stays_untold():
    connection = networks.warehouse()
    told(connection, network(apac=(8, 400)))
    after = told(connection, network(apac=(8, 400), later=late(50, 50, 50, 50)), JUNE)
    assert quarter(after)["data_cutoff"] == datetime(2025, 6, 1)
    assert quarter(after, region="apac")["shown"] == "suppressed"


def test_the_same_release_again_gives_the_same_rows():
    connection = networks.warehouse()
    first_time = told(connection, network())
    told(connection, network(later=late(9, 9, 9, 9)), JUNE)
    versions = connection.execute("SELECT count(DISTINCT version) FROM public_release").fetchall()
    again = told(connection, network())
    assert again.equals(first_time)
    assert versions == [(2,)]
    assert connection.execute("SELECT count(DISTINCT version) FROM public_release").fetchall() == [
        (2,)
    ]


def test_measures_without_a_cutoff_are_not_told():
    connection = networks.warehouse()
    networks.load(connection, network(), MAY)
    connection.execute("UPDATE measure SET data_cutoff = NULL")
    assert release_to_public(connection).height == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("SET numerator = numerator + 0.5", "whole counts"),
        ("SET denominator = denominator + 1 WHERE modality = 'ct'", "same cases"),
    ],
)
def test_counts_that_no_rule_can_protect_are_refused(change, message):
    connection = networks.warehouse()
    networks.load(connection, network(), MAY)
    connection.execute(f"UPDATE measure {change}")
    with pytest.raises(ValueError, match=message):
        release_to_public(connection)


def test_no_two_tables_count_the_same_rows():
    """Two totals of nested counts would give a third by subtraction."""
    tables = [
        {column.split(".")[0] for column in CATALOGUE[table.measure_id].input_columns}
        for table in PUBLIC_TABLES
    ]
    assert all(not a & b for i, a in enumerate(tables) for b in tables[:i])
    assert all(CATALOGUE[table.measure_id].unit == "share" for table in PUBLIC_TABLES)


def test_the_release_holds_the_public_rows_beside_the_others():
    described = network()
    configuration = Configuration.model_validate(
        {
            "network": "n",
            "title": "n",
            "mappings": ["m.yaml"],
            "vendors": [{"id": v, "name": v} for v in described.vendors],
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
    )
    connection = networks.warehouse()
    networks.load(connection, described, MAY)
    rows = build(connection, configuration, date(2025, 5, 1))
    told_to = dict(
        connection.execute("SELECT audience, count(*) FROM measure_release GROUP BY 1").fetchall()
    )
    assert rows == sum(told_to.values())
    assert told_to["public"] == 1 + 4 + 8
    assert connection.execute(
        "SELECT DISTINCT recipient, vendor, band_median FROM measure_release WHERE audience = 'public'"
    ).fetchall() == [(None, None, None)]
