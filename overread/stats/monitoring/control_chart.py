"""The control chart: points, centre line and limits, in segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import FloatArray, TextArray
from overread.stats.monitoring.baseline import IntArray, Segments

# Differences below this share of the compared values are rounding, not variation.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class ControlChart:
    """A chart per stratum.

    Attributes:
        point: Plotted values, shape (..., periods); NaN = no cases, a gap.
        line: Centre line, shape (..., periods); it steps at a rebase and runs on under a gap.
        low: Lower limits, shape (..., periods).
        high: Upper limits, shape (..., periods).
        sigma: One standard deviation of a point about the centre line, shape (..., periods); NaN where the chart has
            no zones (g chart), and on charts of counts where the period has no cases.
        segment: Number of the segment of each period, from 0, shape (..., periods).
        centre: Centre line of the latest segment, shape (...).
        spread: Of the latest segment: Laney's sigma z, or the upper limit of the moving range, or the mean of a
            g chart; NaN where the chart has none.
        points: Points of the baseline of the latest segment, shape (...).
        status: "ok" or "insufficient" for the latest segment, shape (...).
        reason: Why there are no limits, or why they are not to be used.
    """

    point: FloatArray
    line: FloatArray
    low: FloatArray
    high: FloatArray
    sigma: FloatArray
    segment: IntArray
    centre: FloatArray
    spread: FloatArray
    points: FloatArray
    status: TextArray
    reason: TextArray

    @property
    def z(self) -> FloatArray:
        """Distance from the centre line in standard deviations; NaN at gaps and where nothing varies."""
        varies = self.sigma > ROUNDING * np.abs(self.line)
        away = self.point - self.line
        out = np.full(away.shape, np.nan)
        z: FloatArray = np.divide(away, self.sigma, out=out, where=varies)
        return z


def three_sigma_chart(
    parts: Segments,
    point: FloatArray,
    centre: FloatArray,
    sigma: FloatArray,
    spread: FloatArray,
    verdict: tuple[TextArray, TextArray],
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> ControlChart:
    """Limits at three standard deviations about the centre of each segment.

    Args:
        parts: The segments of the chart.
        point: Plotted values, shape (..., periods).
        centre: Centre of each segment, shape (..., segments).
        sigma: Standard deviation of a point, shape (..., periods).
        spread: What the chart calls its spread, shape (..., segments).
        verdict: Status and reason, shape (...).
        bounds: What the value can be at all; limits are cut to it.

    Returns:
        The chart.
    """
    line = parts.spread_out(centre)
    return ControlChart(
        point,
        line,
        np.clip(line - 3 * sigma, *bounds),
        np.clip(line + 3 * sigma, *bounds),
        sigma,
        parts.index,
        parts.latest(centre),
        parts.latest(spread),
        parts.latest(parts.points),
        *verdict,
    )


def checked_counts(numerator: Any, denominator: Any) -> Sequence[FloatArray]:
    """Broadcast counts to float; a missing count makes the period a gap.

    Args:
        numerator: Events, shape (..., periods).
        denominator: Cases or exposure, shape (..., periods).

    Returns:
        Numerator and denominator, both 0 where either is missing or the denominator is 0.

    Raises:
        ValueError: A count is negative, or events come without cases.
    """
    xs, ns = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    if np.any(xs < 0) or np.any(ns < 0):
        raise ValueError("a count is negative")
    if np.any((xs > 0) & (ns == 0)):
        raise ValueError("events without cases")
    seen = np.isfinite(xs) & np.isfinite(ns) & (ns > 0)
    return np.where(seen, xs, 0.0), np.where(seen, ns, 0.0)
