"""Moments and order statistics of any grouping of fine cells, from one sorted histogram over the cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.stats.estimate import FloatArray

IntArray = NDArray[np.int64]
# Cases per bin below which bins are written out as cases.
SPARSE = 2


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments per group.

    Attributes:
        n: Cases, shape (groups,).
        total: Sum of the values.
        spread: Sum of squared deviations from the group's mean.
        cubes: Sum of cubed deviations from the group's mean.
    """

    n: FloatArray
    total: FloatArray
    spread: FloatArray
    cubes: FloatArray


class GroupedHistogram:
    """A histogram of one quantity over fine cells (say, vendor x site x month), to be grouped in many ways.

    The bins are sorted by value once. A grouping then needs one stable sort by group, in which the values of each
    group stay sorted: the order statistics of all its groups are looked up at once. Moments are kept per cell and
    merge without touching the bins again.

    Args:
        cell: Number of the cell of each bin, 0 .. cells - 1, shape (bins,).
        value: Value of each bin.
        n: Cases in each bin, at least 1.
        cells: How many cells there are.
    """

    def __init__(self, cell: Any, value: Any, n: Any, cells: int) -> None:
        values, counts = np.asarray(value, dtype=np.float64), np.asarray(n, dtype=np.int64)
        numbers = np.asarray(cell, dtype=np.intp)
        if counts.size and counts.max() > 1 and counts.sum() <= SPARSE * counts.size:
            # nearly every bin holds one case: written out, a rank is a position and needs no search
            values, numbers = np.repeat(values, counts), np.repeat(numbers, counts)
            counts = np.ones(values.size, dtype=np.int64)
        order = np.argsort(values, kind="stable")
        self._cell, self._value, self._n = numbers[order], values[order], counts[order]
        weight = self._n.astype(np.float64)
        self._cases: FloatArray = np.bincount(self._cell, weight, cells).astype(np.float64)
        safe = np.maximum(self._cases, 1)
        self._mean: FloatArray = np.bincount(self._cell, weight * self._value, cells) / safe
        away = self._value - self._mean[self._cell]
        self._spread = np.bincount(self._cell, weight * away**2, cells)
        self._cubes = np.bincount(self._cell, weight * away**3, cells)

    def moments(self, group: IntArray, groups: int) -> Moments:
        """Moments of the groups.

        Args:
            group: Group of each cell, shape (cells,); `groups` for a cell that belongs to none.
            groups: How many groups there are.

        Source:
            Pébay, Sandia report SAND2008-6212 (2008): merging central moments of parts.
        """

        def over(values: FloatArray) -> FloatArray:
            merged: FloatArray = np.bincount(group, values, groups + 1)[:groups].astype(np.float64)
            return merged

        n, total = over(self._cases), over(self._cases * self._mean)
        mean: FloatArray = np.append(total / np.maximum(n, 1), 0.0)
        away = self._mean - mean[group]
        spread = over(self._spread + self._cases * away**2)
        cubes = over(self._cubes + 3 * away * self._spread + self._cases * away**3)
        return Moments(n, total, spread, cubes)

    def at_ranks(self, group: IntArray, groups: int, ranks: FloatArray) -> FloatArray:
        """Values at given ranks of each group.

        Args:
            group: Group of each cell, shape (cells,); `groups` for a cell that belongs to none.
            groups: How many groups there are.
            ranks: 1-based ranks, shape (ranks, groups).

        Returns:
            Values, shape (ranks, groups); NaN where a rank is NaN or lies outside 1 .. n of its group.
        """
        # numpy sorts 16 bits by radix
        narrow = np.uint16 if groups < np.iinfo(np.uint16).max else np.int64
        of_bin = group.astype(narrow)[self._cell]
        order = np.argsort(of_bin, kind="stable")
        cases = np.bincount(group, self._cases, groups + 1)[:groups]
        start = np.cumsum(cases) - cases
        inside = (ranks >= 1) & (ranks <= cases)
        wanted = start + np.where(inside, ranks, 1.0)
        if self._value.size == 0:
            return np.full(ranks.shape, np.nan)
        if int(self._n.max()) == 1:
            place = wanted.astype(np.intp) - 1
        else:
            place = np.searchsorted(np.cumsum(self._n[order]), wanted - 0.5)
        found = self._value[order[np.minimum(place, self._value.size - 1)]]
        return np.where(inside, found, np.nan)
