import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from overread.stats.durations.quantiles import mean, quantile_ranks


@given(st.integers(1, 400), st.sampled_from([0.5, 0.75, 0.9, 0.95]))
def test_ranks_cover_at_least_95_percent(n, p):
    """P(lower order statistic <= quantile <= upper one) by the binomial itself."""
    rank, lower, upper = (float(r) for r in quantile_ranks(n, p))
    assert 1 <= rank <= n
    below = stats.binom.cdf(lower - 1, n, p)
    above = stats.binom.sf((upper if np.isfinite(upper) else n + 1) - 1, n, p)
    assert below <= 0.025 + 1e-12
    assert above <= 0.025 + 1e-12


def test_mean_equals_the_t_interval_of_scipy():
    values = np.array([3.0, 7, 8, 20, 21, 22])
    estimate = mean(
        values.size, values.sum(), ((values - values.mean()) ** 2).sum(), interval="published"
    )
    low, high = stats.t.interval(0.95, 5, values.mean(), stats.sem(values))
    assert (float(estimate.low), float(estimate.high)) == pytest.approx((low, high))


def test_no_cases_and_one_case():
    estimate = mean([0, 1], [0, 5], [0, 0])
    assert estimate.status.tolist() == ["insufficient", "ok"]
    assert np.isnan(estimate.low).all()


def moments(values):
    values = np.asarray(values, dtype=float)
    apart = values - values.mean()
    return values.size, values.sum(), (apart**2).sum(), (apart**3).sum()


def test_johnson_limits_solve_their_equation():
    """At a limit mu, with d = mean - mu, d + g s / (6 n) + g d^2 / (3 s) is t s / sqrt(n)."""
    values = np.random.default_rng(5).lognormal(0, 1, 80)
    n, total, squares, cubes = moments(values)
    t = stats.t.ppf(0.975, n - 1)
    for sign in (1, -1):
        estimate = mean(n, sign * total, squares, cubes=sign * cubes)
        sd, skew = values.std(ddof=1), sign * stats.skew(values)
        low, high = float(estimate.low), float(estimate.high)
        middle = float(estimate.value)
        for limit in (low, high):
            d = middle - limit
            statistic = d + skew * sd / (6 * n) + skew * d**2 / (3 * sd)
            assert abs(statistic) == pytest.approx(t * sd / np.sqrt(n))
        # the long tail's side is the longer one
        assert (high - middle > middle - low) == (sign == 1)


def test_without_skewness_johnson_is_t():
    values = np.concatenate([np.arange(60.0), -np.arange(60.0)])
    n, total, squares, cubes = moments(values)
    with_cubes = mean(n, total, squares, cubes=cubes)
    plain = mean(n, total, squares, interval="published")
    assert float(with_cubes.low) == pytest.approx(float(plain.low))
    assert float(with_cubes.high) == pytest.approx(float(plain.high))


def test_few_skewed_times_have_no_interval():
    estimate = mean([49, 50], [100, 100], [400, 400], cubes=[900, 900])
    assert np.isnan(estimate.high).tolist() == [True, False]
    without = mean([499, 500], [100, 100], [400, 400])
    assert np.isnan(without.high).tolist() == [True, False]
    assert "fewer than 500" in without.reason[0]
    equal = mean(600, 1200, 0)
    assert equal.reason[()] == "all values are equal"
    assert float(equal.value) == 2
