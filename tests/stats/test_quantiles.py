import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from overread.stats.quantiles import mean, quantile_ranks


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
