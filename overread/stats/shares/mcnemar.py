"""McNemar's test on paired yes/no answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from overread.stats.estimate import FloatArray


@dataclass(frozen=True, slots=True)
class McNemar:
    """Test of equal marginal shares.

    Attributes:
        p_exact: Two-sided exact binomial p, shape (...).
        p_chi2_cc: p of the continuity-corrected chi-square; NaN where no pair is discordant (0/0).
        discordant: Number of discordant pairs.
    """

    p_exact: FloatArray
    p_chi2_cc: FloatArray
    discordant: FloatArray


def mcnemar(table: Any) -> McNemar:
    """Compare two paired classifications.

    Args:
        table: Counts, shape (..., 2, 2).

    Returns:
        Exact and corrected p-values of shape (...). The correction is cut at 0, so that b = c gives
        p = 1 as in R.

    Source:
        McNemar, Psychometrika 12:153-157 (1947); Edwards 1948 (correction).
    """
    counts = np.asarray(table, dtype=np.float64)
    b, c = counts[..., 0, 1], counts[..., 1, 0]
    total = b + c
    exact = np.minimum(2 * stats.binom.cdf(np.minimum(b, c), total, 0.5), 1.0)
    gap = np.maximum(np.abs(b - c) - 1, 0)
    chi2 = np.divide(gap**2, total, out=np.full(np.shape(total), np.nan), where=total > 0)
    return McNemar(np.asarray(exact), np.asarray(stats.chi2.sf(chi2, 1)), np.asarray(total))
