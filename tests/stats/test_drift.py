import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from overread.stats.monitoring.drift import (
    INFINITE,
    NO_SCORES,
    ONE_BIN,
    kolmogorov_smirnov,
    ks_test,
    population_stability_index,
    psi_false_alarm,
    psi_test,
)
from overread.stats.monitoring.drift_null import _binomial_quantile, stable_periods

TEN = np.full(10, 0.1)
COUNTS = st.lists(st.integers(0, 40), min_size=5, max_size=5)


def test_psi_by_hand():
    value = population_stability_index([50, 50], [30, 70]).value
    np.testing.assert_allclose(value, -0.2 * np.log(0.6) + 0.2 * np.log(1.4), rtol=1e-12)


def test_the_rule_of_thumb_calls_more_than_four_in_ten_stable_months_drifted():
    """100 against 2,000 scores exceed PSI 0.1 by chance 43 to 44 % of the time."""
    often = psi_false_alarm(0.1, 2000, 100, TEN, draws=20_000)
    assert abs(often - 0.435) < 0.01
    # frozen deciles of the baseline itself, simulated from scores: the same figure
    rng = np.random.default_rng(0)
    baseline, now = np.sort(rng.random((4000, 2000))), rng.random((4000, 100))
    edges = np.concatenate([np.zeros((4000, 1)), baseline[:, 200::200], np.ones((4000, 1))], axis=1)
    place = (now[:, :, None] >= edges[:, None, 1:-1]).sum(axis=-1)
    counts = (place[:, :, None] == np.arange(10)).sum(axis=1)
    psi = population_stability_index(np.full(10, 200), counts)
    by_scores = np.mean(~(psi.value <= 0.1))
    assert abs(by_scores - often) < 0.03
    # and with enough scores the same rule never calls
    assert psi_false_alarm(0.1, 2000, 2000, TEN) == 0


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-9, 1 - 1e-9), st.integers(0, 3000), st.floats(0, 1))
def test_the_binomial_quantile_equals_scipy(level, n, chance):
    ours = _binomial_quantile(np.array([level]), np.array([float(n)]), np.array([chance]))
    around = stats.binom.cdf([ours[0] - 1, ours[0]], n, chance)
    assert around[0] < level + 1e-12
    assert around[1] >= level - 1e-12


@pytest.mark.parametrize("m", [120, 2000])
def test_the_simulated_null_is_the_multinomial(m):
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    blocks = list(stable_periods(shares[None], np.array([m]), np.array([80]), 4000, 1))
    first, second = (np.concatenate([b[i] for b in blocks])[:, 0] for i in (0, 1))
    for counts, size in ((first, m), (second, 80)):
        assert (counts.sum(axis=-1) == size).all()
        np.testing.assert_allclose(counts.mean(axis=0), size * shares, rtol=0.02)
        covariance = size * (np.diag(shares) - np.outer(shares, shares))
        np.testing.assert_allclose(
            np.cov(counts.T), covariance, atol=0.06 * np.abs(covariance).max()
        )
    assert abs(np.corrcoef(first[:, 0], second[:, 0])[0, 1]) < 0.05


@pytest.mark.parametrize("test", [psi_test, ks_test])
@pytest.mark.parametrize(("n", "method"), [(40, "simulated"), (200, "asymptotic")])
def test_stable_months_are_called_at_the_stated_rate(test, n, method):
    rng = np.random.default_rng(3)
    before, now = rng.multinomial(2000, TEN, 250), rng.multinomial(n, TEN, 250)
    result = test(before, now, method=method, draws=300)
    assert result.simulated.all() == (method == "simulated")
    assert 0.015 < np.mean(result.p <= 0.05) < 0.085
    called = result.statistic.value > result.threshold
    assert abs(np.mean(called) - np.mean(result.p <= 0.05)) < 0.03
    np.testing.assert_allclose(result.expected.mean(), result.statistic.value.mean(), rtol=0.1)


def test_the_large_sample_null_of_psi_is_chi_square():
    rng = np.random.default_rng(4)
    before, now = rng.multinomial(40_000, TEN, 50), rng.multinomial(20_000, TEN, 50)
    result = psi_test(before, now)
    pooled = np.stack([before, now], axis=1)
    p = [stats.chi2_contingency(table).pvalue for table in pooled]
    np.testing.assert_allclose(result.p, p, atol=0.01)
    scale = 1 / 40_000 + 1 / 20_000
    np.testing.assert_allclose(result.threshold, scale * stats.chi2.ppf(0.95, 9), rtol=1e-12)
    assert not result.simulated.any()


@pytest.mark.parametrize("test", [psi_test, ks_test])
def test_both_nulls_agree_where_both_hold(test):
    counts = [[300, 300, 300], [280, 310, 310]]
    exact, large = (
        test(*counts, method=m, draws=4000, seed=2) for m in ("simulated", "asymptotic")
    )
    np.testing.assert_allclose(exact.p, large.p, atol=0.03)
    np.testing.assert_allclose(exact.threshold, large.threshold, rtol=0.06)


@pytest.mark.parametrize("test", [psi_test, ks_test])
def test_a_shift_is_found_and_neighbours_do_not_change_it(test):
    before = np.array([[200.0] * 10, [200.0] * 10, [10.0] * 10])
    now = np.array([[10.0] * 10, [2.0] * 5 + [18.0] * 5, [4.0] * 10])
    together = test(before, now, method="simulated")
    assert together.p[0] > 0.5
    assert together.p[1] < 0.01
    for i in range(3):
        alone = test(before[i], now[i], method="simulated")
        assert alone.p == together.p[i]
        assert alone.threshold == together.threshold[i]


@settings(deadline=None, max_examples=60)
@given(COUNTS, COUNTS)
def test_ks_equals_scipy_on_the_midpoints_of_the_bins(before, now):
    if not sum(before) or not sum(now) or np.count_nonzero(np.add(before, now)) < 2:
        return
    a, b = np.repeat(np.arange(5), before), np.repeat(np.arange(5), now)
    np.testing.assert_allclose(
        kolmogorov_smirnov(before, now).value, stats.ks_2samp(a, b).statistic, atol=1e-12
    )


@settings(deadline=None, max_examples=60)
@given(COUNTS, COUNTS, st.permutations(range(5)))
def test_psi_ignores_the_order_of_bins_and_of_periods(before, now, order):
    first = psi_test(before, now, method="asymptotic")
    moved = psi_test([before[i] for i in order], [now[i] for i in order], method="asymptotic")
    swapped = psi_test(now, before, method="asymptotic")
    np.testing.assert_allclose(moved.p, first.p, rtol=1e-9)
    np.testing.assert_allclose(swapped.p, first.p, rtol=1e-9)


def test_an_empty_bin_is_infinite_raw_and_judged_when_smoothed():
    before, now = [100, 100, 100, 5], [12, 10, 8, 0]
    assert population_stability_index(before, now).reason == INFINITE
    smoothed = psi_test(before, now)
    assert smoothed.simulated
    assert smoothed.p > 0.3
    raw = psi_test(before, now, smoothing=0)
    assert raw.statistic.reason == INFINITE
    assert np.isnan([raw.p, raw.threshold, raw.expected]).all()


def test_a_raw_threshold_is_no_number_where_chance_alone_empties_a_bin():
    result = psi_test([40, 40, 4], [6, 4, 1], smoothing=0, method="simulated")
    assert result.statistic.status == "ok"
    assert 0 < result.p <= 1
    assert np.isnan(result.threshold)


@pytest.mark.parametrize("test", [psi_test, ks_test])
@pytest.mark.parametrize("method", ["auto", "simulated", "asymptotic"])
def test_degenerate_strata_have_their_reason(test, method):
    result = test(
        [[0, 0, 0], [5, 5, 5], [9, 0, 0], [4e18, 4e18, 0]],
        [[1, 1, 1], [0, 0, 0], [3, 0, 0], [4e18, 4e18, 0]],
        method=method if method != "simulated" else "auto",
    )
    assert result.statistic.reason.tolist() == [NO_SCORES, NO_SCORES, ONE_BIN, ""]
    assert np.isnan(result.p[:3]).all()
    assert result.p[3] == 1
    assert not result.simulated.any()


def test_no_strata_and_bad_input():
    assert psi_test(np.zeros((0, 3)), np.zeros((0, 3))).p.shape == (0,)
    assert np.isnan(psi_false_alarm(0.1, [0, 10], [10, 0], [0.5, 0.5])).all()
    with pytest.raises(ValueError, match="negative"):
        psi_test([-1, 2], [1, 1])
    with pytest.raises(ValueError, match="method"):
        ks_test([1, 2], [1, 1], method="guess")
