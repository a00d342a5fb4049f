"""Agreement weights over a declared scale, and the shares of square tables that they are applied to."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np

from overread.stats.estimate import FloatArray

Weights = Literal["identity", "linear", "quadratic", "ordinal"]
# Few gross disagreements carry these sums of squares, so that their intervals need more care.
CONVEX: Final = ("quadratic", "ordinal")


def agreement_weights(k: int, weights: Weights | None) -> FloatArray:
    """Agreement weights of a k-point scale: 1 on the diagonal, shape (k, k).

    Linear: 1 - d / (k - 1) for grades d apart; quadratic: 1 - (d / (k - 1))^2; ordinal: 1 - the pairs of
    grades among the d + 1 grades from one to the other, as a share of all pairs of grades.

    Raises:
        ValueError: Unknown weights.

    Source:
        Cohen 1968; Gwet, Handbook of Inter-Rater Reliability, 4th ed. (2014), section 3.5.
    """
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(np.float64)
    step = apart / max(k - 1, 1)
    if weights in (None, "identity"):
        return np.eye(k)
    if weights == "linear":
        return 1 - step
    if weights == "quadratic":
        return 1 - step**2
    if weights == "ordinal":
        return 1 - apart * (apart + 1) / max(k * (k - 1), 1)
    raise ValueError(f"weights are identity, linear, quadratic or ordinal, not {weights!r}")


def cell_shares(table: Any) -> tuple[FloatArray, FloatArray]:
    """Cell shares (..., k, k) and totals (...); an empty table has shares 0.

    Raises:
        ValueError: The tables are not square, or a count is negative or not a number.
    """
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2]:
        raise ValueError("agreement wants square tables (..., k, k)")
    if not np.all(counts >= 0):
        raise ValueError("a table has a negative or missing count")
    n = counts.sum(axis=(-2, -1))
    return counts / np.where(n > 0, n, 1.0)[..., None, None], n
