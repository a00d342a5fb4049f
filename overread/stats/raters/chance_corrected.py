"""Chance-corrected coefficients of two raters, linearised over the cases, and the limits that cover them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.stats.estimate import FloatArray
from overread.stats.interval import (
    TINY,
    corrected_limits,
    effective_size,
    fisher_z_limits,
    t_quantile,
    wilson_limits,
)
from overread.stats.raters.agreement_weights import Weights

BoolArray = NDArray[np.bool_]
# Thresholds found by bench.coverage; each depends on the margins alone, since a rule that looks at the
# agreement itself would show the interval of the unlucky samples only.
MINIMUM_EXPECTED = 5.0
SMALL_CELLS = "expected cells below 5: no interval covers 95 %"
MINIMUM_MARGIN = 10.0
SMALL_MARGINS = "a category was used fewer than 10 times by a rater: no interval covers 95 %"
MINIMUM_CHANCE = 60.0
FEW_BY_CHANCE = (
    "chance alone would give fewer than 60 (effective) disagreements: no interval covers 95 %"
)
MINIMUM_CASES = {"identity": 20, "linear": 30, "ordinal": 50, "quadratic": 50}


def at_least_one(n: FloatArray) -> FloatArray:
    """Totals as divisors: 1 where there is no case."""
    return np.where(n > 0, n, 1.0)


def _cells(values: FloatArray) -> FloatArray:
    return values[..., None, None]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A chance-corrected coefficient (po - pe) / (1 - pe) over the strata.

    Attributes:
        value: The coefficient.
        gap: 1 - pe, 1 where undefined.
        squares: Mean square of the linearised coefficient over the cases; divided by n, its variance.
        undefined: Where chance agreement is complete.
    """

    value: FloatArray
    gap: FloatArray
    squares: FloatArray
    undefined: BoolArray


Statistic = Callable[[FloatArray, FloatArray], Corrected]


def _corrected(
    p: FloatArray, w: FloatArray, row_chance: FloatArray, column_chance: FloatArray, pe: FloatArray
) -> Corrected:
    """Value and linearisation from each rating's chance agreement, (..., k) per rater, and their mean pe."""
    undefined = 1 - pe <= TINY
    gap = np.where(undefined, 1.0, 1 - pe)
    observed = np.clip((w * p).sum(axis=(-2, -1)), 0, 1)
    value = (observed - pe) / gap
    chance = (row_chance[..., :, None] + column_chance[..., None, :]) / 2
    own = (w - _cells(pe)) / _cells(gap)
    slope = 2 * _cells((1 - value) / gap) * (chance - _cells(pe))
    squares = (p * (own - slope - _cells(value)) ** 2).sum(axis=(-2, -1))
    return Corrected(value, gap, squares, undefined)


def cohen(p: FloatArray, w: FloatArray) -> Corrected:
    """Chance from each rater's own margin."""
    rows, columns = p.sum(axis=-1), p.sum(axis=-2)
    row_chance = columns @ w.T
    return _corrected(p, w, row_chance, rows @ w, (rows * row_chance).sum(axis=-1))


def scott(p: FloatArray, w: FloatArray) -> Corrected:
    """Chance from the mean of both margins."""
    share = (p.sum(axis=-1) + p.sum(axis=-2)) / 2
    chance = share @ w.T
    return _corrected(p, w, chance, chance, (share * chance).sum(axis=-1))


def gwet(p: FloatArray, w: FloatArray) -> Corrected:
    """Chance from the mean of both margins, for the cases that are hard to rate only."""
    k = p.shape[-1]
    share = (p.sum(axis=-1) + p.sum(axis=-2)) / 2
    # a scale of one category leaves nothing to disagree on
    chance: FloatArray = w.sum() / (k * (k - 1)) * (1 - share) if k > 1 else np.ones(share.shape)
    return _corrected(p, w, chance, chance, (share * chance).sum(axis=-1))


def _chance_table(p: FloatArray) -> FloatArray:
    """Cell shares if the two raters answered independently."""
    rows, columns = np.asarray(p.sum(axis=-1)), np.asarray(p.sum(axis=-2))
    shares: FloatArray = rows[..., :, None] * columns[..., None, :]
    return shares


def covering_limits(
    p: FloatArray, n: FloatArray, w: FloatArray, statistic: Statistic, convex: bool, level: float
) -> tuple[FloatArray, FloatArray]:
    """Covering limits of a chance-corrected coefficient.

    Identity and linear weights: Wilson's limits of the observed agreement at its effective size.
    Convex weights: Fisher's z of the table with one more case, spread over the cells as chance would, because
    the rare gross disagreements that rule the variance are often absent from a sample.
    """
    part = statistic(p, w)
    if not convex:
        variance = part.squares / np.maximum(n - 1, 1)
        return corrected_limits(part.value, part.gap, variance, n, level)
    more = at_least_one(n) + 1
    wider = statistic((p * _cells(n) + _chance_table(p)) / _cells(more), w)
    se = np.sqrt(wider.squares / np.maximum(more - 1, 1))
    low, high = fisher_z_limits(wider.value, se, t_quantile(level, n))
    return np.minimum(low, part.value), np.maximum(high, part.value)


def agreement_limits(
    p: FloatArray, n: FloatArray, w: FloatArray, convex: bool, level: float
) -> tuple[FloatArray, FloatArray]:
    """Wilson's limits of weighted agreement on its effective size; convex weights with one more case."""
    po = np.clip((w * p).sum(axis=(-2, -1)), 0, 1)
    size, shares, middle = at_least_one(n), p, po
    if convex:
        size = size + 1
        shares = (p * _cells(n) + _chance_table(p)) / _cells(size)
        middle = np.clip((w * shares).sum(axis=(-2, -1)), 0, 1)
    spread = np.maximum((w**2 * shares).sum(axis=(-2, -1)) - middle**2, 0)
    effective = effective_size(middle, spread / np.maximum(size - 1, 1), size)
    low, high = wilson_limits(middle, effective, t_quantile(level, n))
    return np.minimum(low, po), np.maximum(high, po)


def margin_rules(
    p: FloatArray, n: FloatArray, w: FloatArray, convex: bool
) -> list[tuple[Any, str]]:
    """When the margins carry too little for an interval of a coefficient with estimated chance agreement."""
    rows, columns = p.sum(axis=-1), p.sum(axis=-2)
    used = (rows > 0) | (columns > 0)
    rarer = np.where(used, np.minimum(rows, columns), 1.0).min(axis=-1)
    two = used.sum(axis=-1) <= 2
    cell = np.where(used, rows, 1.0).min(axis=-1) * np.where(used, columns, 1.0).min(axis=-1)
    rules = [(two & (n * cell < MINIMUM_EXPECTED), SMALL_CELLS)]
    if not convex:
        return [*rules, (~two & (n * rarer < MINIMUM_MARGIN), SMALL_MARGINS)]
    away = (1 - w) * _chance_table(p)
    squared = ((1 - w) * away).sum(axis=(-2, -1))
    kish = n * away.sum(axis=(-2, -1)) ** 2 / np.where(squared > 0, squared, 1.0)
    return [*rules, (~two & (kish < MINIMUM_CHANCE), FEW_BY_CHANCE)]


def few_cases(n: FloatArray, weights: Weights | None) -> list[tuple[Any, str]]:
    """When there are too few cases for an interval, whatever the margins."""
    least = MINIMUM_CASES[weights or "identity"]
    return [(n < least, f"fewer than {least} cases: no interval covers 95 %")]
