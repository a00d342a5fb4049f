"""Reviewer severity: vendors' discrepancy rates, cleared of who happened to review them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from overread.stats.comparison.crossed_effects import fit_crossed, spread_through_sigma
from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import normal_quantile, t_quantile
from overread.stats.shares.proportion import wilson
from overread.stats.strata import with_strata

NO_REVIEWS: Final = "no reviews"
NO_EVENT: Final = "no discrepancy, or nothing else: nothing tells the reviewers apart"
ONE_REVIEWER: Final = "a single reviewer: nobody to compare with"
NOT_COMPARABLE: Final = "no chain of shared reviewers to the other vendors: not comparable"
NOT_CONVERGED: Final = "the fit did not converge"
NO_SAMPLE: Final = "no blinded random sample"


@dataclass(frozen=True, slots=True)
class AdjustedRates:
    """Vendors' rates beside the raw ones, and the reviewers' severity.

    Attributes:
        raw: Discrepancy rate as counted, Wilson, shape (*S, vendors).
        adjusted: Rate that the vendor would have with the common mix of reviewers, shape (*S, vendors).
        severity: Log odds ratio of finding a discrepancy, against the average reviewer, shrunk towards 0 where
            there is little to go by, shape (*S, reviewers).
        sigma: Standard deviation of the severities, shape S, without interval.
    """

    raw: Estimate
    adjusted: Estimate
    severity: Estimate
    sigma: Estimate


@dataclass(frozen=True, slots=True)
class ZeroFinders:
    """Reviewers who never find a discrepancy, held against the blinded random sample.

    Attributes:
        probability: Chance of finding none in the reviewer's n reviews if he met and named discrepancies at
            the sample's rate, shape (*S, reviewers); its interval carries the sample's uncertainty.
        never: Reviewers with reviews and no discrepancy, shape (*S, reviewers).
        observed: How many they are, shape S.
        expected: How many there would be at the sample's rate, shape S.
    """

    probability: Estimate
    never: NDArray[np.bool_]
    observed: FloatArray
    expected: Estimate


def _main_component(met: NDArray[np.bool_], n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Vendors and reviewers (as 0/1) of the connected part with most reviews, by spreading labels."""
    vendors, reviewers = met.shape[-2:]
    label = np.broadcast_to(np.arange(vendors), met.shape[:-1])
    for _ in range(min(vendors, reviewers)):
        of_reviewer = np.where(met, label[..., None], vendors).min(axis=-2)
        reached = np.where(met, of_reviewer[..., None, :], vendors).min(axis=-1)
        label = np.minimum(label, reached)
    size = (n.sum(axis=-1)[..., None] * (label[..., None] == np.arange(vendors))).sum(axis=-2)
    main = label == size.argmax(axis=-1)[..., None]
    inside = (met & main[..., None]).any(axis=-2)
    return main.astype(np.float64), inside.astype(np.float64)


def reviewer_severity(
    discrepant: Any, n: Any, *, sigma: float | None = None, level: float = 0.95
) -> AdjustedRates:
    """Adjust vendors' discrepancy rates for the severity of their reviewers (crossed effects).

    logit p = vendor + reviewer, reviewers normal around 0. The adjusted rate of a vendor is the mean of his p
    over all reviewers, weighted by their share of all reviews: the same mix for every vendor.

    What a reviewer finds elsewhere is what tells his severity from the vendor's rate: one who hardly reviews
    other vendors is shrunk to the average reviewer, and part of his leniency stays with the vendor.

    Args:
        discrepant: Discrepant reviews per vendor and reviewer, shape (*S, vendors, reviewers). Rows may be
            readers instead of vendors.
        n: Reviews, same shape. By one route only: routes never mix.
        sigma: Standard deviation of the severities if it is known; None estimates it.
        level: Confidence level.

    Returns:
        Adjusted rates with intervals on the log odds; severities with t intervals on reviewers - 1 degrees of
        freedom (normal ones cover 85 to 92 % with 3 to 6 reviewers; these are wide there). A vendor without any
        discrepancy keeps the value 0, his upper limit being that of half a discrepancy more. Where the vendors
        fall into groups that share no reviewer, only the group with most reviews is compared; the others are
        "insufficient", as is a stratum without a discrepancy. With a single reviewer there is no severity,
        and the adjusted rates are the raw ones.

    Raises:
        ValueError: A numerator lies outside 0..denominator.

    Source:
        Breslow and Clayton, J Am Stat Assoc 88:9-25 (1993); standardisation: Lane and Nelder, Biometrics
        38:613-621 (1982).
    """
    x, cases = np.broadcast_arrays(
        np.asarray(discrepant, dtype=np.float64), np.asarray(n, dtype=np.float64)
    )
    if np.any(x < 0) or np.any(x > cases):
        raise ValueError("a numerator lies outside 0..denominator")
    leading, (vendors, reviewers) = x.shape[:-2], x.shape[-2:]
    x, cases = (part.reshape(-1, vendors, reviewers) for part in (x, cases))
    main, inside = _main_component(cases > 0, cases)
    used_x, used_n = (part * main[..., None] for part in (x, cases))
    found, total = used_x.sum(axis=-1), used_n.sum(axis=-1)
    # half an event where a vendor has none, or nothing but: his log odds would be infinite
    none, all_ = (total > 0) & (found <= 0), (total > 0) & (found >= total)
    spread = np.divide(
        used_n, total[..., None], out=np.zeros(used_n.shape), where=total[..., None] > 0
    )
    used_x = used_x + 0.5 * spread * none[..., None]
    used_n = used_n + 0.5 * spread * (none | all_)[..., None]
    fit = fit_crossed(used_x, used_n, sigma)
    mix = (cases * main[..., None]).sum(axis=1)
    mix = np.divide(mix, mix.sum(-1, keepdims=True), out=np.zeros(mix.shape), where=mix > 0)
    rate, variance = fit.standardised(mix)
    slope = np.maximum(rate * (1 - rate), 1e-300)
    half = normal_quantile(level) * np.sqrt(variance) / slope
    centre = special.logit(np.clip(rate, 1e-300, 1 - 1e-16))
    value = np.where(none, 0.0, np.where(all_, 1.0, rate))
    everything, events = total.sum(axis=-1), found.sum(axis=-1)
    flat = (events <= 0) | (events >= everything)
    method = "crossed effects, reviewers shrunk"

    def of_stratum(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return mask[..., None]

    of_effects = np.diagonal(fit.column_covariance, axis1=-2, axis2=-1)
    if sigma is None:
        of_effects = of_effects + spread_through_sigma(used_x, used_n, fit)
    severity_sd = np.sqrt(of_effects)
    # the mean of the reviewers is known no better than so few of them tell it
    wide = t_quantile(level, inside.sum(axis=-1))[..., None] * severity_sd
    alone = inside.sum(axis=-1) <= 1
    adjusted = make_estimate(
        value,
        n=total,
        se=np.sqrt(variance),
        low=np.where(none, 0.0, special.expit(centre - half)),
        high=np.where(all_, 1.0, special.expit(centre + half)),
        method=f"{method}, standardised to the common mix",
        insufficient=[
            (cases.sum(axis=-1) <= 0, NO_REVIEWS),
            (main <= 0, NOT_COMPARABLE),
            (of_stratum(flat), NO_EVENT),
            (of_stratum(~fit.converged), NOT_CONVERGED),
        ],
    )
    reviewed = cases.sum(axis=1)
    severity = make_estimate(
        fit.columns,
        n=reviewed,
        se=severity_sd,
        low=fit.columns - wide,
        high=fit.columns + wide,
        method=method,
        insufficient=[
            (reviewed <= 0, NO_REVIEWS),
            (inside <= 0, NOT_COMPARABLE),
            (of_stratum(alone), ONE_REVIEWER),
            (of_stratum(flat), NO_EVENT),
            (of_stratum(~fit.converged), NOT_CONVERGED),
        ],
    )
    spread_of = make_estimate(
        fit.sigma,
        n=inside.sum(axis=-1),
        method="restricted likelihood (Laplace), boundary-avoiding prior",
        insufficient=[
            (everything <= 0, NO_REVIEWS),
            (alone, ONE_REVIEWER),
            (flat, NO_EVENT),
            (~fit.converged, NOT_CONVERGED),
        ],
    )
    return AdjustedRates(
        raw=with_strata(wilson(x.sum(axis=-1), cases.sum(axis=-1), level), leading),
        adjusted=with_strata(adjusted, leading),
        severity=with_strata(severity, leading),
        sigma=with_strata(spread_of, leading),
    )


def zero_finders(
    discrepant: Any, n: Any, sample_discrepant: Any, sample_n: Any, level: float = 0.95
) -> ZeroFinders:
    """Ask how likely it is that a reviewer finds no discrepancy at all, at the blinded random sample's rate.

    P(none in n) = (1 - p)^n with p the rate of the blinded random sample.

    Args:
        discrepant: Discrepant reviews per reviewer, shape (*S, reviewers).
        n: Reviews per reviewer, same shape.
        sample_discrepant: Discrepant reviews of the blinded random sample, shape S.
        sample_n: Reviews of the blinded random sample, shape S.
        level: Confidence level of the sample's rate (Wilson), carried to the probabilities.

    Returns:
        Probabilities per reviewer, and observed beside expected reviewers without a discrepancy;
        "insufficient" without a sample, or for a reviewer without reviews.

    Raises:
        ValueError: A numerator lies outside 0..denominator.
    """
    x, cases = np.broadcast_arrays(
        np.asarray(discrepant, dtype=np.float64), np.asarray(n, dtype=np.float64)
    )
    if np.any(x < 0) or np.any(x > cases):
        raise ValueError("a numerator lies outside 0..denominator")
    sample = wilson(sample_discrepant, sample_n, level)
    # wilson has no limits without a sample; the masks below keep such a stratum off
    blind = np.broadcast_to(sample.status != "ok", x.shape[:-1])

    def none_found(rate: FloatArray) -> FloatArray:
        safe = np.broadcast_to(np.where(np.isfinite(rate), rate, 0.0), x.shape[:-1])[..., None]
        chance: FloatArray = np.exp(special.xlog1py(cases, -safe))
        return chance

    value, low, high = (none_found(part) for part in (sample.value, sample.high, sample.low))
    busy = cases > 0
    never = busy & (x <= 0)
    expected, least, most = ((part * busy).sum(axis=-1) for part in (value, low, high))
    method = "binomial at the blinded sample's rate (Wilson)"
    return ZeroFinders(
        probability=make_estimate(
            value,
            n=cases,
            low=low,
            high=high,
            method=method,
            insufficient=[(blind[..., None], NO_SAMPLE), (~busy, NO_REVIEWS)],
        ),
        never=never,
        observed=never.sum(axis=-1).astype(np.float64),
        expected=make_estimate(
            expected,
            n=busy.sum(axis=-1),
            low=least,
            high=most,
            method=method,
            insufficient=[(blind, NO_SAMPLE), (~busy.any(axis=-1), NO_REVIEWS)],
        ),
    )
