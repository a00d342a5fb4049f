"""How many cases a wanted width of kappa's interval needs, and what width a given number gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import Interval
from overread.stats.raters.agreement import cohen_kappa
from overread.stats.raters.agreement_weights import Weights
from overread.stats.sample_sizes.sample_size import NO_SAMPLE, wanted_width

# 2^40 cases: a width that even these do not give is not to be had.
MOST = 2.0**40
NOT_REACHED = "no number of cases gives an interval of this width"


def expected_agreement(kappa: Any, prevalence_a: Any, prevalence_b: Any) -> FloatArray:
    """Shares of the 2 x 2 table of two raters with a given kappa and prevalences.

    Args:
        kappa: Kappa, shape S.
        prevalence_a: Share that the first rater calls positive, shape S.
        prevalence_b: Share that the second rater calls positive, shape S.

    Returns:
        Shares, shape S + (2, 2), rater A in rows, positive first.

    Raises:
        ValueError: No table has this kappa with these prevalences.
    """
    k, a, b = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (kappa, prevalence_a, prevalence_b))
    )
    chance = a * b + (1 - a) * (1 - b)
    agreed = chance + k * (1 - chance)
    both = (agreed + a + b - 1) / 2
    table = np.stack(
        [np.stack([both, a - both], axis=-1), np.stack([b - both, 1 - a - b + both], axis=-1)],
        axis=-2,
    )
    if np.any(table < -1e-12):
        raise ValueError("no table of two raters has this kappa with these prevalences")
    return np.asarray(np.clip(table, 0.0, 1.0), dtype=np.float64)


def _widths(
    shares: FloatArray, n: FloatArray, weights: Weights | None, level: float, interval: Interval
) -> tuple[FloatArray, Estimate]:
    """Widths as they would be shown, NaN where withheld, and the estimates that they come from."""
    estimate = cohen_kappa(shares * n[..., None, None], weights, level, interval)
    return estimate.high - estimate.low, estimate


def kappa_width(
    shares: Any,
    n: Any,
    *,
    weights: Weights | None = None,
    level: float = 0.95,
    interval: Interval = "covering",
) -> Estimate:
    """Width of the interval of Cohen's kappa that `cohen_kappa` would show.

    Args:
        shares: Expected shares of the table, adding up to 1, shape (..., k, k); see `expected_agreement`.
        n: Cases, shape (...).
        weights: As in `cohen_kappa`.
        level: Confidence level.
        interval: As in `cohen_kappa`.

    Returns:
        Estimate of shape (...) whose value is the width; "insufficient" without cases, where kappa is undefined,
        or where the interval would be withheld.

    Source:
        Fleiss, Cohen and Everitt, Psychol Bull 72:323-327 (1969).
    """
    cases = np.asarray(n, dtype=np.float64)
    width, shown = _widths(np.asarray(shares, dtype=np.float64), cases, weights, level, interval)
    reasons = dict.fromkeys(str(why) for why in shown.reason.ravel() if why)
    return make_estimate(
        width,
        n=np.broadcast_to(cases, width.shape),
        method=f"width, {shown.method}",
        insufficient=[
            (cases <= 0, NO_SAMPLE),
            *(((shown.reason == why) & np.isnan(width), why) for why in reasons),
        ],
    )


def kappa_sample_size(
    shares: Any,
    width: Any,
    *,
    weights: Weights | None = None,
    level: float = 0.95,
    interval: Interval = "covering",
) -> Estimate:
    """Smallest number of cases whose interval of Cohen's kappa would be shown and is at most this wide.

    Found by halving between a number that is not enough and one that is.

    Args:
        shares: Expected shares of the table, adding up to 1, shape (..., k, k); see `expected_agreement`.
        width: Wanted whole width, shape (...).
        weights: As in `cohen_kappa`.
        level: Confidence level.
        interval: As in `cohen_kappa`.

    Returns:
        Estimate of shape (...) whose value and n are the cases needed; "insufficient" where kappa is undefined
        or has no variance, so that no interval is ever shown.

    Raises:
        ValueError: A width not above 0.

    Source:
        Fleiss, Cohen and Everitt, Psychol Bull 72:323-327 (1969); Cantor, Psychol Methods 1:150-153 (1996).
    """
    table, wanted = np.asarray(shares, dtype=np.float64), wanted_width(width)
    shape = np.broadcast_shapes(table.shape[:-2], wanted.shape)
    table = np.broadcast_to(table, (*shape, *table.shape[-2:]))
    few, enough = np.zeros(shape), np.full(shape, MOST)
    last, shown = _widths(table, enough, weights, level, interval)
    reached = last <= wanted
    while np.any(enough - few > 1):
        middle = np.maximum(np.floor((few + enough) / 2), 1.0)
        fits = _widths(table, middle, weights, level, interval)[0] <= wanted
        few, enough = np.where(fits, few, middle), np.where(fits, middle, enough)
    return make_estimate(
        enough,
        n=enough,
        method=f"sample size, {shown.method}",
        insufficient=[(~reached, NOT_REACHED)],
    )
