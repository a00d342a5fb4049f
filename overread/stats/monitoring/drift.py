"""Drift of a score distribution against its frozen baseline: PSI and KS, judged against chance at these n.

A rule of thumb such as "PSI above 0.1" ignores the number of cases: with ten bins a stable month of 100 scores
against 2,000 exceeds it more than four times in ten. So each statistic comes with its null distribution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special, stats

from overread.stats.estimate import OK, Estimate, FloatArray, make_estimate
from overread.stats.monitoring.drift_null import binned_bridges, judge, stable_periods

Method = Literal["auto", "asymptotic", "simulated"]
Null = tuple[FloatArray, ...]
NO_SCORES = "no scores"
INFINITE = "a bin is empty in one of the periods: the index is infinite"
ONE_BIN = "all scores of both periods lie in one bin: nothing can drift"
# With half a score added to each bin the chi-square null holds from ten expected scores in each bin on: at
# nominal 5 % it calls 3.8 to 5.3 % of stable periods drifted; at three expected it calls as few as 1.2 %.
MINIMUM_EXPECTED = 10.0


@dataclass(frozen=True, slots=True)
class DriftTest:
    """A drift statistic with its null distribution; arrays have the shape of the strata.

    Attributes:
        statistic: The statistic; n = current cases.
        p: Chance of a statistic at least this large without drift; NaN where the statistic is not "ok".
        threshold: What chance alone exceeds in 1 - level of stable periods of this size.
        expected: Mean of the statistic without drift.
        simulated: Whether the null was simulated (else its large-sample form was used).
    """

    statistic: Estimate
    p: FloatArray
    threshold: FloatArray
    expected: FloatArray
    simulated: np.ndarray[Any, np.dtype[np.bool_]]


def _bins(reference: Any, current: Any) -> tuple[FloatArray, FloatArray]:
    """Both counts at one shape (..., bins); a negative count is a fault of the caller."""
    before, now = np.broadcast_arrays(
        np.asarray(reference, dtype=np.float64), np.asarray(current, dtype=np.float64)
    )
    if np.any(before < 0) or np.any(now < 0):
        raise ValueError("a histogram of scores has a negative count")
    return before, now


def _shares(counts: FloatArray, used: FloatArray, smoothing: float) -> FloatArray:
    """Shares of the bins after adding `smoothing` to each used bin; 0 for no scores at all."""
    padded = counts + smoothing * used
    total = padded.sum(axis=-1, keepdims=True)
    return np.asarray(padded / np.where(total > 0, total, 1.0), dtype=np.float64)


def _psi(before: FloatArray, now: FloatArray, used: FloatArray, smoothing: float) -> FloatArray:
    """PSI; infinite where a bin is empty in one period only."""
    p, q = _shares(before, used, smoothing), _shares(now, used, smoothing)
    both = (p > 0) & (q > 0)
    ratio = np.where(both, q, 1.0) / np.where(both, p, 1.0)
    index = special.xlogy(np.where(both, q - p, 0.0), ratio).sum(axis=-1)
    return np.where(((p > 0) != (q > 0)).any(axis=-1), np.inf, index)


def _ks(before: FloatArray, now: FloatArray) -> FloatArray:
    """Largest gap of the two cumulative shares at the edges of the bins."""
    none = np.zeros(before.shape)
    gap = np.cumsum(_shares(now, none, 0.0) - _shares(before, none, 0.0), axis=-1)
    return np.asarray(np.abs(gap).max(axis=-1, initial=0.0), dtype=np.float64)


def _untestable(before: FloatArray, now: FloatArray) -> list[tuple[Any, str]]:
    """Strata in which no drift can be told, with the reason."""
    return [
        ((before.sum(axis=-1) == 0) | (now.sum(axis=-1) == 0), NO_SCORES),
        (((before + now) > 0).sum(axis=-1) < 2, ONE_BIN),
    ]


def population_stability_index(reference: Any, current: Any) -> Estimate:
    """PSI over given bins, without smoothing.

    Args:
        reference: Baseline counts, shape (..., bins).
        current: Counts of the period, shape (..., bins).

    Returns:
        Estimate of shape (...), n = current cases. A bin empty in both adds nothing; a bin empty in one makes
        the index infinite: "insufficient".

    Raises:
        ValueError: A negative count.

    Source:
        Lin, SAS Global Forum (2017); symmetrised Kullback-Leibler divergence (Jeffreys 1946).
    """
    before, now = _bins(reference, current)
    m, n = before.sum(axis=-1), now.sum(axis=-1)
    index = _psi(before, now, np.zeros(before.shape), 0.0)
    return make_estimate(
        index,
        n=n,
        method="PSI, no smoothing",
        insufficient=[((m == 0) | (n == 0), NO_SCORES), (np.isinf(index), INFINITE)],
    )


def kolmogorov_smirnov(reference: Any, current: Any) -> Estimate:
    """Two-sample Kolmogorov-Smirnov distance over given bins: the largest gap of the cumulative shares.

    Args:
        reference: Baseline counts, bins in the order of the score, shape (..., bins).
        current: Counts of the period, shape (..., bins).

    Returns:
        Estimate of shape (...), n = current cases; "insufficient" without scores or with one occupied bin only.

    Raises:
        ValueError: A negative count.

    Source:
        Smirnov, Bull Moscow Univ 2:3-16 (1939), at the edges of the bins only: a lower bound for the scores.
    """
    before, now = _bins(reference, current)
    return make_estimate(
        _ks(before, now),
        n=now.sum(axis=-1),
        method="KS over bins",
        insufficient=_untestable(before, now),
    )


def _test(
    statistic: Estimate,
    before: FloatArray,
    now: FloatArray,
    method: Method,
    simulate: Callable[..., Null],
    large_sample: Callable[..., Null],
) -> DriftTest:
    """Give the strata that have a value their null, by `simulate` or by `large_sample`.

    Both take (value, pooled counts, m, n) of the picked strata and return p, threshold and mean.
    """
    if method not in ("auto", "asymptotic", "simulated"):
        raise ValueError(f"method is auto, asymptotic or simulated, not {method!r}")
    pooled = (before + now).reshape(-1, before.shape[-1])
    m, n = before.sum(axis=-1).ravel(), now.sum(axis=-1).ravel()
    fine = statistic.status.ravel() == OK
    rarest = np.where(pooled > 0, pooled, np.inf).min(axis=-1, initial=np.inf)
    few = np.where(fine, rarest, 0.0) * np.minimum(m, n) < MINIMUM_EXPECTED * (m + n)
    simulated = fine & (few if method == "auto" else method == "simulated")
    found = np.full((3, m.size), np.nan)
    for mask, null in ((simulated, simulate), (fine & ~simulated, large_sample)):
        pick = np.flatnonzero(mask)
        if pick.size:
            found[:, pick] = null(statistic.value.ravel()[pick], pooled[pick], m[pick], n[pick])
    found[~np.isfinite(found)] = np.nan
    p, threshold, expected = found.reshape(3, *statistic.shape)
    return DriftTest(statistic, p, threshold, expected, simulated.reshape(statistic.shape))


def psi_test(
    reference: Any,
    current: Any,
    *,
    method: Method = "auto",
    smoothing: float = 0.5,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> DriftTest:
    """PSI judged against its null at the n in hand.

    Large samples: (1/m + 1/n) chi-square with (occupied bins - 1) degrees of freedom. Small: multinomials.

    Args:
        reference: Baseline counts, shape (..., bins), m in all.
        current: Counts of the period, shape (..., bins), n in all.
        method: "auto" simulates where a bin expects fewer than 10 scores in the smaller period.
        smoothing: Added to each bin that is occupied in either period, in both, so that an empty bin gives a
            finite index; the simulated null is smoothed alike. 0 gives the raw index (then simulate: the
            chi-square null calls 8 % instead of 5 % at ten expected scores).
        level: Share of stable periods that stay below the threshold.
        draws: Simulated periods; p has a resolution of 1 / (draws + 1).
        seed: Seed of the simulation; all strata share its uniforms, so neighbours do not change a result.

    Returns:
        The test over strata of shape (...). "insufficient" without scores, with one occupied bin only, or (raw
        index) where it is infinite.

    Raises:
        ValueError: A negative count, or an unknown method.

    Source:
        Yurdakul, Statistical Properties of Population Stability Index, Western Michigan University (2018).
    """
    before, now = _bins(reference, current)
    used = ((before + now) > 0).astype(np.float64)
    index = _psi(before, now, used, smoothing)
    statistic = make_estimate(
        index,
        n=now.sum(axis=-1),
        method=f"PSI, {smoothing:g} added to each occupied bin",
        insufficient=[*_untestable(before, now), (np.isinf(index), INFINITE)],
    )

    def simulate(value: FloatArray, pooled: FloatArray, m: FloatArray, n: FloatArray) -> Null:
        occupied = (pooled > 0).astype(np.float64)
        samples = stable_periods(pooled / (m + n)[:, None], m, n, draws, seed)
        null = np.concatenate([_psi(a, b, occupied, smoothing) for a, b in samples])
        return judge(null, value, level)

    def large_sample(value: FloatArray, pooled: FloatArray, m: FloatArray, n: FloatArray) -> Null:
        freedom, scale = (pooled > 0).sum(axis=-1) - 1.0, 1 / m + 1 / n
        beyond = stats.chi2.sf(value / scale, freedom)
        return beyond, stats.chi2.ppf(level, freedom) * scale, freedom * scale

    return _test(statistic, before, now, method, simulate, large_sample)


def ks_test(
    reference: Any,
    current: Any,
    *,
    method: Method = "auto",
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> DriftTest:
    """Binned two-sample KS distance judged against its null at the n in hand.

    Kolmogorov's distribution calls too little over bins. Large samples: a Brownian bridge seen at their edges.

    Args:
        reference: Baseline counts, bins in the order of the score, shape (..., bins).
        current: Counts of the period, shape (..., bins).
        method: As in `psi_test`.
        level: Share of stable periods that stay below the threshold.
        draws: Simulated periods.
        seed: Seed of the simulation.

    Returns:
        The test over strata of shape (...); "insufficient" without scores or with one occupied bin only.

    Raises:
        ValueError: A negative count, or an unknown method.

    Source:
        Noether, Metrika 7:115-116 (1963); Wood and Altavela, Biometrika 65:235-239 (1978).
    """
    before, now = _bins(reference, current)

    def simulate(value: FloatArray, pooled: FloatArray, m: FloatArray, n: FloatArray) -> Null:
        samples = stable_periods(pooled / (m + n)[:, None], m, n, draws, seed)
        return judge(np.concatenate([_ks(a, b) for a, b in samples]), value, level)

    def large_sample(value: FloatArray, pooled: FloatArray, m: FloatArray, n: FloatArray) -> Null:
        return judge(binned_bridges(pooled / (m + n)[:, None], m, n, draws, seed), value, level)

    statistic = kolmogorov_smirnov(before, now)
    return _test(statistic, before, now, method, simulate, large_sample)


def psi_false_alarm(
    limit: float, m: Any, n: Any, shares: Any, *, draws: int = 2000, seed: int = 0
) -> FloatArray:
    """How often a stable period exceeds a fixed limit of the raw PSI, such as the rule of thumb 0.1.

    Args:
        limit: The limit; an infinite index (an empty bin) exceeds it.
        m: Baseline cases, shape S.
        n: Cases of the period, shape S.
        shares: Shares of the bins, shape (bins,) or S + (bins,).
        draws: Simulated periods.
        seed: Seed of the simulation.

    Returns:
        Share of simulated stable periods beyond the limit, shape S; NaN where m or n is 0.
    """
    weight = np.asarray(shares, dtype=np.float64)
    sizes = np.broadcast_arrays(
        np.asarray(m, dtype=np.float64), np.asarray(n, dtype=np.float64), weight[..., 0]
    )
    shape = sizes[0].shape
    before, now = sizes[0].ravel(), sizes[1].ravel()
    flat = np.broadcast_to(weight, (*shape, weight.shape[-1])).reshape(-1, weight.shape[-1])
    beyond = np.zeros(before.size)
    for a, b in stable_periods(flat, before, now, draws, seed):
        beyond += (_psi(a, b, np.zeros(flat.shape), 0.0) > limit).sum(axis=0)
    return np.where((before > 0) & (now > 0), beyond / draws, np.nan).reshape(shape)
