"""When "changed" is said: a run rule holds at the latest settled month, and chance does not explain it.

Run rules are made for one chart that somebody watches. Read on a thousand charts they find a change in dozens that never
changed; on shares of few events, whose limits are those of a normal distribution, in more. So a pattern only proposes the
month since when; whether the level since then differs from the level before is tested by itself: Fisher's exact test
of shares, and Student's test of the months, which may vary by more than chance, whichever is less sure; Student's test of
the logarithms of times. The p-value is multiplied by the number of months that could have been proposed, and the
false discovery rate over all series of a measure is held at 5 %: the headlines (one dimension at most) are one family,
the narrower cuts another. What that gives on series that never change: docs/decisions/0004-when-changed-is-said.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from overread.signals.control_charts import Charted
from overread.stats.comparison.multiplicity import benjamini_hochberg
from overread.stats.estimate import FloatArray
from overread.stats.monitoring.baseline import BoolArray
from overread.stats.monitoring.level_change import mean_change_test, share_change_test

FALSE_DISCOVERY_RATE: Final = 0.05
_HALF_WIDTH: Final = float(stats.norm.isf(0.025))


@dataclass(frozen=True, slots=True)
class Change:
    """What is known of a change in each series; NaN where no rule proposes one.

    Attributes:
        p: p-value of the proposed change, times the number of months that could have been proposed.
        q: The same among all series of the measure.
        before: Level before: pooled share, or geometric mean of the months' times.
        since: Level since.
        months: Settled months since.
        distance: How far beyond chance: normal deviate of p in units of 1.96, less 1, as of the other signals.
        said: Whether "changed" is said.
    """

    p: FloatArray
    q: FloatArray
    before: FloatArray
    since: FloatArray
    months: FloatArray
    distance: FloatArray
    said: BoolArray


def judge(charted: Charted) -> Change:
    """Hold every proposed change to chance.

    Args:
        charted: Charts of series of one kind.

    Returns:
        One verdict per series. A trend is said only if the level moved the way that it runs.
    """
    reading, series = charted.reading, charted.series
    place = np.arange(charted.settled.shape[-1])
    after = charted.segment & (place >= reading.since[:, None]) & (reading.rule >= 0)[:, None]
    before = charted.segment & ~after
    point = charted.chart.point
    if charted.scale == "log":
        level_before, level_since = (np.exp(_mean(point, side)) for side in (before, after))
        p = mean_change_test(point, before, after)
    else:
        x, n = (np.where(charted.settled, part, 0.0) for part in (series.numerator, series.n))
        sums = [
            (np.where(s, x, 0.0).sum(axis=-1), np.where(s, n, 0.0).sum(axis=-1))
            for s in (before, after)
        ]
        level_before, level_since = (_ratio(*pair) for pair in sums)
        p = share_change_test(*sums[0], *sums[1])
        p = np.fmax(p, mean_change_test(charted.chart.z, before, after))
    moved = np.sign(level_since - level_before)
    proposed = (reading.rule >= 0) & (moved == reading.direction)
    candidates = np.maximum(charted.segment.sum(axis=-1) - 1, 1)
    p = np.minimum(np.where(proposed, p, 1.0) * candidates, 1.0)
    usable = reading.status == "ok"
    p = np.where(usable, np.where(np.isfinite(p), p, 1.0), np.nan)
    q = _among(charted, p)
    said = proposed & (q <= FALSE_DISCOVERY_RATE)
    told = reading.rule >= 0
    distance = stats.norm.isf(np.maximum(p, np.finfo(np.float64).tiny) / 2) / _HALF_WIDTH - 1
    numbers = (p, q, level_before, level_since, after.sum(axis=-1), distance)
    p, q, level_before, level_since, months, distance = (
        np.where(told, each, np.nan) for each in numbers
    )
    return Change(p, q, level_before, level_since, months, distance, said)


def _among(charted: Charted, p: FloatArray) -> FloatArray:
    """q-values: each measure's headlines are one family, its narrower cuts another."""
    strata = charted.series.strata
    family = strata.select("measure_id", "headline").hash_rows().to_numpy()
    q = np.full(p.shape, np.nan)
    for each in np.unique(family):
        own = family == each
        q[own] = benjamini_hochberg(p[own])
    return q


def _mean(values: FloatArray, where: BoolArray) -> FloatArray:
    return _ratio(np.where(where, values, 0.0).sum(axis=-1), where.sum(axis=-1))


def _ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    out = np.full(np.shape(numerator), np.nan)
    quotient: FloatArray = np.divide(numerator, denominator, out=out, where=denominator > 0)
    return quotient
