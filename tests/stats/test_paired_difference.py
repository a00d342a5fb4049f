"""Differences of shares of the same cases, and odds, against published and exact figures."""

import numpy as np
import pytest
from scipy import stats

from overread.stats.odds import odds
from overread.stats.paired_difference import paired_difference


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
