"""Drift of an algorithm on scores that can be counted by hand, and the changes that it tells."""

import numpy as np
import pytest
from pairs import count, crossed, empty, measured

from overread.stats.monitoring.drift import ks_test, psi_test

MONTHS = [f"2026-{month:02}" for month in range(1, 8)]
P, A = "present", "absent"


def drifting(connection, shift, seed=1, **keys):
    """300 scores a month, the last two months shifted; returns them by month."""
    rng = np.random.default_rng(seed)
    drawn = {}
    for month in MONTHS:
        scores = np.round(rng.normal(shift if month > "2026-05" else 0, 1, 300), 1)
        drawn[month] = scores
        values, n = np.unique(scores, return_counts=True)
        for value, size in zip(values, n, strict=True):
            key = round(value * 1_000_000)
            count(connection, int(size), month=month, score_key=key, **keys)
    return drawn


def rows(connection, measure_id):
    return connection.execute(
        "SELECT algorithm, period, value, p, q, status, reason, n FROM measure WHERE measure_id = ? AND vendor IS NULL "
        "ORDER BY ALL",
        [measure_id],
    ).fetchall()


def test_each_month_is_held_to_the_tenths_of_the_first_three():
    connection = empty()
    drawn = drifting(connection, 1.0)
    measured(connection)
    base = np.concatenate([drawn[month] for month in MONTHS[:3]])
    edges = np.quantile(base, np.arange(1, 10) / 10, method="inverted_cdf")
    before = np.bincount(np.searchsorted(edges, base), minlength=10)
    for measure_id, test in (("score_drift_psi", psi_test), ("score_drift_ks", ks_test)):
        found = rows(connection, measure_id)
        limits = dict(
            connection.execute(
                "SELECT period, threshold FROM drift_limit WHERE measure_id = ? AND vendor IS NULL",
                [measure_id],
            ).fetchall()
        )
        assert [row[1] for row in found] == MONTHS[3:]
        for row in found:
            now = np.bincount(np.searchsorted(edges, drawn[row[1]]), minlength=10)
            expected = test(before, now)
            assert row[2:4] == pytest.approx((float(expected.statistic.value), float(expected.p)))
            assert limits[row[1]] == pytest.approx(float(expected.threshold))
            assert row[7] == 300
        assert [row[1] for row in found if row[4] < 0.05] == MONTHS[5:]


def test_the_undeclared_change_is_found_and_the_steady_algorithm_is_not_accused():
    connection = empty()
    drifting(connection, 1.0, algorithm="moved")
    drifting(connection, 0.0, seed=2, algorithm="steady")
    measured(connection)
    ((algorithm, month, declared, version, evidence, q),) = connection.execute(
        "SELECT algorithm, month, declared, algorithm_version, evidence, q FROM version_change"
    ).fetchall()
    assert (algorithm, month, declared, version) == ("moved", "2026-06", False, "1.0")
    assert "score_drift_psi" in evidence
    assert q < 0.001


def test_a_new_version_text_is_a_declared_change_with_a_baseline_of_its_own():
    connection = empty()
    for month in MONTHS:
        version = "1.0" if month < "2026-05" else "1.1"
        for score in range(50):
            shifted = score if version == "1.0" else score + 40
            count(connection, 4, month=month, score_key=shifted, algorithm_version=version)
    measured(connection)
    assert connection.execute(
        "SELECT month, declared, version_before, algorithm_version FROM version_change"
    ).fetchall() == [("2026-05", True, "1.0", "1.1")]
    # three months of the new version are its baseline: nothing to judge yet
    assert [row[1] for row in rows(connection, "score_drift_psi")] == ["2026-04"]


def test_one_score_cannot_drift():
    connection = empty()
    for month in MONTHS[:4]:
        count(connection, 20, month=month, score_key=500_000)
    (row,) = rows(measured(connection), "score_drift_psi")
    assert row[2:5] == (None, None, None)
    assert row[5:7] == (
        "insufficient", "all scores of both periods lie in one bin: nothing can drift"
    )  # fmt: skip


def test_held_months_stand_apart_from_the_baseline():
    connection = empty()
    drifting(connection, 0.0)
    connection.execute("INSERT INTO held_month VALUES ('2026-02', 'clocks', 'they stood')")
    measured(connection)
    assert [row[1] for row in rows(connection, "score_drift_ks")] == MONTHS[4:]


def test_more_disagreement_is_found():
    connection = empty()
    for month in MONTHS:
        differ = 60 if month > "2026-04" else 20
        crossed(
            connection, {(P, P, None): 30, (P, A, None): differ, (A, A, None): 150}, month=month
        )
    measured(connection)
    found = connection.execute(
        "SELECT category, period, value, q FROM measure WHERE measure_id = 'disagreement_cusum' AND vendor IS NULL "
        "ORDER BY ALL"
    ).fetchall()
    assert [row[1] for row in found if row[0] == "less"] == MONTHS[3:]
    assert {row[2] for row in found if row[0] == "less"} == {0}
    # by hand: 20 of 200 differ in each month before May, and 60 of 240 in May
    centre = 80.5 / 801
    may = (60 / 240 - centre) / np.sqrt(centre * (1 - centre) * (1 / 240 + 1 / 800)) - 0.5
    values = {row[1]: row[2] for row in found if row[0] == "more"}
    assert values["2026-04"] == 0
    assert values["2026-05"] == pytest.approx(may)
    assert values["2026-06"] > may + 2
    assert [row[1] for row in found if row[3] < 0.05] == MONTHS[4:]
    assert connection.execute("SELECT month, declared, p FROM version_change").fetchall() == [
        ("2026-05", False, pytest.approx(1 / 1001))
    ]
