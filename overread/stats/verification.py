"""Accuracy where only some cases were verified: correction of verification bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, FloatArray, make_estimate

NOT_IDENTIFIABLE = "a stratum has cases and none verified: not identifiable"
# Fewer verified cases in a stratum carry the estimate on too few shoulders for a normal interval.
FEW_VERIFIED = 5


@dataclass(frozen=True, slots=True)
class VerifiedAccuracy:
    """Sensitivity and specificity corrected for verification bias."""

    sensitivity: Estimate
    specificity: Estimate


def _share_of_calls(
    called: FloatArray, size: FloatArray, p: FloatArray, variance: FloatArray, absent: str
) -> tuple[FloatArray, FloatArray, list[tuple[Any, str]]]:
    """Share of the (estimated) members that were called, with its delta-method standard error."""
    members = size * p
    total = members.sum(axis=-1)
    safe = np.where(total > 0, total, 1.0)
    value = (members * called).sum(axis=-1) / safe
    slope = size * (called - value[..., None]) / safe[..., None]
    # the stratum sizes are random too: multinomial part
    sampled = (size * (p * (called - value[..., None])) ** 2).sum(axis=-1) / safe**2
    se = np.sqrt((slope**2 * variance).sum(axis=-1) + sampled)
    return value, se, [(total <= 0, absent)]


def begg_greenes(
    diseased: Any, healthy: Any, unverified: Any, called_positive: Any
) -> VerifiedAccuracy:
    """Correct sensitivity and specificity over strata in which verification is at random.

    Args:
        diseased: Verified diseased cases per stratum, shape (..., strata).
        healthy: Verified healthy cases per stratum, shape (..., strata).
        unverified: Cases without verification per stratum, shape (..., strata).
        called_positive: Whether the test's call is positive in the stratum, shape (strata,). Strata are
            cells such as AI call x reader call: by AI call alone the correction misleads where discordant
            cases are verified more often.

    Returns:
        Estimates of shape (...) with normal intervals; "insufficient" where a stratum holds cases and none
        is verified. The interval is withheld where a stratum has fewer than 5 verified cases.

    Source:
        Begg and Greenes, Biometrics 39:207-215 (1983).
    """
    sick, well, open_ = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (diseased, healthy, unverified))
    )
    called = np.broadcast_to(np.asarray(called_positive, dtype=np.float64), sick.shape)
    verified = sick + well
    size = verified + open_
    safe = np.where(verified > 0, verified, 1.0)
    p = sick / safe
    variance = p * (1 - p) / safe
    blind = ((size > 0) & (verified == 0)).any(axis=-1)
    few = ((size > 0) & (verified < FEW_VERIFIED)).any(axis=-1)

    def corrected(call: FloatArray, share: FloatArray, absent: str) -> Estimate:
        value, se, missing = _share_of_calls(call, size, share, variance, absent)
        return make_estimate(
            value,
            n=verified.sum(axis=-1),
            se=se,
            low=np.clip(value - 1.959963984540054 * se, 0, 1),
            high=np.clip(value + 1.959963984540054 * se, 0, 1),
            method="Begg-Greenes, normal",
            insufficient=[(blind, NOT_IDENTIFIABLE), *missing],
            withheld=[(few, "a stratum has fewer than 5 verified cases")],
        )

    return VerifiedAccuracy(
        corrected(called, p, "no diseased case"), corrected(1 - called, 1 - p, "no healthy case")
    )
