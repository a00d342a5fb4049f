"""The baseline of a control chart: which periods set its limits, in which segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.stats.estimate import INSUFFICIENT, OK, FloatArray, TextArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Which periods set the limits; the limits are then applied to every period of the segment.

    Attributes:
        periods: None = every period of a segment; a number k = its first k periods on the calendar (gaps count as
            periods, not as points); or a mask that broadcasts to (..., periods).
        rebase: Where new segments start: positions counted from 0, the same for every stratum, or a mask that
            broadcasts to (..., periods). Each segment has its own centre line and limits.
        minimum: Fewest points with cases that limits may rest on; with fewer they are trial limits: drawn, but the
            stratum is "insufficient".
    """

    periods: Any = None
    rebase: Any = ()
    minimum: int = 1


ALL_PERIODS = Baseline()


def judged(shape: tuple[int, ...], *rules: tuple[Any, str, str]) -> tuple[TextArray, TextArray]:
    """Status and reason per stratum.

    Args:
        shape: Shape of the strata.
        *rules: Triples (mask of shape S, status, reason); the first match counts.

    Returns:
        Status and reason, shape S; "ok" and "" where no mask holds.
    """
    status, reason = np.full(shape, OK, dtype=object), np.full(shape, "", dtype=object)
    for mask, verdict, why in rules:
        hit = np.broadcast_to(np.asarray(mask, dtype=bool), shape) & (reason == "")
        status[hit], reason[hit] = verdict, why
    return status, reason


@dataclass(frozen=True, slots=True)
class Segments:
    """The baseline laid over the periods of a chart.

    Attributes:
        index: Segment of each period, shape (..., periods).
        number: How many segments there are at most.
        base: Points that set limits: seen, and in the baseline, shape (..., periods).
        points: How many of them each segment has, shape (..., segments).
        minimum: Fewest that limits may rest on.
    """

    index: IntArray
    number: int
    base: BoolArray
    points: FloatArray
    minimum: int

    def total(self, values: FloatArray) -> FloatArray:
        """Sum over the baseline of each segment: (..., periods) -> (..., segments)."""
        return _sums(np.where(self.base, values, 0.0), self.index, self.number)

    def mean(self, values: FloatArray) -> FloatArray:
        """Mean over the baseline of each segment, NaN without points: (..., periods) -> (..., segments)."""
        return ratio(self.total(values), self.points)

    def median(self, values: FloatArray) -> FloatArray:
        """Median over the baseline of each segment, NaN without points: (..., periods) -> (..., segments)."""
        medians = []
        for number in range(self.number):
            inside = self.base & (self.index == number)
            count = inside.sum(axis=-1, keepdims=True)
            ordered = np.sort(np.where(inside, values, np.inf), axis=-1)
            ranks = np.maximum(np.concatenate([(count - 1) // 2, count // 2], axis=-1), 0)
            middle = np.take_along_axis(ordered, ranks, axis=-1) if ordered.size else ranks * 0.0
            medians.append(np.where(count[..., 0] > 0, middle.mean(axis=-1), np.nan))
        return np.stack(medians, axis=-1)

    def mean_moving_range(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean absolute difference of neighbouring baseline points, and the number of pairs, per segment.

        A range bridges neither a gap nor a rebase.
        """
        pair = self.base[..., 1:] & self.base[..., :-1]
        pair &= self.index[..., 1:] == self.index[..., :-1]
        filled = np.where(self.base, values, 0.0)
        steps = np.where(pair, np.abs(np.diff(filled, axis=-1)), 0.0)
        pairs = _sums(pair.astype(np.float64), self.index[..., 1:], self.number)
        return ratio(_sums(steps, self.index[..., 1:], self.number), pairs), pairs

    def spread_out(self, values: FloatArray) -> FloatArray:
        """Repeat a value of each segment over its periods: (..., segments) -> (..., periods)."""
        return np.take_along_axis(values, self.index, axis=-1)

    def latest(self, values: FloatArray) -> FloatArray:
        """The value of the segment that holds the last period: (..., segments) -> (...)."""
        last = self.index[..., -1:] if self.index.shape[-1] else np.zeros((*values.shape[:-1], 1))
        latest: FloatArray = np.take_along_axis(values, last.astype(np.int64), axis=-1)[..., 0]
        return latest

    def judge(
        self, *rules: tuple[Any, str, str], absent: str = "no cases"
    ) -> tuple[TextArray, TextArray]:
        """Status and reason of the latest segment: the rules of the chart, then the minimum of points."""
        points = self.latest(self.points)
        few = f"fewer than {self.minimum} points in the baseline: trial limits"
        return judged(
            points.shape,
            (points == 0, INSUFFICIENT, absent),
            *((self.latest(mask), status, why) for mask, status, why in rules if status != OK),
            (points < self.minimum, INSUFFICIENT, few),
            *((self.latest(mask), status, why) for mask, status, why in rules if status == OK),
        )


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Quotient, NaN where the denominator is 0."""
    out = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    quotient: FloatArray = np.divide(numerator, denominator, out=out, where=denominator > 0)
    return quotient


def _sums(values: FloatArray, index: IntArray, number: int) -> FloatArray:
    sums = [np.where(index == one, values, 0.0).sum(axis=-1) for one in range(number)]
    return np.stack(sums, axis=-1)


def _starts(rebase: Any, shape: tuple[int, ...]) -> BoolArray:
    """Mask of the periods that open a new segment; the first period always belongs to segment 0."""
    given = np.asarray(rebase)
    if given.dtype == np.bool_:
        starts = np.array(np.broadcast_to(given, shape))
        starts[..., :1] = False
        return starts
    if given.size and (given.min() < 1 or given.max() >= shape[-1]):
        raise ValueError("a rebase lies outside the periods")
    starts = np.zeros(shape, dtype=bool)
    starts[..., given.astype(np.int64)] = True
    return starts


def lay_segments(baseline: Baseline, seen: BoolArray) -> Segments:
    """Lay a baseline over periods.

    Args:
        baseline: Which periods set the limits, and where segments start.
        seen: Periods that have a point, shape (..., periods).

    Returns:
        The segments.

    Raises:
        ValueError: A rebase lies outside the periods, or the baseline is a number below 1.
    """
    starts = _starts(baseline.rebase, seen.shape)
    index = np.cumsum(starts, axis=-1, dtype=np.int64)
    number = int(index.max()) + 1 if index.size else 1
    base = seen
    if isinstance(baseline.periods, int | np.integer) and not isinstance(baseline.periods, bool):
        if baseline.periods < 1:
            raise ValueError("a baseline has at least one period")
        place = np.broadcast_to(np.arange(seen.shape[-1]), seen.shape)
        opened = np.maximum.accumulate(np.where(starts, place, 0), axis=-1) if index.size else place
        base = seen & (place - opened < baseline.periods)
    elif baseline.periods is not None:
        base = seen & np.broadcast_to(np.asarray(baseline.periods, dtype=bool), seen.shape)
    points = _sums(base.astype(np.float64), index, number)
    return Segments(index, number, base, points, baseline.minimum)
