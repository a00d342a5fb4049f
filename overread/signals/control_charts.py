"""Control charts of the monthly series: chart, limits, segments, broken rules and both icons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from overread.measures.catalogue import CATALOGUE
from overread.signals.monitored import BY_ID
from overread.signals.series import Series
from overread.stats.estimate import OK, FloatArray, TextArray
from overread.stats.monitoring.assurance import Reading, read_chart
from overread.stats.monitoring.baseline import BoolArray, IntArray
from overread.stats.monitoring.control_chart import ControlChart
from overread.stats.monitoring.run_rules import NHS, RunSignals, run_rules
from overread.stats.monitoring.spc import Baseline, laney_p_chart, p_chart, xmr_chart

# Months with data that limits rest on, counted from the start of each segment; with fewer they are on trial.
BASELINE: Final = 12
GOOD: Final = {"higher": 1, "lower": -1, "neutral": 0}


@dataclass(frozen=True, slots=True)
class Charted:
    """The charts of series of one kind.

    Attributes:
        series: The series.
        scale: "share", or "log" where the chart is of the logarithm.
        chart: The chart, on its scale; provisional months have their points.
        name: "p", "p'" or "XmR of the logarithm", shape (series,).
        settled: Months with a point that the rules read, shape (series, months).
        base: Months that set the limits, shape (series, months).
        found: What the run rules say.
        reading: Both icons as the rules alone give them.
    """

    series: Series
    scale: str
    chart: ControlChart
    name: TextArray
    settled: BoolArray
    base: BoolArray
    found: RunSignals
    reading: Reading

    @property
    def segment(self) -> BoolArray:
        """Settled months of the latest segment, shape (series, months)."""
        latest: BoolArray = self.settled & (self.chart.segment == self.chart.segment[..., -1:])
        return latest


def draw(series: Series) -> list[Charted]:
    """Chart every series: those of shares in one pass, those of times in another.

    The first twelve settled months with data are the baseline. Where a change has lasted for twelve months, the chart is
    rebased at its beginning: what is now usual is then judged by its own limits.

    Args:
        series: Monthly series.

    Returns:
        The charts of each kind that there are series of.
    """
    kinds = np.array([BY_ID[name].chart for name in series.strata["measure_id"]], dtype=object)
    charted = []
    for kind in ("share", "time"):
        own = series.take(kinds == kind)
        if own.strata.height and own.months:
            charted.append(_rebased(own, kind))
    return charted


def _rebased(series: Series, kind: str) -> Charted:
    """Charts with a new segment wherever a change has lasted as long as a baseline needs.

    Decided month by month by what was known then, so that a later change does not undo it.
    """
    starts = np.zeros(series.n.shape, dtype=bool)
    place = np.arange(len(series.months))
    for end in range(2 * BASELINE, len(series.months) + 1):
        known = _charted(series, kind, starts, place < end)
        since = known.reading.since[:, None]
        lasting = (known.settled & (place >= since)).sum(axis=-1, keepdims=True) >= BASELINE
        starts |= (place == since) & lasting & (place > 0)
    return _charted(series, kind, starts, place >= 0)


def _charted(series: Series, kind: str, starts: BoolArray, known: BoolArray) -> Charted:
    """Charts with given starts of segments, by the months that are known."""
    minimum = np.array([CATALOGUE[name].minimum_n for name in series.strata["measure_id"]])
    values = series.value
    if kind == "time":
        # a median of a few cases is no point of a chart whose limits know nothing of n
        enough = series.n >= minimum[:, None]
        values = np.log(np.where(enough & (values > 0), values, np.nan))
    seen = np.isfinite(values) & (series.n > 0)
    settled = seen & ~series.provisional & known
    base = settled & (_within_segment(settled, starts) <= BASELINE)
    baseline = Baseline(base, starts, BASELINE)
    if kind == "time":
        chart = xmr_chart(np.where(seen, values, np.nan), baseline)
        name = np.full(seen.shape[0], "XmR of the logarithm", dtype=object)
    else:
        chart, name = _shares(series, seen, baseline)
    read = replace(chart, point=np.where(settled, chart.point, np.nan))
    directions = [GOOD[CATALOGUE[m].direction] for m in series.strata["measure_id"]]
    reading = read_chart(read, directions, _target(series, kind), minimum=BASELINE)
    return Charted(
        series,
        "log" if kind == "time" else "share",
        chart,
        name,
        settled,
        base,
        run_rules(read, NHS),
        reading,
    )


def _within_segment(settled: BoolArray, starts: BoolArray) -> IntArray:
    """Number of each settled month within its segment, from 1."""
    number = np.cumsum(settled, axis=-1)
    before = np.where(starts, number - settled, 0)
    within: IntArray = number - np.maximum.accumulate(before, axis=-1)
    return within


def _shares(series: Series, seen: BoolArray, baseline: Baseline) -> tuple[ControlChart, TextArray]:
    """A p chart, or Laney's p' where the months of the baseline vary by more than chance; never narrower limits."""
    x, n = (np.where(seen, part, np.nan) for part in (series.numerator, series.n))
    plain, wide = p_chart(x, n, baseline), laney_p_chart(x, n, baseline)
    usable = (wide.status == OK) & (wide.spread > 1)
    chart = replace(
        plain,
        low=np.fmin(plain.low, wide.low),
        high=np.fmax(plain.high, wide.high),
        sigma=np.fmax(plain.sigma, wide.sigma),
        spread=np.where(usable, wide.spread, 1.0),
    )
    return chart, np.where(usable, "p'", "p").astype(object)


def _target(series: Series, kind: str) -> FloatArray:
    """The latest target of each series, on the chart's scale; NaN without."""
    known = np.isfinite(series.target)
    last = np.where(known, np.arange(known.shape[-1]), -1).max(axis=-1, initial=-1)
    target = np.take_along_axis(series.target, np.maximum(last, 0)[:, None], axis=-1)[:, 0]
    return np.log(target) if kind == "time" else target
