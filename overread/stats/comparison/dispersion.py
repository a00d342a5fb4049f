"""Over-dispersion: how far units vary beyond chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import INSUFFICIENT, OK, FloatArray, TextArray


@dataclass(frozen=True, slots=True)
class OverDispersion:
    """How far units vary beyond chance.

    Attributes:
        target: The pooled or stated share, shape (...).
        phi: Mean squared winsorised z, shape (...); below 1 it never narrows limits (see `factor`).
        tau2: Variance between units beyond chance, never below 0, shape (...); NaN with fewer than two units.
        units: Units with cases, shape (...).
        status: "ok" or "insufficient" (fewer than two units).
        reason: Why.
    """

    target: FloatArray
    phi: FloatArray
    tau2: FloatArray
    units: FloatArray
    status: TextArray
    reason: TextArray

    @property
    def factor(self) -> FloatArray:
        """What limits are multiplied by: the square root of phi, never below 1."""
        return np.sqrt(np.maximum(np.where(np.isfinite(self.phi), self.phi, 1.0), 1.0))


def over_dispersion(x: Any, n: Any, winsorise: float = 0.1, target: Any = None) -> OverDispersion:
    """Estimate phi and tau^2 from naive z-scores, winsorised at each end; units without events stay in.

    With k units, phi = sum(z^2) / k. The DerSimonian-Laird variance between units takes the same winsorised sum for
    its Q: tau^2 = (k phi - (k - 1)) / (sum(w) - sum(w^2) / sum(w)), w = 1 / (binomial variance at the target).

    Args:
        x: Numerators of the units, shape (..., units).
        n: Denominators, shape (..., units); a unit without cases is left out.
        winsorise: Share pulled in at each end (linearly interpolated quantiles).
        target: Share that units are held against, shape (...) or scalar; None = their pooled share.

    Returns:
        Target, phi and tau^2 of shape (...).

    Raises:
        ValueError: A numerator lies outside 0..denominator, or a target outside 0..1.

    Source:
        Spiegelhalter, Stat Med 24:1185-1202 (2005); Qual Saf Health Care 14:347-351 (2005); DerSimonian and Laird,
        Control Clin Trials 7:177-188 (1986).
    """
    xs, ns = unit_counts(x, n)
    total = ns.sum(axis=-1)
    aim = np.divide(xs.sum(axis=-1), total, out=np.full(total.shape, np.nan), where=total > 0)
    if target is not None:
        aim = np.array(np.broadcast_to(np.asarray(target, dtype=np.float64), total.shape))
        if np.any((aim < 0) | (aim > 1)):
            raise ValueError("a target lies outside 0..1")
    seen = ns > 0
    units = seen.sum(axis=-1).astype(np.float64)
    centre = np.where(np.isfinite(aim), aim, 0.5)[..., None]
    variance = centre * (1 - centre)
    still = variance <= 0
    se = np.sqrt(np.where(still, 1.0, variance) / np.where(seen, ns, 1.0))
    z = np.where(
        seen, (np.divide(xs, ns, out=np.zeros(xs.shape), where=seen) - centre) / se, np.nan
    )
    none = units == 0
    filled = np.where(none[..., None], 0.0, z)
    low, high = (
        np.nanquantile(filled, [winsorise, 1 - winsorise], axis=-1)
        if filled.size
        else np.zeros((2, *units.shape))
    )
    squares = np.clip(filled, low[..., None], high[..., None]) ** 2
    phi = np.where(none, np.nan, np.nansum(squares, axis=-1) / np.maximum(units, 1))
    few = units < 2
    weight = np.where(seen & ~still, se**-2.0, 0.0)
    sum_w = weight.sum(axis=-1)
    room = sum_w - np.divide(
        (weight**2).sum(axis=-1), sum_w, out=np.zeros(np.shape(sum_w)), where=sum_w > 0
    )
    excess = np.where(few, 0.0, units * np.where(few, 0.0, phi) - (units - 1))
    tau2 = np.maximum(np.divide(excess, room, out=np.zeros(np.shape(room)), where=room > 0), 0.0)
    return OverDispersion(
        aim,
        phi,
        np.where(few, np.nan, tau2),
        units,
        np.where(few, INSUFFICIENT, OK).astype(object),
        np.where(few, "fewer than two units: nothing to compare", "").astype(object),
    )


def unit_counts(x: Any, n: Any) -> tuple[FloatArray, FloatArray]:
    """Broadcast the counts of units to float; a missing count leaves its unit without cases.

    Args:
        x: Numerators, shape (..., units).
        n: Denominators, shape (..., units).

    Returns:
        Numerators and denominators.

    Raises:
        ValueError: A numerator lies outside 0..denominator.
    """
    xs, ns = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if np.any(xs < 0) or np.any(xs > ns):
        raise ValueError("a numerator lies outside 0..denominator")
    seen = np.isfinite(xs) & np.isfinite(ns)
    return np.where(seen, xs, 0.0), np.where(seen, ns, 0.0)
