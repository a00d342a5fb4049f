"""Time to report with censoring: Kaplan-Meier from a histogram of durations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import normal_quantile

# R compares survival probabilities with this tolerance; times closer than it, in absolute terms or relative
# to the mean of the distinct times, are one time (aeqSurv).
TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))
# Found by bench.coverage.
MINIMUM_CASES = 20
MINIMUM_AT_RISK = 15


def duration_histogram(time: Any, event: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distinct times with the events and the censored cases at each; times that differ by rounding are one.

    Args:
        time: Durations, shape (cases,).
        event: 1 finished, 0 censored, shape (cases,).

    Returns:
        Times ascending, events and censored cases, each of shape (distinct times,).

    Source:
        R survival, aeqSurv.
    """
    times = np.asarray(time, dtype=np.float64)
    events = np.asarray(event, dtype=np.float64)
    order = np.argsort(times, kind="stable")
    times, events = times[order], events[order]
    scale = max(float(np.abs(np.unique(times)).mean()), 1.0) if times.size else 1.0
    place = np.cumsum(np.diff(times, prepend=times[:1]) > TOLERANCE * scale)
    first = np.searchsorted(place, np.arange(place[-1] + 1)) if times.size else np.array([], int)
    size = first.size
    finished = np.bincount(place, events, size) if size else np.array([])
    censored = np.bincount(place, 1 - events, size) if size else np.array([])
    return times[first], finished.astype(np.float64), censored.astype(np.float64)


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """Kaplan-Meier curve with its log-log limits.

    Attributes:
        time: Times ascending, shape (times,).
        survival: Share still unread just after each time, shape (..., times).
        low: Lower limit; NaN where the variance is undefined (survival 0).
        high: Upper limit.
        at_risk: Cases at risk just before each time.
    """

    time: FloatArray
    survival: FloatArray
    low: FloatArray
    high: FloatArray
    at_risk: FloatArray


def kaplan_meier(time: Any, events: Any, censored: Any, level: float = 0.95) -> SurvivalCurve:
    """Estimate the survival curve; a case censored at the time of an event is still at risk there.

    Args:
        time: Distinct times ascending, shape (times,).
        events: Cases finished at each time, shape (..., times).
        censored: Cases censored at each time, shape (..., times).
        level: Confidence level of the log-log limits.

    Returns:
        The curve.

    Source:
        Kaplan and Meier, J Am Stat Assoc 53:457-481 (1958); Greenwood 1926; log-log limits as in R survival.
    """
    died = np.asarray(events, dtype=np.float64)
    leaving = died + np.asarray(censored, dtype=np.float64)
    at_risk = np.flip(np.cumsum(np.flip(leaving, axis=-1), axis=-1), axis=-1)
    safe = np.where(at_risk > 0, at_risk, 1.0)
    survival = np.cumprod(1 - died / safe, axis=-1)
    left = at_risk - died
    greenwood = np.cumsum(died / (safe * np.where(left > 0, left, 1.0)), axis=-1)
    inner = (survival > 0) & (survival < 1)
    log_survival = np.log(np.where(inner, survival, 0.5))
    half = normal_quantile(level) * np.sqrt(greenwood) / log_survival
    centre = np.log(-log_survival)
    low = np.where(inner, np.exp(-np.exp(centre - half)), np.where(survival >= 1, 1.0, np.nan))
    high = np.where(inner, np.exp(-np.exp(centre + half)), np.where(survival >= 1, 1.0, np.nan))
    return SurvivalCurve(
        np.asarray(time, dtype=np.float64),
        np.asarray(survival, dtype=np.float64),
        low,
        high,
        at_risk,
    )


def _first_time_below(
    time: FloatArray, curve: FloatArray, at_risk: FloatArray, level: float
) -> FloatArray:
    """First time at which the curve is at or below the level; the middle of the flat part where it equals it.

    Strata share the grid of times, yet a flat part ends with the stratum's own last case, not with the grid.
    """
    followed = at_risk > 0
    reached = (curve <= level + TOLERANCE) & followed
    passed = (curve < level - TOLERANCE) & followed
    start = time[np.argmax(reached, axis=-1)]
    last = time[np.maximum(followed.sum(axis=-1) - 1, 0)]
    end = np.where(passed.any(axis=-1), time[np.argmax(passed, axis=-1)], last)
    return np.where(reached.any(axis=-1), (start + end) / 2, np.nan)


def survival_quantiles(curve: SurvivalCurve, p: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Times by which a share p has finished, with limits from the curve's limits.

    Args:
        curve: Kaplan-Meier curve over strata of shape S.
        p: Shares finished, shape (quantiles,).

    Returns:
        Value, lower and upper limit, each of shape S + (quantiles,); NaN = not reached.

    Source:
        R survival, quantile.survfit: the middle of the flat part where the curve equals 1 - p exactly.
    """
    shares = np.asarray(p, dtype=np.float64)
    if curve.time.size == 0:
        absent = np.full((*curve.survival.shape[:-1], shares.size), np.nan)
        return absent, absent.copy(), absent.copy()

    def at(values: FloatArray) -> FloatArray:
        return np.stack(
            [_first_time_below(curve.time, values, curve.at_risk, 1 - share) for share in shares],
            axis=-1,
        )

    return at(curve.survival), at(curve.low), at(curve.high)


def quantile_estimates(curve: SurvivalCurve, p: Any) -> Estimate:
    """Times by which a share p has finished, as estimates with their reasons of absence.

    Args:
        curve: Kaplan-Meier curve over strata of shape S.
        p: Shares finished, shape (quantiles,).

    Returns:
        Estimate of shape S + (quantiles,); n counts cases. "insufficient" where the share is not reached by
        the cut-off. Limits (Brookmeyer and Crowley, log-log) are withheld where the upper one is not
        reached, below 20 cases, or where fewer than 15 are at risk at the quantile.

    Source:
        Brookmeyer and Crowley, Biometrics 38:29-41 (1982).
    """
    value, low, high = survival_quantiles(curve, p)
    n = np.zeros(value.shape)
    if curve.time.size:
        n = n + curve.at_risk[..., :1]
    followed = n
    if curve.time.size:
        place = np.minimum(
            np.searchsorted(curve.time, np.nan_to_num(value, nan=np.inf)), curve.time.size - 1
        )
        followed = np.take_along_axis(
            np.broadcast_to(curve.at_risk, curve.survival.shape), place, axis=-1
        )
    return make_estimate(
        value,
        n=n,
        low=low,
        high=high,
        method="Kaplan-Meier quantile, log-log",
        insufficient=[
            (n == 0, "no cases"),
            (
                ~np.isfinite(value),
                "too few have finished by the cut-off: the quantile is not reached",
            ),
        ],
        withheld=[
            (n < MINIMUM_CASES, f"fewer than {MINIMUM_CASES} cases: no interval covers 95 %"),
            (
                followed < MINIMUM_AT_RISK,
                f"fewer than {MINIMUM_AT_RISK} cases are followed to the quantile: no interval covers 95 %",
            ),
            (
                ~(np.isfinite(low) & np.isfinite(high)),
                "too few have finished by the cut-off: a limit is not reached",
            ),
        ],
    )
