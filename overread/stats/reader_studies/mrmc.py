"""Multi-reader multi-case (MRMC) variance by U-statistics: readers and cases both random, any reading design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import (
    Interval,
    check_interval,
    logit_limits,
    normal_quantile,
    without_interval,
)
from overread.stats.reader_studies.mrmc_components import Components
from overread.stats.reader_studies.mrmc_moments import components
from overread.stats.reader_studies.mrmc_reads import METRICS, Arm, Metric, Reads, Weighting, arms
from overread.stats.reader_studies.mrmc_wins import Mask, dense

# A variance below this is rounding of the difference of two numbers near one.
_NO_VARIANCE: Final = 1e-12
# Found by bench.coverage, after the model of Roe and Metz (1997).
MINIMUM_READERS: Final = 3
MINIMUM_CASES: Final = 15
FEW_READERS: Final = "fewer than 3 readers: no interval covers 95 %"
FEW_DISEASED: Final = "fewer than 15 diseased cases: no interval covers 95 %"
FEW_HEALTHY: Final = "fewer than 15 healthy cases: no interval covers 95 %"


@dataclass(frozen=True, slots=True)
class MrmcResult:
    """Estimates pooled over readers, with the parts of their variance.

    Attributes:
        estimate: Value with interval, shape S; n counts the cases read.
        variance: Shape S; it may be negative, and is NaN where the design cannot give it.
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


def _freedom(readers: FloatArray, variance: FloatArray, of_cases: FloatArray) -> FloatArray:
    """Degrees of freedom of the variance: readers - 1, more where the cases bring a part of it, at most 2 readers - 1.

    The share of the readers enters as it is, not squared as by Satterthwaite: it is itself estimated from the
    same few readers, and squared it covers 90 to 94 % with 3 of them.
    """
    known = (readers >= 2) & (variance > _NO_VARIANCE)
    cases = np.where(np.isfinite(of_cases), of_cases, 0.0)
    share = np.where(known, 1 - cases / np.where(known, variance, 1.0), 1.0)
    fewest = np.maximum(readers - 1, 1.0)
    return np.asarray(np.minimum(fewest / np.clip(share, 0.1, 1), 2 * fewest + 1))


def _covering_limits(result: MrmcResult, level: float) -> tuple[FloatArray, FloatArray, str]:
    """Limits by t, of a single value on the logit scale, and their name."""
    value, se = result.estimate.value, result.estimate.se
    freedom = _freedom(result.readers, result.variance, result.parts()[..., 1])
    quantile = stats.t.ppf(0.5 + level / 2, freedom)
    if len(result.components) == 1:
        return *logit_limits(value, se, quantile), "logit t"
    return np.maximum(value - quantile * se, -1), np.minimum(value + quantile * se, 1), "t"


def _result(
    modalities: list[Reads],
    metric: Metric,
    weighting: Weighting,
    strata: int,
    level: float,
    interval: Interval,
) -> MrmcResult:
    """Estimate of one modality, or of the first less the second."""
    if metric == "AUC" and weighting == "reads":
        raise ValueError('an AUC is a mean over pairs of cases; weighting "reads" is for rates')
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; use a number between 0 and 1, such as 0.95")
    check_interval(interval)
    _check(modalities, metric, strata)
    sides = arms(modalities, metric, weighting)
    pooled = [_pooled(arm, strata) for arm in sides]
    parts = [components(arm, arm, strata) for arm in sides]
    value = pooled[0].value
    own = sides[0].reads.where(pooled[0].used)
    if len(sides) == 2:
        parts.append(components(sides[0], sides[1], strata))
        value = value - pooled[1].value
        own = own.joined(sides[1].reads.where(pooled[1].used))
    if interval == "covering":
        parts = [part.about_value() for part in parts]
    variance = parts[0].covariance
    if len(sides) == 2:
        variance = variance + parts[1].covariance - 2 * parts[2].covariance
    if weighting == "reads":
        parts = [part.without("negative" if metric == "TPF" else "positive") for part in parts]
    sick, well = _cases(own, strata)
    positive = variance > _NO_VARIANCE  # not so where it is NaN
    fewest = np.minimum.reduce([each.cases for each in pooled])
    readers = np.minimum.reduce([each.readers for each in pooled])
    # a stand-in is no case, and a rate rests on the cases of its class alone
    classes = {"AUC": (True, True), "TPF": (True, False), "TNF": (False, True)}[metric]
    needed = classes if weighting == "reads" else (True, True)
    estimate = make_estimate(
        value,
        n=sick * classes[0] + well * classes[1],
        se=np.sqrt(np.where(positive, variance, np.nan)),
        method=f"{metric}, MRMC U-statistic, weighted by {weighting}"
        + (", difference" if len(sides) == 2 else ""),
        insufficient=[(np.isnan(value), "no reader read the classes of cases that it needs")],
        withheld=[
            (readers < 2, "one reader only: no variance between readers"),
            ((fewest[0] < 2) & needed[0], "one diseased case only: no variance between cases"),
            ((fewest[1] < 2) & needed[1], "one healthy case only: no variance between cases"),
            (~positive, "the variance estimate is not positive: no interval"),
        ],
    )
    result = MrmcResult(estimate, variance, readers, tuple(parts))
    if interval == "published":
        half = normal_quantile(level) * estimate.se
        least, most = (0.0, 1.0) if len(sides) == 1 else (-np.inf, np.inf)
        low, high = np.clip(value - half, least, most), np.clip(value + half, least, most)
        name, rules = "normal", []
    else:
        low, high, name = _covering_limits(result, level)
        rules = [
            (readers < MINIMUM_READERS, FEW_READERS),
            ((fewest[0] < MINIMUM_CASES) & classes[0], FEW_DISEASED),
            ((fewest[1] < MINIMUM_CASES) & classes[1], FEW_HEALTHY),
        ]
    limited = replace(estimate, low=low, high=high, method=f"{estimate.method}, {name}")
    return replace(result, estimate=without_interval(limited, rules))


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
    interval: Interval = "covering",
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
        interval: "covering": t on the logit scale, with the variance of scores less their pooled value (see
            `Components.about_value`); "published": normal, cut to 0..1, with the unbiased variance, as iMRMC
            prints it. Of a study in which all read all, the two variances are the same.

    Returns:
        The result, of shape (strata,). The interval is withheld, with the reason, where the variance is not
        positive, and the covering one below 3 readers or 15 cases of a class that the metric is about;
        `variance` stands wherever the design gives one. n counts the cases of those classes.

    Raises:
        ValueError: An unknown metric, an answer that is not finite or, of a rate, other than 0 and 1, a stratum
            outside the number of strata or a level outside 0..1.

    Source:
        Gallas, Acad Radiol 13:353-362 (2006); Gallas, Bandos, Samuelson and Wagner, Commun Stat Theory
        Methods 38:2586-2603 (2009); degrees of freedom after Hillis, Stat Med 26:596-619 (2007).
    """
    return _result([reads], metric, weighting, strata, level, interval)


def mrmc_difference(
    a: Reads,
    b: Reads,
    metric: Metric,
    strata: int,
    weighting: Weighting = "pairs",
    level: float = 0.95,
    interval: Interval = "covering",
) -> MrmcResult:
    """The pooled value of a less that of b, where readers and cases may be shared in whole or in part.

    Args:
        a: Reads with the first modality.
        b: Reads with the second; readers and cases carry the same numbers in both.
        metric: As of `mrmc`.
        strata: As of `mrmc`.
        weighting: As of `mrmc`.
        level: Confidence level.
        interval: "covering": t, cut to -1..1; "published": normal, not cut. Variances as of `mrmc`.

    Returns:
        The result, as of `mrmc`; n counts the cases of either modality.

    Raises:
        ValueError: As of `mrmc`.
    """
    return _result([a, b], metric, weighting, strata, level, interval)
