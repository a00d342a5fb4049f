"""Area under the ROC curve with DeLong's variance, from score histograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import (
    TINY,
    Interval,
    check_interval,
    logit_limits,
    normal_quantile,
    without_interval,
)

LONE = "a class has one case only: no variance"
# Found by bench.coverage.
MINIMUM_CLASS = 15
MINIMUM_PAIRED = 30
SMALL_CLASS = "fewer than 15 diseased or healthy cases: no interval covers 95 %"
SMALL_PAIRED = "fewer than 30 diseased or healthy cases: no interval covers 95 %"
# Share of a case by which each class borrows the other's scores, so that a class that happens to lie on one
# side still shows a variance.
BORROWED = 0.3
NO_WIDTH = "complete separation: the interval has no width and is not informative"


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


class _Dense:
    """Strata that share one grid of scores, the last axis."""

    def total(self, values: FloatArray) -> FloatArray:
        """Sum of each stratum."""
        return np.asarray(values.sum(axis=-1), dtype=np.float64)

    def running(self, values: FloatArray) -> FloatArray:
        """Sum up to and including each score of its stratum."""
        return np.cumsum(values, axis=-1)

    def spread(self, values: FloatArray) -> FloatArray:
        """A value per stratum at each of its scores."""
        return values[..., None]


class _Listed:
    """Strata listed one behind the other, each with its own scores."""

    def __init__(self, first: Any, bins: int) -> None:
        self._first = np.asarray(first, dtype=np.intp)
        self._size = np.diff(np.append(self._first, bins))
        if bins == 0 or self._first[0] != 0 or np.any(self._size < 1):
            raise ValueError("the listed strata begin at 0 and each has a score")

    def total(self, values: FloatArray) -> FloatArray:
        """Sum of each stratum."""
        return np.add.reduceat(values, self._first)

    def running(self, values: FloatArray) -> FloatArray:
        """Sum up to and including each score of its stratum."""
        summed = np.cumsum(values)
        return summed - self.spread(summed[self._first] - values[self._first])

    def spread(self, values: FloatArray) -> FloatArray:
        """A value per stratum at each of its scores."""
        return np.repeat(values, self._size)


@dataclass(frozen=True, slots=True)
class _Classes:
    """Diseased and healthy cases per score, with the cases at or below each score, its own by half."""

    sick: FloatArray
    well: FloatArray
    sick_below: FloatArray
    well_below: FloatArray

    @classmethod
    def of(cls, sick: FloatArray, well: FloatArray, strata: _Dense | _Listed) -> _Classes:
        """The classes of two histograms."""
        return cls(sick, well, strata.running(sick) - sick / 2, strata.running(well) - well / 2)

    def borrowing(self, sick_share: FloatArray, well_share: FloatArray) -> _Classes:
        """The classes after each has borrowed this share of the other."""
        return _Classes(
            self.sick + sick_share * self.well,
            self.well + well_share * self.sick,
            self.sick_below + sick_share * self.well_below,
            self.well_below + well_share * self.sick_below,
        )


def _delong(classes: _Classes, strata: _Dense | _Listed) -> tuple[FloatArray, FloatArray]:
    """AUC and DeLong's standard error; an empty class gives 0."""
    m, n = strata.total(classes.sick), strata.total(classes.well)
    m1, n1 = np.where(m > 0, m, 1.0), np.where(n > 0, n, 1.0)
    # placements: share of the other class that a case of this score beats, ties one half
    sick_place = classes.well_below / strata.spread(n1)
    well_place = 1 - classes.sick_below / strata.spread(m1)
    auc = strata.total(classes.sick * sick_place) / m1
    centre = strata.spread(auc)
    spread_sick = strata.total(classes.sick * (sick_place - centre) ** 2)
    spread_well = strata.total(classes.well * (well_place - centre) ** 2)
    m2, n2 = np.maximum(m, 2.0), np.maximum(n, 2.0)
    se = np.sqrt(spread_sick / (m2 - 1) / m2 + spread_well / (n2 - 1) / n2)
    return auc, se


def _borrowed_limits(
    classes: _Classes, strata: _Dense | _Listed, level: float
) -> tuple[FloatArray, FloatArray]:
    """Logit limits of the AUC after each class has borrowed a part of a case from the other."""
    shares = (
        strata.spread(BORROWED / np.where(cases > 0, cases, 1.0))
        for cases in (strata.total(classes.well), strata.total(classes.sick))
    )
    auc, se = _delong(classes.borrowing(*shares), strata)
    return logit_limits(auc, se, normal_quantile(level))


def auc_delong(
    positives: Any,
    negatives: Any,
    level: float = 0.95,
    interval: Interval = "covering",
    first: Any = None,
) -> Estimate:
    """Empirical AUC (ties count one half) with DeLong's standard error.

    The direction is fixed (a higher score means disease), so a value below 0.5 stays below 0.5.

    Args:
        positives: Diseased cases per score, ascending scores, shape (..., scores).
        negatives: Healthy cases per score, shape (..., scores).
        level: Confidence level.
        interval: "covering": on the logit scale, after each class has borrowed 0.3 of a case from the
            other; "published": DeLong's normal interval, cut to 0..1, as pROC prints it.
        first: Where each stratum has its own scores: the strata listed one behind the other, both counts of
            shape (all scores,), and the position of each stratum's first score, shape (strata,).

    Returns:
        Estimate of shape (...), of (strata,) where they are listed; n counts cases. "insufficient" where a
        class is missing; no variance where a class has one case only. The covering interval is withheld
        below 15 cases in a class; the published one has no width at complete separation, and the reason
        says so. A yes/no score is better told by its sensitivity and specificity.

    Raises:
        ValueError: The listed strata do not begin at 0, or one has no score.

    Source:
        DeLong, DeLong and Clarke-Pearson, Biometrics 44:837-845 (1988); logit: Pepe, The Statistical
        Evaluation of Medical Tests (2003), section 5.2.
    """
    check_interval(interval)
    sick, well = np.broadcast_arrays(
        np.asarray(positives, dtype=np.float64), np.asarray(negatives, dtype=np.float64)
    )
    strata = _Dense() if first is None else _Listed(first, sick.size)
    m, n = strata.total(sick), strata.total(well)
    classes = _Classes.of(sick, well, strata)
    auc, se = _delong(classes, strata)
    rules: list[tuple[Any, str]] = []
    if interval == "published":
        half = normal_quantile(level) * se
        low, high, name = np.clip(auc - half, 0, 1), np.clip(auc + half, 0, 1), "DeLong"
    else:
        low, high = _borrowed_limits(classes, strata, level)
        low, high, name = np.minimum(low, auc), np.maximum(high, auc), "DeLong, logit"
        rules = [(np.minimum(m, n) < MINIMUM_CLASS, SMALL_CLASS)]
    estimate = make_estimate(
        auc,
        n=m + n,
        se=se,
        low=low,
        high=high,
        method=f"AUC, {name}",
        insufficient=[(m == 0, "no diseased case"), (n == 0, "no healthy case")],
        withheld=[(np.minimum(m, n) < 2, LONE)],
    )
    if interval == "published":
        estimate.reason[(estimate.reason == "") & (estimate.se == 0)] = NO_WIDTH
    return without_interval(estimate, rules)


@dataclass(frozen=True, slots=True)
class PairedAuc:
    """DeLong's test of two AUCs on the same cases; each part over the strata.

    Attributes:
        difference: AUC of a less AUC of b, with normal interval.
        z: Test statistic; 0 where both rank alike, NaN where there is no variance to test with.
        p: Two-sided p.
    """

    difference: Estimate
    z: FloatArray
    p: FloatArray


def _placements(score: FloatArray, kept: Any, sick: Any) -> FloatArray:
    """Share of the other class that each case is placed right to, shape (..., cases); 0 for a case left out."""
    # cases left out rank behind all others and so change no rank
    everyone, own_sick, own_well = (
        stats.rankdata(np.where(who, score, np.inf), axis=-1) for who in (kept, sick, kept & ~sick)
    )
    m = sick.sum(axis=-1, keepdims=True)
    n = kept.sum(axis=-1, keepdims=True) - m
    beaten = (everyone - own_sick) / np.maximum(n, 1)
    beating = 1 - (everyone - own_well) / np.maximum(m, 1)
    return np.where(sick, beaten, np.where(kept, beating, 0.0))


def auc_paired_difference(
    truth: Any,
    score_a: Any,
    score_b: Any,
    level: float = 0.95,
    interval: Interval = "covering",
) -> PairedAuc:
    """Compare two scores of the same cases.

    Args:
        truth: 1 diseased, 0 healthy, shape (..., cases); NaN leaves the case out.
        score_a: Scores of the first reader or version, shape (..., cases); NaN leaves the case out.
        score_b: Scores of the second, shape (..., cases).
        level: Confidence level.
        interval: "covering" withholds the interval below 30 cases in a class, "published" shows it always.

    Returns:
        Difference, z and p of shape (...); "insufficient" where a class has fewer than two cases.

    Source:
        DeLong, DeLong and Clarke-Pearson, Biometrics 44:837-845 (1988).
    """
    check_interval(interval)
    truths, first, second = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (truth, score_a, score_b))
    )
    kept = np.isfinite(truths) & np.isfinite(first) & np.isfinite(second)
    sick = kept & (truths == 1)
    well = kept & ~sick
    m, n = sick.sum(axis=-1), well.sum(axis=-1)
    gap = _placements(first, kept, sick) - _placements(second, kept, sick)
    sick_gap = np.where(sick, gap, 0.0).sum(axis=-1) / np.maximum(m, 1)
    well_gap = np.where(well, gap, 0.0).sum(axis=-1) / np.maximum(n, 1)
    spread_sick = np.where(sick, (gap - sick_gap[..., None]) ** 2, 0.0).sum(axis=-1)
    spread_well = np.where(well, (gap - well_gap[..., None]) ** 2, 0.0).sum(axis=-1)
    m2, n2 = np.maximum(m, 2.0), np.maximum(n, 2.0)
    se = np.sqrt(spread_sick / (m2 - 1) / m2 + spread_well / (n2 - 1) / n2)
    few = np.minimum(m, n) < 2
    equal = ~few & (se <= TINY) & (np.abs(sick_gap) <= TINY)
    testable = ~few & (se > TINY)
    z = np.where(equal, 0.0, np.nan)
    z = np.divide(sick_gap, se, out=z, where=testable)
    half = normal_quantile(level) * se
    estimate = make_estimate(
        sick_gap,
        n=m + n,
        se=se,
        low=np.clip(sick_gap - half, -1, 1),
        high=np.clip(sick_gap + half, -1, 1),
        method="DeLong, paired",
        insufficient=[(few, "a class has fewer than two cases")],
    )
    if interval == "covering":
        estimate = without_interval(
            estimate,
            [
                (np.minimum(m, n) < MINIMUM_PAIRED, SMALL_PAIRED),
                (~testable, "the two scores show no variance of their difference"),
            ],
        )
    return PairedAuc(estimate, z, np.asarray(2 * stats.norm.sf(np.abs(z))))
