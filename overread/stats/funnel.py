"""Funnel: many units against one target, with over-dispersion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import INSUFFICIENT, OK, FloatArray, TextArray


@dataclass(frozen=True, slots=True)
class OverDispersion:
    """How far units vary beyond chance.

    Attributes:
        target: Pooled share, shape (...).
        phi: Mean squared winsorised z, shape (...); below 1 it never narrows limits (see `factor`).
        status: "ok" or "insufficient" (fewer than two units).
        reason: Why.
    """

    target: FloatArray
    phi: FloatArray
    status: TextArray
    reason: TextArray

    @property
    def factor(self) -> FloatArray:
        """What limits are multiplied by: the square root of phi, never below 1."""
        return np.sqrt(np.maximum(np.where(np.isfinite(self.phi), self.phi, 1.0), 1.0))


def over_dispersion(x: Any, n: Any, winsorise: float = 0.1) -> OverDispersion:
    """Estimate phi from naive z-scores, winsorised at each end; units without events stay in.

    Args:
        x: Numerators of the units, shape (..., units).
        n: Denominators, shape (..., units); a unit without cases is left out.
        winsorise: Share pulled in at each end (linearly interpolated quantiles).

    Returns:
        Target and phi of shape (...).

    Source:
        Spiegelhalter, Stat Med 24:1185-1202 (2005); Qual Saf Health Care 14:347-351 (2005).
    """
    xs, ns = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    total = ns.sum(axis=-1)
    target = np.divide(xs.sum(axis=-1), total, out=np.full(total.shape, np.nan), where=total > 0)
    seen = ns > 0
    units = seen.sum(axis=-1)
    centre = np.where(np.isfinite(target), target, 0.5)[..., None]
    variance = centre * (1 - centre)
    still = variance <= 0
    se = np.sqrt(np.where(still, 1.0, variance) / np.where(seen, ns, 1.0))
    z = np.where(
        seen, (np.divide(xs, ns, out=np.zeros(xs.shape), where=seen) - centre) / se, np.nan
    )
    none = units == 0
    filled = np.where(none[..., None], 0.0, z)
    low, high = np.nanquantile(filled, [winsorise, 1 - winsorise], axis=-1)
    squares = np.clip(filled, low[..., None], high[..., None]) ** 2
    phi = np.where(none, np.nan, np.nansum(squares, axis=-1) / np.maximum(units, 1))
    few = units < 2
    return OverDispersion(
        target,
        phi,
        np.where(few, INSUFFICIENT, OK).astype(object),
        np.where(few, "fewer than two units: nothing to compare", "").astype(object),
    )
