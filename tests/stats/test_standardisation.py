import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from overread.stats.comparison.standardisation import standardised_ratio

EXPECTED = st.floats(0.01, 5_000)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 5_000), EXPECTED)
def test_exact_limits_leave_half_of_5_percent_on_each_side(observed, expected):
    ratio = standardised_ratio(observed, expected, "exact")
    low, high = float(ratio.low) * expected, float(ratio.high) * expected
    assert stats.poisson.cdf(observed, high) == pytest.approx(0.025, rel=1e-6)
    if observed:
        assert stats.poisson.sf(observed - 1, low) == pytest.approx(0.025, rel=1e-6)
    else:
        assert low == 0


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 5_000), EXPECTED)
def test_byar_is_close_to_the_exact_limits(observed, expected):
    byar, exact = (standardised_ratio(observed, expected, method) for method in ("byar", "exact"))
    assert float(byar.low) == pytest.approx(float(exact.low), rel=0.15, abs=0.02 / expected)
    assert float(byar.high) == pytest.approx(float(exact.high), rel=0.02)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 90), EXPECTED), min_size=2, max_size=5))
def test_months_add_up(months):
    observed, expected = (np.array(part) for part in zip(*months, strict=True))
    each = standardised_ratio(observed, expected)
    whole = standardised_ratio(observed.sum(), expected.sum())
    assert float(whole.value) == pytest.approx((each.value * expected).sum() / expected.sum())


def test_breslow_and_day_and_nothing_expected():
    """13 observed, 17.25 expected: 0.754 (0.401 to 1.289)."""
    ratio = standardised_ratio([13, 3], [17.25, 0])
    assert (ratio.value[0], ratio.low[0], ratio.high[0]) == pytest.approx(
        (0.754, 0.401, 1.289), abs=1e-3
    )
    assert ratio.status.tolist() == ["ok", "insufficient"]
    assert ratio.reason[1] == "nothing was expected"
