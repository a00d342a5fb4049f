"""Moments of fine cells, which merge without touching the cases again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from overread.stats.durations.grouped_histogram import GroupedHistogram
from overread.stats.estimate import FloatArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments per cell or group.

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

    def stacked(self) -> FloatArray:
        """All of them in the order of the attributes, shape (4, groups)."""
        return np.stack([self.n, self.total, self.spread, self.cubes])

    @classmethod
    def of_cells(cls, histogram: GroupedHistogram) -> Self:
        """Moments of each cell of a histogram."""
        cell, n = histogram.cell, histogram.n

        def over(values: NDArray[Any]) -> FloatArray:
            parts = values if n is None else values * n
            return np.bincount(cell, parts, histogram.cells).astype(np.float64)

        total = over(histogram.value)
        away = histogram.value - (total / np.maximum(histogram.cases, 1))[cell]
        squares = away * away
        return cls(histogram.cases, total, over(squares), over(squares * away))

    def merged(self, group: IntArray, groups: int) -> Self:
        """Moments of groups of these.

        Args:
            group: Group of each, shape (cells,); `groups` for one that belongs to none.
            groups: How many groups there are.

        Source:
            Pébay, Sandia report SAND2008-6212 (2008): merging central moments of parts.
        """

        def over(values: FloatArray) -> FloatArray:
            return np.bincount(group, values, groups + 1)[:groups].astype(np.float64)

        n, total = over(self.n), over(self.total)
        mean = np.append(total / np.maximum(n, 1), 0.0)
        away = self.total / np.maximum(self.n, 1) - mean[group]
        squares = self.n * away * away
        spread = over(self.spread + squares)
        cubes = over(self.cubes + away * (3 * self.spread + squares))
        return type(self)(n, total, spread, cubes)
