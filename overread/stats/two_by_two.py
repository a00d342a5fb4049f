"""Diagnostic accuracy from 2 x 2 tables: a test's call against a reference standard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, make_estimate
from overread.stats.proportion import wilson


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


def _ratio(top: Estimate, bottom: Estimate, why: str) -> Estimate:
    """Ratio of two shares; undefined, never infinite, where the lower one is 0 or missing."""
    undefined = ~(bottom.value > 0) | ~np.isfinite(top.value)
    value = np.divide(top.value, bottom.value, out=np.full(top.shape, np.nan), where=~undefined)
    return make_estimate(
        value, n=top.n + bottom.n, method="likelihood ratio", insufficient=[(undefined, why)]
    )


def two_by_two(tp: Any, fp: Any, fn: Any, tn: Any, level: float = 0.95) -> TwoByTwo:
    """Sensitivity, specificity, predictive values, accuracy, prevalence and likelihood ratios.

    Args:
        tp: True positives, shape S.
        fp: False positives, shape S.
        fn: False negatives, shape S.
        tn: True negatives, shape S.
        level: Confidence level of the Wilson intervals.

    Returns:
        Estimates of shape S; a part without its denominator is "insufficient" alone.

    Source:
        STARD 2015 definitions; Wilson 1927.
    """
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
        lr_positive=_ratio(sensitivity, false_alarm, "no false positive: the ratio is unbounded"),
        lr_negative=_ratio(missed, specificity, "no true negative: the ratio is unbounded"),
    )
