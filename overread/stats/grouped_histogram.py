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
# Selecting beats sorting from so many bins per group on, and from so many stretches of so many bins.
CROWDED, STRETCHES, STRETCH = 500, 256, 16_384
# Counts of cases per group and stretch that are held at once.
MOST_COUNTS = 2_000_000


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
    group stay sorted, or, where groups are large, counts per stretch of values and a sort of the few stretches that
    matter: the order statistics of all its groups are looked up at once. Moments are kept per cell and merge without
    touching the bins again.

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
        self._single = not counts.size or int(counts.max()) == 1
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
        if self._value.size == 0:
            return np.full(ranks.shape, np.nan)
        # 16 bits: numpy sorts them by radix, and fewer bytes travel
        narrow = np.uint16 if groups < np.iinfo(np.uint16).max else np.int64
        of_bin = group.astype(narrow)[self._cell]
        cases = np.bincount(group, self._cases, groups + 1)[:groups]
        start = np.cumsum(cases) - cases
        inside = (ranks >= 1) & (ranks <= cases)
        wanted = start + np.where(inside, ranks, 1.0)
        if of_bin.size > max(CROWDED * groups, STRETCHES * STRETCH):
            bins = self._selected(of_bin, groups, wanted)
        else:
            bins = self._sorted(of_bin, wanted)
        return np.where(inside, self._value[bins], np.nan)

    def _sorted(self, of_bin: NDArray[Any], wanted: NDArray[Any]) -> IntArray:
        """Bins that hold the wanted ranks, by a stable sort of all bins by group.

        Args:
            of_bin: Group of each bin.
            wanted: Ranks in the bins laid out group by group, shape (ranks, groups).
        """
        order = np.argsort(of_bin, kind="stable")
        place = wanted.astype(np.intp) - 1
        if not self._single:
            place = np.searchsorted(np.cumsum(self._n[order]), wanted - 0.5)
        found: IntArray = order[np.minimum(place, order.size - 1)]
        return found

    def _selected(self, of_bin: NDArray[Any], groups: int, wanted: NDArray[Any]) -> IntArray:
        """The same where groups are large: only the stretches of values that hold a wanted rank are sorted.

        The bins are cut into stretches of neighbouring values, cases are counted per group and stretch, and the
        counts tell in which stretch each rank lies. That reads the bins twice, in order.
        """
        stretches = max(min(of_bin.size // STRETCH, MOST_COUNTS // groups), 1)
        size = -(-of_bin.size // stretches)
        cuts = [slice(low, low + size) for low in range(0, of_bin.size, size)]
        counts = np.stack(
            [
                np.bincount(of_bin[cut], None if self._single else self._n[cut], groups + 1)
                for cut in cuts
            ],
            axis=-1,
        )[:groups].astype(np.int64)
        upto = np.cumsum(counts)
        # group and stretch of each rank, as one number; ranks of empty groups may lie beyond the last
        at = np.minimum(np.searchsorted(upto, wanted.astype(np.int64)), upto.size - 1)
        needed = np.zeros((groups + 1) * len(cuts), dtype=bool)
        needed[at] = True
        rows = np.ascontiguousarray(needed.reshape(groups + 1, len(cuts)).T)
        kept = [
            np.flatnonzero(row[of_bin[cut]]) + cut.start
            for row, cut in zip(rows, cuts, strict=True)
        ]
        bins = np.concatenate(kept)
        stretch = np.repeat(np.arange(len(cuts)), [part.size for part in kept])
        key = of_bin[bins].astype(np.int64) * len(cuts) + stretch
        order = np.argsort(key, kind="stable")
        cases = np.append(0, np.cumsum(self._n[bins[order]]))
        # cases of the kept bins before each rank's stretch, and of all bins
        before = cases[np.searchsorted(key[order], at)]
        skipped = upto[at] - counts.ravel()[at]
        place = np.searchsorted(cases[1:], before + wanted.astype(np.int64) - skipped)
        found: IntArray = np.append(bins[order], 0)[place]
        return found
