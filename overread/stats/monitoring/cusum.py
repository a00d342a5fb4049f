"""CUSUM charts: the plain tabular one of standardised values, and the risk-adjusted one of outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from overread.stats.estimate import FloatArray
from overread.stats.monitoring.baseline import BoolArray, IntArray

# Steps that strata advance at a time: long enough for NumPy, short enough that a restart repeats little.
STRIDE: Final = 128


@dataclass(frozen=True, slots=True)
class Cusum:
    """One side of a CUSUM with its decision limit.

    Attributes:
        path: The sum after each step, shape (..., steps); a missing value leaves it where it was.
        signal: Steps at which it lies above the limit, shape (..., steps).
        first: First such step, -1 = none, shape (...).
        limit: The decision limit h.
    """

    path: FloatArray
    signal: BoolArray
    first: IntArray
    limit: float


def restarting_path(
    step: FloatArray,
    crossed: Callable[[FloatArray], BoolArray],
    ends: Callable[[FloatArray], BoolArray],
    *,
    held: bool,
) -> tuple[FloatArray, BoolArray]:
    """Running sums that start again from 0 after each crossing.

    All strata advance together, each from where it stands, by at most `STRIDE` steps or to its next crossing; so the
    work grows with the steps and the crossings, not with their product.

    Args:
        step: Steps, finite, shape (strata, steps).
        crossed: Tells where a path has crossed a limit.
        ends: Tells of the level at a crossing whether it ends the path, which then stays there.
        held: Hold the path at 0 from below: the running sum less its running minimum, which is the recursion
            max(0, previous + step) without a loop.

    Returns:
        Path and crossings, both of the shape of `step`.
    """
    path, crossing = np.zeros(step.shape), np.zeros(step.shape, dtype=bool)
    strata, size = step.shape
    stride = np.arange(min(STRIDE, size))
    rows, start, level = np.arange(strata), np.zeros(strata, dtype=np.int64), np.zeros(strata)
    over = np.full(strata, size)
    while rows.size and size:
        place = start[:, None] + stride
        inside = place < size
        there = np.minimum(place, size - 1)
        total = level[:, None] + np.cumsum(
            np.where(inside, step[rows[:, None], there], 0.0), axis=-1
        )
        if held:
            total -= np.minimum(np.minimum.accumulate(total, axis=-1), 0.0)
        hit = crossed(total) & inside
        stop = hit.any(axis=-1)
        end = np.where(stop, hit.argmax(axis=-1), stride.size - 1)
        row, column = np.nonzero(inside & (stride <= end[:, None]))
        path[rows[row], place[row, column]] = total[row, column]
        level = total[np.arange(rows.size), end]
        crossing[rows[stop], (start + end)[stop]] = True
        final = stop & ends(level)
        over[rows[final]] = (start + end)[final]
        start, level = start + end + 1, np.where(stop, 0.0, level)
        going = ~final & (start < size)
        rows, start, level = rows[going], start[going], level[going]
    if size:
        last = np.take_along_axis(path, np.minimum(over, size - 1)[:, None], axis=-1)
        path = np.where(np.arange(size) > over[:, None], last, path)
    return path, crossing


def _nowhere(path: FloatArray) -> BoolArray:
    return np.zeros(path.shape, dtype=bool)


def _monitored(step: FloatArray, limit: float, reset: bool) -> Cusum:
    """The upper CUSUM of steps, with signals above the limit."""
    if not limit > 0:
        raise ValueError("the decision limit is positive")
    flat = step.reshape(int(np.prod(step.shape[:-1])), step.shape[-1])

    def above(path: FloatArray) -> BoolArray:
        return path > limit

    restarts = above if reset else _nowhere
    path = restarting_path(flat, restarts, _nowhere, held=True)[0].reshape(step.shape)
    signal = path > limit
    first = np.where(signal.any(axis=-1), signal.argmax(axis=-1) if signal.size else 0, -1)
    return Cusum(path, signal, first, limit)


def tabular_cusum(
    z: Any, slack: float = 0.5, limit: float = 5.0, *, reset: bool = True
) -> tuple[Cusum, Cusum]:
    """Two-sided CUSUM of standardised values.

    Upper: C = max(0, C + z - k); lower: C = max(0, C - z - k). With k = 0.5 and h = 5 (a shift of one standard deviation)
    a process in control signals on either side once in 465 points, and one shifted by a standard deviation after 10.4.

    Args:
        z: Standardised values in order, such as `ControlChart.z` with a stated baseline; NaN = gap. Shape (..., steps).
        slack: The allowance k, half of the shift to be found, in standard deviations.
        limit: The decision limit h, in standard deviations.
        reset: Start again from 0 after a signal; without it the path runs on and signals until it comes back.

    Returns:
        The upper and the lower CUSUM. Each side is reset by its own signals.

    Raises:
        ValueError: The limit is not positive, or the slack negative.

    Source:
        Page, Biometrika 41:100-115 (1954); Montgomery, Introduction to Statistical Quality Control, 7th ed., 9.1.
    """
    values = np.asarray(z, dtype=np.float64)
    if not slack >= 0:
        raise ValueError("the slack is not negative")
    seen = np.isfinite(values)
    filled = np.where(seen, values, 0.0)
    up, down = (np.where(seen, way * filled - slack, 0.0) for way in (1, -1))
    return _monitored(up, limit, reset), _monitored(down, limit, reset)


def _risk_steps(outcome: Any, risk: Any, odds_ratio: float) -> FloatArray:
    """Log-likelihood ratio of each outcome: raised odds against the expected ones."""
    y, p = np.asarray(outcome, dtype=np.float64), np.asarray(risk, dtype=np.float64)
    # Asked the other way round, so that NaN, which no comparison holds for, is refused too.
    if not (np.all((p >= 0) & (p <= 1)) and odds_ratio > 0):
        raise ValueError("risks lie in 0..1 and the odds ratio is positive")
    steps: FloatArray = y * np.log(odds_ratio) - np.log(1 - p + odds_ratio * p)
    return steps


def risk_adjusted_cusum(outcome: Any, risk: Any, odds_ratio: float = 2.0) -> FloatArray:
    """Path of the log-likelihood ratio of raised odds against none, held at 0 from below.

    Args:
        outcome: 1 event, 0 none, in order, shape (..., cases).
        risk: Expected probability of each case, shape (..., cases).
        odds_ratio: Odds ratio of the alternative.

    Returns:
        Path of shape (..., cases): the running sum less its running minimum, which is the recursion
        max(0, previous + step) without a loop.

    Raises:
        ValueError: A risk is missing or lies outside 0..1, or the odds ratio is not positive.

    Source:
        Steiner et al., Biostatistics 1:441-452 (2000).
    """
    total = np.cumsum(_risk_steps(outcome, risk, odds_ratio), axis=-1)
    return total - np.minimum(np.minimum.accumulate(total, axis=-1), 0.0) if total.size else total


def monitored_risk_adjusted_cusum(
    outcome: Any, risk: Any, odds_ratio: float = 2.0, limit: float = 4.5, *, reset: bool = True
) -> Cusum:
    """Risk-adjusted CUSUM with a decision limit.

    Args:
        outcome: 1 event, 0 none, NaN = no case (padding, not reviewed), in order, shape (..., cases).
        risk: Expected probability of each case, shape (..., cases); read only where there is a case.
        odds_ratio: Odds ratio of the alternative: above 1 watches for harm, below 1 for improvement.
        limit: The decision limit h, a log-likelihood ratio. 4.5 is Steiner's for a doubling of the odds.
        reset: Start again from 0 after a signal.

    Returns:
        The CUSUM, shape (..., cases).

    Raises:
        ValueError: A case has no risk in 0..1, the odds ratio or the limit is not positive.

    Source:
        Steiner et al., Biostatistics 1:441-452 (2000).
    """
    y, p = np.broadcast_arrays(
        np.asarray(outcome, dtype=np.float64), np.asarray(risk, dtype=np.float64)
    )
    case = np.isfinite(y)
    steps = _risk_steps(np.where(case, y, 0.0), np.where(case, p, 0.0), odds_ratio)
    return _monitored(np.where(case, steps, 0.0), limit, reset)
