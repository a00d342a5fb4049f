"""Area under the ROC curve with DeLong's variance, from score histograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate


def score_histogram(truth: Any, score: Any) -> tuple[FloatArray, FloatArray]:
    """Positives and negatives at each distinct score, ascending; cases with a missing score are left out.

    Args:
        truth: 1 diseased, 0 healthy, shape (cases,).
        score: Scores, higher = more suspicious, shape (cases,).

    Returns:
        Two count arrays of shape (distinct scores,).
    """
    truths = np.asarray(truth, dtype=np.float64)
    scores = np.asarray(score, dtype=np.float64)
    kept = np.isfinite(truths) & np.isfinite(scores)
    levels, position = np.unique(scores[kept], return_inverse=True)
    sick = truths[kept] == 1
    return (
        np.bincount(position[sick], minlength=levels.size).astype(np.float64),
        np.bincount(position[~sick], minlength=levels.size).astype(np.float64),
    )


def auc_delong(positives: Any, negatives: Any, level: float = 0.95) -> Estimate:
    """Empirical AUC (ties count one half) with DeLong's normal interval, cut to 0..1.

    The direction is fixed (a higher score means disease), so a value below 0.5 stays below 0.5.

    Args:
        positives: Diseased cases per score, ascending scores, shape (..., scores).
        negatives: Healthy cases per score, shape (..., scores).
        level: Confidence level.

    Returns:
        Estimate of shape (...); n counts cases. "insufficient" where a class is missing; the interval is
        withheld where a class has one case only (no variance). At 1 or 0 the interval has no width: the
        reason says that it is not informative.

    Source:
        DeLong, DeLong and Clarke-Pearson, Biometrics 44:837-845 (1988).
    """
    sick, well = np.broadcast_arrays(
        np.asarray(positives, dtype=np.float64), np.asarray(negatives, dtype=np.float64)
    )
    m, n = sick.sum(axis=-1), well.sum(axis=-1)
    m1, n1 = np.where(m > 0, m, 1.0)[..., None], np.where(n > 0, n, 1.0)[..., None]
    # placements: share of the other class that a case of this score beats, ties one half
    sick_place = (np.cumsum(well, axis=-1) - well / 2) / n1
    well_place = 1 - (np.cumsum(sick, axis=-1) - sick / 2) / m1
    auc = (sick * sick_place).sum(axis=-1) / m1[..., 0]
    spread_sick = (sick * (sick_place - auc[..., None]) ** 2).sum(axis=-1)
    spread_well = (well * (well_place - auc[..., None]) ** 2).sum(axis=-1)
    lone = (m < 2) | (n < 2)
    m2, n2 = np.where(lone, 2.0, m), np.where(lone, 2.0, n)
    se = np.sqrt(spread_sick / (m2 - 1) / m2 + spread_well / (n2 - 1) / n2)
    z = float(stats.norm.ppf(0.5 + level / 2))
    estimate = make_estimate(
        auc,
        n=m + n,
        se=se,
        low=np.clip(auc - z * se, 0, 1),
        high=np.clip(auc + z * se, 0, 1),
        method="AUC, DeLong",
        insufficient=[(m == 0, "no diseased case"), (n == 0, "no healthy case")],
        withheld=[(lone, "a class has one case only: no variance")],
    )
    estimate.reason[(estimate.reason == "") & (estimate.se == 0)] = (
        "complete separation: the interval has no width and is not informative"
    )
    return estimate


@dataclass(frozen=True, slots=True)
class PairedAuc:
    """DeLong's test of two AUCs on the same cases.

    Attributes:
        difference: AUC of a less AUC of b, with normal interval.
        z: Test statistic; 0 where both rank alike.
        p: Two-sided p.
    """

    difference: Estimate
    z: float
    p: float


def auc_paired_difference(truth: Any, score_a: Any, score_b: Any, level: float = 0.95) -> PairedAuc:
    """Compare two scores of the same cases.

    Args:
        truth: 1 diseased, 0 healthy, shape (cases,).
        score_a: Scores of the first reader or version, shape (cases,).
        score_b: Scores of the second, shape (cases,).
        level: Confidence level.

    Returns:
        Difference, z and p; NaN z and p where a class has fewer than two cases.

    Source:
        DeLong, DeLong and Clarke-Pearson, Biometrics 44:837-845 (1988).
    """
    truths = np.asarray(truth, dtype=np.float64)
    scores = np.stack(
        [np.asarray(score_a, dtype=np.float64), np.asarray(score_b, dtype=np.float64)]
    )
    kept = np.isfinite(truths) & np.isfinite(scores).all(axis=0)
    truths, scores = truths[kept], scores[:, kept]
    sick, well = scores[:, truths == 1], scores[:, truths == 0]
    m, n = sick.shape[1], well.shape[1]
    if min(m, n) < 2:
        absent = make_estimate(
            np.nan,
            n=m + n,
            method="DeLong, paired",
            insufficient=[(True, "a class has fewer than two cases")],
        )
        return PairedAuc(absent, float("nan"), float("nan"))

    def placements(cases: FloatArray, others: FloatArray) -> FloatArray:
        """Midrank share of `others` below each case, shape (2, cases)."""
        return np.stack(
            [
                (np.searchsorted(np.sort(o), c, "left") + np.searchsorted(np.sort(o), c, "right"))
                / 2
                / o.size
                for c, o in zip(cases, others, strict=True)
            ]
        )

    sick_place, well_place = placements(sick, well), 1 - placements(well, sick)
    gap = sick_place.mean(axis=1)
    difference = float(gap[0] - gap[1])
    se = float(
        np.sqrt(
            (sick_place[0] - sick_place[1]).var(ddof=1) / m
            + (well_place[0] - well_place[1]).var(ddof=1) / n
        )
    )
    if se <= 1e-12:
        z, p = (0.0, 1.0) if abs(difference) <= 1e-12 else (float("nan"), float("nan"))
    else:
        z = difference / se
        p = float(2 * stats.norm.sf(abs(z)))
    half = float(stats.norm.ppf(0.5 + level / 2)) * se
    estimate = make_estimate(
        difference,
        n=m + n,
        se=se,
        low=difference - half,
        high=difference + half,
        method="DeLong, paired",
    )
    return PairedAuc(estimate, z, p)
