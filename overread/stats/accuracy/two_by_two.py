"""Diagnostic accuracy from 2 x 2 tables: a test's call against a reference standard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, make_estimate
from overread.stats.interval import Interval, check_interval, without_interval
from overread.stats.shares.proportion import wilson

# Found by bench.coverage: with fewer cases a rare false alarm decides the ratio.
MINIMUM_CLASS = 50
SMALL_CLASS = "fewer than 50 diseased or healthy cases: no interval covers 95 %"


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """Accuracy of a test; each part is an Estimate over the strata, shares with Wilson intervals."""

    sensitivity: Estimate
    specificity: Estimate
    ppv: Estimate
    npv: Estimate
    accuracy: Estimate
    prevalence: Estimate
    lr_positive: Estimate
    lr_negative: Estimate


def _ratio(top: Estimate, bottom: Estimate, why: str, interval: Interval) -> Estimate:
    """Ratio of two independent shares, with limits from theirs (MOVER-R); undefined, never infinite, at 0.

    The limits are (p q - root) / (h (2 q - h)) for the upper limit h of q, and (p q + root) / (g (2 q - g))
    for its lower limit g: the roots of the two distances recovered from the single limits.
    """
    undefined = ~(bottom.value > 0) | ~np.isfinite(top.value)
    q = np.where(undefined, 1.0, bottom.value)
    p = np.where(undefined, 0.0, top.value)
    p_low, p_high = (np.where(undefined, 0.0, limit) for limit in (top.low, top.high))
    q_low, q_high = (np.where(undefined, 1.0, limit) for limit in (bottom.low, bottom.high))
    under, over = q_high * (2 * q - q_high), q_low * (2 * q - q_low)
    low_root = np.sqrt(np.maximum((p * q) ** 2 - p_low * (2 * p - p_low) * under, 0))
    high_root = np.sqrt(np.maximum((p * q) ** 2 - p_high * (2 * p - p_high) * over, 0))
    # (p q - root) / under, in a form that holds where `under` passes 0
    low = np.divide(p_low * (2 * p - p_low), p * q + low_root, out=np.zeros(top.shape), where=p > 0)
    estimate = make_estimate(
        p / q,
        n=top.n + bottom.n,
        low=low,
        high=(p * q + high_root) / over,
        method="likelihood ratio, MOVER of wilson",
        insufficient=[(undefined, why)],
    )
    if interval == "published":
        return estimate
    few = np.minimum(top.n, bottom.n) < MINIMUM_CLASS
    return without_interval(estimate, [(few, SMALL_CLASS)])


def two_by_two(
    tp: Any, fp: Any, fn: Any, tn: Any, level: float = 0.95, interval: Interval = "covering"
) -> TwoByTwo:
    """Sensitivity, specificity, predictive values, accuracy, prevalence and likelihood ratios.

    Args:
        tp: True positives, shape S.
        fp: False positives, shape S.
        fn: False negatives, shape S.
        tn: True negatives, shape S.
        level: Confidence level of the Wilson intervals.
        interval: "covering" withholds the interval of a likelihood ratio below 50 diseased or healthy
            cases; "published" shows it always.

    Returns:
        Estimates of shape S; a part without its denominator is "insufficient" alone.

    Source:
        STARD 2015 definitions; Wilson 1927; ratios: Donner and Zou, Stat Methods Med Res 21:347-359 (2012).
    """
    check_interval(interval)
    a, b, c, d = (np.asarray(part, dtype=np.float64) for part in (tp, fp, fn, tn))
    sensitivity, specificity = wilson(a, a + c, level), wilson(d, b + d, level)
    missed, false_alarm = wilson(c, a + c, level), wilson(b, b + d, level)
    n = a + b + c + d
    return TwoByTwo(
        sensitivity=sensitivity,
        specificity=specificity,
        ppv=wilson(a, a + b, level),
        npv=wilson(d, c + d, level),
        accuracy=wilson(a + d, n, level),
        prevalence=wilson(a + c, n, level),
        lr_positive=_ratio(
            sensitivity, false_alarm, "no false positive: the ratio is unbounded", interval
        ),
        lr_negative=_ratio(
            missed, specificity, "no true negative: the ratio is unbounded", interval
        ),
    )
