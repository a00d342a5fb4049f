import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from overread.stats.comparison.empirical_bayes import (
    NO_CASES,
    NO_VARIATION,
    NOTHING_EXPECTED,
    shrink_ratios,
    shrink_shares,
)

# Efron and Morris, Scientific American 236:119-127 (1977): hits in the first 45 at bats, season average.
HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
SEASON = [0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269]
SEASON += [0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.285, 0.316, 0.200]

UNITS = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=6,
    max_size=12,
)


def integrated(log_density, value, points, low=1e-9, high=1.0):
    """Mean of `value` over an unnormalised density on low..high, by quadrature."""
    top = max(log_density(point) for point in points)

    def density(at):
        return np.exp(log_density(at) - top)

    options = {"points": points, "limit": 400, "epsabs": 0, "epsrel": 1e-9}
    mass = integrate.quad(density, low, high, **options)[0]
    return integrate.quad(lambda at: value(at) * density(at), low, high, **options)[0] / mass


X, N = np.array([2, 9, 4, 0, 7, 12, 3]), np.array([40, 60, 55, 30, 80, 70, 100])


def test_shares_equal_the_quadrature_over_the_correlation():
    def given_rho(rho):
        precision = N / (1 + (N - 1) * rho)
        p, strength = np.average(X / N, weights=precision), 1 / rho - 1
        weight = N / (N + strength)
        rate = (X + strength * p) / (N + strength)
        doubt = p * (1 - p) / precision.sum()
        variance = rate * (1 - rate) / (N + strength + 1) + (1 - weight) ** 2 * doubt
        log = stats.betabinom.logpmf(X, N, strength * p, strength * (1 - p)).sum()
        return log + 0.5 * np.log(doubt), rate, variance, weight

    def mean(part):
        return integrated(lambda rho: given_rho(rho)[0], part, [1e-3, 0.01, 0.05, 0.2])

    result = shrink_shares(X, N)
    for unit in (0, 3, 5):
        rate = mean(lambda rho, unit=unit: given_rho(rho)[1][unit])
        square = mean(lambda rho, u=unit: given_rho(rho)[1][u] ** 2 + given_rho(rho)[2][u])
        np.testing.assert_allclose(result.estimate.value[unit], rate, rtol=1e-3)
        np.testing.assert_allclose(result.estimate.se[unit], np.sqrt(square - rate**2), rtol=1e-3)
        np.testing.assert_allclose(
            result.weight[unit], mean(lambda rho, u=unit: given_rho(rho)[3][u]), rtol=2e-3
        )
        posterior = stats.beta(result.first[unit], result.second[unit])
        np.testing.assert_allclose(posterior.mean(), result.estimate.value[unit], rtol=1e-9)
        np.testing.assert_allclose(posterior.std(), result.estimate.se[unit], rtol=1e-9)
        np.testing.assert_allclose(
            posterior.interval(0.95), [result.estimate.low[unit], result.estimate.high[unit]]
        )


def test_ratios_equal_the_quadrature_over_the_variance():
    expected = N / 10

    def given_ratio(inverse):
        b = 1 / inverse
        precision = expected * b / (expected + b)
        m = np.average(X / expected, weights=precision)
        rate = (X + b * m) / (expected + b)
        log = stats.nbinom.logpmf(X, b * m, b / (b + expected)).sum()
        # flat in m / b, so the slope of the map from 1/b counts
        return log + 0.5 * np.log(m / precision.sum()) + np.log(m), rate

    result = shrink_ratios(X, expected)
    for unit in (0, 3, 5):
        rate = integrated(
            lambda at: given_ratio(at)[0],
            lambda at, unit=unit: given_ratio(at)[1][unit],
            [0.01, 0.1, 0.5, 2, 20],
            low=1e-6,
            high=1000,
        )
        np.testing.assert_allclose(result.estimate.value[unit], rate, rtol=2e-3)


def test_the_published_batting_averages_are_foretold_better():
    result = shrink_shares(HITS, 45)
    ours = ((result.estimate.value - SEASON) ** 2).sum()
    raw = ((np.array(HITS) / 45 - SEASON) ** 2).sum()
    np.testing.assert_allclose(raw, 0.077, atol=0.002)
    assert ours < raw / 3


@pytest.mark.parametrize("units", [5, 8, 30])
@pytest.mark.parametrize("strength", [50, 160])
def test_intervals_cover_the_truth(units, strength):
    rng = np.random.default_rng(units)
    sizes = rng.integers(20, 400, (600, units))
    share = rng.beta(0.05 * strength, 0.95 * strength, sizes.shape)
    result = shrink_shares(rng.binomial(sizes, share), sizes).estimate
    shown = np.isfinite(result.low)
    assert 0.93 < ((result.low <= share) & (share <= result.high))[shown].mean() < 0.975
    ratio = rng.gamma(10, 1 / 10, sizes.shape)
    result = shrink_ratios(rng.poisson(ratio * sizes / 10), sizes / 10).estimate
    assert 0.93 < ((result.low <= ratio) & (ratio <= result.high)).mean() < 0.975


def test_units_that_hardly_differ_are_covered_more_often_never_less():
    rng = np.random.default_rng(1)
    sizes = rng.integers(20, 400, (300, 15))
    result = shrink_shares(rng.binomial(sizes, 0.05), sizes).estimate
    assert ((result.low <= 0.05) & (result.high >= 0.05)).mean() > 0.97


def test_the_spread_between_many_units_is_found():
    rng = np.random.default_rng(2)
    share = rng.beta(8, 152, (50, 200))
    result = shrink_shares(rng.binomial(300, share), 300)
    np.testing.assert_allclose(result.between.mean(), stats.beta(8, 152).std(), rtol=0.05)
    np.testing.assert_allclose(result.centre.mean(), 0.05, rtol=0.02)
    np.testing.assert_allclose(result.weight.mean(), 300 / (300 + 160), atol=0.03)


@settings(deadline=None, max_examples=30)
@given(UNITS)
def test_a_shrunken_share_lies_among_the_shares(units):
    x, n = np.array(units).T
    result = shrink_shares(x, n)
    value = result.estimate.value
    assert (value >= (x / n).min() - 1e-12).all()
    assert (value <= (x / n).max() + 1e-12).all()
    assert ((result.weight >= 0) & (result.weight <= 1)).all()
    shown = np.isfinite(result.estimate.low)
    assert (result.estimate.low[shown] <= result.estimate.high[shown]).all()


@settings(deadline=None, max_examples=30)
@given(UNITS)
def test_events_and_non_events_mirror_each_other(units):
    x, n = np.array(units).T
    result, mirror = shrink_shares(x, n), shrink_shares(n - x, n)
    np.testing.assert_allclose(result.estimate.value, 1 - mirror.estimate.value, atol=1e-9)
    np.testing.assert_allclose(result.estimate.se, mirror.estimate.se, atol=1e-9)
    np.testing.assert_allclose(result.weight, mirror.weight, atol=1e-9)


@settings(deadline=None, max_examples=30)
@given(UNITS, st.floats(0.2, 5))
@example([(0, 1)] * 5 + [(1, 1)], 2.0)
def test_ratios_follow_the_scale_of_the_expectation(units, scale):
    x, n = np.array(units).T
    result, scaled = shrink_ratios(x, n), shrink_ratios(x, n * scale)
    np.testing.assert_allclose(scaled.estimate.value * scale, result.estimate.value, rtol=1e-6)
    np.testing.assert_allclose(scaled.weight, result.weight, atol=1e-6)


def test_strata_and_units_without_cases_do_not_disturb():
    x, n = np.array([HITS, HITS]), np.full((2, 18), 45)
    x, n = np.pad(x, ((0, 0), (0, 2))), np.pad(n, ((0, 0), (0, 2)))
    both, alone = shrink_shares(x, n), shrink_shares(HITS, 45)
    np.testing.assert_allclose(both.estimate.value[1, :18], alone.estimate.value, rtol=1e-12)
    np.testing.assert_allclose(both.estimate.low[0, :18], alone.estimate.low, rtol=1e-9)
    assert both.estimate.reason[0, 18:].tolist() == [NO_CASES] * 2
    ratios = shrink_ratios([*HITS, 0, 3], [*[12.0] * 18, 0, 0])
    assert ratios.estimate.reason[18:].tolist() == [NOTHING_EXPECTED] * 2
    np.testing.assert_allclose(ratios.centre, sum(HITS) / (18 * 12), rtol=1e-9)


def test_without_variation_beyond_chance_all_units_get_the_pooled_rate():
    """The spread is still not known to be 0: the interval lies between that of the pooled and of its own rate."""
    result = shrink_shares([5, 5, 5, 5, 5, 5], 50)
    np.testing.assert_allclose(result.estimate.value, 0.1, rtol=1e-9)
    assert (result.weight < 0.5).all()
    assert (result.estimate.se > np.sqrt(0.1 * 0.9 / 300)).all()
    assert (result.estimate.se < np.sqrt(0.1 * 0.9 / 50)).all()
    ratios = shrink_ratios([5, 5, 5, 5, 5, 5], 5)
    np.testing.assert_allclose(ratios.estimate.value, 1, rtol=1e-9)
    assert (ratios.estimate.se < np.sqrt(1 / 5)).all()


@pytest.mark.parametrize(("x", "value"), [(0, 0.0), (40, 1.0)])
def test_no_event_anywhere_has_a_value_and_no_interval(x, value):
    result = shrink_shares([x] * 6, 40)
    assert (result.estimate.value == value).all()
    assert (result.estimate.reason == NO_VARIATION).all()
    assert (result.weight == 0).all()
    assert np.isnan(result.estimate.low).all()
    assert np.isnan(result.first).all()
    none = shrink_ratios([0] * 6, 4)
    assert (none.estimate.value == 0).all()
    assert np.isnan(none.estimate.high).all()


def test_extremes_of_variation_stay_defined():
    apart = shrink_shares([0, 0, 0, 40, 40, 40], 40)
    np.testing.assert_allclose(apart.estimate.value, [0, 0, 0, 1, 1, 1], atol=2e-3)
    single = shrink_shares([1, 0, 1, 0, 1, 1], 1)
    assert (single.estimate.status == "ok").all()
    huge = shrink_shares([4e9, 5e9, 6e9, 5e9, 4e9], 1e10)
    np.testing.assert_allclose(huge.estimate.value, [0.4, 0.5, 0.6, 0.5, 0.4], rtol=1e-4)


def test_too_few_units_and_bad_input():
    few = shrink_shares([1, 2, 0, 0, 0], [10, 10, 0, 0, 0])
    assert (few.estimate.status == "insufficient").all()
    assert "fewer than 5 units" in few.estimate.reason[0]
    assert np.isnan(few.weight).all()
    assert np.isnan(few.between)
    assert (shrink_shares([1, 2], 10, minimum_units=2).estimate.status == "ok").all()
    empty = shrink_ratios(np.zeros((2, 6)), np.zeros((2, 6)))
    assert (empty.estimate.status == "insufficient").all()
    assert np.isnan(empty.centre).all()
    assert shrink_shares(np.zeros((0, 6)), np.zeros((0, 6))).estimate.shape == (0, 6)
    with pytest.raises(ValueError, match="numerator"):
        shrink_shares([3], [2])
    with pytest.raises(ValueError, match="negative"):
        shrink_ratios([3], [-2])
