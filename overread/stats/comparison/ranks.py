"""Ranks of units with their uncertainty: what a league table hides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import special, stats

from overread.stats.estimate import OK, Estimate, FloatArray, make_estimate
from overread.stats.interval import Interval, check_interval, without_interval

Worst = Literal["high", "low"]
NO_ESTIMATE = "the unit has no estimate"
NO_RIVAL = "fewer than two units: nothing to rank"
# Found by bench.coverage: chance spreads estimates further apart than the units are, so that the ranks of many units
# which hardly differ are told too surely (78 % with 30 units).
NOT_SHRUNKEN = "estimates that are not shrunken: no interval of a rank covers 95 %"
# Points at which a unit's quantile function is evaluated; draws between them are interpolated.
POINTS = 65
# Values of one block of draws, so that memory stays flat however many strata there are.
BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class RankUncertainty:
    """Ranks of units, 1 = lowest value; tied units share the mean of their ranks.

    Attributes:
        rank: Median rank with its interval, standard deviation as `se`, n = units ranked; shape (..., units).
        worst_quarter: Chance that the unit is among the worst quarter of units; NaN where it has no rank.
    """

    rank: Estimate
    worst_quarter: FloatArray


def _levels(units: int, draws: int, seed: int) -> FloatArray:
    """Standard normal draws per unit, one from each of `draws` slices (Latin hypercube): (draws, units)."""
    rng = np.random.default_rng(seed)
    slices = (np.arange(draws) + rng.uniform(1e-9, 1, (units, draws))) / draws
    return np.asarray(special.ndtri(rng.permuted(slices, axis=1).T), dtype=np.float64)


def _points(draws: int) -> FloatArray:
    """Normal deviates at which quantile functions are wanted; draws beyond them are extrapolated."""
    edge = -float(special.ndtri(0.5 / draws))
    return np.linspace(-edge, edge, POINTS)


def _tally(quantiles: FloatArray, draws: int, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How often each unit takes each rank 1, 1.5, 2, ...: (strata, units, 2 units - 1)."""
    strata, units, _ = quantiles.shape
    z = _levels(units, draws, seed)
    points = _points(draws)
    spot = (z - points[0]) / (points[1] - points[0])
    left = np.clip(np.floor(spot).astype(np.int64), 0, POINTS - 2)
    share = spot - left
    columns, ranks = np.arange(units), 2 * units - 1
    tally = np.zeros(strata * units * ranks, dtype=np.int64)
    offset = (np.arange(strata * units) * ranks).reshape(strata, 1, units)
    block = max(BLOCK // max(strata * units, 1), 1)
    for start in range(0, draws, block):
        rows = slice(start, start + block)
        below = quantiles[:, columns, left[rows]]
        above = quantiles[:, columns, left[rows] + 1]
        drawn = below * (1 - share[rows]) + above * share[rows]
        place = (2 * stats.rankdata(drawn, axis=-1) - 2).astype(np.int64)
        tally += np.bincount((offset + place).ravel(), minlength=tally.size)
    return tally.reshape(strata, units, ranks)


def _ranked(
    quantiles: FloatArray, seen: Any, worst: Worst, draws: int, seed: int, level: float, method: str
) -> RankUncertainty:
    """Ranks from quantile functions at `_points`, shape (..., units, POINTS)."""
    if worst not in ("high", "low"):
        raise ValueError(f"worst is high or low, not {worst!r}")
    shape = quantiles.shape[:-1]
    units = shape[-1]
    # a unit without an estimate goes behind all others and so disturbs nobody's rank; the largest float would
    # overflow when interpolated
    flat = np.where(np.asarray(seen)[..., None], quantiles, 1e300).reshape(-1, units, POINTS)
    known = np.asarray(seen).reshape(-1, units)
    count = known.sum(axis=-1, keepdims=True)
    tally = _tally(flat, draws, seed)
    rank = 1 + np.arange(tally.shape[-1]) / 2
    reached = np.cumsum(tally, axis=-1)

    def quantile(share: float) -> FloatArray:
        needed = int(np.ceil(share * draws - 1e-9))
        return np.asarray(rank[np.argmax(reached >= max(needed, 1), axis=-1)], dtype=np.float64)

    mean = (tally * rank).sum(axis=-1) / draws
    spread = np.sqrt((tally * (rank - mean[..., None]) ** 2).sum(axis=-1) / draws)
    position = (rank - 0.5) / np.maximum(count, 1)[..., None]
    bad = position >= 0.75 - 1e-12 if worst == "high" else position <= 0.25 + 1e-12
    estimate = make_estimate(
        quantile(0.5).reshape(shape),
        n=np.broadcast_to(count, known.shape).reshape(shape),
        se=spread.reshape(shape),
        low=quantile((1 - level) / 2).reshape(shape),
        high=quantile((1 + level) / 2).reshape(shape),
        method=method,
        insufficient=[
            (np.broadcast_to(count < 2, known.shape).reshape(shape), NO_RIVAL),
            (~known.reshape(shape), NO_ESTIMATE),
        ],
    )
    chance = ((tally * bad).sum(axis=-1) / draws).reshape(shape)
    return RankUncertainty(estimate, np.where(estimate.status == OK, chance, np.nan))


def _as_they_are(ranked: RankUncertainty, interval: Interval) -> RankUncertainty:
    """Ranks of estimates that are not shrunken: their interval only where the published one is asked for."""
    check_interval(interval)
    if interval == "published":
        return ranked
    return replace(ranked, rank=without_interval(ranked.rank, [(True, NOT_SHRUNKEN)]))


def rank_beta(
    a: Any,
    b: Any,
    *,
    worst: Worst = "high",
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> RankUncertainty:
    """Ranks of shares whose posterior is a beta.

    Args:
        a: First parameters, shape (..., units); NaN = no estimate.
        b: Second parameters.
        worst: Whether high or low values are bad.
        draws: Draws of the whole league table.
        seed: Seed of the draws; all strata share them, so neighbours do not change a result.
        level: Level of the interval of the rank.

    Returns:
        Ranks over (..., units). "insufficient" where a unit has no estimate or no other unit has one. The worst
        quarter holds the ranks r with (r - 1/2) / units >= 3/4 (or <= 1/4 where low is bad): at least one.

    Raises:
        ValueError: `worst` is neither "high" nor "low".

    Source:
        Goldstein and Spiegelhalter, J R Stat Soc A 159:385-443 (1996); Marshall and Spiegelhalter, BMJ
        316:1701-1704 (1998).
    """
    first, second = np.broadcast_arrays(
        np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    )
    seen = (first > 0) & (second > 0)
    p = special.ndtr(_points(draws))
    alpha, beta = np.where(seen, first, 1.0), np.where(seen, second, 1.0)
    quantiles = np.asarray(special.betaincinv(alpha[..., None], beta[..., None], p), np.float64)
    return _ranked(quantiles, seen, worst, draws, seed, level, "rank, beta posterior")


def rank_gamma(
    shape: Any,
    rate: Any,
    *,
    worst: Worst = "high",
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> RankUncertainty:
    """Ranks of ratios whose posterior is a gamma; see `rank_beta`.

    Args:
        shape: Shapes, shape (..., units); NaN = no estimate.
        rate: Rates.
        worst: Whether high or low values are bad.
        draws: Draws of the whole league table.
        seed: Seed of the draws.
        level: Level of the interval of the rank.

    Returns:
        Ranks over (..., units).

    Raises:
        ValueError: `worst` is neither "high" nor "low".
    """
    shapes, rates = np.broadcast_arrays(
        np.asarray(shape, dtype=np.float64), np.asarray(rate, dtype=np.float64)
    )
    seen = (shapes > 0) & (rates > 0)
    p = special.ndtr(_points(draws))
    quantiles = special.gammaincinv(np.where(seen, shapes, 1.0)[..., None], p)
    quantiles = quantiles / np.where(seen, rates, 1.0)[..., None]
    return _ranked(quantiles, seen, worst, draws, seed, level, "rank, gamma posterior")


def rank_normal(
    value: Any,
    se: Any,
    *,
    worst: Worst = "high",
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    interval: Interval = "covering",
) -> RankUncertainty:
    """Ranks of estimates with normal errors (a kappa, an AUC, a mean); see `rank_beta`.

    Args:
        value: Estimates, shape (..., units); NaN = none.
        se: Standard errors; 0 = known exactly, NaN = no estimate.
        worst: Whether high or low values are bad.
        draws: Draws of the whole league table.
        seed: Seed of the draws.
        level: Level of the interval of the rank.
        interval: "covering" withholds it, since none of unshrunken estimates covers; "published" shows it.

    Returns:
        Ranks over (..., units).

    Raises:
        ValueError: `worst` is neither "high" nor "low".
    """
    values, errors = np.broadcast_arrays(
        np.asarray(value, dtype=np.float64), np.asarray(se, dtype=np.float64)
    )
    seen = np.isfinite(values) & np.isfinite(errors) & (np.where(np.isnan(errors), -1, errors) >= 0)
    centre, error = np.where(seen, values, 0.0), np.where(seen, errors, 0.0)
    quantiles = centre[..., None] + error[..., None] * _points(draws)
    ranked = _ranked(quantiles, seen, worst, draws, seed, level, "rank, normal errors")
    return _as_they_are(ranked, interval)


def rank_shares(
    x: Any,
    n: Any,
    *,
    worst: Worst = "high",
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    interval: Interval = "covering",
) -> RankUncertainty:
    """Ranks of unshrunken shares: each unit's own posterior under Jeffreys' prior; see `rank_beta`.

    For an interval rank the posteriors of `shrink_shares`.

    Args:
        x: Numerators, shape (..., units).
        n: Denominators; a unit without cases has no rank.
        worst: Whether high or low values are bad.
        draws: Draws of the whole league table.
        seed: Seed of the draws.
        level: Level of the interval of the rank.
        interval: "covering" withholds it, since none of unshrunken estimates covers; "published" shows it.

    Returns:
        Ranks over (..., units).

    Raises:
        ValueError: A numerator lies outside 0..denominator.
    """
    xs, ns = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if np.any(xs < 0) or np.any(xs > ns):
        raise ValueError("a numerator lies outside 0..denominator")
    a = np.where(ns > 0, xs + 0.5, np.nan)
    ranked = rank_beta(a, ns - xs + 0.5, worst=worst, draws=draws, seed=seed, level=level)
    return _as_they_are(ranked, interval)
