"""Risk-adjusted CUSUM of a sequence of outcomes."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import FloatArray


def risk_adjusted_cusum(outcome: Any, risk: Any, odds_ratio: float = 2.0) -> FloatArray:
    """Path of the log-likelihood ratio of raised odds against none, held at 0 from below.

    Args:
        outcome: 1 event, 0 none, in order, shape (..., cases).
        risk: Expected probability of each case, shape (..., cases).
        odds_ratio: Odds ratio of the alternative.

    Returns:
        Path of shape (..., cases): the running sum less its running minimum, which is the recursion
        max(0, previous + step) without a loop.

    Raises:
        ValueError: A risk is missing or lies outside 0..1, or the odds ratio is not positive.

    Source:
        Steiner et al., Biostatistics 1:441-452 (2000).
    """
    y, p = np.asarray(outcome, dtype=np.float64), np.asarray(risk, dtype=np.float64)
    # Asked the other way round, so that NaN, which no comparison holds for, is refused too.
    if not (np.all((p >= 0) & (p <= 1)) and odds_ratio > 0):
        raise ValueError("risks lie in 0..1 and the odds ratio is positive")
    step = y * np.log(odds_ratio) - np.log(1 - p + odds_ratio * p)
    total = np.cumsum(step, axis=-1)
    return total - np.minimum(np.minimum.accumulate(total, axis=-1), 0.0) if total.size else total
