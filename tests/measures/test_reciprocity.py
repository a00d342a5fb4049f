"""The hospital's own reads, judged by the vendors' readers: held to the files and to the answer key."""

import polars as pl
import pytest

from overread.counts.build import build
from overread.counts.declared import DIMENSIONS
from overread.measures.catalogue import CATALOGUE
from overread.measures.reciprocity import LOCAL_RATES, reciprocity
from overread.release.build import REVIEW_MEASURES
from overread.stats.shares.proportion import wilson
from overread.warehouse import analysis
from overread.warehouse.schema import open_warehouse


def whole(told, measure_id="local_discrepancy_rate", vendor=None):
    (row,) = told.filter(
        pl.col("measure_id") == measure_id,
        pl.col("vendor").is_null() if vendor is None else pl.col("vendor") == vendor,
        *(pl.col(name).is_null() for name in ("period", *DIMENSIONS[2:])),
    ).to_dicts()
    return row


def test_rates_equal_those_of_the_files(reviewed):
    connection, folder, _ = reviewed
    told = pl.concat(list(reciprocity(connection)))
    scores = pl.read_parquet(folder / "reviews" / "local_reviews.parquet")["score"].to_list()
    for measure_id, ending in (
        ("local_discrepancy_rate", ("2", "2a", "2b", "3", "3a", "3b")),
        ("local_significant_discrepancy_rate", ("2b", "3b")),
    ):
        row, found = whole(told, measure_id), sum(score in ending for score in scores)
        assert (row["numerator"], row["denominator"]) == (found, len(scores))
        assert row["high"] == pytest.approx(float(wilson(found, len(scores)).high))


def test_each_vendor_judged_what_the_answer_key_says(reviewed):
    connection, _, key = reviewed
    (held,) = key["held_months"]
    connection.execute("INSERT INTO held_month VALUES (?, 'clocks', 'they stood')", [held])
    told = pl.concat(list(reciprocity(connection)))
    connection.execute("DELETE FROM held_month")
    counted = key["problems"]["local_reads"]["counted"]
    assert len(counted) >= 6
    for vendor, planted in counted.items():
        row = whole(told, vendor=vendor)
        assert (row["denominator"], row["numerator"]) == (planted["n"], planted["discrepant"])


def test_old_scores_have_no_significance_and_none_at_all_says_so():
    connection = open_warehouse()
    analysis.build(connection, None)
    build(connection)
    assert sum(part.height for part in reciprocity(connection)) == 0
    place = dict.fromkeys(DIMENSIONS, "x") | {"month": "2026-01", "score": "2"}
    connection.execute(
        f"INSERT INTO local_review_fact BY NAME SELECT {', '.join(f'? AS {c}' for c in place)}",
        list(place.values()),
    )
    build(connection)
    told = pl.concat(list(reciprocity(connection)))
    assert whole(told)["value"] == 1
    row = whole(told, "local_significant_discrepancy_rate")
    assert (row["status"], row["reason"], row["value"]) == ("insufficient", "no cases", None)


def test_a_vendor_gets_them_under_an_agreement_only():
    assert set(LOCAL_RATES) <= set(REVIEW_MEASURES)
    assert all(CATALOGUE[name].direction == "neutral" for name in LOCAL_RATES)
