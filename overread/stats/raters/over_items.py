"""Coefficients of many raters, linearised over the items: their variance and limits."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import Interval, corrected_limits, t_quantile, without_interval

ONE_ITEM = "one item: no variance"
# Found by bench.coverage; the share of ratings that a category holds moves chance agreement, not agreement.
MINIMUM_RATINGS = 40.0
FEW_RATINGS = "a category holds fewer than 40 ratings: no interval covers 95 %"


def often_of(frequency: Any, counts: FloatArray) -> FloatArray:
    """How many items each row of counts stands for; counts that strata share are not repeated for them."""
    often = np.asarray(frequency, dtype=np.float64)
    return np.broadcast_to(often, np.broadcast_shapes(often.shape, counts.shape[:-1]))


def over(often: FloatArray, values: FloatArray) -> FloatArray:
    """Sums over the items: (..., items) and (..., items, values) -> (..., values)."""
    return np.asarray((often[..., None, :] @ values)[..., 0, :])


def few_ratings(totals: FloatArray) -> list[tuple[Any, str]]:
    """Where a category in use holds too few ratings for its share to be known."""
    rarest = np.where(totals > 0, totals, np.inf).min(axis=-1)
    return [(rarest < MINIMUM_RATINGS, FEW_RATINGS)]


def few_items(n: FloatArray, least: int) -> list[tuple[Any, str]]:
    """Where there are too few items for an interval."""
    return [(n < least, f"fewer than {least} items: no interval covers 95 %")]


def over_items(
    value: FloatArray,
    gap: FloatArray,
    linear: FloatArray,
    frequency: FloatArray,
    n: FloatArray,
    level: float,
    interval: Interval,
    **about: Any,
) -> Estimate:
    """Estimate with its variance over items and limits.

    Args:
        value: Coefficients, shape S.
        gap: Share of disagreement that chance would give, shape S.
        linear: Influence of each item on the coefficient, times the items, shape (..., items); 0 for an
            item that does not enter.
        frequency: How many items each stands for, shape (..., items).
        n: Items that enter, shape S.
        level: Confidence level.
        interval: Kind of interval.
        about: name, cases (n to report), insufficient and rules (of the covering interval).
    """
    squares = (frequency * linear**2).sum(axis=-1)
    variance = squares / (np.where(n > 0, n, 1.0) * np.maximum(n - 1, 1.0))
    se = np.sqrt(variance)
    if interval == "published":
        half = t_quantile(level, n) * se
        low, high, kind = value - half, value + half, "t"
    else:
        low, high = corrected_limits(value, gap, variance, n, level)
        kind = "wilson on the effective size"
    estimate = make_estimate(
        value,
        n=about["cases"],
        se=se,
        low=np.maximum(low, -1),
        high=np.minimum(high, 1),
        method=f"{about['name']}, {kind}",
        insufficient=about["insufficient"],
        withheld=[(n < 2, ONE_ITEM)],
    )
    return estimate if interval == "published" else without_interval(estimate, about["rules"])
