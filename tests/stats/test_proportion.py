import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from overread.stats.shares.proportion import (
    clopper_pearson,
    newcombe_difference,
    wilson,
    wilson_weighted,
)

quick = settings(deadline=None, max_examples=60)
COUNT = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def limits(estimate):
    return float(estimate.low), float(estimate.high)


@quick
@given(COUNT, st.sampled_from([0.8, 0.95, 0.99]))
def test_limits_equal_those_of_statsmodels(count, level):
    x, n = count
    for ours, name in ((wilson, "wilson"), (clopper_pearson, "beta")):
        theirs = proportion_confint(x, n, 1 - level, name)
        assert limits(ours(x, n, level)) == pytest.approx(theirs, abs=1e-9)


@quick
@given(COUNT, COUNT)
def test_newcombe_equals_statsmodels_and_turns_round(first, second):
    estimate = newcombe_difference(*first, *second)
    theirs = confint_proportions_2indep(*first, *second, method="newcomb")
    assert limits(estimate) == pytest.approx(theirs, abs=1e-9)
    mirrored = newcombe_difference(*second, *first)
    assert limits(mirrored) == pytest.approx((-float(estimate.high), -float(estimate.low)))


@quick
@given(COUNT)
def test_events_and_their_complement_mirror(count):
    x, n = count
    for method in (wilson, clopper_pearson):
        low, high = limits(method(x, n))
        assert limits(method(n - x, n)) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@quick
@given(st.lists(COUNT, min_size=2, max_size=6))
def test_months_add_up_and_strata_stand_alone(months):
    x, n = (np.array(part) for part in zip(*months, strict=True))
    each = wilson(x, n)
    assert float(wilson(x.sum(), n.sum()).value) == pytest.approx((each.value * n).sum() / n.sum())
    assert limits(wilson(x[1], n[1])) == (each.low[1], each.high[1])


def test_zero_and_all_are_exact_bounds():
    for method in (wilson, clopper_pearson):
        estimate = method([0, 61], [61, 61])
        assert (estimate.low[0], estimate.high[1]) == (0, 1)
        assert estimate.high[0] < 0.07


def test_no_cases_and_impossible_counts():
    for estimate in (wilson(0, 0), clopper_pearson(0, 0), newcombe_difference(1, 2, 0, 0)):
        assert estimate.status[()] == "insufficient"
        assert np.isnan([estimate.value, estimate.low, estimate.high]).all()
    with pytest.raises(ValueError, match="outside"):
        wilson(3, 2)


def test_counts_beyond_64_bits():
    estimate = wilson(3 * 2**70, 4 * 2**70)
    assert limits(estimate) == pytest.approx((0.75, 0.75), abs=1e-9)


@quick
@given(COUNT, st.floats(0.5, 40))
def test_equal_weights_are_a_simple_sample(count, weight):
    """Without a population size the weighted interval is Wilson's, in whatever unit the weights are."""
    x, n = count
    estimate = wilson_weighted(weight * x, weight * n, weight**2 * n, n)
    assert limits(estimate) == pytest.approx(limits(wilson(x, n)), abs=1e-9)


@quick
@given(st.integers(2, 500), st.floats(1.01, 50))
def test_finite_population_widens_the_effective_sample(n, times):
    """Equal weights: the effective n is n / (1 - n / N)."""
    size, x = n * times, n // 2
    estimate = wilson_weighted(times * x, size, times**2 * n, n, size)
    corrected = n / (1 - n / size)
    assert limits(estimate) == pytest.approx(limits(wilson(x / n * corrected, corrected)), abs=1e-9)


def test_a_stratum_read_completely_adds_no_error():
    """1,000 exams read 1 in 10 and 100 read all: only the first stratum's sampling is uncertain."""
    estimate = wilson_weighted(10 * 20 + 5, 1100, 100 * 100 + 100, 200, 1100)
    p, variance = 205 / 1100, 0.0
    variance = p * (1 - p) * (1000 / 1100) ** 2 / 100 * (1 - 100 / 1000)
    assert float(estimate.se) == pytest.approx(np.sqrt(variance))


def test_a_census_has_no_width_and_no_sample_no_value():
    census = wilson_weighted(5, 50, 50, 50, 50)
    assert limits(census) == (0.1, 0.1)
    assert float(census.se) == 0
    assert wilson_weighted(0, 0, 0, 0, 100).status[()] == "insufficient"
