"""Test of two shares of independent groups."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from overread.stats.estimate import FloatArray


def fisher_doubled(x1: Any, n1: Any, x2: Any, n2: Any) -> FloatArray:
    """Exact two-sided p of equal shares: twice the smaller of the two one-sided p-values, at most 1.

    Args:
        x1: Events of the first group, shape S.
        n1: Cases of the first group, shape S.
        x2: Events of the second group, shape S.
        n2: Cases of the second group, shape S.

    Returns:
        p-values of shape S; NaN where a group has no cases.

    Raises:
        ValueError: An event count lies outside 0..cases.

    Source:
        Fisher, Statistical Methods for Research Workers, 5th ed. (1934); doubling: Yates, J R Stat Soc A 147:426-463
        (1984).
    """
    a, m, b, n = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (x1, n1, x2, n2))
    )
    if np.any((a < 0) | (a > m) | (b < 0) | (b > n)):
        raise ValueError("a number of events lies outside 0..cases")
    total, events = m + n, a + b
    less = stats.hypergeom.cdf(a, total, events, m)
    more = stats.hypergeom.sf(a - 1, total, events, m)
    p = np.minimum(2 * np.minimum(less, more), 1.0)
    return np.where((m > 0) & (n > 0), p, np.nan)
