"""Cumulative incidence of any grouping of fine cells, evaluated only where it is asked for.

Between two cases that end unreported the cases of a group are one multinomial sample: its shares, and the
delta-method variance of any function of them, depend on how many were reported, not on when. So a curve is kept at
the times of the unreported cases, which are few; from there it is exact at any time, given the number reported by
then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from overread.stats.durations.bisection import Side, first_where, places_of
from overread.stats.durations.grouped_histogram import GroupedHistogram, LaidOut
from overread.stats.durations.incidence_estimates import quantiles_of_incidence, shares_by_time
from overread.stats.durations.incidence_variance import VarianceSums, log_log_limits
from overread.stats.durations.survival import TOLERANCE
from overread.stats.estimate import Estimate, FloatArray
from overread.stats.interval import Interval

IntArray = NDArray[np.int64]
COMPETING, CENSORED = 0, 1
# Where hardly anybody is left a limit can turn back, and no search by halves finds its first crossing: the last
# reports of each group are points of its curve, too.
LAST = 8


@dataclass(frozen=True, slots=True)
class Ended:
    """Cases of a group by a time, all of one shape.

    Attributes:
        reported: Cases with the event of interest.
        competing: Cases with a competing event.
        censored: Cases censored.
    """

    reported: FloatArray
    competing: FloatArray
    censored: FloatArray

    @property
    def all(self) -> FloatArray:
        """Cases that ended in any way."""
        return self.reported + self.competing + self.censored


@dataclass(frozen=True, slots=True)
class _Curve:
    """A curve at pairs of a group and a time."""

    incidence: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    event_free: FloatArray


@dataclass(frozen=True, slots=True)
class GroupCurves:
    """Curves of many groups: their points laid end to end, each group's first one before all its cases.

    Attributes:
        cases: Cases of each group, shape (groups,).
        reported: Reported cases by group and time.
        start: First point of each group, shape (groups + 1,); the last entry is the number of points.
        time: Time of each point, shape (points,).
        ended: Cases that ended up to and including each point.
        event_free: Share with no event of either kind just after each point.
        incidence: Share reported up to and including each point.
        sums: What gives the variance of the incidence.
        level: Confidence level of the limits.
    """

    cases: FloatArray
    reported: LaidOut
    start: IntArray
    time: FloatArray
    ended: Ended
    event_free: FloatArray
    incidence: FloatArray
    sums: VarianceSums
    level: float

    def ended_by(self, group: IntArray, at: FloatArray, side: Side = "right") -> Ended:
        """Cases of a group that ended up to and including (right) or before (left) a time, pair by pair.

        Args:
            group: Number of the group, shape S.
            at: Times, shape S.
            side: Whether the time itself counts.
        """
        point = self._point(group, at, side)
        return Ended(
            self.reported.cases_by(group, at, side),
            self.ended.competing[point],
            self.ended.censored[point],
        )

    def reported_by(self, at: Any) -> FloatArray:
        """Cases with the event of interest up to and including given times, shape (groups, asked)."""
        return self.reported.cases_by(*self._pairs(at))

    def shares(self, group: IntArray, at: FloatArray) -> Estimate:
        """Share with the event of interest by a time, pair by pair, as `incidence_at`.

        Args:
            group: Number of the group, shape S.
            at: Times, shape S.
        """
        point = self._point(group, at)
        further = self.reported.cases_by(group, at) - self.ended.reported[point]
        curve = self._after(point, group, further)
        before = self.ended_by(group, at, "left")
        behind = self.time[self.start[group + 1] - 1] < at
        return shares_by_time(
            curve.incidence,
            curve.se,
            n=self.cases[group],
            lost=before.censored,
            left=self.cases[group] - before.all,
            beyond=behind & (curve.event_free > 1e-12),
            level=self.level,
        )

    def shares_at(self, at: Any) -> Estimate:
        """The same at given times of every group, shape (groups, asked)."""
        return self.shares(*self._pairs(at))

    def ending(self, parts: int) -> tuple[IntArray, FloatArray]:
        """Times by which each of equal parts of a group's cases has ended, without repetition.

        Args:
            parts: How many parts; a group of fewer cases has as many as cases.

        Returns:
            Number of the group and the time, shape (times,), ascending within each group.
        """
        groups, each = self._pairs(np.arange(1.0, parts + 1))
        group, part = groups.ravel(), each.ravel()
        wanted = np.ceil(part * self.cases[group] / parts)
        gone = self._ascending(self.ended.all / np.maximum(self.cases[self._group], 1.0))
        span = self.start[group + 1]
        # as shares of the cases, so that the groups stay apart; half a case is more than rounding
        share = (wanted - 0.5) / np.maximum(self.cases[group], 1.0)
        behind = np.minimum(np.searchsorted(gone, 2 * group + share), span)
        point = np.maximum(behind - 1, self.start[group])
        rank = self.ended.reported[point] + wanted - self.ended.all[point]
        inside = behind < span
        most = np.where(inside, self.ended.reported[np.where(inside, behind, 0)], np.inf)
        last = self.time[np.minimum(behind, span - 1)]
        found = np.where(rank <= most, self.reported.at_ranks(group, rank), np.nan)
        time = np.where(np.isnan(found), last, found)
        fresh = np.append(True, (group[1:] != group[:-1]) | (time[1:] != time[:-1]))
        fresh &= self.cases[group] > 0
        return group[fresh], time[fresh]

    def quantiles(self, p: Any, interval: Interval = "covering") -> Estimate:
        """Times by which shares p of all cases had the event of interest, as `incidence_quantiles`.

        Args:
            p: Shares, shape (quantiles,).
            interval: As of `incidence_quantiles`.

        Returns:
            Estimate of shape (groups, quantiles).
        """
        group, share = self._pairs(p)
        value = self._first_times("incidence", group, share)
        before = self.ended_by(group, np.nan_to_num(value, nan=np.inf), "left")
        cases = self.cases[group]
        return quantiles_of_incidence(
            value,
            self._first_times("high", group, share),
            self._first_times("low", group, share),
            shares=share,
            cases=cases,
            followed=cases - before.all,
            interval=interval,
        )

    @property
    def _group(self) -> IntArray:
        """Group of each point."""
        return np.repeat(np.arange(self.cases.size), np.diff(self.start))

    def _pairs(self, at: Any) -> tuple[IntArray, FloatArray]:
        """Every group with every value asked for, both of shape (groups, asked)."""
        asked = np.atleast_1d(np.asarray(at, dtype=np.float64))
        shape = (self.cases.size, asked.size)
        return np.broadcast_to(np.arange(shape[0])[:, None], shape), np.broadcast_to(asked, shape)

    def _point(self, group: IntArray, at: FloatArray, side: Side = "right") -> IntArray:
        """The newest point of a group at or before (right) or before (left) a time."""
        # the first point is before any time
        first, end = self.start[group] + 1, self.start[group + 1]
        last = self.time.size - 1
        return places_of(at, first, end, lambda place: self.time[np.minimum(place, last)], side) - 1

    def _after(self, point: IntArray, group: IntArray, further: FloatArray) -> _Curve:
        """The curve where so many were reported since a point."""
        n = self.cases[group] - self.ended.all[point]
        safe = np.maximum(n, 1.0)
        free = self.event_free[point]
        incidence = np.minimum(self.incidence[point] + free * further / safe, 1.0)
        sums = self.sums.at(point)
        se = np.sqrt(
            sums.variance(incidence, free**2 * further * np.maximum(n - further, 0.0) / safe**3)
        )
        low, high = log_log_limits(incidence, se, self.level)
        left = np.where(further >= n, np.where(further > 0, 0.0, free), free * (1 - further / safe))
        return _Curve(incidence, se, low, high, left)

    def _ascending(self, curve: FloatArray) -> FloatArray:
        """Values within 0 to 1 at the points, none below the one before it, 2 more for each group."""
        return np.maximum.accumulate(2 * self._group + curve)

    def _first_times(
        self, name: Literal["incidence", "low", "high"], group: IntArray, share: FloatArray
    ) -> FloatArray:
        """First time at which a curve is at a share; the middle of the flat part where it equals it exactly."""
        at_points = self.incidence
        if name != "incidence":
            limits = log_log_limits(
                self.incidence, np.sqrt(self.sums.variance(self.incidence)), self.level
            )
            at_points = limits[0] if name == "low" else limits[1]
        reached = self._first_time(name, at_points, group, share - TOLERANCE)
        passed = self._first_time(name, at_points, group, share + TOLERANCE)
        last = self.time[self.start[group + 1] - 1]
        return (reached + np.where(np.isnan(passed), last, passed)) / 2

    def _first_time(
        self,
        name: Literal["incidence", "low", "high"],
        at_points: FloatArray,
        group: IntArray,
        share: FloatArray,
    ) -> FloatArray:
        """First time at which a curve is at a share or above it, NaN where never."""
        end = self.start[group + 1]
        # a limit is undefined only where all of the group were reported: it may be reached shortly before
        highest = self._ascending(np.nan_to_num(at_points, nan=1.0))
        behind = np.minimum(np.searchsorted(highest, 2 * group + share), end)
        inside = behind < end
        next_point = np.where(inside, behind, 0)
        point = np.maximum(behind - 1, self.start[group])
        before = self.ended.reported[point]
        upto = np.where(inside, self.ended.reported[next_point], self.reported.cases[group])
        most = (upto - before).astype(np.int64)

        def after(further: FloatArray) -> FloatArray:
            return np.asarray(getattr(self._after(point, group, further), name))

        def there(further: IntArray) -> NDArray[np.bool_]:
            curve = after(further.astype(np.float64))
            return np.asarray(np.isnan(curve) | (curve >= share))

        further = first_where(np.ones_like(most), most + 1, there)
        rank = np.where(further <= most, before + further, np.nan)
        time = self.reported.at_ranks(group, rank)
        # others of the same time count, too
        of_time = self.reported.cases_by(group, np.nan_to_num(time, nan=-np.inf)) - before
        reached = after(np.maximum(of_time, 0.0)) >= share
        # what rounding hides just before a point is reached at the point
        here = inside & (at_points[next_point] >= share)
        return np.where(reached, time, np.where(here, self.time[next_point], np.nan))


def _running(start: IntArray) -> Callable[[FloatArray], FloatArray]:
    """Sums within each group, so made that no group's last digits depend on which others there are.

    Args:
        start: First point of each group, and the number of points.
    """
    size = np.diff(start)
    # groups of about one size are the rows of one table
    scale = np.frexp(size.astype(np.float64))[1]
    blocks = []
    for each in np.unique(scale):
        rows = np.flatnonzero(scale == each)
        column = np.arange(size[rows].max())
        inside = column < size[rows][:, None]
        blocks.append((np.where(inside, start[rows][:, None] + column, start[-1]), inside))

    def running(values: FloatArray) -> FloatArray:
        sums = np.append(values, 0.0)
        for place, inside in blocks:
            sums[place[inside]] = np.cumsum(sums[place], axis=1)[inside]
        return sums[:-1]

    return running


class GroupedIncidence:
    """Times to an event over fine cells (say, vendor x site x month), to be grouped in many ways.

    Args:
        reported: Times of the cases with the event of interest.
        cell: Number of the cell of each further bin, shape (bins,).
        time: Time of each further bin.
        kind: COMPETING or CENSORED.
        n: Cases in each further bin, at least 1.
    """

    def __init__(self, reported: GroupedHistogram, cell: Any, time: Any, kind: Any, n: Any) -> None:
        self._reported = reported
        self._cell, self._kind = np.asarray(cell, dtype=np.intp), np.asarray(kind, dtype=np.int64)
        self._time, self._n = np.asarray(time, dtype=np.float64), np.asarray(n, dtype=np.float64)

    def curves(self, group: IntArray, groups: int, level: float = 0.95) -> GroupCurves:
        """The curve of each group.

        Args:
            group: Group of each cell, shape (cells,); `groups` for a cell that belongs to none.
            groups: How many groups there are.
            level: Confidence level of the limits.

        Returns:
            The curves; a group without a case has no value.

        Source:
            Aalen and Johansen, Scand J Stat 5:141-150 (1978); formulas in `cumulative_incidence`. That the points
            suffice: the estimates are maximum likelihood, and its variance does not depend on whether a
            multinomial sample is told as one or as one after the other.
        """
        reported = self._reported.laid_out(group, groups)
        kept = group[self._cell] < groups
        every = np.arange(groups)
        # each group's point before all its cases, and its last reports
        rank = reported.cases - np.arange(LAST)[:, None]
        last = reported.at_ranks(np.tile(every, LAST), rank.ravel())
        known = ~np.isnan(last)
        number = np.concatenate([every, np.tile(every, LAST)[known], group[self._cell][kept]])
        time = np.concatenate([np.full(groups, -np.inf), last[known], self._time[kept]])
        n = np.concatenate([np.zeros(groups + int(known.sum())), self._n[kept]])
        kind = np.concatenate([np.zeros(groups + int(known.sum()), np.int64), self._kind[kept]])
        order = np.lexsort((time, number))
        number, time, n, kind = number[order], time[order], n[order], kind[order]
        fresh = np.append(True, (number[1:] != number[:-1]) | (time[1:] != time[:-1]))[: time.size]
        first = np.flatnonzero(fresh)
        number, time = number[first], time[first]
        start = np.searchsorted(number, np.arange(groups + 1))

        running = _running(start)

        def before(values: FloatArray, at_start: float) -> FloatArray:
            moved = np.append(at_start, values)[: values.size]
            moved[start[:-1]] = at_start
            return moved

        competing, censored = (
            np.add.reduceat(np.where(kind == each, n, 0.0), first) if first.size else n
            for each in (COMPETING, CENSORED)
        )
        ended = Ended(reported.cases_by(number, time), running(competing), running(censored))
        cases = reported.cases + np.bincount(number, competing + censored, groups)
        at_risk = np.maximum(cases[number] - before(ended.all, 0.0), 1.0)
        wanted = ended.reported - before(ended.reported, 0.0)
        either = wanted + competing
        emptied = either >= at_risk
        # the product of the shares that remain; a group that is emptied has no later point
        logs = running(np.log1p(np.where(emptied, 0.0, -either / at_risk)))
        event_free = np.where(emptied, 0.0, np.exp(logs))
        free = before(event_free, 1.0)
        incidence = np.minimum(running(free * wanted / at_risk), 1.0)
        sums = VarianceSums.of(incidence, free, wanted, either, at_risk, running)
        return GroupCurves(cases, reported, start, time, ended, event_free, incidence, sums, level)
