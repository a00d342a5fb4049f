"""Truth and error rates from raters alone: the Dawid-Skene latent class model, by EM."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from overread.stats.estimate import OK, Estimate, FloatArray, TextArray, make_estimate
from overread.stats.interval import effective_size, normal_quantile, wilson_limits
from overread.stats.raters.latent_information import variances
from overread.stats.strata import with_strata

NO_RATINGS: Final = "no ratings"
ONE_RATER: Final = "a single rater: nothing to hold him against"
TOO_FEW_RATINGS: Final = "no item has three ratings: not identifiable"
ONE_CATEGORY: Final = "the ratings use one category only"
NOT_CONVERGED: Final = "the EM did not converge"
NOT_APART: Final = "two classes are rated alike: their labels are not identifiable"
NEVER_TRUE: Final = "no item of this class, or none that this rater rated"
# expected ratings below which a row of a confusion matrix is empty
ALMOST_NONE: Final = 1e-6
# log of a probability of 0 that stays a number when it is multiplied by 0
_LOG_ZERO: Final = -1e6


@dataclass(frozen=True, slots=True)
class LatentTruth:
    """What the raters' agreement tells of truth and raters.

    Attributes:
        prevalence: Share of the items in each class, shape (*S, k).
        confusion: Probability that a rater answers l where the class is j, shape (*S, raters, k, k), rows j.
            The diagonal of two classes holds specificity and sensitivity.
        posterior: Probability of each class per item, shape (*S, items, k); the prevalence for an item without
            ratings, 0 throughout where `status` is not "ok".
        log_likelihood: Log-likelihood at the last step, shape S.
        iterations: Steps of the EM, shape S.
        relabelled: The EM had ended with classes the wrong way round; they were named anew, shape S.
        status: "ok" or "insufficient", shape S.
        reason: Why there is no result, else "".
    """

    prevalence: Estimate
    confusion: Estimate
    posterior: FloatArray
    log_likelihood: FloatArray
    iterations: NDArray[np.int64]
    relabelled: NDArray[np.bool_]
    status: TextArray
    reason: TextArray


class _Fit(NamedTuple):
    """State of the EM; `expected` holds the ratings behind the confusion matrices, (S, raters, k, k)."""

    posterior: FloatArray
    prevalence: FloatArray
    expected: FloatArray
    log_likelihood: FloatArray
    iterations: NDArray[np.int64]
    converged: NDArray[np.bool_]


def rating_counts(ratings: Any, categories: int) -> FloatArray:
    """Turn one rating per item and rater into counts.

    Args:
        ratings: Category numbers 0..categories-1, NaN = missing, shape (..., items, raters).
        categories: Number of categories of the declared scale.

    Returns:
        Counts, shape (..., items, raters, categories).

    Raises:
        ValueError: A rating lies outside the declared scale.
    """
    values = np.asarray(ratings, dtype=np.float64)
    if np.any(np.isfinite(values) & ~np.isin(values, np.arange(categories))):
        raise ValueError(f"a rating lies outside the declared scale 0..{categories - 1}")
    counts: FloatArray = (values[..., None] == np.arange(categories)).astype(np.float64)
    return counts


def _shares(part: FloatArray) -> FloatArray:
    """Divide by the sum over the last axis; 0 where it is 0."""
    total = part.sum(axis=-1, keepdims=True)
    shares: FloatArray = np.divide(part, total, out=np.zeros(part.shape), where=total > 0)
    return shares


def _log(p: FloatArray) -> FloatArray:
    logs: FloatArray = np.log(p, out=np.full(p.shape, _LOG_ZERO), where=p > 0)
    return logs


def _maximise(
    counts: FloatArray, weights: FloatArray, posterior: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Prevalence and expected confusion counts given the classes of the items."""
    s, items, raters, k = counts.shape
    weighted = posterior * weights[..., None]
    expected = np.swapaxes(weighted, -1, -2) @ counts.reshape(s, items, raters * k)
    return _shares(weighted.sum(axis=-2)), np.moveaxis(expected.reshape(s, k, raters, k), 1, 2)


def _expect(
    counts: FloatArray, weights: FloatArray, prevalence: FloatArray, expected: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Posterior of the classes and log-likelihood given prevalence and confusion."""
    s, items, raters, k = counts.shape
    logs = np.moveaxis(_log(_shares(expected)), 2, 1).reshape(s, k, raters * k)
    joint = counts.reshape(s, items, raters * k) @ np.swapaxes(logs, -1, -2)
    joint += _log(prevalence)[:, None, :]
    top = joint.max(axis=-1, keepdims=True)
    likelihood = np.exp(joint - top)
    total = likelihood.sum(axis=-1, keepdims=True)
    return likelihood / total, (weights * (np.log(total) + top)[..., 0]).sum(axis=-1)


def _em(
    counts: FloatArray,
    weights: FloatArray,
    start: FloatArray,
    tolerance: float,
    max_iterations: int,
) -> _Fit:
    """Run every stratum to its own end: a stratum gives the same result alone and among others."""
    posterior = start.copy()
    prevalence, expected = _maximise(counts, weights, posterior)
    strata = counts.shape[0]
    fit = _Fit(
        posterior,
        prevalence,
        expected,
        np.zeros(strata),
        np.zeros(strata, dtype=np.int64),
        np.zeros(strata, dtype=bool),
    )
    running = np.arange(strata)
    for step in range(1, max_iterations + 1):
        if not running.size:
            break
        here, mass = counts[running], weights[running]
        fresh, fit.log_likelihood[running] = _expect(
            here, mass, fit.prevalence[running], fit.expected[running]
        )
        prevalence, expected = _maximise(here, mass, fresh)
        moved = np.max(
            [
                np.abs(prevalence - fit.prevalence[running]).max(axis=-1),
                np.abs(_shares(expected) - _shares(fit.expected[running])).max(axis=(-3, -2, -1)),
            ],
            axis=0,
        )
        fit.posterior[running], fit.prevalence[running] = fresh, prevalence
        fit.expected[running], fit.iterations[running] = expected, step
        fit.converged[running] = moved <= tolerance
        running = running[moved > tolerance]
    return fit


def _named(expected: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Order of the classes in which raters name them best, and where two of them stay undecided.

    The likelihood does not care what a class is called. Raters are taken to be better than chance on average:
    two classes change names where that makes more of the pooled ratings right (for two classes: where
    sensitivity + specificity < 1).
    """
    pooled = _shares(expected.sum(axis=1))
    strata, k, _ = pooled.shape
    order = np.tile(np.arange(k), (strata, 1))
    rows = np.arange(strata)

    def gain(j: int, m: int) -> FloatArray:
        """What the pooled diagonal gains when classes j and m change names."""
        first, second = pooled[rows, order[:, j]], pooled[rows, order[:, m]]
        return first[:, m] + second[:, j] - first[:, j] - second[:, m]

    pairs = [(j, m) for j in range(k) for m in range(j + 1, k)]
    for _ in range(k):
        for j, m in pairs:
            swap = gain(j, m) > 0
            order[swap, j], order[swap, m] = order[swap, m], order[swap, j]
    inhabited = expected.sum(axis=(1, 3)) > 0
    undecided = np.zeros(strata, dtype=bool)
    for j, m in pairs:
        both = inhabited[rows, order[:, j]] & inhabited[rows, order[:, m]]
        undecided |= both & (gain(j, m) > -1e-6)
    return order, undecided


def dawid_skene(
    counts: Any,
    weights: Any = 1.0,
    *,
    tolerance: float = 1e-7,
    max_iterations: int = 2000,
    level: float = 0.95,
) -> LatentTruth:
    """Estimate class prevalence, each rater's confusion matrix and each item's class, without a reference.

    Raters are taken to err independently given the class. The EM starts from each item's shares of votes, as
    the paper does, so the same ratings always give the same result.

    Args:
        counts: How often each rater gave an item each category (0 = not rated), shape (*S, items, raters, k).
        weights: How many items show these ratings (equal patterns may be merged), shape (*S, items) or scalar.
        tolerance: The EM has converged where no probability moves by more.
        max_iterations: Steps after which a stratum counts as not converged.
        level: Confidence level.

    Returns:
        The latent truth. Standard errors come from the observed information; intervals are Wilson's on the
        effective size that they tell, at most the expected items (confusion: ratings) behind the share.
        "insufficient" where there are no ratings, one rater, no item with three ratings, one category, no
        convergence, or two classes that go by the same names; a confusion row where its class never occurs.

    Raises:
        ValueError: Negative counts or weights, or fewer than two categories.

    Source:
        Dawid and Skene, J R Stat Soc C 28:20-28 (1979); variance: Louis, J R Stat Soc B 44:226-233 (1982).
    """
    table = np.asarray(counts, dtype=np.float64)
    leading, (items, raters, k) = table.shape[:-3], table.shape[-3:]
    mass = np.broadcast_to(np.asarray(weights, dtype=np.float64), table.shape[:-2])
    if k < 2 or np.any(table < 0) or np.any(mass < 0):
        raise ValueError("counts are never negative, and a scale has two categories or more")
    strata = prod(leading)
    n = table.reshape(strata, items, raters, k)
    w = mass.reshape(strata, items) * (n.sum(axis=(-2, -1)) > 0)
    fit = _em(n, w, _shares(n.sum(axis=-2)), tolerance, max_iterations)
    order, undecided = _named(fit.expected)
    by_class = order[:, None, :]
    posterior = np.take_along_axis(fit.posterior, by_class, axis=-1)
    prevalence = np.take_along_axis(fit.prevalence, order, axis=-1)
    expected = np.take_along_axis(fit.expected, order[:, None, :, None], axis=-2)
    confusion = _shares(expected)

    rated = (n * w[..., None, None]).sum(axis=1)
    reasons = [
        (rated.sum(axis=(-2, -1)) <= 0, NO_RATINGS),
        ((rated.sum(axis=-1) > 0).sum(axis=-1) < 2, ONE_RATER),
        ((rated.sum(axis=-2) > 0).sum(axis=-1) < 2, ONE_CATEGORY),
        (~((n.sum(axis=(-2, -1)) >= 3) & (w > 0)).any(axis=-1), TOO_FEW_RATINGS),
        (~fit.converged, NOT_CONVERGED),
        (undecided, NOT_APART),
    ]
    total = w.sum(axis=-1)
    overall = make_estimate(np.zeros(total.shape), n=total, method="", insufficient=reasons)
    fine = overall.status == OK
    known = np.where(w[..., None] > 0, posterior, prevalence[:, None, :])
    # The information is taken half a rating inside the bounds: a rater who made no error yet is not known to
    # make none.
    class_counts = _maximise(n, w, posterior)[0] * w.sum(axis=-1, keepdims=True)
    inner_prevalence, inner_expected = _shares(class_counts + 0.5), expected + 0.5
    inner = _expect(n, w, inner_prevalence, inner_expected)[0]
    inner_confusion = _shares(inner_expected)
    spread = variances(n, w, inner, inner_prevalence, inner_confusion)

    def estimate(value: FloatArray, inner: FloatArray, variance: FloatArray, size: Any) -> Estimate:
        wide = tuple(range(1, value.ndim))
        effective = np.minimum(effective_size(inner, variance, size), size)
        low, high = wilson_limits(value, effective, normal_quantile(level))
        result = make_estimate(
            value,
            n=size,
            se=np.sqrt(variance),
            low=low,
            high=high,
            method="Dawid-Skene EM, Wilson on the observed information",
            insufficient=[
                *((np.expand_dims(mask, wide), why) for mask, why in reasons),
                (size <= ALMOST_NONE, NEVER_TRUE),
            ],
        )
        return with_strata(result, leading)

    return LatentTruth(
        prevalence=estimate(prevalence, inner_prevalence, spread[0], total[:, None]),
        confusion=estimate(
            confusion, inner_confusion, spread[1], expected.sum(axis=-1, keepdims=True)
        ),
        posterior=np.where(fine[:, None, None], known, 0.0).reshape(*leading, items, k),
        log_likelihood=fit.log_likelihood.reshape(leading),
        iterations=fit.iterations.reshape(leading),
        relabelled=(order != np.arange(k)).any(axis=-1).reshape(leading),
        status=overall.status.reshape(leading),
        reason=overall.reason.reshape(leading),
    )
