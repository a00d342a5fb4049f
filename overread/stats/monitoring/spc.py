"""Control charts of shares and of single values: p, Laney p' and XmR, with gaps where a period has no cases."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import INSUFFICIENT, OK, FloatArray
from overread.stats.monitoring.baseline import ALL_PERIODS, Baseline, Segments, lay_segments, ratio
from overread.stats.monitoring.control_chart import (
    ROUNDING,
    ControlChart,
    checked_counts,
    three_sigma_chart,
)

__all__ = ["Baseline", "ControlChart", "laney_p_chart", "p_chart", "xmr_chart"]

# Constants for moving ranges of two (Montgomery, Introduction to Statistical Quality Control, app. VI).
D2, D4 = 1.128, 3.267

NO_NEIGHBOURS = "no two neighbouring periods"
NO_VARIATION = "no variation in the baseline: limits have no width"


def _shares(
    x: Any, n: Any, baseline: Baseline
) -> tuple[FloatArray, FloatArray, FloatArray, Segments]:
    """Point, centre per segment, standard error of a point (NaN at a gap) and the segments."""
    xs, ns = checked_counts(x, n)
    if np.any(xs > ns):
        raise ValueError("a numerator lies outside 0..denominator")
    parts = lay_segments(baseline, ns > 0)
    centre = ratio(parts.total(xs), parts.total(ns))
    line = parts.spread_out(centre)
    se = np.sqrt(ratio(line * (1 - line), ns))
    return ratio(xs, ns), centre, se, parts


def p_chart(x: Any, n: Any, baseline: Baseline = ALL_PERIODS) -> ControlChart:
    """Shares with three-sigma binomial limits, cut to 0..1.

    Args:
        x: Numerators, shape (..., periods).
        n: Denominators, shape (..., periods).
        baseline: Periods that set the limits, rebase points, minimum of points.

    Returns:
        The chart; a period without cases keeps its place and has no limits.

    Raises:
        ValueError: A numerator lies outside 0..denominator, or a rebase outside the periods.

    Source:
        Montgomery, Introduction to Statistical Quality Control, 7th ed., section 7.2.
    """
    point, centre, se, parts = _shares(x, n, baseline)
    still = (centre == 0) | (centre == 1)
    verdict = parts.judge((still, OK, NO_VARIATION))
    none = np.full(centre.shape, np.nan)
    return three_sigma_chart(parts, point, centre, se, none, verdict, (0.0, 1.0))


def laney_p_chart(x: Any, n: Any, baseline: Baseline = ALL_PERIODS) -> ControlChart:
    """Shares with limits widened by the variation between periods (Laney p').

    Args:
        x: Numerators, shape (..., periods).
        n: Denominators, shape (..., periods).
        baseline: Periods that set the limits, rebase points, minimum of points.

    Returns:
        The chart, `spread` is sigma z; "insufficient" without two neighbouring periods or without variation
        to standardise by. Moving ranges bridge neither a gap nor a rebase.

    Raises:
        ValueError: A numerator lies outside 0..denominator, or a rebase outside the periods.

    Source:
        Laney, Quality Engineering 14:531-537 (2002).
    """
    point, centre, se, parts = _shares(x, n, baseline)
    z = np.where(se > 0, ratio(point - parts.spread_out(centre), se), 0.0)
    mean_range, pairs = parts.mean_moving_range(z)
    still = (centre == 0) | (centre == 1)
    sigma_z = np.where(still, np.nan, mean_range / D2)
    verdict = parts.judge(
        (still, INSUFFICIENT, "no variation in the baseline"),
        (pairs == 0, INSUFFICIENT, NO_NEIGHBOURS),
        (sigma_z <= ROUNDING, OK, "periods do not vary: limits collapse on the centre"),
    )
    sigma = se * parts.spread_out(sigma_z)
    return three_sigma_chart(parts, point, centre, sigma, sigma_z, verdict, (0.0, 1.0))


def xmr_chart(x: Any, baseline: Baseline = ALL_PERIODS) -> ControlChart:
    """Individual values with limits from the mean moving range (no screening of ranges, gaps not bridged).

    Args:
        x: Values, NaN or None = missing, shape (..., periods).
        baseline: Periods that set the limits, rebase points, minimum of points.

    Returns:
        The chart, `spread` is the upper limit of the moving range.

    Raises:
        ValueError: A rebase lies outside the periods.

    Source:
        Montgomery, section 6.4; d2 = 1.128, D4 = 3.267.
    """
    point = np.asarray(x, dtype=np.float64)
    point = np.where(np.isfinite(point), point, np.nan)
    parts = lay_segments(baseline, np.isfinite(point))
    mean_range, pairs = parts.mean_moving_range(point)
    verdict = parts.judge(
        (pairs == 0, INSUFFICIENT, NO_NEIGHBOURS),
        (mean_range == 0, OK, NO_VARIATION),
    )
    sigma = parts.spread_out(mean_range / D2)
    return three_sigma_chart(parts, point, parts.mean(point), sigma, D4 * mean_range, verdict)
