import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.stats.monitoring.baseline import Baseline, lay_segments
from overread.stats.monitoring.spc import laney_p_chart, p_chart, xmr_chart

X = np.array([4, 6, 5, 9, 0, 14, 12, 20, 11, 16, 18, 13], dtype=float)
N = np.array([80, 90, 85, 100, 0, 110, 95, 120, 90, 100, 130, 105], dtype=float)
CHARTS = {
    "p": lambda x, n, b: p_chart(x, n, b),
    "laney": lambda x, n, b: laney_p_chart(x, n, b),
    "xmr": lambda x, n, b: xmr_chart(np.where(n > 0, x, np.nan), b),
}


@pytest.mark.parametrize("kind", CHARTS)
def test_a_rebased_chart_is_two_charts_side_by_side(kind):
    whole = CHARTS[kind](X, N, Baseline(rebase=[7]))
    parts = [CHARTS[kind](X[s], N[s], Baseline()) for s in (slice(7), slice(7, None))]
    for name in ("point", "line", "low", "high", "sigma"):
        both = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_allclose(getattr(whole, name), both, err_msg=name)
    assert float(whole.centre) == pytest.approx(float(parts[1].centre))
    np.testing.assert_allclose(whole.spread, parts[1].spread)
    assert whole.segment.tolist() == [0] * 7 + [1] * 5
    assert float(whole.points) == 5


@pytest.mark.parametrize("kind", CHARTS)
def test_limits_come_from_the_stated_periods_and_hold_for_all(kind):
    first = CHARTS[kind](X, N, Baseline(periods=6))
    masked = CHARTS[kind](X, N, Baseline(periods=np.arange(12) < 6))
    alone = CHARTS[kind](X[:6], N[:6], Baseline())
    np.testing.assert_allclose(first.low[:6], alone.low)
    np.testing.assert_allclose(first.high, masked.high)
    np.testing.assert_allclose(first.line, np.full(12, float(alone.centre)))
    assert float(first.points) == 5  # six periods on the calendar, one of them without cases


def test_each_segment_has_its_own_first_periods():
    chart = xmr_chart([1, 2, 50, 10, 12, 90], Baseline(periods=2, rebase=[3]))
    assert chart.line.tolist() == [1.5] * 3 + [11] * 3


def test_strata_may_be_rebased_in_different_periods():
    starts = np.zeros((2, 12), dtype=bool)
    starts[0, [0, 4]], starts[1, [3, 7]] = True, True
    both = p_chart([X, X], [N, N], Baseline(rebase=starts))
    for row, places in enumerate(([4], [3, 7])):
        alone = p_chart(X, N, Baseline(rebase=places))
        np.testing.assert_allclose(both.high[row], alone.high)
        assert float(both.centre[row]) == pytest.approx(float(alone.centre))


def test_few_points_are_trial_limits():
    few, enough = (p_chart(X, N, Baseline(minimum=m)) for m in (12, 11))
    assert few.status[()] == "insufficient"
    assert few.reason[()] == "fewer than 12 points in the baseline: trial limits"
    np.testing.assert_array_equal(few.high, enough.high)
    assert enough.status[()] == "ok"


def test_a_baseline_without_cases_has_no_limits():
    for chart in CHARTS.values():
        given_mask = chart(X, N, Baseline(periods=np.arange(12) == 4))
        assert given_mask.reason[()] == "no cases"
        assert np.isnan(given_mask.high).all()
        assert np.isfinite(given_mask.point[0])
    empty = p_chart(np.empty((2, 0)), np.empty((2, 0)))
    assert empty.reason.tolist() == ["no cases"] * 2
    assert xmr_chart([]).status[()] == "insufficient"


@pytest.mark.parametrize(
    ("x", "n", "baseline", "message"),
    [
        ([1, 2], [5, 5], Baseline(rebase=[2]), "rebase lies outside"),
        ([1, 2], [5, 5], Baseline(rebase=[0]), "rebase lies outside"),
        ([1, 2], [5, 5], Baseline(periods=0), "at least one period"),
        ([-1, 2], [5, 5], Baseline(), "negative"),
        ([1, 2], [0, 5], Baseline(), "without cases"),
        ([6, 2], [5, 5], Baseline(), "outside 0..denominator"),
    ],
)
def test_what_cannot_be_is_refused(x, n, baseline, message):
    with pytest.raises(ValueError, match=message):
        p_chart(x, n, baseline)


def test_a_missing_count_is_a_gap():
    chart = p_chart([4, np.nan, 6], [80, 90, 100])
    np.testing.assert_array_equal(np.isnan(chart.point), [False, True, False])
    assert float(chart.centre) == pytest.approx(10 / 180)


def test_counts_beyond_64_bits_stay_numbers():
    chart = p_chart([2e18, 3e18, 1e18], [8e18, 9e18, 7e18])
    assert float(chart.centre) == pytest.approx(0.25)
    assert np.isfinite(chart.high).all()


VALUES = st.lists(st.one_of(st.none(), st.floats(-50, 50)), min_size=1, max_size=15)


@given(VALUES, st.integers(1, 14))
def test_medians_are_those_of_numpy(values, rebase):
    v = np.array(values, dtype=float)
    starts = np.arange(v.size) == rebase
    parts = lay_segments(Baseline(rebase=starts), np.isfinite(v))
    for number, median in enumerate(parts.median(v)):
        inside = v[(parts.index == number) & np.isfinite(v)]
        if inside.size:
            assert median == pytest.approx(np.median(inside))
        else:
            assert np.isnan(median)
