"""The curves of any grouping of the cells are those of `cumulative_incidence` of each group alone."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from overread.stats.cumulative_incidence import (
    cumulative_incidence,
    incidence_at,
    incidence_quantiles,
)
from overread.stats.grouped_incidence import CENSORED, COMPETING, REPORTED, GroupedIncidence

BINS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(0, 2), st.integers(1, 9)),
    min_size=1,
    max_size=60,
)
SHARES, ASKED = [0.2, 0.5, 0.9], [0, 3, 7.5, 30, 31, 99]


@given(bins=BINS, group=st.lists(st.integers(0, 3), min_size=6, max_size=6))
@example(bins=[(0, 4, CENSORED, 3)], group=[1] * 6)
@example(bins=[(0, 4, REPORTED, 1), (0, 5, REPORTED, 1)], group=[1] * 6)
def test_groups_answer_as_each_alone(bins, group):
    """Group 3 is none: its cells are left out. Empty groups have no case and no value."""
    cell, time, kind, n = (np.array(part) for part in zip(*bins, strict=True))
    groups = np.array(group)
    curves = GroupedIncidence(cell, time, kind, n).curves(groups, 3)
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
        points = curves.group == number
        assert curves.time[points].tolist() == grid.tolist()
        assert curves.at_risk[points].tolist() == alone.at_risk.tolist()
        assert curves.cases[number] == n[mine].sum()
        for name in ("incidence", "event_free", "low", "high"):
            np.testing.assert_allclose(getattr(curves, name)[points], getattr(alone, name), atol=1e-9)  # fmt: skip
        np.testing.assert_allclose(curves.se[points] ** 2, alone.se**2, atol=1e-12)
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
    many = GroupedIncidence(np.arange(cells), np.arange(cells), one * REPORTED, one * 25)
    told = many.curves(np.arange(cells), cells).quantiles([0.5])
    np.testing.assert_array_equal(told.value[:, 0], np.arange(cells))
    empty = GroupedIncidence([], [], [], []).curves(np.array([0]), 1)
    assert empty.quantiles([0.5]).reason.tolist() == [["no cases"]]
    assert empty.shares_at([3600]).reason.tolist() == [["no cases"]]


def test_small_shares_of_a_large_group_keep_their_digits():
    """A hundred thousand groups before it do not blur the variance of the last one."""
    rng = np.random.default_rng(2)
    size = 100_000
    time = np.concatenate([rng.integers(1, 50, size), rng.integers(1, 5_000, size)])
    cell = np.concatenate([np.arange(size), np.full(size, size)])
    kind = rng.choice([REPORTED, COMPETING, CENSORED], 2 * size, p=[0.9, 0.05, 0.05])
    curves = GroupedIncidence(cell, time, kind, np.ones(2 * size)).curves(
        np.arange(size + 1), size + 1
    )
    grid = np.arange(1, 5_000)
    counts = [np.bincount(time[size:][kind[size:] == k], minlength=5_000)[1:] for k in range(3)]
    alone = cumulative_incidence(grid, *counts)
    last = curves.group == size
    assert curves.se[last] == pytest.approx(alone.se[np.isin(grid, curves.time[last])], rel=1e-5)
