"""Difference of two shares of the same cases."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, make_estimate
from overread.stats.shares.proportion import wilson


def paired_difference(table: Any, level: float = 0.95) -> Estimate:
    """Share of yes in the first classification less that in the second, of the same cases.

    Args:
        table: Counts, shape (..., 2, 2): rows are the first classification's yes and no, columns the second's.
        level: Confidence level.

    Returns:
        Estimate of shape (...), n = cases; "insufficient" without cases. The limits are those of the two shares
        (Wilson), put together by squares less the part that the pairs share (its sign-corrected phi).

    Raises:
        ValueError: A negative count.

    Source:
        Newcombe, Stat Med 17:2635-2650 (1998), method 10.
    """
    counts = np.asarray(table, dtype=np.float64)
    if np.any(counts < 0):
        raise ValueError("a count is negative")
    a, b, c, d = (counts[..., i, j] for i in (0, 1) for j in (0, 1))
    n = a + b + c + d
    first, second = wilson(a + b, n, level), wilson(a + c, n, level)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    cross = a * d - b * c
    # the continuity correction of a positive association, never past none
    corrected = np.where(cross > n / 2, cross - n / 2, np.minimum(cross, 0.0))
    phi = np.divide(corrected, np.sqrt(margins), out=np.zeros(n.shape), where=margins > 0)
    gap = np.divide(b - c, n, out=np.zeros(n.shape), where=n > 0)
    below = (first.value - first.low, second.high - second.value)
    above = (first.high - first.value, second.value - second.low)
    low, high = (np.sqrt(np.maximum(x**2 - 2 * phi * x * y + y**2, 0.0)) for x, y in (below, above))
    spread = np.sqrt(np.maximum(b + c - (b - c) ** 2 / np.where(n > 0, n, 1.0), 0.0))
    return make_estimate(
        gap,
        n=n,
        se=spread / np.where(n > 0, n, 1.0),
        low=np.clip(gap - low, -1, 1),
        high=np.clip(gap + high, -1, 1),
        method="newcombe, paired",
        insufficient=[(n == 0, "no cases")],
    )
