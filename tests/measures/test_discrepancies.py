"""Arbitration, attribution, direction and delivery, held to loops over the delivered files."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import polars as pl
import pytest

from overread.counts.build import build
from overread.counts.declared import DIMENSIONS
from overread.measures.discrepancies import delivery_time, discrepancies
from overread.measures.preliminary import preliminary_changes
from overread.stats.shares.clustered_proportion import wilson_clustered
from overread.stats.shares.proportion import wilson
from overread.warehouse import analysis
from overread.warehouse.schema import open_warehouse

TOP = [pl.col(name).is_null() for name in ("period", "route", *DIMENSIONS[2:])]


@pytest.fixture(scope="module")
def told(reviewed):
    connection, _, _ = reviewed
    return pl.concat([*discrepancies(connection), *delivery_time(connection)])


@pytest.fixture(scope="module")
def delivered(reviewed):
    """The delivered reviews as plain rows."""
    _, folder, _ = reviewed
    return pl.concat([pl.read_parquet(p) for p in (folder / "reviews").glob("reviews*")]).to_dicts()


def value(told, measure_id, category=None, vendor=None):
    found = told.filter(
        pl.col("measure_id") == measure_id,
        pl.col("category").is_null() if category is None else pl.col("category") == category,
        pl.col("vendor").is_null() if vendor is None else pl.col("vendor") == vendor,
        *TOP,
    )
    assert found.height == 1
    return found.row(0, named=True)


def change(score, ruling):
    """How an arbitrated score differs, by the words of the catalogue."""
    if score == ruling:
        return None
    if ruling == "1":
        return "to_concordant"
    if score == "1":
        return "to_discrepant"
    significances = {score[1:], ruling[1:]}
    if significances == {"a", "b"}:
        return "significance"
    return "degree" if score[0] != ruling[0] else None


def test_shares_equal_those_of_the_delivered_rows(told, delivered):
    found = [row for row in delivered if row["score"] != "1"]
    arbitrated = [row for row in delivered if row["arbitrated"] is not None]
    row = value(told, "reviews_arbitrated")
    assert (row["numerator"], row["denominator"]) == (
        sum(row["arbitrated"] is not None for row in found),
        len(found),
    )
    ways = Counter(change(row["score"], row["arbitrated"]) for row in arbitrated)
    assert ways["to_concordant"]
    assert ways["significance"]
    unchanged = ways.pop(None)
    row = value(told, "arbitration_overturned")
    assert (row["numerator"], row["denominator"]) == (sum(ways.values()), len(arbitrated))
    assert unchanged == len(arbitrated) - sum(ways.values())
    for way in ("to_concordant", "to_discrepant", "significance", "degree"):
        assert value(told, "arbitration_overturned", way)["numerator"] == ways[way]
    stood = Counter(r["attribution"] for r in arbitrated if r["arbitrated"] != "1")
    for whose, n in stood.items():
        row = value(told, "discrepancy_attribution", whose)
        assert (row["numerator"], row["denominator"]) == (n, sum(stood.values()))
    kinds = Counter(row["direction"] for row in found)
    for kind, n in kinds.items():
        row = value(told, "discrepancy_direction", kind)
        assert (row["numerator"], row["denominator"]) == (n, len(found))
        expected = wilson(n, len(found))
        assert (row["low"], row["high"]) == (float(expected.low), float(expected.high))


def test_delivery_equals_that_of_the_delivered_rows(reviewed, told, delivered):
    connection, _, _ = reviewed
    cutoff = analysis.data_cutoff(connection)
    old = [
        row
        for row in delivered
        if row["score"] != "1" and plain(row["reviewed"]) <= cutoff - timedelta(days=30)
    ]
    waits = sorted(
        (row["told"] - row["reviewed"]).total_seconds() / 60
        for row in old
        if row["told"] is not None
    )
    assert max(waits) < 30 * 24 * 60
    assert len(waits) < len(old)
    row = value(told, "discrepancies_delivered")
    assert (row["numerator"], row["denominator"]) == (len(waits), len(old))
    row = value(told, "delivery_days")
    assert row["n"] == len(old)
    assert row["value"] == pytest.approx(waits[-(-len(old) // 2) - 1])
    assert row["low"] < row["value"] < row["high"]


def plain(moment):
    return moment.replace(tzinfo=None)


def facts(connection, rows):
    place = dict.fromkeys(DIMENSIONS, "x") | {"month": "2026-01", "route": "random"}
    for row in rows:
        cells = {**place, **row}
        connection.execute(
            f"INSERT INTO review_fact BY NAME SELECT {', '.join(f'? AS {name}' for name in cells)}",
            list(cells.values()),
        )
    build(connection)


@pytest.fixture
def empty():
    connection = open_warehouse()
    analysis.build(connection, datetime(2026, 7, 1))
    build(connection)
    return connection


def test_no_review_gives_no_row(empty):
    assert not list(delivery_time(empty))
    assert not list(preliminary_changes(empty))
    assert sum(part.height for part in discrepancies(empty)) == 0


def test_a_missing_direction_and_a_raised_score_are_counted(empty):
    unknown = {"direction": "(unknown)", "attribution": "(unknown)"}
    facts(
        empty,
        [
            {"score": "2", "direction": "miss", "attribution": "(unknown)"},
            {"score": "3", **unknown},
            {"score": "1", "arbitrated_score": "3b", **unknown},
            {"score": "2", "arbitrated_score": "3", "direction": "miss", "attribution": "local"},
            {"score": "1", "arbitrated_score": "1"},
        ],
    )
    told = pl.concat(list(discrepancies(empty)))
    row = value(told, "discrepancy_direction", "(unknown)")
    assert (row["numerator"], row["denominator"]) == (1, 3)
    row = value(told, "discrepancy_attribution", "(unknown)")
    assert (row["numerator"], row["denominator"]) == (1, 2)
    for way, n in (("to_discrepant", 1), ("degree", 1), ("to_concordant", 0), (None, 2)):
        row = value(told, "arbitration_overturned", way)
        assert (row["numerator"], row["denominator"]) == (n, 3)


def test_a_median_beyond_the_window_is_not_told(empty):
    day = 86_400
    told = {"score": "2a", "direction": "miss", "delivery": "delivered"}
    late = [{**told, "delivery": "late", "delivery_seconds": 40 * day}] * 5
    never = [{**told, "delivery": "undelivered"}] * 6
    # as good as told at once, but too young to be judged
    young = [{**told, "delivery": "young", "delivery_seconds": day}] * 9
    facts(
        empty, [{**told, "delivery_seconds": n * day} for n in range(1, 11)] + late + never + young
    )
    (row,) = (
        pl.concat(list(delivery_time(empty))).filter(pl.col("vendor").is_null(), *TOP).to_dicts()
    )
    assert (row["n"], row["status"], row["value"]) == (21, "insufficient", None)
    assert row["reason"] == "the median lies beyond 30 days"
    facts(empty, [{**told, "delivery_seconds": 11 * day}] * 3)
    (row,) = (
        pl.concat(list(delivery_time(empty))).filter(pl.col("vendor").is_null(), *TOP).to_dicts()
    )
    assert (row["n"], row["value"]) == (24, 11 * day / 60)
    assert (row["low"], row["high"]) == (None, None)
    assert row["reason"] == "the upper limit lies beyond 30 days"


def test_major_changes_are_clustered_by_patient(empty):
    """Reviews of one patient in two months and by two vendors, some of unknown patients, some of unknown weight."""
    rng = np.random.default_rng(3)
    rows, patients = [], defaultdict(list)
    for patient in range(60):
        chance = 0.7 if patient < 8 else 0.03
        for number in range(1 + patient % 4):
            score = "3b" if rng.random() < chance else "2" if number == 3 else "1"
            unknown = patient % 10 == 9
            rows.append({
                "route": "final_over_preliminary", "score": score, "month": f"2026-0{1 + number % 2}",
                "vendor": "xy"[number // 2], "significant": {"3b": True, "1": False}.get(score),
                "patient_id": None if unknown else UUID(int=patient),
            })  # fmt: skip
            if score != "2":
                patients[(patient, number) if unknown else patient].append(score == "3b")
    facts(empty, [*rows, {"score": "3b", "significant": True, "patient_id": UUID(int=1)}])
    told = pl.concat(list(preliminary_changes(empty)))
    (row,) = told.filter(
        pl.col("vendor").is_null(), *(pl.col(name).is_null() for name in ("period", *DIMENSIONS[2:]))
    ).to_dicts()  # fmt: skip
    x = np.array([sum(scores) for scores in patients.values()])
    n = np.array([len(scores) for scores in patients.values()])
    p = x.sum() / n.sum()
    assert (row["numerator"], row["denominator"]) == (x.sum(), n.sum())
    variance = len(n) / (len(n) - 1) * ((x - p * n) ** 2).sum() / n.sum() ** 2
    size = p * (1 - p) / variance
    assert size < 0.8 * n.sum()
    z = 1.959963984540054
    half = z * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    centre = (p + z**2 / (2 * size)) / (1 + z**2 / size)
    assert (row["low"], row["high"]) == (
        pytest.approx(centre - half),
        pytest.approx(centre + half),
    )


def test_patients_who_agree_with_themselves_halve_the_sample():
    """Two alike reviews of each patient tell what one would."""
    x, n = 20, 200
    twice = wilson_clustered(2 * x, 2 * n, n, 4 * x, 4 * x, 4 * n)
    once = wilson(x, n)
    assert float(twice.low) == pytest.approx(float(once.low), abs=2e-4)
    assert float(twice.high) == pytest.approx(float(once.high), abs=4e-4)
    alone = wilson_clustered(1, 3, 1, 1, 3, 9)
    assert (float(alone.value), np.isnan(alone.low)) == (1 / 3, True)
    assert str(wilson_clustered(0, 0, 0, 0, 0, 0).status) == "insufficient"
    with pytest.raises(ValueError, match="outside"):
        wilson_clustered(2, 1, 1, 4, 2, 1)
