"""Agreement of many raters with missing ratings, from item counts: how many raters chose each category."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from overread.stats.estimate import Estimate, FloatArray
from overread.stats.interval import TINY, Interval, check_interval
from overread.stats.raters.agreement_weights import CONVEX, Weights, agreement_weights
from overread.stats.raters.chance_corrected import few_cases
from overread.stats.raters.over_items import few_items, few_ratings, often_of, over, over_items

Level = Literal["nominal", "ordinal", "interval"]
NO_PAIRS = "no item has two ratings"
NO_VARIATION = "the pairable ratings use one category only"
MINIMUM_ITEMS = {"nominal": 20, "ordinal": 100, "interval": 100}
MINIMUM_ITEMS_CONVEX = 100


def item_counts(ratings: Any, categories: int) -> FloatArray:
    """Count the ratings of each item.

    Args:
        ratings: Category numbers 0..categories-1, None or NaN = missing, shape (..., items, raters).
        categories: Number of categories of the declared scale.

    Returns:
        Counts of shape (..., items, categories).

    Raises:
        ValueError: A rating lies outside the declared scale.
    """
    values = np.asarray(ratings, dtype=np.float64)
    outside = (values < 0) | (values > categories - 1) | (values != np.floor(values))
    if np.any(outside & np.isfinite(values)):
        raise ValueError(f"a rating lies outside the declared scale 0..{categories - 1}")
    # a product is many times faster than a sum over the short axis of the raters
    each = np.ones(values.shape[-1])
    counts: FloatArray = np.stack(
        [(values == category).astype(np.float64) @ each for category in range(categories)], axis=-1
    )
    return counts


def _pairs(counts: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Raters per item, mask of items with a pair, and weighted agreement of each item."""
    r = counts.sum(axis=-1)
    paired = r >= 2
    agreeing = (counts * (counts @ w.T - 1)).sum(axis=-1)
    ordered = np.where(paired, r * (r - 1), 1.0)
    return r, paired, np.where(paired, agreeing / ordered, 0.0)


def _weighed(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Sum over the categories, each with its weight: (..., items, k) and (..., k) -> (..., items)."""
    return np.asarray((values @ weight[..., :, None])[..., 0])


def fleiss_kappa(
    counts: Any,
    level: float = 0.95,
    interval: Interval = "covering",
    frequency: Any = 1,
) -> Estimate:
    """Fleiss' kappa; items with fewer than two ratings do not enter.

    Args:
        counts: Item counts, shape (..., items, categories).
        level: Confidence level.
        interval: "covering": Wilson on the effective size; "published": Gwet's t interval over items.
        frequency: Items that have these counts, shape (..., items); equal items need not be written out, and
            counts that all strata share need no axis of strata.

    Returns:
        Estimate of shape (...) with the standard error over items; the covering interval is withheld below
        20 items or where a category in use holds fewer than 40 ratings.

    Source:
        Fleiss, Psychol Bull 76:378-382 (1971); variance: Gwet 2014, section 5.3.
    """
    check_interval(interval)
    table = np.asarray(counts, dtype=np.float64)
    often = often_of(frequency, table)
    r, paired, item = _pairs(table, np.eye(table.shape[-1]))
    n = (paired * often).sum(axis=-1)
    n1 = np.where(n > 0, n, 1.0)
    po = (item * often).sum(axis=-1) / n1
    usable = table * paired[..., None]
    totals = over(often, usable)
    everything = np.where(n > 0, totals.sum(axis=-1), 1.0)
    share = totals / everything[..., None]
    pe = (share**2).sum(axis=-1)
    flat = 1 - pe <= TINY
    gap = np.where(flat, 1.0, 1 - pe)
    kappa = (po - pe) / gap
    # an item's pull on the shares, and by them on chance agreement
    pull = _weighed(usable, share) - np.where(paired, r, 0.0) * pe[..., None]
    chance = 2 * pull * (n1 / everything)[..., None]
    linear = (
        np.where(paired, item - po[..., None] - (1 - kappa)[..., None] * chance, 0.0)
        / gap[..., None]
    )
    return over_items(
        kappa,
        gap,
        linear,
        often,
        n,
        level,
        interval,
        cases=n,
        name="Fleiss kappa",
        insufficient=[(n == 0, NO_PAIRS), (flat, NO_VARIATION)],
        rules=[*few_cases(n, "identity"), *few_ratings(totals)],
    )


def gwet_ac_multi(
    counts: Any,
    weights: Weights = "identity",
    level: float = 0.95,
    interval: Interval = "covering",
    frequency: Any = 1,
) -> Estimate:
    """Gwet's AC1/AC2 for many raters; unpaired ratings count for prevalence, not for agreement.

    Args:
        counts: Item counts, shape (..., items, categories).
        weights: Agreement weights over the declared scale.
        level: Confidence level.
        interval: "covering": Wilson on the effective size; "published": Gwet's t interval over items.
        frequency: Items that have these counts, shape (..., items); equal items need not be written out, and
            counts that all strata share need no axis of strata.

    Returns:
        Estimate of shape (...) with the standard error over items; the covering interval is withheld below
        20 items (linear weights 30, convex ones 100).

    Source:
        Gwet, Handbook of Inter-Rater Reliability, 4th ed. (2014), sections 2.5 and 5.3.
    """
    check_interval(interval)
    table = np.asarray(counts, dtype=np.float64)
    k = table.shape[-1]
    w = agreement_weights(k, weights)
    r, paired, item = _pairs(table, w)
    rated = r > 0
    often = often_of(frequency, table)
    n, pairs = (rated * often).sum(axis=-1), (paired * often).sum(axis=-1)
    n1, pairs1 = np.where(n > 0, n, 1.0), np.where(pairs > 0, pairs, 1.0)
    share = table / np.where(rated, r, 1.0)[..., None]
    pi = over(often, share) / n1[..., None]
    scale = w.sum() / (k * (k - 1)) if k > 1 else 1.0
    po = (item * often).sum(axis=-1) / pairs1
    pe = scale * (pi * (1 - pi)).sum(axis=-1)
    flat = 1 - pe <= TINY
    gap = np.where(flat, 1.0, 1 - pe)
    ac = (po - pe) / gap
    subject = np.where(
        paired, (n1 / pairs1)[..., None] * (item - pe[..., None]) / gap[..., None], 0.0
    )
    chance = scale * _weighed(share, 1 - pi)
    linear = subject - 2 * (1 - ac)[..., None] * (chance - pe[..., None]) / gap[..., None]
    return over_items(
        ac,
        gap,
        np.where(rated, linear - ac[..., None], 0.0),
        often,
        n,
        level,
        interval,
        cases=pairs,
        name="AC1, many raters" if weights == "identity" else f"AC2 {weights}, many raters",
        insufficient=[(pairs == 0, NO_PAIRS), (flat, NO_VARIATION)],
        rules=few_items(pairs, MINIMUM_ITEMS_CONVEX)
        if weights in CONVEX
        else few_cases(pairs, weights),
    )


def _distances(level: Level, totals: FloatArray) -> FloatArray:
    """Squared distances between grades, shape (..., k, k).

    Raises:
        ValueError: Unknown level.
    """
    k = totals.shape[-1]
    if level == "nominal":
        return np.asarray(np.broadcast_to(1 - np.eye(k), (*totals.shape, k)))
    if level == "interval":
        code = np.arange(k)
        apart = np.subtract.outer(code, code) ** 2.0
        return np.asarray(np.broadcast_to(apart, (*totals.shape, k)))
    if level == "ordinal":
        rank = _middle_ranks(totals)
        return np.asarray((rank[..., :, None] - rank[..., None, :]) ** 2)
    raise ValueError(f"level is nominal, ordinal or interval, not {level!r}")


def _middle_ranks(totals: FloatArray) -> FloatArray:
    """Middle rank of each grade: the ratings below it and half of its own."""
    return np.asarray(np.cumsum(totals, axis=-1) - totals / 2)


def _through_ranks(pairs: FloatArray, rank: FloatArray) -> FloatArray:
    """Slope of sum(pairs x (difference of ranks)^2) in the totals of the grades, shape (..., k)."""
    by_rank = 4 * (pairs * (rank[..., :, None] - rank[..., None, :])).sum(axis=-1)
    later = np.flip(np.cumsum(np.flip(by_rank, axis=-1), axis=-1), axis=-1)
    return np.asarray(later - by_rank / 2)


def krippendorff_alpha(
    counts: Any,
    level: Level = "nominal",
    confidence: float = 0.95,
    interval: Interval = "covering",
    frequency: Any = 1,
) -> Estimate:
    """Krippendorff's alpha; only items with two ratings or more are pairable.

    Args:
        counts: Item counts, shape (..., items, categories).
        level: Scale of measurement.
        confidence: Confidence level.
        interval: "covering": Wilson on the effective size; "published": t interval. Both rest on the
            linearised variance over items (Krippendorff himself resamples).
        frequency: Items that have these counts, shape (..., items); equal items need not be written out, and
            counts that all strata share need no axis of strata.

    Returns:
        Estimate of shape (...); n counts pairable items. The covering interval is withheld below 20 items
        (ordinal and interval scale 100) or where a category in use holds fewer than 40 ratings.

    Raises:
        ValueError: Unknown level.

    Source:
        Krippendorff, Content Analysis, 3rd ed. (2013), section 12.2; variance by linearisation as in Gwet
        2014, section 5.3, here with the ranks of the ordinal scale estimated too.
    """
    check_interval(interval)
    table = np.asarray(counts, dtype=np.float64)
    k = table.shape[-1]
    r = table.sum(axis=-1)
    paired = r >= 2
    usable = np.where(paired[..., None], table, 0.0)
    often = often_of(frequency, table)
    per = np.where(paired, r - 1, 1.0)[..., None]
    each = usable / per
    # the pairs of ratings that each item brings, by their two categories
    brought = each[..., :, None] * usable[..., None, :] - each[..., None] * np.eye(k)
    coincidence = over(often, brought.reshape(*r.shape, k * k))
    coincidence = coincidence.reshape(*coincidence.shape[:-1], k, k)
    totals = over(often, usable)
    total = totals.sum(axis=-1)
    distance = _distances(level, totals)
    observed = (coincidence * distance).sum(axis=(-2, -1))
    chance_pairs = totals[..., :, None] * totals[..., None, :]
    expected = (chance_pairs * distance).sum(axis=(-2, -1))
    flat = expected <= 0
    base = np.where(flat, 1.0, expected)
    alpha = 1 - (total - 1) * observed / base
    # slopes of observed and expected disagreement in each item
    in_totals = 2 * (distance * totals[..., None, :]).sum(axis=-1)
    in_observed = np.zeros_like(in_totals)
    if level == "ordinal":
        rank = _middle_ranks(totals)
        in_totals = in_totals + _through_ranks(chance_pairs, rank)
        in_observed = _through_ranks(coincidence, rank)
    own = ((usable @ distance) * usable).sum(axis=-1) / per[..., 0]
    d_observed = own + _weighed(usable, in_observed)
    d_expected = _weighed(usable, in_totals)
    ratio = (observed / base)[..., None]
    slope = -(
        np.where(paired, r, 0.0) * ratio
        + ((total - 1) / base)[..., None] * (d_observed - ratio * d_expected)
    )
    n = (paired * often).sum(axis=-1)
    n1 = np.where(n > 0, n, 1.0)
    centre = ((slope * often).sum(axis=-1) / n1)[..., None]
    linear = np.where(paired, slope - centre, 0.0) * n1[..., None]
    widest = distance.max(axis=(-2, -1))
    gap = expected / np.where(flat, 1.0, widest * np.where(total > 1, total * (total - 1), 1.0))
    return over_items(
        alpha,
        np.where(flat, 1.0, gap),
        linear,
        often,
        n,
        confidence,
        interval,
        cases=n,
        name=f"Krippendorff alpha, {level}",
        insufficient=[(total == 0, NO_PAIRS), (flat, NO_VARIATION)],
        rules=[*few_items(n, MINIMUM_ITEMS[level]), *few_ratings(totals)],
    )
