"""Empirical Bayes: rates of small units drawn towards what all units have in common.

Intervals from a prior that is taken as known cover too little (85 instead of 95 % with eight units). So the
spread between units is integrated over, on a grid, with a flat prior on its variance, and the doubt about the
common rate is added. In simulations the intervals cover 94 to 96 %, and up to 99 % where units hardly differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import special, stats

from overread.stats.estimate import OK, Estimate, FloatArray, make_estimate

# On fewer units the variance between them is hardly known, and so would be the weights.
MINIMUM_UNITS = 5
NO_CASES = "the unit has no cases"
NOTHING_EXPECTED = "nothing was expected of the unit"
NO_VARIATION = "no event in any unit, or in every case: nothing to draw an interval from"
# Nodes of the grid over the logarithm of (variance between units / variance of a unit's own rate).
NODES = 64
LOWEST, BEYOND = -6.0, 7.0


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """Shrunken rates of units.

    Attributes:
        estimate: Posterior means with credible intervals, shape (..., units).
        weight: Mean weight of the unit's own rate, 0 (all borrowed) to 1; NaN where there is no estimate.
        first: First parameter of the posterior (beta for shares, shape of a gamma for ratios); NaN where it
            has none. With `second` it goes into `ranks`.
        second: Second parameter (beta; rate of the gamma).
        centre: What units are drawn towards, shape (...); NaN where there are too few units.
        between: Standard deviation of the true rates between units (root of the posterior mean of the variance),
            shape (...).
    """

    estimate: Estimate
    weight: FloatArray
    first: FloatArray
    second: FloatArray
    centre: FloatArray
    between: FloatArray


class _Node(NamedTuple):
    """What follows if the spread between units were known."""

    density: FloatArray  # log posterior density of the spread, (..., 1)
    rate: FloatArray
    variance: FloatArray
    weight: FloatArray
    centre: FloatArray  # (..., 1)
    between: FloatArray  # variance between units, (..., 1)


def _grid(
    events: FloatArray, size: FloatArray, unit_variance: FloatArray, told: FloatArray
) -> FloatArray:
    """Log ratios of the variance between units to that of a typical unit's own rate: (NODES, ..., 1).

    Around the moment estimate (DerSimonian and Laird 1986), eight standard deviations to each side.

    Args:
        events: Numerators, shape (..., units).
        size: Denominators, shape (..., units).
        unit_variance: Variance of a rate of one case, shape (..., 1).
        told: What bounds the spread, shape (..., units): cases of a share, events of a ratio (the expectation's
            scale must not matter).
    """
    units = np.maximum((size > 0).sum(axis=-1, keepdims=True), 2)
    total = np.maximum(size.sum(axis=-1, keepdims=True), 1e-300)
    centre = events.sum(axis=-1, keepdims=True) / total
    own = np.divide(events, size, out=np.zeros(events.shape), where=size > 0)
    squares = (size * (own - centre) ** 2).sum(axis=-1, keepdims=True)
    ratio = np.maximum(
        squares / (np.where(unit_variance > 0, unit_variance, 1.0) * (units - 1)) - 1, 0.05
    )
    reach = 8 * np.sqrt(2 / (units - 1)) * (1 + ratio) / ratio
    top = np.log(np.maximum(told.sum(axis=-1, keepdims=True) / units, 1.0)) + BEYOND
    middle = np.minimum(np.log(ratio), top)
    low, high = np.maximum(middle - reach, LOWEST), np.minimum(middle + reach, top)
    steps = np.linspace(0, 1, NODES).reshape(-1, *[1] * events.ndim)
    return np.asarray(low + (high - low) * steps, dtype=np.float64)


def _integrate(grid: FloatArray, node: Callable[[FloatArray], _Node], pivot: FloatArray) -> _Node:
    """Mean over the grid; the variance gains that of the rate between the nodes."""
    top = np.full(pivot.shape, -np.inf)
    mass: FloatArray = np.zeros(pivot.shape)
    sums = [np.zeros(1)] * 5
    for place in grid:
        at = node(place)
        new = np.maximum(top, at.density)
        keep, add = np.exp(top - new), np.exp(at.density - new)
        moved = at.rate - pivot
        parts = (moved, at.variance + moved**2, at.weight, at.centre, at.between)
        mass = mass * keep + add
        sums = [s * keep + part * add for s, part in zip(sums, parts, strict=True)]
        top = new
    rate, square, weight, centre, between = (s / mass for s in sums)
    return _Node(top, rate + pivot, np.maximum(square - rate**2, 0.0), weight, centre, between)


def _result(
    mixed: _Node,
    size: FloatArray,
    cases: FloatArray,
    units: int,
    first: FloatArray,
    second: FloatArray,
    posterior: Any,
    method: str,
    empty: str,
    level: float,
) -> Shrinkage:
    few = (size > 0).sum(axis=-1, keepdims=True) < units
    low, high = posterior.ppf((1 - level) / 2), posterior.ppf((1 + level) / 2)
    estimate = make_estimate(
        mixed.rate,
        n=cases,
        se=np.sqrt(mixed.variance),
        low=low,
        high=high,
        method=method,
        insufficient=[
            (few, f"fewer than {units} units with cases: no prior can be estimated"),
            (size <= 0, empty),
        ],
        withheld=[(mixed.variance <= 0, NO_VARIATION)],
    )
    fine = estimate.status == OK
    known = fine & (mixed.variance > 0)
    return Shrinkage(
        estimate,
        np.where(fine, mixed.weight, np.nan),
        np.where(known, first, np.nan),
        np.where(known, second, np.nan),
        np.where(few, np.nan, mixed.centre)[..., 0],
        np.where(few, np.nan, np.sqrt(mixed.between))[..., 0],
    )


def shrink_shares(
    x: Any, n: Any, *, minimum_units: int = MINIMUM_UNITS, level: float = 0.95
) -> Shrinkage:
    """Beta-binomial shrinkage of shares.

    Given the intraclass correlation rho the prior is a beta of strength M = 1/rho - 1 whose mean p is the
    precision-weighted one; the posterior mean is w x/n + (1-w) p with w = n/(n+M), its variance that of
    Beta(x + Mp, n - x + M(1-p)) plus (1-w)^2 Var(p). Both are averaged over the posterior of rho (beta-binomial
    likelihood, flat prior); the interval is that of the beta with the resulting mean and variance.

    Args:
        x: Numerators, shape (..., units).
        n: Denominators, shape (..., units).
        minimum_units: Units with cases that a prior needs.
        level: Level of the credible interval.

    Returns:
        Shrinkage over (..., units). "insufficient" where a unit has no cases or where there are too few units;
        an interval is withheld where no unit has an event, or every case is one.

    Raises:
        ValueError: A numerator lies outside 0..denominator.

    Source:
        Kleinman, J Am Stat Assoc 68:46-54 (1973); Kass and Steffey, J Am Stat Assoc 84:717-726 (1989);
        Morris and Lysy, Stat Sci 27:115-134 (2012) for the flat prior on the variance.
    """
    xs, ns = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if np.any(xs < 0) or np.any(xs > ns):
        raise ValueError("a numerator lies outside 0..denominator")
    total = np.maximum(ns.sum(axis=-1, keepdims=True), 1.0)
    pooled = xs.sum(axis=-1, keepdims=True) / total
    varied = (pooled > 0) & (pooled < 1)
    own = np.divide(xs, ns, out=np.zeros(xs.shape), where=ns > 0)
    typical = total / np.maximum((ns > 0).sum(axis=-1, keepdims=True), 1)

    def node(place: FloatArray) -> _Node:
        strength = typical * np.exp(-place)
        rho = 1 / (1 + strength)
        precision = ns / (1 + (ns - 1) * rho)
        known = np.maximum(precision.sum(axis=-1, keepdims=True), 1e-300)
        p = np.where(varied, (precision * own).sum(axis=-1, keepdims=True) / known, 0.5)
        doubt = p * (1 - p) / known
        a, b = strength * p, strength * (1 - p)
        likelihood = (special.betaln(xs + a, ns - xs + b) - special.betaln(a, b)).sum(
            axis=-1, keepdims=True
        )
        weight = ns / (ns + strength)
        rate = weight * own + (1 - weight) * p
        variance = rate * (1 - rate) / (ns + strength + 1) + (1 - weight) ** 2 * doubt
        density = likelihood + 0.5 * np.log(doubt) + np.log(rho) + np.log1p(-rho)
        return _Node(density, rate, variance, weight, p, rho * p * (1 - p))

    mixed = _integrate(_grid(xs, ns, pooled * (1 - pooled), ns), node, pooled)
    rate = np.where(varied, np.clip(mixed.rate, 0.0, 1.0), pooled)
    mixed = mixed._replace(
        rate=rate,
        variance=np.where(varied, mixed.variance, 0.0),
        weight=np.where(varied, mixed.weight, 0.0),
        centre=np.where(varied, mixed.centre, pooled),
        between=np.where(varied, mixed.between, 0.0),
    )
    spread = np.where(varied, mixed.variance, 1.0)
    size = np.maximum(rate * (1 - rate) / spread - 1, 1e-6)
    a, b = (np.where(varied, part, 0.5) * size for part in (rate, 1 - rate))
    method = "beta-binomial empirical Bayes"
    return _result(mixed, ns, ns, minimum_units, a, b, stats.beta(a, b), method, NO_CASES, level)


def shrink_ratios(
    observed: Any, expected: Any, *, minimum_units: int = MINIMUM_UNITS, level: float = 0.95
) -> Shrinkage:
    """Gamma-Poisson shrinkage of observed-to-expected ratios.

    Given the rate b of the prior gamma, its mean m is the precision-weighted ratio; the posterior mean is
    w O/E + (1-w) m with w = E/(E+b), its variance that of Gamma(O + bm, E + b) plus (1-w)^2 Var(m). Both are
    averaged over the posterior of the variance m/b between units (negative binomial likelihood, flat prior); the
    interval is that of the gamma with the resulting mean and variance.

    Args:
        observed: Events, shape (..., units).
        expected: Events expected from the case mix, shape (..., units).
        minimum_units: Units with an expectation that a prior needs.
        level: Level of the credible interval.

    Returns:
        Shrinkage over (..., units); its n are the events. "insufficient" where nothing was expected or where
        there are too few units; an interval is withheld where no unit has an event.

    Raises:
        ValueError: A negative number.

    Source:
        Clayton and Kaldor, Biometrics 43:671-681 (1987); Morris and Lysy, Stat Sci 27:115-134 (2012).
    """
    seen, es = np.broadcast_arrays(
        np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    )
    if np.any(seen < 0) or np.any(es < 0):
        raise ValueError("observed and expected events cannot be negative")
    counted = np.where(es > 0, seen, 0.0)
    total = np.maximum(es.sum(axis=-1, keepdims=True), 1e-300)
    pooled = counted.sum(axis=-1, keepdims=True) / total
    varied = pooled > 0
    own = np.divide(counted, es, out=np.zeros(es.shape), where=es > 0)
    typical = total / np.maximum((es > 0).sum(axis=-1, keepdims=True), 1)

    def node(place: FloatArray) -> _Node:
        b = typical * np.exp(-place)
        weight = es / (es + b)
        known = np.maximum((weight * b).sum(axis=-1, keepdims=True), 1e-300)
        m = np.where(varied, (weight * b * own).sum(axis=-1, keepdims=True) / known, 1.0)
        doubt = m / known
        likelihood = (
            special.gammaln(counted + b * m)
            - special.gammaln(b * m)
            - b * m * np.log1p(es / b)
            - counted * np.log(es + b)
        ).sum(axis=-1, keepdims=True)
        rate = weight * own + (1 - weight) * m
        variance = rate / (es + b) + (1 - weight) ** 2 * doubt
        density = likelihood + 0.5 * np.log(doubt) + np.log(m / b)
        return _Node(density, rate, variance, weight, m, m / b)

    mixed = _integrate(_grid(counted, es, pooled, counted), node, pooled)
    rate = np.where(varied, mixed.rate, pooled)
    mixed = mixed._replace(
        rate=rate,
        variance=np.where(varied, mixed.variance, 0.0),
        weight=np.where(varied, mixed.weight, 0.0),
        centre=np.where(varied, mixed.centre, pooled),
        between=np.where(varied, mixed.between, 0.0),
    )
    slope = np.where(varied, rate / np.where(varied, mixed.variance, 1.0), 1.0)
    shape = np.where(varied, rate * slope, 1.0)
    method, posterior = "gamma-Poisson empirical Bayes", stats.gamma(shape, scale=1 / slope)
    return _result(
        mixed, es, counted, minimum_units, shape, slope, posterior, method, NOTHING_EXPECTED, level
    )
