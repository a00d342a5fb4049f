import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.stats.survival import duration_histogram, kaplan_meier, survival_quantiles

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
