"""Proportion of a stratified sample with unequal weights, from counts per class of like weights."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import TINY, normal_quantile, wilson_limits

NO_WEIGHT: Final = "no cases with a known weight"
# Weights of one class differ by less than this factor; within it Kish's effective size is close.
CLASS_FACTOR: Final = 2.0


def weight_classes(weights: Any) -> Any:
    """Number of each weight's class: classes are powers of two, so that a few of them hold every design.

    Args:
        weights: Inverse inclusion probabilities, at least 1, shape S.

    Returns:
        Whole numbers from 0, shape S.
    """
    scale = np.log(np.asarray(weights, dtype=np.float64)) / np.log(CLASS_FACTOR)
    return np.floor(np.maximum(scale, 0.0) + TINY).astype(np.int64)


def wilson_stratified(
    weighted_x: Any,
    sum_weights: Any,
    sum_squared_weights: Any,
    n: Any,
    population: Any = np.inf,
    level: float = 0.95,
) -> Estimate:
    """Proportion of a weighted sample whose weights fall into classes (last axis): the classes' rates may differ.

    The estimate is the weighted mean. Its limits combine the Wilson limits l, u of each class's own rate p on
    Kish's effective n of the class with finite-population correction: with V the class's share of the weight, low =
    sum V p - sqrt(sum (V (p - l))^2), high likewise. One class gives `wilson_weighted`. That one takes the variance
    of a case from the rate of the whole, which covers too little where a class of large weights has the rate nearer
    to a half, and too much where it has the rate nearer to none.

    Args:
        weighted_x: Sum of the weights of the cases in the numerator, shape (..., classes).
        sum_weights: Sum of all weights, shape (..., classes).
        sum_squared_weights: Sum of the squared weights, shape (..., classes).
        n: Number of sampled cases, shape (..., classes); 0 where a class is empty.
        population: Size of the population sampled from, shape (...); infinite where unknown. It is shared out over
            the classes as the weights are.
        level: Confidence level.

    Returns:
        Estimate of shape (...); "insufficient" without cases. A census has an interval of no width.

    Source:
        Zou, Huang and Zhang, Comput Stat Data Anal 53:1080-1085 (2009), for the combination of Wilson limits; Kish,
        Survey Sampling (1965), section 8.2.
    """
    xs, ws, squares, ns = np.broadcast_arrays(
        *(
            np.asarray(a, dtype=np.float64)
            for a in (weighted_x, sum_weights, sum_squared_weights, n)
        )
    )
    sizes = np.broadcast_to(np.asarray(population, dtype=np.float64), ws.shape[:-1])
    total = ws.sum(axis=-1)
    some = np.where(total > 0, total, 1.0)
    filled = ws > 0
    own: FloatArray = np.where(filled, ws, 1.0)
    rate = np.where(filled, np.clip(xs / own, 0, 1), 0.0)
    share = ws / some[..., None]
    unequal = np.where(filled, squares / own**2, 1.0)
    finite = np.where(np.isfinite(sizes) & (sizes > 0), sizes, np.inf)[..., None]
    shrunk = unequal - 1 / (finite * np.where(filled, share, 1.0))
    census = shrunk <= TINY * unequal
    low, high = wilson_limits(rate, 1 / np.where(census, 1.0, shrunk), normal_quantile(level))
    known = census | ~filled

    def combined(limit: FloatArray) -> FloatArray:
        apart = share * np.where(known, 0.0, limit - rate)
        return np.asarray(np.sqrt((apart**2).sum(axis=-1)), dtype=np.float64)

    value = xs.sum(axis=-1) / some
    variance = share**2 * rate * (1 - rate) * np.where(known, 0.0, shrunk)
    return make_estimate(
        value,
        n=ns.sum(axis=-1),
        se=np.sqrt(variance.sum(axis=-1)),
        low=np.clip(value - combined(low), 0, 1),
        high=np.clip(value + combined(high), 0, 1),
        method="Wilson limits of the classes of weight on Kish's effective n, finite-population correction, combined",
        insufficient=[(total <= 0, NO_WEIGHT)],
    )
