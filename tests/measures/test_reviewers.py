"""Severity of the reviewers, held to the delivered files, to a published model's likelihood and to the answer key."""

from collections import Counter
from datetime import datetime

import numpy as np
import polars as pl
import pytest
from scipy import special

from overread.counts.build import build
from overread.counts.declared import DIMENSIONS
from overread.demonstration.generate import generate
from overread.measures.reviewers import Crossed, as_ratio, reviewers
from overread.stats.shares.proportion import wilson
from overread.warehouse import analysis
from overread.warehouse.schema import open_warehouse


def random_reviews(folder):
    """(vendor, reviewer, score) of the random reviews, from the files."""
    assigned, done = (
        pl.concat([pl.read_parquet(p) for p in (folder / "reviews").glob(f"{kind}*")])
        for kind in ("assignments", "reviews")
    )
    # the stratum of an assignment names the vendor; the sites number their own
    vendor = pl.col("stratum").str.split("/").list.first().alias("vendor")
    joined = done.join(assigned.select("site", "assignment", vendor), on=["site", "assignment"])
    return joined.filter(pl.col("route") == "random").select("vendor", "reviewer", "score").rows()


@pytest.fixture(scope="module")
def told(reviewed):
    return pl.concat(list(reviewers(reviewed[0])))


def test_zero_rates_equal_those_of_the_files(reviewed, told):
    files = random_reviews(reviewed[1])
    of = Counter(reviewer for _, reviewer, _ in files)
    nothing = Counter(reviewer for _, reviewer, score in files if score == "1")
    zero = told.filter(pl.col("measure_id") == "reviewer_zero_rate")
    own = zero.filter(pl.col("reader").is_not_null())
    # pseudonyms differ from the files' names, the counts do not
    assert sorted(own.select("numerator", "denominator").rows()) == sorted(
        (nothing[reviewer], n) for reviewer, n in of.items()
    )
    (row,) = zero.filter(pl.col("reader").is_null()).to_dicts()
    assert (row["numerator"], row["denominator"]) == (sum(nothing.values()), len(files))
    expected = wilson(sum(nothing.values()), len(files))
    assert (row["low"], row["high"]) == (float(expected.low), float(expected.high))


def test_the_fit_is_a_maximum_of_the_likelihood_of_the_files(reviewed, told):
    """No vendor or reviewer can be moved to a better fit, given the spread of the reviewers; by loops over reviews."""
    files = random_reviews(reviewed[1])
    vendors, names = (sorted({row[place] for row in files}) for place in (0, 1))
    n, x = np.zeros((2, len(vendors), len(names)))
    for vendor, reviewer, score in files:
        n[vendors.index(vendor), names.index(reviewer)] += 1
        x[vendors.index(vendor), names.index(reviewer)] += score != "1"
    fit = Crossed(tuple(vendors), tuple(names), n, x).fitted()
    severity, sigma = fit.severity.value, float(fit.sigma.value)
    stored = told.filter(pl.col("measure_id") == "reviewer_severity")
    assert np.allclose(np.sort(stored["value"].to_numpy()), np.sort(np.exp(severity)))
    # a vendor without a discrepancy enters with half a one more, spread like its reviews
    none = x.sum(axis=1) == 0
    half = 0.5 * n / n.sum(axis=1, keepdims=True) * none[:, None]
    entering_x, entering_n = x + half, n + half
    # given the severities, each vendor's log odds solves "expected = found"
    effects = []
    for vendor in range(len(vendors)):
        low, high = -20.0, 20.0
        for _ in range(80):
            middle = (low + high) / 2
            above = (entering_n[vendor] * special.expit(middle + severity)).sum() > entering_x[
                vendor
            ].sum()
            low, high = (low, middle) if above else (middle, high)
        effects.append(low)
    p = special.expit(np.array(effects)[:, None] + severity)
    # given the vendors, each reviewer's pull by his reviews equals the pull towards the average
    assert np.abs((entering_x - entering_n * p).sum(axis=0) - severity / sigma**2).max() < 1e-4
    mix = n.sum(axis=0) / n.sum()
    adjusted = told.filter(pl.col("measure_id") == "discrepancy_rate_adjusted").sort("vendor")
    assert adjusted["vendor"].to_list() == vendors
    assert np.allclose(
        adjusted["value"].to_numpy(), np.where(none, 0, (p * mix).sum(axis=1)), atol=1e-6
    )
    assert adjusted["numerator"].to_list() == x.sum(axis=1).tolist()
    assert adjusted["denominator"].to_list() == n.sum(axis=1).tolist()
    assert ((adjusted["low"] <= adjusted["value"]) & (adjusted["value"] < adjusted["high"])).all()


def test_the_lenient_reviewers_are_found(tmp_path):
    """The two that the answer key names are below everybody, beyond chance; nobody else is."""
    key = generate(tmp_path, exams=300_000, seed=1, form="parquet")
    problem = key["problems"]["lenient_reviewers"]
    files = pl.DataFrame(
        random_reviews(tmp_path), schema=["vendor", "reader", "score"], orient="row"
    )
    crossed = Crossed.of(
        files.group_by("vendor", "reader", discrepant=pl.col("score") != "1").len("n")
    )
    severity = as_ratio(crossed.fitted().severity)
    below = {name for name, high in zip(crossed.reviewers, severity.high, strict=True) if high < 1}
    assert below == set(problem["where"]["reviewers"])
    lowest = np.argsort(severity.value)[:2]
    assert {crossed.reviewers[place] for place in lowest} == below
    for name in below:
        counted = problem["counted"][name]
        place = crossed.reviewers.index(name)
        n, found = crossed.n.sum(axis=0)[place], crossed.discrepant.sum(axis=0)[place]
        # the key leaves out the held month
        assert n - found > 0.99 * n
        assert counted["concordant"] > 0.99 * counted["n"]
        assert counted["rightly_concordant"] < 0.98 * counted["n"]


def facts(rows):
    connection = open_warehouse()
    analysis.build(connection, datetime(2026, 7, 1))
    place = dict.fromkeys(DIMENSIONS, "x") | {"month": "2026-01", "route": "random"}
    for row in rows:
        cells = {**place, **row}
        connection.execute(
            f"INSERT INTO review_fact BY NAME SELECT {', '.join(f'? AS {c}' for c in cells)}",
            list(cells.values()),
        )
    build(connection)
    return connection


ONE, TWO = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"


def test_nothing_to_compare_says_so():
    assert list(reviewers(facts([]))) == []
    alone = facts([{"score": "1", "reviewer_id": ONE}] * 5 + [{"score": "2a", "reviewer_id": ONE}])
    told = pl.concat(list(reviewers(alone)))
    (row,) = told.filter(pl.col("measure_id") == "reviewer_severity").to_dicts()
    assert (row["status"], row["value"]) == ("insufficient", None)
    assert row["reason"] == "a single reviewer: nobody to compare with"
    calm = facts([{"score": "1", "reviewer_id": who} for who in (ONE, TWO)])
    told = pl.concat(list(reviewers(calm)))
    (row,) = told.filter(pl.col("measure_id") == "discrepancy_rate_adjusted").to_dicts()
    assert (row["status"], row["value"]) == ("insufficient", None)
    assert row["reason"] == "no discrepancy, or nothing else: nothing tells the reviewers apart"


def test_other_routes_held_months_and_reviews_without_a_reviewer_do_not_enter():
    connection = facts(
        [
            {"score": "1", "reviewer_id": ONE},
            {"score": "2a", "reviewer_id": TWO},
            {"score": "3b", "reviewer_id": ONE, "route": "ad_hoc"},
            {"score": "3b", "reviewer_id": ONE, "month": "2026-02"},
            {"score": "3b"},
        ]
    )
    connection.execute("INSERT INTO held_month VALUES ('2026-02', 'clocks', 'they stood')")
    told = pl.concat(list(reviewers(connection)))
    zero = told.filter(pl.col("measure_id") == "reviewer_zero_rate").sort("reader")
    assert zero.select("reader", "numerator", "denominator").rows() == [
        (None, 1, 2),
        (ONE, 1, 1),
        (TWO, 0, 1),
    ]
