"""Proportions and their differences, from counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import TINY, normal_quantile, wilson_limits

NO_CASES = "no cases"


def _counts(x: Any, n: Any) -> tuple[FloatArray, FloatArray]:
    """Broadcast counts to float; a numerator above its denominator is a fault of the caller."""
    xs, ns = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if np.any(xs < 0) or np.any(xs > ns):
        raise ValueError("a numerator lies outside 0..denominator")
    return xs, ns


def _share(x: FloatArray, n: FloatArray) -> FloatArray:
    return np.divide(x, n, out=np.zeros(x.shape), where=n > 0)


def wilson(x: Any, n: Any, level: float = 0.95) -> Estimate:
    """Proportion with the Wilson score interval.

    Args:
        x: Numerators, shape S.
        n: Denominators, shape S.
        level: Confidence level.

    Returns:
        Estimate of shape S; "insufficient" where n = 0.

    Raises:
        ValueError: A numerator lies outside 0..denominator.

    Source:
        Wilson, J Am Stat Assoc 22:209-212 (1927).
    """
    xs, ns = _counts(x, n)
    p = _share(xs, ns)
    low, high = wilson_limits(p, ns, normal_quantile(level))
    se = np.sqrt(p * (1 - p) / np.where(ns > 0, ns, 1.0))
    return make_estimate(
        p, n=ns, se=se, low=low, high=high, method="wilson", insufficient=[(ns == 0, NO_CASES)]
    )


def clopper_pearson(x: Any, n: Any, level: float = 0.95) -> Estimate:
    """Proportion with the exact (beta quantile) interval.

    Args:
        x: Numerators, shape S.
        n: Denominators, shape S.
        level: Confidence level.

    Returns:
        Estimate of shape S; "insufficient" where n = 0.

    Raises:
        ValueError: A numerator lies outside 0..denominator.

    Source:
        Clopper and Pearson, Biometrika 26:404-413 (1934).
    """
    xs, ns = _counts(x, n)
    tail = (1 - level) / 2
    low = np.where(xs == 0, 0.0, stats.beta.ppf(tail, np.maximum(xs, 1), ns - xs + 1))
    high = np.where(xs == ns, 1.0, stats.beta.ppf(1 - tail, xs + 1, np.maximum(ns - xs, 1)))
    p = _share(xs, ns)
    se = np.sqrt(p * (1 - p) / np.where(ns > 0, ns, 1.0))
    return make_estimate(
        p,
        n=ns,
        se=se,
        low=low,
        high=high,
        method="clopper-pearson",
        insufficient=[(ns == 0, NO_CASES)],
    )


def wilson_weighted(
    weighted_x: Any,
    sum_weights: Any,
    sum_squared_weights: Any,
    n: Any,
    population: Any = np.inf,
    level: float = 0.95,
) -> Estimate:
    """Proportion of a weighted sample: Wilson on Kish's effective n with finite-population correction.

    Args:
        weighted_x: Sum of the weights of the cases in the numerator, shape S.
        sum_weights: Sum of all weights, shape S.
        sum_squared_weights: Sum of the squared weights, shape S.
        n: Number of sampled cases, shape S.
        population: Size of the population sampled from, shape S; infinite where unknown. The correction
            takes the weights as inverse inclusion probabilities, in any unit.
        level: Confidence level.

    Returns:
        Estimate of shape S; a census (n = population) has an interval of no width.

    Source:
        Kish, Survey Sampling (1965), section 8.2.
    """
    xs, ws, squares, ns, sizes = np.broadcast_arrays(
        *(
            np.asarray(a, dtype=np.float64)
            for a in (weighted_x, sum_weights, sum_squared_weights, n, population)
        )
    )
    p = np.clip(_share(xs, ws), 0, 1)
    # variance of the mean weight per case: 1/n where the weights are equal, 1/n - 1/N once corrected, which
    # holds whatever the sampling fractions of the strata are
    unequal = np.divide(squares, ws**2, out=np.zeros(ws.shape), where=ws > 0)
    finite = np.where(np.isfinite(sizes) & (sizes > 0), sizes, np.inf)
    shrunk = unequal - 1 / finite
    census = shrunk <= TINY * unequal
    corrected = 1 / np.where(census, 1.0, shrunk)
    low, high = wilson_limits(p, corrected, normal_quantile(level))
    se = np.sqrt(p * (1 - p) / np.where(corrected > 0, corrected, 1.0))
    return make_estimate(
        p,
        n=ns,
        se=np.where(census, 0.0, se),
        low=np.where(census, p, low),
        high=np.where(census, p, high),
        method="wilson on Kish's effective n, finite-population correction",
        insufficient=[(ws <= 0, NO_CASES)],
    )


def newcombe_difference(x1: Any, n1: Any, x2: Any, n2: Any, level: float = 0.95) -> Estimate:
    """Difference of two independent proportions, p1 - p2, with Newcombe's hybrid score interval.

    Args:
        x1: Numerators of the first group, shape S.
        n1: Denominators of the first group, shape S.
        x2: Numerators of the second group, shape S.
        n2: Denominators of the second group, shape S.
        level: Confidence level.

    Returns:
        Estimate of shape S; "insufficient" where a group has no cases.

    Source:
        Newcombe, Stat Med 17:873-890 (1998), method 10.
    """
    first, second = wilson(x1, n1, level), wilson(x2, n2, level)
    p1, p2 = first.value, second.value
    low = p1 - p2 - np.sqrt((p1 - first.low) ** 2 + (second.high - p2) ** 2)
    high = p1 - p2 + np.sqrt((first.high - p1) ** 2 + (p2 - second.low) ** 2)
    return make_estimate(
        p1 - p2,
        n=first.n + second.n,
        se=np.sqrt(first.se**2 + second.se**2),
        low=np.clip(low, -1, 1),
        high=np.clip(high, -1, 1),
        method="newcombe",
        insufficient=[((first.n == 0) | (second.n == 0), "a group has no cases")],
    )
