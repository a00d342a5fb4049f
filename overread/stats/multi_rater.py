"""Agreement of many raters with missing ratings, from item counts: how many raters chose each category."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from overread.stats.agreement_weights import Weights, agreement_weights
from overread.stats.estimate import Estimate, FloatArray, make_estimate

Level = Literal["nominal", "ordinal", "interval"]
NO_PAIRS = "no item has two ratings"
NO_VARIATION = "the pairable ratings use one category only"


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
    seen = np.isfinite(values)
    if np.any(seen & ~np.isin(values, np.arange(categories))):
        raise ValueError(f"a rating lies outside the declared scale 0..{categories - 1}")
    counts: FloatArray = (values[..., None] == np.arange(categories)).sum(axis=-2, dtype=np.float64)
    return counts


def _pairs(counts: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Raters per item, mask of items with a pair, and weighted agreement of each item."""
    r = counts.sum(axis=-1)
    paired = r >= 2
    agreeing = (counts * (counts @ w.T - 1)).sum(axis=-1)
    ordered = np.where(paired, r * (r - 1), 1.0)
    return r, paired, np.where(paired, agreeing / ordered, 0.0)


def fleiss_kappa(counts: Any) -> Estimate:
    """Fleiss' kappa; items with fewer than two ratings do not enter.

    Args:
        counts: Item counts, shape (..., items, categories).

    Returns:
        Estimate of shape (...), without interval.

    Source:
        Fleiss, Psychol Bull 76:378-382 (1971).
    """
    table = np.asarray(counts, dtype=np.float64)
    _, paired, item = _pairs(table, np.eye(table.shape[-1]))
    n = paired.sum(axis=-1).astype(np.float64)
    po = item.sum(axis=-1) / np.where(n > 0, n, 1.0)
    totals = (table * paired[..., None]).sum(axis=-2)
    everything = totals.sum(axis=-1)
    share = totals / np.where(everything > 0, everything, 1.0)[..., None]
    pe = (share**2).sum(axis=-1)
    gap = np.where(1 - pe > 1e-12, 1 - pe, 1.0)
    return make_estimate(
        (po - pe) / gap,
        n=n,
        method="Fleiss kappa",
        insufficient=[(n == 0, NO_PAIRS), (1 - pe <= 1e-12, NO_VARIATION)],
    )


def gwet_ac_multi(counts: Any, weights: Weights = "identity") -> Estimate:
    """Gwet's AC1/AC2 for many raters; unpaired ratings count for prevalence, not for agreement.

    Args:
        counts: Item counts, shape (..., items, categories).
        weights: Agreement weights over the declared scale.

    Returns:
        Estimate of shape (...) with the standard error over items.

    Source:
        Gwet, Handbook of Inter-Rater Reliability, 4th ed. (2014), sections 2.5 and 5.3.
    """
    table = np.asarray(counts, dtype=np.float64)
    k = table.shape[-1]
    w = agreement_weights(k, weights)
    r, paired, item = _pairs(table, w)
    rated = r > 0
    n, pairs = rated.sum(axis=-1).astype(np.float64), paired.sum(axis=-1).astype(np.float64)
    n1, pairs1 = np.where(n > 0, n, 1.0), np.where(pairs > 0, pairs, 1.0)
    share = table / np.where(rated, r, 1.0)[..., None]
    pi = share.sum(axis=-2) / n1[..., None]
    scale = w.sum() / (k * (k - 1))
    po = item.sum(axis=-1) / pairs1
    pe = scale * (pi * (1 - pi)).sum(axis=-1)
    gap = np.where(1 - pe > 1e-12, 1 - pe, 1.0)
    ac = (po - pe) / gap
    subject = np.where(
        paired, (n1 / pairs1)[..., None] * (item - pe[..., None]) / gap[..., None], 0.0
    )
    chance = scale * (share * (1 - pi)[..., None, :]).sum(axis=-1)
    linear = subject - 2 * (1 - ac)[..., None] * (chance - pe[..., None]) / gap[..., None]
    squares = np.where(rated, (linear - ac[..., None]) ** 2, 0.0).sum(axis=-1)
    se = np.sqrt(squares / (n1 * np.where(n > 1, n - 1, 1.0)))
    return make_estimate(
        ac,
        n=pairs,
        se=se,
        method="AC1, many raters" if weights == "identity" else f"AC2 {weights}, many raters",
        insufficient=[(pairs == 0, NO_PAIRS), (1 - pe <= 1e-12, NO_VARIATION)],
        withheld=[(n < 2, "one item: no variance")],
    )


def krippendorff_alpha(counts: Any, level: Level = "nominal") -> Estimate:
    """Krippendorff's alpha; only items with two ratings or more are pairable.

    Args:
        counts: Item counts, shape (..., items, categories).
        level: Scale of measurement.

    Returns:
        Estimate of shape (...), without interval; n counts pairable items.

    Raises:
        ValueError: Unknown level.

    Source:
        Krippendorff, Content Analysis, 3rd ed. (2013), section 12.2.
    """
    table = np.asarray(counts, dtype=np.float64)
    k = table.shape[-1]
    r = table.sum(axis=-1)
    paired = r >= 2
    usable = np.where(paired[..., None], table, 0.0)
    per = np.where(paired, r - 1, 1.0)[..., None]
    diagonal = (usable / per).sum(axis=-2)
    coincidence = np.swapaxes(usable / per, -1, -2) @ usable - diagonal[..., None] * np.eye(k)
    totals = usable.sum(axis=-2)
    total = totals.sum(axis=-1)
    code = np.arange(k)
    if level == "nominal":
        distance = np.broadcast_to(1 - np.eye(k), coincidence.shape)
    elif level == "interval":
        distance = np.broadcast_to(np.subtract.outer(code, code) ** 2.0, coincidence.shape)
    elif level == "ordinal":
        # ratings between two grades, half of each end: the middle ranks of the grades
        rank = np.cumsum(totals, axis=-1) - totals / 2
        distance = (rank[..., :, None] - rank[..., None, :]) ** 2
    else:
        raise ValueError(f"level is nominal, ordinal or interval, not {level!r}")
    observed = (coincidence * distance).sum(axis=(-2, -1))
    expected = (totals[..., :, None] * totals[..., None, :] * distance).sum(axis=(-2, -1))
    flat = expected <= 0
    alpha = 1 - (total - 1) * observed / np.where(flat, 1.0, expected)
    return make_estimate(
        alpha,
        n=paired.sum(axis=-1),
        method=f"Krippendorff alpha, {level}",
        insufficient=[(total == 0, NO_PAIRS), (flat, NO_VARIATION)],
    )
