import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from overread.stats.comparison.empirical_bayes import shrink_ratios, shrink_shares
from overread.stats.comparison.ranks import (
    NO_ESTIMATE,
    NO_RIVAL,
    rank_beta,
    rank_gamma,
    rank_normal,
    rank_shares,
)


def expected_rank_of_first(density, cdf):
    """1 + chance that the first of two units is the larger one, by quadrature."""
    return 1 + integrate.quad(lambda t: density(t) * cdf(t), 0, 1, epsabs=1e-10)[0]


def mean_rank(result):
    """Of two units the one of rank 2 is the worst quarter."""
    return 1 + result.worst_quarter


@pytest.mark.parametrize(("first", "second"), [((3.5, 40), (6.5, 37)), ((0.5, 20), (0.5, 80))])
def test_two_betas_equal_the_quadrature(first, second):
    result = rank_beta(*np.array([first, second]).T, draws=8000)
    truth = expected_rank_of_first(stats.beta(*first).pdf, stats.beta(*second).cdf)
    np.testing.assert_allclose(mean_rank(result)[0], truth, atol=0.015)
    np.testing.assert_allclose(mean_rank(result).sum(), 3, rtol=1e-12)


def test_two_normals_and_two_gammas_equal_theory():
    normal = rank_normal([0.3, 0.5], [0.1, 0.2], draws=8000)
    truth = stats.norm.cdf(-0.2 / np.hypot(0.1, 0.2))
    np.testing.assert_allclose(normal.worst_quarter[0], truth, atol=0.015)
    # of two gammas of one rate, X / (X + Y) is a beta
    gamma = rank_gamma([4, 7], [2, 2], draws=8000)
    np.testing.assert_allclose(gamma.worst_quarter[0], stats.beta.sf(0.5, 4, 7), atol=0.015)


def test_many_units_equal_plain_draws():
    a, b = (
        np.array([3.5, 8.5, 5.5, 12.5, 0.5, 9.5, 7.5, 6.5]),
        np.array([60, 70, 90, 80, 20, 200, 75, 90]),
    )
    ours = rank_beta(a, b, draws=4000)
    ranks = stats.rankdata(np.random.default_rng(5).beta(a, b, (40_000, 8)), axis=-1)
    np.testing.assert_allclose(ours.worst_quarter, (ranks > 6).mean(axis=0), atol=0.02)
    np.testing.assert_allclose(ours.rank.se, ranks.std(axis=0), atol=0.05)
    for ours_at, q in ((ours.rank.low, 0.025), (ours.rank.value, 0.5), (ours.rank.high, 0.975)):
        assert (np.abs(ours_at - np.quantile(ranks, q, axis=0)) <= 1).all()


def test_equal_units_rank_anywhere():
    result = rank_shares([10] * 8, 200, interval="published")
    assert set(result.rank.value) <= {4.0, 5.0}
    assert (result.rank.low == 1).all()
    assert (result.rank.high == 8).all()
    np.testing.assert_allclose(result.worst_quarter, 0.25, atol=0.03)


def test_units_far_apart_are_certain_and_the_direction_is_stated():
    x = np.array([1000, 2000, 3000, 4000])
    high, low = (
        rank_shares(x, 10_000, worst=worst, interval="published") for worst in ("high", "low")
    )
    for part in (high.rank.value, high.rank.low, high.rank.high):
        assert part.tolist() == [1, 2, 3, 4]
    assert high.worst_quarter.tolist() == [0, 0, 0, 1]
    assert low.worst_quarter.tolist() == [1, 0, 0, 0]
    assert (high.rank.se == 0).all()


def test_ties_share_the_mean_of_their_ranks():
    result = rank_normal([0.5, 0.2, 0.5, 0.9], 0, interval="published")
    assert result.rank.value.tolist() == [2.5, 1, 2.5, 4]
    assert result.rank.low.tolist() == [2.5, 1, 2.5, 4]
    assert result.worst_quarter.tolist() == [0, 0, 0, 1]
    assert (rank_normal([1, 1, 1, 1], 0).rank.value == 2.5).all()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(30, 90)), min_size=2, max_size=7))
def test_each_draw_is_a_league_table(units):
    x, n = np.array(units).T
    result = rank_shares(x, n, draws=500, interval="published")
    assert ((result.rank.low <= result.rank.value) & (result.rank.value <= result.rank.high)).all()
    assert ((result.rank.value >= 1) & (result.rank.value <= x.size)).all()
    quarter = sum(r - 0.5 >= 0.75 * x.size for r in range(1, x.size + 1))
    assert quarter >= 1
    np.testing.assert_allclose(result.worst_quarter.sum(), quarter, atol=1e-9)
    mirrored = rank_shares(n - x, n, worst="low", draws=500, interval="published")
    np.testing.assert_allclose(mirrored.worst_quarter, result.worst_quarter, atol=0.15)


def test_strata_and_units_without_cases_do_not_disturb():
    x, n = np.array([[3, 9, 4, 6], [10, 2, 8, 1]]), np.array([[50, 60, 70, 80], [90, 20, 80, 40]])
    both = rank_shares(x, n)
    padded = rank_shares(np.pad(x, ((0, 0), (0, 2))), np.pad(n, ((0, 0), (0, 2))))
    for i in range(2):
        alone = rank_shares(x[i], n[i])
        assert alone.rank.value.tolist() == both.rank.value[i].tolist()
        assert alone.worst_quarter.tolist() == both.worst_quarter[i].tolist()
    np.testing.assert_allclose(padded.worst_quarter[:, :4], both.worst_quarter, atol=0.04)
    assert padded.rank.reason[:, 4:].ravel().tolist() == [NO_ESTIMATE] * 4
    assert np.isnan(padded.worst_quarter[:, 4:]).all()
    assert (padded.rank.n[:, :4] == 4).all()


def test_shrunken_units_rank_less_surely_apart():
    x, n = np.array([2, 9, 4, 0, 7, 12, 3]), np.array([40, 60, 55, 30, 80, 70, 100])
    shrunken = shrink_shares(x, n)
    ranks = rank_beta(shrunken.first, shrunken.second)
    raw = rank_shares(x, n)
    assert (ranks.rank.status == "ok").all()
    assert ranks.worst_quarter.max() < raw.worst_quarter.max()
    ratios = shrink_ratios(x, n / 10)
    assert rank_gamma(ratios.first, ratios.second).rank.value[5] >= 6


def test_degenerate_input():
    lone = rank_shares([3, 0, 0], [9, 0, 0])
    assert lone.rank.reason.tolist() == [NO_RIVAL] * 3
    assert np.isnan(lone.worst_quarter).all()
    nothing = rank_normal([np.nan, 1, 2, 3], [1, np.nan, np.inf, -1])
    assert (nothing.rank.status == "insufficient").all()
    certain = rank_shares([0, 40, 0], [40, 40, 4e18])
    assert certain.rank.value.tolist() == [2, 3, 1]
    assert rank_shares(np.zeros((0, 3)), np.zeros((0, 3))).rank.shape == (0, 3)
    with pytest.raises(ValueError, match="numerator"):
        rank_shares([3], [2])
    with pytest.raises(ValueError, match="worst"):
        rank_shares([1, 1], [2, 2], worst="both")


def test_estimates_that_are_not_shrunken_have_ranks_without_an_interval():
    x, n = [3, 8, 12, 20], [100, 100, 100, 100]
    for ours, theirs in (
        (rank_shares(x, n), rank_shares(x, n, interval="published")),
        (rank_normal(x, 2), rank_normal(x, 2, interval="published")),
    ):
        assert (ours.rank.value == theirs.rank.value).all()
        assert (ours.rank.se == theirs.rank.se).all()
        assert (ours.worst_quarter == theirs.worst_quarter).all()
        assert np.isnan([ours.rank.low, ours.rank.high]).all()
        assert np.isfinite([theirs.rank.low, theirs.rank.high]).all()
        assert set(ours.rank.reason) == {
            "estimates that are not shrunken: no interval of a rank covers 95 %"
        }
    with pytest.raises(ValueError, match="not 'wald'"):
        rank_shares(x, n, interval="wald")
