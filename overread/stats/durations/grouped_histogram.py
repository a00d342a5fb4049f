"""Order statistics of any grouping of fine cells, from one sorted histogram over the cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from overread.stats.durations.bisection import Side, places_of
from overread.stats.estimate import FloatArray

IntArray = NDArray[np.int64]
# Group of each cell, shape (cells,), `groups` for a cell that belongs to none; and how many groups there are.
Groups = tuple[IntArray, int]
# Cases per bin below which bins are written out as cases.
SPARSE: Final = 2
# Bins per stretch of neighbouring values. Selecting beats sorting from so many stretches and bins per group on, where
# the counts of cells and stretches are at most so many, and so many per bin.
STRETCH, STRETCHES, CROWDED, MOST_COUNTS, COUNTS_PER_BIN = 4_096, 32, 500, 4_000_000, 1


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The bins of a histogram laid out group by group, by value within each.

    Attributes:
        value: Value of each bin of the histogram, ascending over all groups, shape (bins,).
        order: Bins in the order of the groups; those of no group come last.
        upto: Cases before each place of that order, shape (bins + 1,); None where every bin is one case.
        first: Place of the first bin of each group, shape (groups + 1,); the last entry is where no group begins.
        cases: Cases of each group, shape (groups,).
    """

    value: FloatArray
    order: IntArray
    upto: IntArray | None
    first: IntArray
    cases: FloatArray

    def at_ranks(self, group: IntArray, rank: FloatArray) -> FloatArray:
        """Value at a rank (1-based) of a group, pair by pair; NaN where the rank is NaN or outside 1 .. n.

        Args:
            group: Number of the group, shape S.
            rank: Ranks, shape S.
        """
        if self.value.size == 0:
            return np.full(rank.shape, np.nan)
        inside = (rank >= 1) & (rank <= self.cases[group])
        place = self.first[group] + np.where(inside, rank, 1.0).astype(np.int64) - 1
        if self.upto is not None:
            before = self.upto[self.first[group]] + place - self.first[group]
            place = np.searchsorted(self.upto, before, side="right") - 1
        bins = self.order[np.minimum(place, self.order.size - 1)]
        return np.where(inside, self.value[bins], np.nan)

    def cases_by(self, group: IntArray, at: FloatArray, side: Side = "right") -> FloatArray:
        """Cases of a group with values up to and including (right) or below (left) a value, pair by pair.

        Args:
            group: Number of the group, shape S.
            at: Values, shape S.
            side: Whether the value itself counts.
        """
        if self.value.size == 0:
            return np.zeros(group.shape)
        last = self.order.size - 1

        # laying the values themselves out would touch every bin
        start = self.first[group]
        place = places_of(
            at,
            start,
            self.first[group + 1],
            lambda place: self.value[self.order[np.minimum(place, last)]],
            side,
        )
        told = place - start if self.upto is None else self.upto[place] - self.upto[start]
        return np.asarray(told, dtype=np.float64)


class GroupedHistogram:
    """A histogram of one quantity over fine cells (say, vendor x site x month), to be grouped in many ways.

    The bins are sorted by value once. A grouping then needs one counting sort by group, in which the values of
    each group stay sorted. Where there are many bins per group, counts per cell and stretch of neighbouring values
    tell in which stretches the ranks asked for lie, and only the bins in those are sorted.

    Args:
        cell: Number of the cell of each bin, 0 .. cells - 1, shape (bins,).
        value: Value of each bin.
        n: Cases in each bin, at least 1; None where every bin is one case.
        cells: How many cells there are.

    Attributes:
        cell: Number of the cell of each bin, in the order of the values.
        value: Values, ascending.
        n: Cases in each bin, or None where every bin is one case.
        cells: How many cells there are.
        cases: Cases of each cell, shape (cells,).
    """

    def __init__(self, cell: Any, value: Any, n: Any, cells: int) -> None:
        values, numbers = np.asarray(value, dtype=np.float64), np.asarray(cell, dtype=np.intp)
        counts = None if n is None else np.asarray(n, dtype=np.int64)
        if counts is not None and counts.sum() <= SPARSE * counts.size:
            # nearly every bin holds one case: written out, a rank is a position and needs no search
            if counts.sum() > counts.size:
                values, numbers = np.repeat(values, counts), np.repeat(numbers, counts)
            counts = None
        if np.any(values[1:] < values[:-1]):
            order = np.argsort(values, kind="stable")
            values, numbers = values[order], numbers[order]
            counts = None if counts is None else counts[order]
        self.cell, self.value, self.n, self.cells = numbers, values, counts, cells
        self.cases: FloatArray = np.bincount(numbers, counts, cells).astype(np.float64)

    def merged(self, place: IntArray, places: int) -> GroupedHistogram:
        """The same histogram over coarser cells (say, of all months).

        Args:
            place: Coarser cell of each cell, shape (cells,); `places` for a cell that is left out.
            places: How many coarser cells there are.
        """
        number = place[self.cell]
        if np.all(place < places):
            return GroupedHistogram(number, self.value, self.n, places)
        return self._of_bins(np.flatnonzero(number < places), number, places)

    def laid_out(self, group: IntArray, groups: int) -> LaidOut:
        """The bins by group, for looking up many ranks and values of the groups.

        Args:
            group: Group of each cell, shape (cells,); `groups` for a cell that belongs to none.
            groups: How many groups there are.
        """
        order, first = by_group(group.astype(np.int32)[self.cell], groups + 1)
        upto = None if self.n is None else np.append(0, np.cumsum(self.n[order]))
        cases = np.bincount(group, self.cases, groups + 1)[:groups].astype(np.float64)
        return LaidOut(self.value, order, upto, first[:-1], cases)

    def at_ranks(
        self, groupings: Sequence[Groups], ranks: Sequence[FloatArray]
    ) -> list[FloatArray]:
        """Values at given ranks of each group of many groupings.

        Args:
            groupings: Groupings of the cells.
            ranks: Of each grouping 1-based ranks, shape (ranks, groups).

        Returns:
            Of each grouping values, shape (ranks, groups); NaN where a rank is NaN or lies outside 1 .. n of its group.
        """
        size = self.value.size
        stretches = min(size // STRETCH, MOST_COUNTS // max(self.cells, 1))
        worth = stretches >= STRETCHES and self.cells * stretches <= COUNTS_PER_BIN * size
        crowded = [worth and size > CROWDED * groups for _, groups in groupings]
        chosen = [at for at, many in enumerate(crowded) if many]
        selected = self._selected([groupings[at] for at in chosen], [ranks[at] for at in chosen], stretches)  # fmt: skip
        found = dict(zip(chosen, selected, strict=True))
        return [
            found[at] if many else self._sorted(groupings[at], ranks[at])
            for at, many in enumerate(crowded)
        ]

    def _of_bins(self, bins: IntArray, cell: IntArray, cells: int) -> GroupedHistogram:
        """The histogram of some bins."""
        n = None if self.n is None else self.n[bins]
        return GroupedHistogram(cell[bins], self.value[bins], n, cells)

    def _sorted(self, grouping: Groups, ranks: FloatArray) -> FloatArray:
        """Values at ranks, by a sort of all bins."""
        number = np.broadcast_to(np.arange(grouping[1]), ranks.shape)
        return self.laid_out(*grouping).at_ranks(number, ranks)

    def _selected(
        self, groupings: Sequence[Groups], ranks: Sequence[FloatArray], stretches: int
    ) -> list[FloatArray]:
        """Values at ranks, by a sort of the bins in those stretches of values that hold a rank of any grouping.

        Args:
            groupings: Groupings of the cells.
            ranks: Ranks of each grouping.
            stretches: Into how many stretches the bins are cut.
        """
        if not groupings:
            return []
        size = -(-self.value.size // stretches)
        key = self.cell * stretches + np.arange(self.value.size) // size
        counts = np.bincount(key, self.n, self.cells * stretches).astype(np.float64)
        counts = counts.reshape(self.cells, stretches)
        needed = np.zeros(counts.shape, dtype=bool)
        at = []
        for (group, groups), rank in zip(groupings, ranks, strict=True):
            upto = _over_groups(counts, group, groups)
            cases = upto[:, -1]
            # stretch of each rank, groups laid end to end; an empty group may lie behind the last of them
            start = np.cumsum(cases) - cases
            known = np.where((rank >= 1) & (rank <= cases), rank, 1.0)
            flat = (start[:, None] + upto).ravel()
            place = np.minimum(np.searchsorted(flat, start + known - 0.5), flat.size - 1)
            marked = np.zeros((groups + 1) * stretches, dtype=bool)
            marked[place] = True
            needed |= marked.reshape(groups + 1, stretches)[group]
            at.append((cases, place, _before(upto, place)))
        kept = self._of_bins(np.flatnonzero(needed.ravel()[key]), self.cell, self.cells)
        counts *= needed
        found = []
        for grouping, rank, (cases, place, before) in zip(groupings, ranks, at, strict=True):
            kept_before = _before(_over_groups(counts, *grouping), place)
            inside = (rank >= 1) & (rank <= cases)
            found.append(
                kept._sorted(grouping, np.where(inside, rank - before + kept_before, np.nan))
            )
        return found


def by_group(group: NDArray[Any], groups: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Put items in the order of their groups, each group's in the order in which they came.

    Args:
        group: Group of each item, 0 .. groups - 1, shape (items,).
        groups: How many groups there are.

    Returns:
        Items in the order of the groups, shape (items,), and where each group begins, shape (groups + 1,); the last
        entry is the number of items.
    """
    number = np.int32 if max(group.size, groups) < np.iinfo(np.int32).max else np.int64
    # one item a row; its value does not matter
    rows: Any = (
        np.ones(group.size, np.int8),
        group.astype(number, copy=False),
        np.arange(group.size + 1, dtype=number),
    )
    # turning a sparse matrix is a counting sort: a third of the time of a stable sort
    columns = sparse.csr_array(rows, shape=(group.size, groups)).tocsc()
    return columns.indices, columns.indptr


def _over_groups(counts: FloatArray, group: IntArray, groups: int) -> FloatArray:
    """Running counts of each group: shape (cells, stretches) -> (groups, stretches)."""
    cells = group.size
    member = sparse.csr_array((np.ones(cells), (group, np.arange(cells))), (groups + 1, cells))
    sums: FloatArray = np.asarray(member @ counts)
    return np.cumsum(sums[:groups], axis=1)


def _before(upto: FloatArray, place: IntArray) -> FloatArray:
    """Cases of a group before a stretch, which is numbered through the groups."""
    return np.where(place % upto.shape[1] > 0, upto.ravel()[place - 1], 0.0)
