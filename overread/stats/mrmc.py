"""Multi-reader multi-case (MRMC) variance by U-statistics: readers and cases both random, any reading design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.mrmc_moments import Components, components
from overread.stats.mrmc_reads import METRICS, Arm, Metric, Reads, Weighting, arms
from overread.stats.mrmc_wins import Mask, dense

# A variance below this is rounding of the difference of two numbers near one.
_NO_VARIANCE: Final = 1e-12
# Simulated after Roe and Metz (1997): the nominal 95 % interval covers 75 % of the time with 2 readers, 88 % with 4,
# 89 to 92 % with 5, 92 to 94 % with 9 to 20 readers who all read the same 55 diseased cases or more, 87 % where each
# of these is read by 5 readers drawn anew out of 20; 85 % with 5 diseased cases.
MINIMUM_READERS: Final = 5
MINIMUM_CASES: Final = 15
FEW_READERS: Final = "fewer than 5 readers: the normal interval covers too little"
FEW_DISEASED: Final = "fewer than 15 diseased cases: the normal interval covers too little"
FEW_HEALTHY: Final = "fewer than 15 healthy cases: the normal interval covers too little"


@dataclass(frozen=True, slots=True)
class MrmcResult:
    """Estimates pooled over readers, with the parts of their variance.

    Attributes:
        estimate: Value with normal interval, shape S; n counts the cases read.
        variance: Unbiased estimate, shape S; it may be negative, and is NaN where the design cannot give it.
        readers: Readers with weight, shape S; of a difference the fewer of the two modalities.
        components: Of the modality; of a difference, of a, of b and of their covariance, in this order.
    """

    estimate: Estimate
    variance: FloatArray
    readers: FloatArray
    components: tuple[Components, ...]

    def parts(self) -> FloatArray:
        """What readers, cases, and readers with cases together put into the variance, shape S + (3,)."""
        own, *others = [each.parts() for each in self.components]
        return own + others[0] - 2 * others[1] if others else own


@dataclass(frozen=True, slots=True)
class _Pooled:
    """One modality pooled: everything per stratum.

    Attributes:
        value: Weighted mean over readers; NaN where no reader has both classes.
        readers: Readers with weight.
        cases: Diseased and healthy cases read by them, shape (2, strata).
        used: Reads that have weight, shape (reads,).
    """

    value: FloatArray
    readers: FloatArray
    cases: FloatArray
    used: Mask


def _cases(reads: Reads, strata: int) -> FloatArray:
    """Distinct diseased and healthy cases per stratum, shape (2, strata)."""
    rows = dense(reads.stratum, reads.case, reads.sick)[1]
    reads = Reads(*(getattr(reads, name)[rows] for name in Reads.__slots__))
    load = np.where(reads.once, reads.n, 1.0)
    return np.stack(
        [np.bincount(reads.stratum, load * mask, strata) for mask in (reads.sick, ~reads.sick)]
    )


def _pooled(arm: Arm, strata: int) -> _Pooled:
    reads, design = arm.reads, arm.design().margins()
    scored, pairs = (
        np.bincount(reads.stratum, margin * reads.n * reads.sick, strata)
        for margin in (arm.margins(), design)
    )
    used = design > 0
    own = reads.where(used)
    readers = np.bincount(own.stratum[dense(own.stratum, own.reader)[1]], minlength=strata)
    return _Pooled(
        np.where(pairs > 0, scored / np.where(pairs > 0, pairs, 1.0), np.nan),
        readers.astype(np.float64),
        _cases(own, strata),
        used,
    )


def _result(
    modalities: list[Reads], metric: Metric, weighting: Weighting, strata: int, level: float
) -> MrmcResult:
    """Estimate of one modality, or of the first less the second."""
    if metric == "AUC" and weighting == "reads":
        raise ValueError('an AUC is a mean over pairs of cases; weighting "reads" is for rates')
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; use a number between 0 and 1, such as 0.95")
    _check(modalities, metric, strata)
    sides = arms(modalities, metric, weighting)
    pooled = [_pooled(arm, strata) for arm in sides]
    parts = [components(arm, arm, strata) for arm in sides]
    variance, value, bounds = parts[0].covariance, pooled[0].value, (0.0, 1.0)
    own = sides[0].reads.where(pooled[0].used)
    if len(sides) == 2:
        parts.append(components(sides[0], sides[1], strata))
        variance = variance + parts[1].covariance - 2 * parts[2].covariance
        value, bounds = value - pooled[1].value, (-np.inf, np.inf)
        own = own.joined(sides[1].reads.where(pooled[1].used))
    if weighting == "reads":
        parts = [part.without("negative" if metric == "TPF" else "positive") for part in parts]
    sick, well = _cases(own, strata)
    positive = variance > _NO_VARIANCE  # not so where it is NaN
    se = np.sqrt(np.where(positive, variance, np.nan))
    half = float(stats.norm.ppf(0.5 + level / 2)) * se
    readers = np.minimum.reduce([each.readers for each in pooled])
    fewest = np.minimum.reduce([each.cases for each in pooled])
    # a stand-in is no case, and a rate rests on the cases of its class alone
    classes = {"AUC": (True, True), "TPF": (True, False), "TNF": (False, True)}[metric]
    needed = classes if weighting == "reads" else (True, True)
    estimate = make_estimate(
        value,
        n=sick * classes[0] + well * classes[1],
        se=se,
        low=np.clip(value - half, *bounds),
        high=np.clip(value + half, *bounds),
        method=f"{metric}, MRMC U-statistic, weighted by {weighting}"
        + (", difference" if len(sides) == 2 else ""),
        insufficient=[(np.isnan(value), "no reader read the classes of cases that it needs")],
        withheld=[
            (readers < 2, "one reader only: no variance between readers"),
            ((fewest[0] < 2) & needed[0], "one diseased case only: no variance between cases"),
            ((fewest[1] < 2) & needed[1], "one healthy case only: no variance between cases"),
            (readers < MINIMUM_READERS, FEW_READERS),
            ((fewest[0] < MINIMUM_CASES) & classes[0], FEW_DISEASED),
            ((fewest[1] < MINIMUM_CASES) & classes[1], FEW_HEALTHY),
            (~positive, "the variance estimate is not positive: no interval"),
        ],
    )
    return MrmcResult(estimate, variance, readers, tuple(parts))


def _check(modalities: list[Reads], metric: Metric, strata: int) -> None:
    """Refuse reads that cannot be what the metric needs."""
    if metric not in METRICS:
        raise ValueError(f"metric is {metric!r}; use one of {', '.join(METRICS)}")
    for reads in modalities:
        if not np.isfinite(reads.answer).all():
            raise ValueError("an answer is not finite; leave out what was not read")
        if metric != "AUC" and not np.isin(reads.answer, (0, 1)).all():
            raise ValueError(f"an answer of a {metric} is neither 1 (called) nor 0 (not called)")
        if reads.stratum.size and not 0 <= reads.stratum.min() <= reads.stratum.max() < strata:
            raise ValueError(f"a stratum lies outside 0 to {strata - 1}")


def mrmc(
    reads: Reads,
    metric: Metric,
    strata: int,
    weighting: Weighting = "pairs",
    level: float = 0.95,
) -> MrmcResult:
    """AUC, true positive or true negative fraction pooled over readers, with its MRMC variance.

    The pooled value is the mean of the readers' values, weighted by positives x negatives ("pairs"), which makes
    it one U-statistic over triples (reader, diseased case, healthy case). Its variance is value squared less the
    mean product of two triples that share neither reader nor case. Work grows with the reads times the reads per
    case, never with cases x cases. A reader without a diseased or without a healthy case weighs nothing.

    Args:
        reads: Reads of all strata.
        metric: "AUC", "TPF" (sensitivity) or "TNF" (specificity).
        strata: Number of strata S.
        weighting: "pairs" weighs a reader by positives x negatives, as iMRMC and its published results do;
            "reads" (rates only) weighs every read alike. They are the same in a fully crossed design.
        level: Confidence level.

    Returns:
        The result, of shape (strata,), its interval cut to 0..1. The interval is withheld, with the reason,
        below 5 readers, below 15 cases of a class that the metric is about, and where the variance is not
        positive; `variance` stands wherever the design gives one. n counts the cases of those classes.

    Raises:
        ValueError: An unknown metric, an answer that is not finite or, of a rate, other than 0 and 1, a stratum
            outside the number of strata or a level outside 0..1.

    Source:
        Gallas, Acad Radiol 13:353-362 (2006); Gallas, Bandos, Samuelson and Wagner, Commun Stat Theory
        Methods 38:2586-2603 (2009).
    """
    return _result([reads], metric, weighting, strata, level)


def mrmc_difference(
    a: Reads,
    b: Reads,
    metric: Metric,
    strata: int,
    weighting: Weighting = "pairs",
    level: float = 0.95,
) -> MrmcResult:
    """The pooled value of a less that of b, where readers and cases may be shared in whole or in part.

    Args:
        a: Reads with the first modality.
        b: Reads with the second; readers and cases carry the same numbers in both.
        metric: As of `mrmc`.
        strata: As of `mrmc`.
        weighting: As of `mrmc`.
        level: Confidence level.

    Returns:
        The result, as of `mrmc`, its interval not cut; n counts the cases of either modality.

    Raises:
        ValueError: As of `mrmc`.
    """
    return _result([a, b], metric, weighting, strata, level)
