"""Levels before and after: against SciPy, table by table."""

import numpy as np
import pytest
from scipy import stats

from overread.stats.monitoring.level_change import mean_change_test, share_change_test


def test_shares_by_the_doubled_tail_of_fishers_test():
    tables = [(3, 40, 9, 41), (0, 12, 0, 15), (20, 20, 5, 20), (1, 300, 6, 30), (5, 50, 5, 50)]
    p = share_change_test(*np.transpose(tables))
    for own, (x1, n1, x2, n2) in zip(p, tables, strict=True):
        cells = [[x2, n2 - x2], [x1, n1 - x1]]
        tails = [stats.fisher_exact(cells, alternative=side).pvalue for side in ("less", "greater")]
        assert own == pytest.approx(min(1.0, 2 * min(tails)))


def test_shares_without_cases_on_a_side_are_not_compared():
    assert np.isnan(share_change_test(0, 0, 3, 10))
    with pytest.raises(ValueError, match=r"0\.\.cases"):
        share_change_test(4, 3, 0, 10)


def test_means_by_students_test():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(6, 20))
    x[2, 4] = np.nan
    before = np.arange(20) < np.array([[12], [5], [19], [3], [18], [10]])
    p = mean_change_test(x, before, ~before)
    for own, row, first in zip(p, x, before, strict=True):
        sides = (row[first & np.isfinite(row)], row[~first & np.isfinite(row)])
        assert own == pytest.approx(stats.ttest_ind(*sides).pvalue)


def test_means_of_what_does_not_vary():
    flat, step = np.ones(6), np.array([1.0, 1, 1, 1, 2, 2])
    before = np.arange(6) < 4
    assert mean_change_test(flat, before, ~before) == 1
    assert mean_change_test(step, before, ~before) == 0
    assert np.isnan(mean_change_test(step, before, before & False))
    assert np.isnan(mean_change_test(step[:2], np.array([True, False]), np.array([False, True])))


def test_one_month_after_is_enough():
    """Alone it is judged by how those before vary: the same as a prediction interval."""
    before = np.array([10.0, 11, 9, 10, 12, 8])
    x = np.append(before, 14.0)
    first = np.arange(7) < 6
    t = (14 - before.mean()) / (before.std(ddof=1) * np.sqrt(1 + 1 / 6))
    assert mean_change_test(x, first, ~first) == pytest.approx(2 * stats.t.sf(t, 5))
