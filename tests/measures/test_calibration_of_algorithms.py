"""Scores as probabilities, against the item-level statistics and by hand."""

import numpy as np
import pytest
from pairs import count, empty, measured, told

from overread.stats.accuracy.calibration import calibration, calibration_line

P, A = "present", "absent"


@pytest.fixture(scope="module")
def scored():
    rng = np.random.default_rng(8)
    score = np.round(rng.beta(1, 3, 800), 3)
    sick = (rng.random(800) < score**1.3).astype(int)
    connection = empty()
    values, n = np.unique(np.stack([score, sick]), axis=1, return_counts=True)
    for (value, truth), size in zip(values.T, n, strict=True):
        count(connection, int(size), score_key=round(value * 1e6), truth=P if truth else A)
    return measured(connection), sick, score


def test_scores_are_judged_as_the_cases_are(scored):
    connection, sick, score = scored
    expected = calibration(sick, score)
    (row,) = told(connection, "brier")
    assert (row["n"], row["value"]) == (800, pytest.approx(float(expected.brier.value)))
    assert row["low"] < row["value"] < row["high"]
    (row,) = told(connection, "calibration_error")
    assert row["value"] == pytest.approx(float(expected.ece.value))
    line = calibration_line(sick, 1 - sick, score)
    for measure_id, part in (
        ("calibration_slope", line.slope),
        ("calibration_intercept", line.intercept),
    ):
        (row,) = told(connection, measure_id)
        assert row["value"] == pytest.approx(float(part.value), rel=1e-6)
        assert (row["low"], row["high"]) == pytest.approx(
            (float(part.low), float(part.high)), rel=1e-6
        )


def test_the_curves_of_the_page(scored):
    connection, sick, score = scored
    curve = connection.execute(
        "SELECT threshold, sensitivity, false_positive_rate FROM roc_curve ORDER BY threshold"
    ).fetchall()
    assert 100 < len(curve) <= 202
    for threshold, sensitivity, false_positive_rate in curve:
        assert sensitivity == pytest.approx((score[sick == 1] >= threshold - 1e-9).mean())
        assert false_positive_rate == pytest.approx((score[sick == 0] >= threshold - 1e-9).mean())
    assert curve[0][1:] == (1, 1)
    bins = connection.execute(
        "SELECT n, events, mean_probability, share, low, high FROM calibration_curve ORDER BY bin"
    ).fetchall()
    assert len(bins) == 10
    assert all(70 <= n <= 90 and low <= share <= high for n, _, _, share, low, high in bins)
    assert sum(row[1] for row in bins) == sick.sum()
    assert sum(row[0] * row[2] for row in bins) == pytest.approx(score.sum())


def test_scores_that_are_no_probabilities():
    connection = empty()
    for key, truth in ((3_000_000, P), (-1_000_000, A), (500_000, A), (600_000, P)):
        count(connection, 40, score_key=key, truth=truth)
    measured(connection)
    for measure_id in ("brier", "calibration_error", "calibration_slope", "calibration_intercept"):
        (row,) = told(connection, measure_id)
        assert (row["value"], row["low"], row["status"]) == (None, None, "not_applicable")
        assert row["reason"] == "scores outside 0 to 1 are no probabilities"


def test_one_class_has_no_line():
    connection = empty()
    for key in (200_000, 400_000):
        count(connection, 30, score_key=key, truth=A)
    (row,) = told(measured(connection), "calibration_slope")
    assert (row["value"], row["status"]) == (None, "insufficient")
    assert row["reason"] == "all cases have one outcome"
    assert connection.execute("SELECT count(*) FROM roc_curve").fetchall() == [(0,)]
