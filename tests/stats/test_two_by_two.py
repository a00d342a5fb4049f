import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from overread.stats.accuracy.two_by_two import two_by_two
from overread.stats.shares.proportion import wilson

CELL = st.integers(0, 300)


def test_likelihood_ratio_limits_are_near_those_of_the_score_method():
    """49 of 56 against 4 of 138; Koopman's score limits, found by bisection of his chi-square."""
    table = two_by_two(49, 4, 7, 134)
    positive, negative = table.lr_positive, table.lr_negative
    koopman = ((positive, (12.05795, 77.57293)), (negative, (0.0637048, 0.2434908)))
    for ratio, limits in koopman:
        assert (float(ratio.low), float(ratio.high)) == pytest.approx(limits, rel=0.01)


def test_the_limits_of_a_ratio_solve_their_equation():
    """MOVER: the lower limit r has (p - r q)^2 = (p - l)^2 + r^2 (v - q)^2."""
    p, q = wilson(70, 100), wilson(30, 150)
    ratio = two_by_two(70, 30, 30, 120).lr_positive
    for r, own, other in ((ratio.low, p.low, q.high), (ratio.high, p.high, q.low)):
        left = (p.value - r * q.value) ** 2
        right = (p.value - own) ** 2 + r**2 * (other - q.value) ** 2
        assert float(left) == pytest.approx(float(right))


@settings(deadline=None, max_examples=60)
@given(CELL, CELL, CELL, CELL)
def test_swapped_calls_turn_the_ratios_round(tp, fp, fn, tn):
    table, swapped = two_by_two(tp, fp, fn, tn), two_by_two(fn, tn, tp, fp)
    np.testing.assert_allclose(table.lr_positive.value, swapped.lr_negative.value)
    np.testing.assert_allclose(table.lr_positive.high, swapped.lr_negative.high)
    np.testing.assert_allclose(table.sensitivity.low, 1 - swapped.sensitivity.high, atol=1e-12)
    for ratio in (table.lr_positive, table.lr_negative):
        if np.isnan(ratio.low):
            assert ratio.reason[()] != ""
        else:
            assert 0 <= ratio.low <= ratio.value + 1e-12
            assert ratio.value <= ratio.high + 1e-12


def test_absent_ratios_say_why():
    table = two_by_two([8, 8, 0], [0, 3, 0], [2, 2, 0], [40, 37, 40])
    assert table.lr_positive.reason.tolist() == [
        "no false positive: the ratio is unbounded",
        "fewer than 50 diseased or healthy cases: no interval covers 95 %",
        "no false positive: the ratio is unbounded",
    ]
    assert np.isfinite(two_by_two(8, 3, 2, 37, interval="published").lr_positive.high)


def test_predictive_values_are_wilson_intervals():
    table = two_by_two(20, 22, 20, 380)
    exact = stats.binomtest(20, 42).proportion_ci(method="wilson")
    assert (float(table.ppv.low), float(table.ppv.high)) == pytest.approx((exact.low, exact.high))
