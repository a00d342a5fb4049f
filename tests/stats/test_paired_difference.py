"""Differences of shares of the same cases, and odds, against published and exact figures."""

import numpy as np
import pytest
from scipy import stats

from overread.stats.shares.odds import odds
from overread.stats.shares.paired_difference import paired_difference
from overread.stats.shares.two_shares import fisher_doubled


def test_newcombe_published_example():
    """Newcombe 1998, table III, method 10."""
    found = paired_difference([[36, 12], [2, 0]])
    assert float(found.value) == pytest.approx(0.2)
    assert (float(found.low), float(found.high)) == pytest.approx((0.0569, 0.3404), abs=5e-5)


def test_the_interval_covers():
    rng = np.random.default_rng(3)
    chance = np.array([0.60, 0.20, 0.08, 0.12])
    tables = rng.multinomial(80, chance, 4_000).reshape(-1, 2, 2)
    found = paired_difference(tables)
    covered = ((found.low <= 0.12) & (found.high >= 0.12)).mean()
    assert 0.935 < covered < 0.97


def test_pairs_that_never_differ_and_no_pairs():
    same = paired_difference([[10, 0], [0, 30]])
    assert (float(same.value), float(same.se)) == (0, 0)
    assert same.low < 0 < same.high
    none = paired_difference(np.zeros((2, 2)))
    assert (none.status, none.reason) == ("insufficient", "no cases")
    with pytest.raises(ValueError, match="negative"):
        paired_difference([[1, -1], [0, 0]])


def test_odds_are_those_of_the_share():
    found = odds([3, 0, 5], [7, 4, 0], "nobody")
    share = stats.binomtest(3, 10).proportion_ci(method="wilson")
    assert found.value[0] == pytest.approx(3 / 7)
    assert found.low[0] == pytest.approx(share.low / (1 - share.low))
    assert found.high[0] == pytest.approx(share.high / (1 - share.high))
    assert (found.value[1], found.low[1]) == (0, 0)
    assert (found.status[2], found.reason[2]) == ("insufficient", "nobody")


def test_equal_shares_by_fisher_doubled():
    for a, m, b, n in ((3, 20, 12, 25), (15, 18, 6, 20), (0, 5, 0, 9)):
        table = [[a, m - a], [b, n - b]]
        sides = [stats.fisher_exact(table, side).pvalue for side in ("less", "greater")]
        assert float(fisher_doubled(a, m, b, n)) == pytest.approx(min(1, 2 * min(sides)))
    assert np.isnan(fisher_doubled(0, 0, 1, 2))
    with pytest.raises(ValueError, match="outside"):
        fisher_doubled(3, 2, 1, 2)


def test_a_stable_share_is_called_changed_as_rarely_as_said():
    rng = np.random.default_rng(5)
    p = fisher_doubled(rng.binomial(60, 0.8, 5_000), 60, rng.binomial(200, 0.8, 5_000), 200)
    assert (p < 0.05).mean() < 0.05
