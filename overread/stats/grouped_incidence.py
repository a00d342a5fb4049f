"""Cumulative incidence of any grouping of fine cells, each group on its own times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from overread.stats.cumulative_incidence import incidence_curve
from overread.stats.estimate import Estimate, FloatArray
from overread.stats.incidence_estimates import quantiles_of_incidence, shares_by_time
from overread.stats.interval import Interval
from overread.stats.survival import TOLERANCE

IntArray = NDArray[np.int64]
REPORTED, COMPETING, CENSORED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class GroupCurves:
    """Curves of many groups laid end to end: one point per group and distinct time, in their order.

    Attributes:
        groups: How many groups there are, those without a case too.
        group: Group of each point, shape (points,).
        time: Time of each point.
        ended: Cases reported, competing and censored at each point, shape (3, points).
        at_risk: Cases at risk just before each point's time.
        event_free: Share with no event of either kind just after it.
        incidence: Share with the event of interest up to and including it.
        se: Standard error of the incidence.
        low: Lower log-log limit.
        high: Upper log-log limit.
        start: First point of each group, shape (groups + 1,); the last entry is the number of points.
    """

    groups: int
    group: IntArray
    time: FloatArray
    ended: FloatArray
    at_risk: FloatArray
    event_free: FloatArray
    incidence: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    start: IntArray

    @property
    def cases(self) -> FloatArray:
        """Cases of each group, shape (groups,)."""
        n = np.append(self.at_risk, 0.0)[self.start[:-1]]
        return np.where(self.start[1:] > self.start[:-1], n, 0.0)

    def running(self, values: FloatArray) -> FloatArray:
        """Sums from the first point of a group up to and including each, shape (points,)."""
        return _running(values, self.start)

    def _places(self, at: FloatArray, side: Literal["left", "right"]) -> IntArray:
        """First point of each group with a time not before (left) or after (right) one, (groups, asked)."""
        span = max(float(self.time.max(initial=0.0)), float(np.max(at, initial=0.0))) + 1
        wanted = np.arange(self.groups)[:, None] * span + at
        return np.asarray(np.searchsorted(self.group * span + self.time, wanted, side=side))

    def _step(self, values: FloatArray, place: IntArray, start: float) -> FloatArray:
        """Values of the point before each place, `start` where the group has none."""
        before = np.append(values, start)[np.maximum(place - 1, -1)]
        return np.where(place > self.start[:-1, None], before, start)

    def _left(self, place: IntArray) -> FloatArray:
        """Cases at risk at each place, 0 behind the last point of the group."""
        inside = place < self.start[1:, None]
        return np.where(inside, np.append(self.at_risk, 0.0)[np.where(inside, place, -1)], 0.0)

    def reported_by(self, at: Any) -> FloatArray:
        """Cases with the event of interest up to and including given times, shape (groups, asked)."""
        asked = np.atleast_1d(np.asarray(at, dtype=np.float64))
        return self._step(self.running(self.ended[REPORTED]), self._places(asked, "right"), 0.0)

    def shares_at(self, at: Any) -> Estimate:
        """Share with the event of interest by given times, as `incidence_at`.

        Args:
            at: Times asked for, shape (asked,).

        Returns:
            Estimate of shape (groups, asked).
        """
        asked = np.atleast_1d(np.asarray(at, dtype=np.float64))
        place, before = self._places(asked, "right"), self._places(asked, "left")
        event_free = self._step(self.event_free, place, 1.0)
        behind = (place >= self.start[1:, None]) & (self._step(self.time, place, np.inf) < asked)
        return shares_by_time(
            self._step(self.incidence, place, 0.0),
            self._step(self.se, place, 0.0),
            n=self.cases[:, None],
            lost=self._step(self.running(self.ended[CENSORED]), before, 0.0),
            left=self._left(before),
            beyond=behind & (event_free > 1e-12),
        )

    def shares_of(self, points: IntArray) -> Estimate:
        """The incidence at points of the curves, as `shares_at` tells it.

        Args:
            points: Numbers of the points, shape (asked,).

        Returns:
            Estimate of shape (asked,).
        """
        censored = self.ended[CENSORED]
        return shares_by_time(
            self.incidence[points],
            self.se[points],
            n=self.cases[self.group[points]],
            lost=(self.running(censored) - censored)[points],
            left=self.at_risk[points],
            beyond=np.zeros(points.shape, dtype=bool),
        )

    def quantiles(self, p: Any, interval: Interval = "covering") -> Estimate:
        """Times by which shares p of all cases had the event of interest, as `incidence_quantiles`.

        Args:
            p: Shares, shape (quantiles,).
            interval: As of `incidence_quantiles`.

        Returns:
            Estimate of shape (groups, quantiles).
        """
        shares = np.atleast_1d(np.asarray(p, dtype=np.float64))
        value = self._first_times(self.incidence, shares)
        place = np.stack(
            [
                self._places_of(np.nan_to_num(value[:, column], nan=np.inf))
                for column in range(shares.size)
            ],
            axis=1,
        )
        return quantiles_of_incidence(
            value,
            self._first_times(self.high, shares),
            self._first_times(self.low, shares),
            shares=shares,
            cases=np.broadcast_to(self.cases[:, None], value.shape),
            followed=self._left(place),
            interval=interval,
        )

    def _places_of(self, time: FloatArray) -> IntArray:
        """First point of each group that is not before its own time, shape (groups,)."""
        span = float(self.time.max(initial=0.0)) + 1
        wanted = np.arange(self.groups) * span + np.minimum(time, span - 0.5)
        return np.asarray(np.searchsorted(self.group * span + self.time, wanted))

    def _first_times(self, curve: FloatArray, shares: FloatArray) -> FloatArray:
        """First time at which a curve is at a share; the middle of the flat part where it equals it exactly."""
        # shares lie in 0 to 1, so 2 keeps the groups apart; what came before counts where a limit is undefined
        highest = np.maximum.accumulate(2 * self.group + np.nan_to_num(curve))
        base, end = 2.0 * np.arange(self.groups)[:, None], self.start[1:, None]
        reached = np.searchsorted(highest, base + shares - TOLERANCE, side="left")
        passed = np.searchsorted(highest, base + shares + TOLERANCE, side="right")
        times = np.append(self.time, np.nan)
        first = times[np.where(reached < end, reached, -1)]
        return np.asarray((first + times[np.where(passed < end, passed, end - 1)]) / 2)


def _running(values: FloatArray, start: IntArray) -> FloatArray:
    """Sums within each group; the sum of a group is taken off where the next one begins, so that digits stay."""
    if values.size == 0:
        return values
    first = start[:-1][start[:-1] < start[1:]]
    fresh = values.copy()
    fresh[first[1:]] -= np.add.reduceat(values, first)[:-1]
    return np.asarray(np.cumsum(fresh), dtype=np.float64)


class GroupedIncidence:
    """Times to an event over fine cells (say, vendor x site x month), to be grouped in many ways.

    Args:
        cell: Number of the cell of each bin, 0 .. cells - 1, shape (bins,).
        time: Time of each bin.
        kind: REPORTED, COMPETING or CENSORED.
        n: Cases in each bin, at least 1.
    """

    def __init__(self, cell: Any, time: Any, kind: Any, n: Any) -> None:
        times = np.asarray(time, dtype=np.float64)
        order = np.argsort(times, kind="stable")
        self._time, self._cell = times[order], np.asarray(cell, dtype=np.intp)[order]
        self._kind = np.asarray(kind, dtype=np.int8)[order]
        self._n = np.asarray(n, dtype=np.float64)[order]

    def curves(self, group: IntArray, groups: int, level: float = 0.95) -> GroupCurves:
        """The curve of each group.

        Args:
            group: Group of each cell, shape (cells,); `groups` for a cell that belongs to none.
            groups: How many groups there are.
            level: Confidence level of the limits.

        Returns:
            The curves; a group without a case has no point.

        Source:
            Aalen and Johansen, Scand J Stat 5:141-150 (1978); formulas in `cumulative_incidence`.
        """
        # numpy sorts 16 bits by radix
        narrow = np.uint16 if groups < np.iinfo(np.uint16).max else np.int64
        of_bin = group.astype(narrow)[self._cell]
        order = np.argsort(of_bin, kind="stable")
        order = order[: np.searchsorted(of_bin[order], groups)]
        number, time = of_bin[order].astype(np.int64), self._time[order]
        fresh = np.ones(order.size, dtype=bool)
        fresh[1:] = (number[1:] != number[:-1]) | (time[1:] != time[:-1])
        first = np.flatnonzero(fresh)
        kind, n = self._kind[order], self._n[order]
        ended = np.stack(
            [
                np.add.reduceat(np.where(kind == each, n, 0.0), first) if first.size else n
                for each in (REPORTED, COMPETING, CENSORED)
            ]
        )
        number, time = number[first], time[first]
        start = np.searchsorted(number, np.arange(groups + 1))
        leaving = ended.sum(axis=0)
        gone = _running(leaving, start)
        last = np.append(gone, 0.0)[start[1:] - 1]
        at_risk = last[number] - gone + leaving
        either = ended[REPORTED] + ended[COMPETING]
        emptied = either >= at_risk
        # the product of the shares that remain; a group that is emptied has no later point
        logs = _running(np.log1p(np.where(emptied, 0.0, -either / at_risk)), start)
        event_free = np.where(emptied, 0.0, np.exp(logs))
        before = np.concatenate([[1.0], event_free])[:-1]
        before[start[:-1][start[:-1] < start[1:]]] = 1.0
        curve = incidence_curve(
            before,
            ended[REPORTED],
            either,
            at_risk,
            lambda values: _running(values, start),
            level,
        )
        return GroupCurves(groups, number, time, ended, at_risk, event_free, *curve, start)
