import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.stats.durations.survival import (
    duration_histogram,
    kaplan_meier,
    quantile_estimates,
    survival_quantiles,
)

P = [0.25, 0.5, 0.75, 1.0]
CASES = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 1)), min_size=1, max_size=40)


@given(CASES, CASES)
def test_strata_on_one_grid_answer_as_each_alone(first, second):
    grid = np.unique([time for time, _ in first + second]).astype(float)
    events, censored = (
        np.array([[sum(c == (t, e) for c in cases) for t in grid] for cases in (first, second)])
        for e in (1, 0)
    )
    together = survival_quantiles(kaplan_meier(grid, events, censored), P)
    for stratum, cases in enumerate((first, second)):
        alone = survival_quantiles(kaplan_meier(*duration_histogram(*zip(*cases, strict=True))), P)
        for joint, single in zip(together, alone, strict=True):
            np.testing.assert_allclose(joint[stratum], single, rtol=1e-12)


@given(CASES)
def test_without_censoring_the_curve_is_the_empirical_share(cases):
    times = np.array([time for time, _ in cases], dtype=float)
    curve = kaplan_meier(*duration_histogram(times, np.ones(times.size)))
    share = (times[:, None] > curve.time).mean(axis=0)
    np.testing.assert_allclose(curve.survival, share, atol=1e-12)


def test_a_flat_part_ends_with_the_last_case_of_its_stratum():
    """One stratum is followed to 4, the other to 100: the first one's median is the middle of 2..4."""
    curve = kaplan_meier(
        [1, 2, 3, 4, 100],
        [[1, 1, 0, 0, 0], [1, 1, 1, 1, 1]],
        [[0, 0, 1, 1, 0], [0, 0, 0, 0, 0]],
    )
    assert survival_quantiles(curve, [0.5])[0].ravel().tolist() == [3.0, 3.0]


def test_a_stratum_without_cases_has_no_quantile():
    curve = kaplan_meier([1, 2], [[0, 0], [1, 1]], [[0, 0], [0, 0]])
    assert np.isnan(survival_quantiles(curve, [0.0, 0.5])[0][0]).all()


@pytest.mark.parametrize(
    ("times", "distinct"),
    [([0.1 + 0.2, 0.3, 0.7], [0.3, 0.7]), ([1, 2, 1e8, 1e8 + 1], [1, 2, 1e8, 1e8 + 1])],
)
def test_rounding_is_merged_and_whole_seconds_are_not(times, distinct):
    time, events, _ = duration_histogram(times, np.ones(len(times)))
    np.testing.assert_allclose(time, distinct, rtol=1e-12)
    assert events.sum() == len(times)


def test_quantile_estimates_say_why_a_time_or_a_limit_is_absent():
    """Of 100 tasks 90 are done on days 1 to 30; of 100 others 20 are; then nobody, then 10 tasks only."""
    time = np.arange(1.0, 41.0)
    events = np.zeros((4, 40))
    events[0, :30], events[1, :20], events[3, :10] = 3, 1, 1
    censored = np.zeros((4, 40))
    censored[0, -1], censored[1, -1] = 10, 80
    curve = kaplan_meier(time, events, censored)
    estimate = quantile_estimates(curve, [0.5, 0.9])
    assert estimate.value[0, 0] == 17
    assert estimate.low[0, 0] < 17 < estimate.high[0, 0]
    assert estimate.status.tolist() == [
        ["ok", "ok"],
        ["insufficient"] * 2,
        ["insufficient"] * 2,
        ["ok"] * 2,
    ]
    assert "not reached" in estimate.reason[1, 0]
    assert estimate.reason[2, 0] == "no cases"
    assert "fewer than 20 cases" in estimate.reason[3, 0]
    assert "fewer than 15 cases are followed" in estimate.reason[0, 1]
    assert np.isnan(estimate.high[0, 1])


def test_without_a_single_time_no_quantile_is_defined():
    curve = kaplan_meier([], np.zeros((2, 0)), np.zeros((2, 0)))
    assert (quantile_estimates(curve, [0.5]).status == "insufficient").all()
