"""Accuracy where only some cases were verified: correction of verification bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import (
    Interval,
    check_interval,
    logit_limits,
    normal_quantile,
    without_interval,
)

NOT_IDENTIFIABLE = "a stratum has cases and none verified: not identifiable"
# Found by bench.coverage: fewer verified cases in a stratum carry the estimate on too few shoulders.
FEW_VERIFIED = 10
# Added to the diseased and to the healthy of a stratum for the limits: a stratum that is audited thinly, and
# in which no diseased case turned up, is not free of them.
PART_OF_A_CASE = 0.25


@dataclass(frozen=True, slots=True)
class VerifiedAccuracy:
    """Sensitivity and specificity corrected for verification bias."""

    sensitivity: Estimate
    specificity: Estimate


def _share_of_calls(
    called: FloatArray, size: FloatArray, p: FloatArray, verified: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Share of the (estimated) members that were called, its delta-method standard error, and the members."""
    members = size * p
    total = members.sum(axis=-1)
    safe = np.where(total > 0, total, 1.0)
    value = (members * called).sum(axis=-1) / safe
    variance = p * (1 - p) / np.where(verified > 0, verified, 1.0)
    slope = size * (called - value[..., None]) / safe[..., None]
    # the stratum sizes are random too: multinomial part
    sampled = (size * (p * (called - value[..., None])) ** 2).sum(axis=-1) / safe**2
    se = np.sqrt((slope**2 * variance).sum(axis=-1) + sampled)
    return value, se, total


def begg_greenes(
    diseased: Any,
    healthy: Any,
    unverified: Any,
    called_positive: Any,
    level: float = 0.95,
    interval: Interval = "covering",
) -> VerifiedAccuracy:
    """Correct sensitivity and specificity over strata in which verification is at random.

    Args:
        diseased: Verified diseased cases per stratum, shape (..., strata).
        healthy: Verified healthy cases per stratum, shape (..., strata).
        unverified: Cases without verification per stratum, shape (..., strata).
        called_positive: Whether the test's call is positive in the stratum, shape (strata,). Strata are
            cells such as AI call x reader call: by AI call alone the correction misleads where discordant
            cases are verified more often.
        level: Confidence level.
        interval: "covering": on the logit scale, after a quarter of a case was added to the diseased and to
            the healthy of each stratum; "published": the normal interval, cut to 0..1.

    Returns:
        Estimates of shape (...); "insufficient" where a stratum holds cases and none is verified. The
        covering interval is withheld where a stratum has fewer than 10 verified cases.

    Source:
        Begg and Greenes, Biometrics 39:207-215 (1983).
    """
    check_interval(interval)
    sick, well, open_ = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (diseased, healthy, unverified))
    )
    called = np.broadcast_to(np.asarray(called_positive, dtype=np.float64), sick.shape)
    verified = sick + well
    size = verified + open_
    blind = ((size > 0) & (verified == 0)).any(axis=-1)
    few = ((size > 0) & (verified < FEW_VERIFIED)).any(axis=-1)

    def corrected(call: FloatArray, members: FloatArray, absent: str) -> Estimate:
        share = members / np.where(verified > 0, verified, 1.0)
        value, se, total = _share_of_calls(call, size, share, verified)
        if interval == "published":
            half = normal_quantile(level) * se
            low, high = np.clip(value - half, 0, 1), np.clip(value + half, 0, 1)
        else:
            fuller = (members + PART_OF_A_CASE) / (verified + 2 * PART_OF_A_CASE)
            middle, error, _ = _share_of_calls(call, size, fuller, verified)
            low, high = logit_limits(middle, error, normal_quantile(level))
            low, high = np.minimum(low, value), np.maximum(high, value)
        estimate = make_estimate(
            value,
            n=verified.sum(axis=-1),
            se=se,
            low=low,
            high=high,
            method=f"Begg-Greenes, {'normal' if interval == 'published' else 'logit'}",
            insufficient=[(blind, NOT_IDENTIFIABLE), (total <= 0, absent)],
        )
        rules = [(few, f"a stratum has fewer than {FEW_VERIFIED} verified cases")]
        return estimate if interval == "published" else without_interval(estimate, rules)

    return VerifiedAccuracy(
        corrected(called, sick, "no diseased case"), corrected(1 - called, well, "no healthy case")
    )
