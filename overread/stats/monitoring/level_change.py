"""Whether the level of a series differs before and after a month, beyond what chance makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from overread.stats.estimate import FloatArray


def share_change_test(
    events_before: Any, cases_before: Any, events_after: Any, cases_after: Any
) -> FloatArray:
    """Fisher's exact test of two shares, two-sided by twice the smaller tail: right for few events, too.

    Args:
        events_before: Events before, whole numbers, shape S.
        cases_before: Cases before, shape S.
        events_after: Events after, shape S.
        cases_after: Cases after, shape S.

    Returns:
        p-values, shape S; NaN where one side has no case.

    Raises:
        ValueError: Events lie outside 0..cases.

    Source:
        Fisher, J R Stat Soc 98:39-82 (1935); doubled tail: Agresti, Categorical Data Analysis (2013), section 3.5.
    """
    x1, n1, x2, n2 = np.broadcast_arrays(
        *(
            np.asarray(a, np.float64)
            for a in (events_before, cases_before, events_after, cases_after)
        )
    )
    if np.any((x1 < 0) | (x1 > n1) | (x2 < 0) | (x2 > n2)):
        raise ValueError("events lie outside 0..cases")
    table = stats.hypergeom(n1 + n2, x1 + x2, n2)
    p = np.minimum(2 * np.minimum(table.cdf(x2), table.sf(x2 - 1)), 1.0)
    return np.where((n1 > 0) & (n2 > 0), p, np.nan)


def mean_change_test(values: Any, before: Any, after: Any) -> FloatArray:
    """Student's t test, with pooled variance, of the mean of a series after against before.

    One month after is enough: its distance is then judged by how the months before vary.

    Args:
        values: The series, shape (..., periods).
        before: Periods before, shape (..., periods).
        after: Periods after, shape (..., periods).

    Returns:
        Two-sided p-values, shape (...); NaN where one side has no period or fewer than three are left to
        tell the variation; 0 where nothing varies and the means differ, 1 where they do not.

    Source:
        Student, Biometrika 6:1-25 (1908).
    """
    x = np.asarray(values, dtype=np.float64)
    sides = [np.asarray(side, dtype=bool) & np.isfinite(x) for side in (before, after)]
    counts = [side.sum(axis=-1).astype(np.float64) for side in sides]
    means, squares = [], []
    for side, count in zip(sides, counts, strict=True):
        mean = np.where(side, x, 0.0).sum(axis=-1) / np.maximum(count, 1)
        means.append(mean)
        squares.append((np.where(side, x - mean[..., None], 0.0) ** 2).sum(axis=-1))
    n1, n2 = counts
    known = (n1 > 0) & (n2 > 0) & (n1 + n2 >= 3)
    freedom = np.where(known, n1 + n2 - 2, 1.0)
    variance = (squares[0] + squares[1]) / freedom
    error = np.sqrt(variance * (1 / np.maximum(n1, 1) + 1 / np.maximum(n2, 1)))
    gap = np.abs(means[1] - means[0])
    t = np.divide(gap, error, out=np.where(gap > 0, np.inf, 0.0), where=error > 0)
    return np.where(known, 2 * stats.t.sf(t, freedom), np.nan)
