"""Means and order-statistic quantiles of durations, from histograms."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate

NO_CASES = "no cases"


def mean(n: Any, total: Any, spread: Any, level: float = 0.95) -> Estimate:
    """Mean with a t interval.

    Args:
        n: Cases, shape S.
        total: Sum of the values, shape S.
        spread: Sum of squared deviations from the mean, shape S (not the raw sum of squares, which loses digits).
        level: Confidence level.

    Returns:
        Estimate of shape S; no interval below two cases.
    """
    ns = np.asarray(n, dtype=np.float64)
    safe, freedom = np.where(ns > 0, ns, 1.0), np.where(ns > 1, ns - 1, 1.0)
    value = np.asarray(total, dtype=np.float64) / safe
    se = np.sqrt(np.maximum(np.asarray(spread, dtype=np.float64), 0) / freedom / safe)
    half = stats.t.ppf(0.5 + level / 2, freedom) * se
    return make_estimate(
        value,
        n=ns,
        se=se,
        low=value - half,
        high=value + half,
        method="mean, t",
        insufficient=[(ns == 0, NO_CASES)],
        withheld=[(ns < 2, "one case: no variance")],
    )


def quantile_ranks(
    n: Any, p: float, level: float = 0.95
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Ranks (1-based) of a quantile and of the order statistics that enclose it.

    Args:
        n: Cases, shape S.
        p: Quantile, 0 to 1.
        level: Confidence level; each tail has at most half of the rest.

    Returns:
        Rank of the quantile (the smallest value with at least p of the cases at or below it), lower rank
        (0 = none exists) and upper rank (NaN = none exists).

    Source:
        Conover, Practical Nonparametric Statistics, 3rd ed. (1999), section 3.2.
    """
    ns = np.asarray(n, dtype=np.float64)
    tail = (1 - level) / 2
    rank = np.maximum(np.ceil(p * ns - 1e-9), 1)
    lower = stats.binom.ppf(tail, ns, p)
    lower = np.where(stats.binom.cdf(lower - 1, ns, p) > tail, lower - 1, lower)
    upper = stats.binom.ppf(1 - tail, ns, p) + 1
    return rank, np.maximum(lower, 0), np.where(upper > ns, np.nan, upper)


def quantile(
    n: Any, value: Any, low: Any, high: Any, p: float, lower_rank: Any, upper_rank: Any
) -> Estimate:
    """A quantile with its order-statistic interval, from the values at `quantile_ranks`.

    Args:
        n: Cases, shape S.
        value: Value at the quantile's rank.
        low: Value at the lower rank.
        high: Value at the upper rank.
        p: Quantile.
        lower_rank: Lower rank, 0 where none exists.
        upper_rank: Upper rank, NaN where none exists.

    Returns:
        Estimate of shape S; the interval is withheld where n is too small for a rank to exist.
    """
    ns = np.asarray(n, dtype=np.float64)
    missing = (np.asarray(lower_rank) < 1) | ~np.isfinite(np.asarray(upper_rank, dtype=np.float64))
    return make_estimate(
        np.asarray(value, dtype=np.float64),
        n=ns,
        low=low,
        high=high,
        method=f"p{p * 100:g}, order statistics",
        insufficient=[(ns == 0, NO_CASES)],
        withheld=[(missing, "too few cases for an order-statistic interval")],
    )
