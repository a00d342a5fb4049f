"""Funnel: many units against one target; the limits that are drawn are the limits that are tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from scipy import stats

from overread.stats.comparison.dispersion import OverDispersion, over_dispersion, unit_counts
from overread.stats.estimate import INSUFFICIENT, NOT_APPLICABLE, OK, FloatArray, TextArray

__all__ = ["Funnel", "FunnelModel", "OverDispersion", "funnel", "funnel_limits", "over_dispersion"]

Model = Literal["exact", "multiplicative", "additive"]

LEVELS: Final = (0.95, 0.998)
MINIMUM_UNITS: Final = 20

WITHIN: Final = "within"
VERDICTS: Final = {
    (1, 1): "above_95",
    (1, 2): "above_99_8",
    (-1, 1): "below_95",
    (-1, 2): "below_99_8",
}


@dataclass(frozen=True, slots=True)
class FunnelModel:
    """What limits are computed from: all that a funnel plot needs besides its units.

    Attributes:
        dispersion: Target, phi and tau^2, shape (...).
        exact: Strata whose limits are exact binomial, shape (...): too few units to estimate how they vary.
        additive: Over-dispersion adds a variance between units, rather than multiplying that of chance.
    """

    dispersion: OverDispersion
    exact: Any
    additive: bool


@dataclass(frozen=True, slots=True)
class Funnel:
    """A funnel with the verdict on each unit.

    Attributes:
        model: For `funnel_limits`, at any number of cases.
        share: Share of each unit, NaN without cases, shape (..., units).
        low: Lower limits at each unit's own number of cases, shape (..., levels, units), levels 95 % and 99.8 %.
        high: Upper limits, likewise.
        verdict: "within", "above_95", "above_99_8", "below_95", "below_99_8", or "" for a unit without cases or a
            funnel without target, shape (..., units).
        status: "ok" or "insufficient" (nothing to compare), shape (...).
        reason: Why, or what to be wary of where the status is "ok".
        unit_status: "ok", "not_applicable" (unit without cases) or "insufficient", shape (..., units).
    """

    model: FunnelModel
    share: FloatArray
    low: FloatArray
    high: FloatArray
    verdict: TextArray
    status: TextArray
    reason: TextArray
    unit_status: TextArray


def _exact_low(target: FloatArray, n: FloatArray, tail: float) -> FloatArray:
    """Lower binomial limit, interpolated between counts so that it has no steps (Spiegelhalter, A.1.1)."""
    count = np.asarray(stats.binom.ppf(tail, n, target))
    upto, below = (np.asarray(stats.binom.cdf(count - k, n, target)) for k in (0, 1))
    gap = upto - below
    part = np.divide(upto - tail, gap, out=np.zeros(gap.shape), where=gap > 0)
    limit: FloatArray = np.clip((count - part) / n, 0.0, 1.0)
    return limit


def funnel_limits(
    model: FunnelModel, n: Any, levels: Sequence[float] = LEVELS
) -> tuple[FloatArray, FloatArray]:
    """Limits at any numbers of cases: the one source of the lines that are drawn and of the verdicts.

    Exact where the model says so. Otherwise target +- z sqrt(phi v), phi never below 1, or target +- z sqrt(v + tau^2)
    where the model is additive, v = target (1 - target) / n; and never inside the exact limits, for over-dispersion
    cannot narrow what chance alone allows (the normal upper limit of a rare event lies too low).

    Args:
        model: From `funnel`.
        n: Numbers of cases, shape (..., points), leading axes as the model's or 1.
        levels: Probability within the limits, each.

    Returns:
        Lower and upper limits in 0..1, shape (..., levels, points); NaN for 0 cases or without target.

    Source:
        Spiegelhalter, Stat Med 24:1185-1202 (2005), section 5 and appendix A.1.1.
    """
    size = np.asarray(n, dtype=np.float64)
    target = model.dispersion.target[..., None]
    size, aim = np.broadcast_arrays(size, target)
    usable = (size > 0) & np.isfinite(aim)
    cases, theta = np.where(usable, size, 1.0), np.where(usable, aim, 0.5)
    variance = theta * (1 - theta) / cases
    if model.additive:
        tau2 = model.dispersion.tau2[..., None]
        spread = np.sqrt(variance + np.where(np.isfinite(tau2), tau2, 0.0))
    else:
        spread = np.sqrt(variance) * model.dispersion.factor[..., None]
    chance_only = np.asarray(model.exact, dtype=bool)[..., None]
    lows, highs = [], []
    for level in levels:
        tail = (1 - level) / 2
        half = float(stats.norm.isf(tail)) * spread
        # The upper limit is the lower one of the complement. The rule read upwards would flag a count whose own
        # probability reaches the tail: 2 of 10 at a target of 2 % beyond "99.8 %", though it occurs in 1.6 %.
        low, high = _exact_low(theta, cases, tail), 1 - _exact_low(1 - theta, cases, tail)
        low = np.where(chance_only, low, np.minimum(low, np.maximum(theta - half, 0.0)))
        high = np.where(chance_only, high, np.maximum(high, np.minimum(theta + half, 1.0)))
        lows.append(np.where(usable, low, np.nan))
        highs.append(np.where(usable, high, np.nan))
    return np.stack(lows, axis=-2), np.stack(highs, axis=-2)


def funnel(
    x: Any,
    n: Any,
    *,
    target: Any = None,
    model: Model = "multiplicative",
    winsorise: float = 0.1,
    minimum_units: int = MINIMUM_UNITS,
) -> Funnel:
    """Hold each unit to the limits that its number of cases allows.

    Args:
        x: Numerators of the units, shape (..., units).
        n: Denominators, shape (..., units).
        target: Share that units are held against, shape (...) or scalar; None = their pooled share.
        model: "multiplicative" or "additive" over-dispersion, or "exact" binomial limits whatever the number of units.
        winsorise: Share of units pulled in at each end when over-dispersion is estimated.
        minimum_units: With fewer units over-dispersion cannot be estimated: limits are exact, and the reason warns
            that they ignore how units differ for reasons other than chance.

    Returns:
        The funnel; "insufficient" with one unit and no stated target, and without cases.

    Raises:
        ValueError: A numerator lies outside 0..denominator, or a target outside 0..1.

    Source:
        Spiegelhalter, Stat Med 24:1185-1202 (2005); Qual Saf Health Care 14:347-351 (2005).
    """
    xs, ns = unit_counts(x, n)
    dispersion = over_dispersion(xs, ns, winsorise, target)
    few = dispersion.units < minimum_units
    basis = FunnelModel(dispersion, few | (model == "exact"), model == "additive")
    low, high = funnel_limits(basis, ns)
    share = np.divide(xs, ns, out=np.full(ns.shape, np.nan), where=ns > 0)

    alone = dispersion.units < (2 if target is None else 1)
    status = np.where(alone | ~np.isfinite(dispersion.target), INSUFFICIENT, OK).astype(object)
    reason = np.full(status.shape, "", dtype=object)
    reason[few] = f"fewer than {minimum_units} units: exact limits, over-dispersion unknown"
    reason[alone] = "fewer than two units: nothing to compare"
    reason[dispersion.units == 0] = "no cases"

    verdict = np.full(ns.shape, "", dtype=object)
    usable = (ns > 0) & (status == OK)[..., None]
    verdict[usable] = WITHIN
    for (side, level), word in VERDICTS.items():
        beyond = share > high[..., level - 1, :] if side > 0 else share < low[..., level - 1, :]
        verdict[usable & beyond] = word
    unit_status = np.where(usable, OK, np.where(ns > 0, INSUFFICIENT, NOT_APPLICABLE))
    return Funnel(basis, share, low, high, verdict, status, reason, unit_status.astype(object))
