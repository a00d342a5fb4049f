"""Means and order-statistic quantiles of durations, from histograms."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import TINY, Interval, check_interval, t_quantile, without_interval

NO_CASES = "no cases"
# The binomial quantile is slow, and small numbers of cases recur in thousands of strata.
SMALL: Final = 1024
# Found by bench.coverage on log-normal times.
LEAST_FOR_T = 500
LEAST_FOR_JOHNSON = 50


def _johnson_limits(
    value: FloatArray,
    se: FloatArray,
    sd: FloatArray,
    skew: FloatArray,
    n: FloatArray,
    t: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Means that Johnson's modified t does not reject.

    With d = mean - mu the statistic is (d + g sd / (6 n) + g d^2 / (3 sd)) / se for a skewness g: a parabola
    in d whose two roots at t are the limits, for g > 0; a mirror image for g < 0; plain t for g = 0.
    """
    size = np.maximum(np.abs(skew), TINY)
    bend, shift = size / (3 * np.where(sd > 0, sd, 1.0)), size * sd / (6 * n)
    # a skewness is below the root of n, so that the shift stays below t se
    root = np.sqrt(1 + 4 * bend * (t * se - shift))
    near = 2 * (t * se - shift) / (1 + root)
    far = (1 + root) / (2 * bend)
    # below the parabola's foot the statistic also passes -t: the limit on that side is then the nearer root
    dip = 1 - 4 * bend * (t * se + shift)
    other = np.where(
        dip > 0, 2 * (t * se + shift) / (1 + np.sqrt(np.where(dip > 0, dip, 1.0))), far
    )
    low = np.where(skew >= 0, value - near, value - other)
    high = np.where(skew >= 0, value + other, value + near)
    return low, high


def mean(
    n: Any,
    total: Any,
    spread: Any,
    level: float = 0.95,
    cubes: Any = None,
    interval: Interval = "covering",
) -> Estimate:
    """Mean with an interval that allows for skewness where the third moment is given.

    Args:
        n: Cases, shape S.
        total: Sum of the values, shape S.
        spread: Sum of squared deviations from the mean, shape S (not the raw sum of squares, which loses digits).
        level: Confidence level.
        cubes: Sum of cubed deviations from the mean, shape S, or None where it is not known.
        interval: "covering": Johnson's modified t from 50 cases on, or, without `cubes`, t from 500
            cases on; "published": t.

    Returns:
        Estimate of shape S; no standard error below two cases; the interval withheld as above, since
        turnaround times are skewed (log-normal with sigma 1: t covers 87 % at 30 cases).

    Source:
        Johnson, J Am Stat Assoc 73:536-544 (1978).
    """
    check_interval(interval)
    ns = np.asarray(n, dtype=np.float64)
    safe, freedom = np.where(ns > 0, ns, 1.0), np.where(ns > 1, ns - 1, 1.0)
    value = np.asarray(total, dtype=np.float64) / safe
    squares = np.maximum(np.asarray(spread, dtype=np.float64), 0)
    sd = np.sqrt(squares / freedom)
    se = sd / np.sqrt(safe)
    t = t_quantile(level, ns)
    name, least = "t", LEAST_FOR_T
    low, high = value - t * se, value + t * se
    if interval == "covering" and cubes is not None:
        base = (squares / safe) ** 1.5
        third = np.asarray(cubes, dtype=np.float64) / safe
        skew = np.divide(third, base, out=np.zeros(np.shape(third / safe)), where=base > 0)
        low, high = _johnson_limits(value, se, sd, skew, safe, t)
        name, least = "Johnson's t", LEAST_FOR_JOHNSON
    estimate = make_estimate(
        value,
        n=ns,
        se=se,
        low=low,
        high=high,
        method=f"mean, {name}",
        insufficient=[(ns == 0, NO_CASES)],
        withheld=[(ns < 2, "one case: no variance")],
    )
    if interval == "published":
        return estimate
    few = f"fewer than {least} cases: no interval of a skewed mean covers 95 %"
    return without_interval(estimate, [(ns < least, few), (se <= 0, "all values are equal")])


def _ranks(ns: FloatArray, p: float, level: float) -> FloatArray:
    """Ranks of `quantile_ranks`, shape (3, cases)."""
    tail = (1 - level) / 2
    rank = np.maximum(np.ceil(p * ns - 1e-9), 1)
    lower = stats.binom.ppf(tail, ns, p)
    lower = np.where(stats.binom.cdf(lower - 1, ns, p) > tail, lower - 1, lower)
    upper = stats.binom.ppf(1 - tail, ns, p) + 1
    return np.stack([rank, np.maximum(lower, 0), np.where(upper > ns, np.nan, upper)])


@cache
def _small(p: float, level: float) -> FloatArray:
    """Ranks of 0 .. SMALL - 1 cases."""
    return _ranks(np.arange(float(SMALL)), p, level)


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
    told = np.empty((3, *ns.shape))
    small = (ns >= 0) & (ns < SMALL) & (ns == np.floor(ns))
    told[:, small] = _small(p, level)[:, ns[small].astype(np.intp)]
    large, place = np.unique(ns[~small], return_inverse=True)
    told[:, ~small] = _ranks(large, p, level)[:, place]
    return told[0], told[1], told[2]


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
