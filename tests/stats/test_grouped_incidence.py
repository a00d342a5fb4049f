"""The curves of any grouping of the cells are those of `cumulative_incidence` of each group alone."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from overread.stats.durations.cumulative_incidence import (
    cumulative_incidence,
    incidence_at,
    incidence_quantiles,
)
from overread.stats.durations.grouped_histogram import GroupedHistogram
from overread.stats.durations.grouped_incidence import CENSORED, COMPETING, GroupedIncidence

REPORTED = 2

BINS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(0, 2), st.integers(1, 9)),
    min_size=1,
    max_size=60,
)


def incidence(cell, time, kind, n, cells):
    """The bins, the reported ones apart."""
    cell, time, kind, n = (np.asarray(part) for part in (cell, time, kind, n))
    ours = kind == REPORTED
    others = (part[~ours] for part in (cell, time, kind, n))
    return GroupedIncidence(GroupedHistogram(cell[ours], time[ours], n[ours], cells), *others)


SHARES, ASKED = [0.2, 0.5, 0.9], [0, 3, 7.5, 30, 31, 99]


@given(bins=BINS, group=st.lists(st.integers(0, 3), min_size=6, max_size=6))
@example(bins=[(0, 4, CENSORED, 3)], group=[1] * 6)
@example(bins=[(0, 4, REPORTED, 1), (0, 5, REPORTED, 1)], group=[1] * 6)
def test_groups_answer_as_each_alone(bins, group):
    """Group 3 is none: its cells are left out. Empty groups have no case and no value."""
    cell, time, kind, n = (np.array(part) for part in zip(*bins, strict=True))
    groups = np.array(group)
    curves = incidence(cell, time, kind, n, 6).curves(groups, 3)
    at, covering = curves.shares_at(ASKED), curves.quantiles(SHARES)
    published = curves.quantiles(SHARES, interval="published")
    for number in range(3):
        mine = groups[cell] == number
        grid = np.unique(time[mine])
        counts = [
            np.array([n[mine & (kind == k) & (time == t)].sum() for t in grid])
            for k in (REPORTED, COMPETING, CENSORED)
        ]
        alone = cumulative_incidence(grid, *counts)
        here = np.full(grid.size, number)
        assert curves.cases[number] == n[mine].sum()
        ended = curves.ended_by(here, grid)
        for ours, count in zip(
            (ended.reported, ended.competing, ended.censored), counts, strict=True
        ):
            assert ours.tolist() == np.cumsum(count).tolist()
        before = curves.ended_by(here, grid, "left").all
        assert (curves.cases[number] - before).tolist() == alone.at_risk.tolist()
        told, expected = curves.shares(here, grid), incidence_at(alone, grid)
        np.testing.assert_allclose(told.se**2, expected.se**2, atol=1e-12)
        for name in ("value", "low", "high"):
            np.testing.assert_allclose(getattr(told, name), getattr(expected, name), atol=1e-6)
        assert curves.reported_by(ASKED)[number].tolist() == [
            counts[0][grid <= asked].sum() for asked in ASKED
        ]
        for ours, theirs in (
            (at, incidence_at(alone, ASKED)),
            (covering, incidence_quantiles(alone, SHARES)),
            (published, incidence_quantiles(alone, SHARES, interval="published")),
        ):
            for name in ("value", "low", "high", "n"):
                np.testing.assert_allclose(getattr(ours, name)[number], getattr(theirs, name), atol=1e-6)  # fmt: skip
            assert ours.reason[number].tolist() == theirs.reason.tolist()
            assert ours.status[number].tolist() == theirs.status.tolist()


def test_more_groups_than_sixteen_bits_and_none():
    cells = 70_000
    one = np.ones(cells)
    many = incidence(np.arange(cells), np.arange(cells), one * REPORTED, one * 25, cells)
    told = many.curves(np.arange(cells), cells).quantiles([0.5])
    np.testing.assert_array_equal(told.value[:, 0], np.arange(cells))
    empty = incidence([], [], [], [], 1).curves(np.array([0]), 1)
    assert empty.quantiles([0.5]).reason.tolist() == [["no cases"]]
    assert empty.shares_at([3600]).reason.tolist() == [["no cases"]]


def test_small_shares_of_a_large_group_keep_their_digits():
    """A hundred thousand groups before it do not blur the variance of the last one."""
    rng = np.random.default_rng(2)
    size = 100_000
    time = np.concatenate([rng.integers(1, 50, size), rng.integers(1, 5_000, size)])
    cell = np.concatenate([np.arange(size), np.full(size, size)])
    kind = rng.choice([REPORTED, COMPETING, CENSORED], 2 * size, p=[0.9, 0.05, 0.05])
    curves = incidence(cell, time, kind, np.ones(2 * size), size + 1).curves(
        np.arange(size + 1), size + 1
    )
    grid = np.arange(1, 5_000)
    counts = [
        np.bincount(time[size:][kind[size:] == k], minlength=5_000)[1:]
        for k in (REPORTED, COMPETING, CENSORED)
    ]
    alone = cumulative_incidence(grid, *counts)
    told = curves.shares(np.full(grid.size, size), grid)
    assert told.se == pytest.approx(alone.se, rel=1e-5)
