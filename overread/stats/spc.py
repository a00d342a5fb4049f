"""Control charts: p, Laney p' and XmR, with gaps where a period has no cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import INSUFFICIENT, OK, FloatArray, TextArray

# Constants for moving ranges of two (Montgomery, Introduction to Statistical Quality Control, app. VI).
D2, D4 = 1.128, 3.267


@dataclass(frozen=True, slots=True)
class ControlChart:
    """A chart per stratum.

    Attributes:
        point: Plotted values, shape (..., periods); NaN = no cases, a gap.
        centre: Centre line, shape (...).
        low: Lower limits, shape (..., periods).
        high: Upper limits, shape (..., periods).
        spread: Laney's sigma z, or the upper limit of the moving range; NaN where the chart has none.
        status: "ok" or "insufficient", shape (...).
        reason: Why there are no limits, or why they are not to be used.
    """

    point: FloatArray
    centre: FloatArray
    low: FloatArray
    high: FloatArray
    spread: FloatArray
    status: TextArray
    reason: TextArray


def _judged(shape: tuple[int, ...], *rules: tuple[Any, str, str]) -> tuple[TextArray, TextArray]:
    """Status and reason per stratum from (mask, status, reason) rules, the first match first."""
    status, reason = np.full(shape, OK, dtype=object), np.full(shape, "", dtype=object)
    for mask, verdict, why in rules:
        hit = np.broadcast_to(np.asarray(mask, dtype=bool), shape) & (reason == "")
        status[hit], reason[hit] = verdict, why
    return status, reason


def _adjacent(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean absolute difference of neighbouring periods and the number of pairs; a gap is not bridged."""
    steps = np.abs(np.diff(values, axis=-1))
    pairs = np.isfinite(steps).sum(axis=-1).astype(np.float64)
    total = np.where(np.isfinite(steps), steps, 0.0).sum(axis=-1)
    return np.divide(total, pairs, out=np.full(pairs.shape, np.nan), where=pairs > 0), pairs


def _shares(x: Any, n: Any) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Point, centre, standard error of a point (0 where undefined) and cases."""
    xs, ns = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    total = ns.sum(axis=-1)
    centre = np.divide(xs.sum(axis=-1), total, out=np.full(total.shape, np.nan), where=total > 0)
    seen = ns > 0
    point = np.divide(xs, ns, out=np.full(ns.shape, np.nan), where=seen)
    c = np.where(np.isfinite(centre), centre, 0.0)[..., None]
    se = np.where(seen, np.sqrt(c * (1 - c) / np.where(seen, ns, 1.0)), np.nan)
    return point, centre, se, total


def p_chart(x: Any, n: Any) -> ControlChart:
    """Shares with three-sigma binomial limits, cut to 0..1.

    Args:
        x: Numerators, shape (..., periods).
        n: Denominators, shape (..., periods).

    Returns:
        The chart; a period without cases keeps its place and has no limits.

    Source:
        Montgomery, Introduction to Statistical Quality Control, 7th ed., section 7.2.
    """
    point, centre, se, total = _shares(x, n)
    status, reason = _judged(
        centre.shape,
        (total == 0, INSUFFICIENT, "no cases"),
        ((centre == 0) | (centre == 1), OK, "no variation in the baseline: limits have no width"),
    )
    low, high = np.clip(centre[..., None] - 3 * se, 0, 1), np.clip(centre[..., None] + 3 * se, 0, 1)
    return ControlChart(point, centre, low, high, np.full(centre.shape, np.nan), status, reason)


def laney_p_chart(x: Any, n: Any) -> ControlChart:
    """Shares with limits widened by the variation between periods (Laney p').

    Args:
        x: Numerators, shape (..., periods).
        n: Denominators, shape (..., periods).

    Returns:
        The chart, `spread` is sigma z; "insufficient" without two neighbouring periods or without variation
        to standardise by. Moving ranges do not bridge a gap.

    Source:
        Laney, Quality Engineering 14:531-537 (2002).
    """
    point, centre, se, total = _shares(x, n)
    usable = np.isfinite(se) & (se > 0)
    z = np.divide(point - centre[..., None], se, out=np.full(se.shape, np.nan), where=usable)
    mean_range, pairs = _adjacent(z)
    sigma_z = mean_range / D2
    status, reason = _judged(
        centre.shape,
        (total == 0, INSUFFICIENT, "no cases"),
        ((centre == 0) | (centre == 1), INSUFFICIENT, "no variation in the baseline"),
        (pairs == 0, INSUFFICIENT, "no two neighbouring periods"),
        (sigma_z == 0, OK, "periods do not vary: limits collapse on the centre"),
    )
    half = 3 * se * sigma_z[..., None]
    low, high = np.clip(centre[..., None] - half, 0, 1), np.clip(centre[..., None] + half, 0, 1)
    return ControlChart(point, centre, low, high, sigma_z, status, reason)


def xmr_chart(x: Any) -> ControlChart:
    """Individual values with limits from the mean moving range (no screening of ranges, gaps not bridged).

    Args:
        x: Values, NaN or None = missing, shape (..., periods).

    Returns:
        The chart, `spread` is the upper limit of the moving range.

    Source:
        Montgomery, section 6.4; d2 = 1.128, D4 = 3.267.
    """
    point = np.asarray(x, dtype=np.float64)
    seen = np.isfinite(point)
    count = seen.sum(axis=-1)
    total = np.where(seen, point, 0.0).sum(axis=-1)
    centre = np.divide(total, count, out=np.full(np.shape(count), np.nan), where=count > 0)
    mean_range, pairs = _adjacent(point)
    status, reason = _judged(
        np.shape(count), (pairs == 0, INSUFFICIENT, "no two neighbouring periods")
    )
    half = 3 * mean_range / D2
    flat = np.ones(point.shape)
    return ControlChart(
        point,
        centre,
        (centre - half)[..., None] * flat,
        (centre + half)[..., None] * flat,
        D4 * mean_range,
        status,
        reason,
    )
