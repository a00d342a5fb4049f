"""Control charts of counts: events per exposure (u), and cases between rare events (g)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from overread.stats.estimate import OK, FloatArray
from overread.stats.monitoring.baseline import ALL_PERIODS, Baseline, IntArray, lay_segments, ratio
from overread.stats.monitoring.control_chart import ControlChart, checked_counts, three_sigma_chart

NO_VARIATION = "no variation in the baseline: limits have no width"

# The median of an exponential is ln 2 = 0.693 of its mean; so, nearly, is that of a geometric with a large mean.
MEDIAN_OF_MEAN: Final = 0.693


def u_chart(events: Any, exposure: Any, baseline: Baseline = ALL_PERIODS) -> ControlChart:
    """Events per unit of exposure with three-sigma Poisson limits, cut at 0.

    Args:
        events: Events, shape (..., periods); a case can have several.
        exposure: Cases, days or thousands of them, shape (..., periods).
        baseline: Periods that set the limits, rebase points, minimum of points.

    Returns:
        The chart; a period without exposure keeps its place and has no limits.

    Raises:
        ValueError: A count is negative, events come without exposure, or a rebase lies outside the periods.

    Source:
        Montgomery, Introduction to Statistical Quality Control, 7th ed., section 7.3.
    """
    xs, ns = checked_counts(events, exposure)
    parts = lay_segments(baseline, ns > 0)
    centre = ratio(parts.total(xs), parts.total(ns))
    sigma = np.sqrt(ratio(parts.spread_out(centre), ns))
    verdict = parts.judge((centre == 0, OK, NO_VARIATION))
    none = np.full(centre.shape, np.nan)
    return three_sigma_chart(parts, ratio(xs, ns), centre, sigma, none, verdict, (0.0, np.inf))


def g_chart(
    between: Any,
    baseline: Baseline = ALL_PERIODS,
    centre: Literal["median", "theoretical"] = "median",
) -> ControlChart:
    """Cases (or days) between consecutive events, for events too rare for a share.

    The limits are those of a geometric count with mean m: 0 and m + 3 sqrt(m (m + 1)). They are skewed, and so are the
    points: about two thirds of them lie below m. The centre line is therefore the median, so that runs on one side
    of it are as rare as on any other chart. Higher is better: longer between events.

    Args:
        between: Counts in the order of the events, shape (..., events); NaN behind the last one of a stratum. Two
            events in one place are two points, the later one 0, never one point with their mean.
        baseline: Points that set the limits, rebase points, minimum of points.
        centre: "median" = of the points of the baseline; "theoretical" = 0.693 m.

    Returns:
        The chart; `spread` is the mean m, and there is no sigma, for there are no zones.

    Raises:
        ValueError: A count is negative, or a rebase lies outside the events.

    Source:
        Benneyan, Health Care Manag Sci 4:305-318 (2001); Montgomery, section 7.3.5; Provost and Murray, The Health Care
        Data Guide (2011), p. 228 for the centre line.
    """
    point = np.asarray(between, dtype=np.float64)
    if np.any(point < 0):
        raise ValueError("a count is negative")
    point = np.where(np.isfinite(point), point, np.nan)
    parts = lay_segments(baseline, np.isfinite(point))
    mean = parts.mean(point)
    middle = parts.median(point) if centre == "median" else MEDIAN_OF_MEAN * mean
    verdict = parts.judge((mean == 0, OK, NO_VARIATION), absent="no events")
    high = parts.spread_out(mean + 3 * np.sqrt(mean * (mean + 1)))
    return ControlChart(
        point,
        parts.spread_out(middle),
        high * 0.0,
        high,
        np.full(point.shape, np.nan),
        parts.index,
        parts.latest(middle),
        parts.latest(mean),
        parts.latest(parts.points),
        *verdict,
    )


@dataclass(frozen=True, slots=True)
class CasesBetween:
    """What lies between the events of an ordered sequence.

    Attributes:
        between: Cases without event before each event, since the event before it or the start, shape (..., events);
            NaN behind the last event of a stratum.
        period: Position of each event in the sequence, -1 behind the last one, shape (..., events).
        since: Cases without event since the last event: not a point yet, shape (...).
    """

    between: FloatArray
    period: IntArray
    since: FloatArray


def cases_between(outcome: Any) -> CasesBetween:
    """Count the cases between the events of a sequence of cases.

    Args:
        outcome: 1 event, 0 none, NaN = no case (padding, not reviewed), in order, shape (..., cases).

    Returns:
        Counts, positions and the open count; for every stratum the counts, the events and the open count add up to
        its cases.

    Raises:
        ValueError: An outcome is neither 0 nor 1.
    """
    y = np.asarray(outcome, dtype=np.float64)
    case = np.isfinite(y)
    if np.any(case & (y != 0) & (y != 1)):
        raise ValueError("an outcome is 0 or 1")
    shape = y.shape[:-1]
    rows = int(np.prod(shape))
    event = (y == 1).reshape(rows, y.shape[-1])
    number = np.cumsum(case, axis=-1, dtype=np.int64).reshape(event.shape)
    row, position = np.nonzero(event)
    events = event.sum(axis=-1)
    place = np.arange(row.size) - (np.cumsum(events) - events)[row]
    reached = number[row, position]
    before = np.zeros(row.size, dtype=np.int64)
    before[1:] = np.where(place[1:] > 0, reached[:-1], 0)
    width = int(events.max(initial=0))
    between = np.full((rows, width), np.nan)
    between[row, place] = reached - before - 1
    period = np.full((rows, width), -1, dtype=np.int64)
    period[row, place] = position
    last = np.zeros(rows, dtype=np.int64)
    np.maximum.at(last, row, reached)
    since = (case.reshape(event.shape).sum(axis=-1) - last).astype(np.float64)
    return CasesBetween(
        between.reshape(*shape, width), period.reshape(*shape, width), since.reshape(shape)
    )
