"""Multi-reader multi-case (MRMC) variance by U-statistics: readers and cases both random, any reading design."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate

Metric = Literal["AUC", "TPF", "TNF"]
Rate = Literal["TPF", "TNF"]
Weighting = Literal["pairs", "reads"]

_AXES: Final = ("reader", "positive", "negative")
# A variance below this is rounding of the difference of two numbers near one.
_NO_VARIANCE: Final = 1e-12
_Margins = dict[tuple[str, ...], FloatArray]


@dataclass(frozen=True, slots=True)
class Components:
    """Moments of the products of two reads, by what the two reads share, of one pair of modalities.

    The variance (or covariance) is `coefficients @ moments` less the moment that shares nothing.

    Attributes:
        shared: What both factors share, e.g. ("reader", "positive"); the last one is (), nothing.
        moments: Unbiased mean product per entry of `shared`; NaN where the design has no such pair.
        coefficients: Share of all pairs of that kind in the design; they sum to 1.
    """

    shared: tuple[tuple[str, ...], ...]
    moments: FloatArray
    coefficients: FloatArray

    @property
    def covariance(self) -> float:
        """Unbiased variance or covariance; NaN where no two reads differ in reader and in cases."""
        present = self.coefficients > 0
        return float(self.coefficients[present] @ self.moments[present] - self.moments[-1])


@dataclass(frozen=True, slots=True)
class MrmcResult:
    """An estimate pooled over readers, with the parts of its variance.

    Attributes:
        estimate: Value with normal interval, shape (); n counts the cases read.
        variance: Unbiased estimate; it may be negative, and is NaN where the design cannot give it.
        components: Of the modality; of a difference, of a, of b and of their covariance, in this order.
    """

    estimate: Estimate
    variance: float
    components: tuple[Components, ...]


@dataclass(frozen=True, slots=True)
class _Modality:
    """Reads of one modality, split by truth; `axes` are those that vary (a rate per read has two)."""

    positive: FloatArray
    negative: FloatArray
    metric: Metric
    axes: tuple[str, ...]

    def kernel(self, reader: int) -> tuple[FloatArray, FloatArray]:
        """Success and design (1 = read) per pair of cases, both of shape (positives, negatives)."""
        sick, well = self.positive[reader][:, None], self.negative[reader][None, :]
        design = (np.isfinite(sick) & np.isfinite(well)).astype(np.float64)
        if self.metric == "AUC":
            return (sick > well) + (sick == well) / 2, design
        return design * ((sick == 1) if self.metric == "TPF" else (well == 0)), design

    def margins(self) -> tuple[_Margins, _Margins]:
        """Sums of success and of design over the axes that a key does not name."""
        readers, m, n = *self.positive.shape, self.negative.shape[1]
        by_positive, by_negative = np.zeros((2, readers, m)), np.zeros((2, readers, n))
        by_pair = np.zeros((2, m, n))
        for reader in range(readers):
            kernel = np.stack(self.kernel(reader))
            by_positive[:, reader], by_negative[:, reader] = kernel.sum(axis=2), kernel.sum(axis=1)
            by_pair += kernel

        def keyed(part: int) -> _Margins:
            sick, well = by_positive[part], by_negative[part]
            return {
                (): sick.sum(keepdims=True),
                ("reader",): sick.sum(axis=1),
                ("positive",): sick.sum(axis=0),
                ("negative",): well.sum(axis=0),
                ("reader", "positive"): sick,
                ("reader", "negative"): well,
                ("positive", "negative"): by_pair[part],
            }

        return keyed(0), keyed(1)

    def reads(self) -> tuple[FloatArray, FloatArray]:
        """Positive and negative cases per reader, of shape (readers,)."""
        return np.isfinite(self.positive).sum(axis=1), np.isfinite(self.negative).sum(axis=1)

    def cases(self) -> set[tuple[str, int]]:
        """Cases that the value rests on: those of readers who read every class that it needs."""
        sick, well = self.reads()
        used = (sick > 0) & (well > 0)
        return {
            (name, int(case))
            for name, reads in (("positive", self.positive), ("negative", self.negative))
            if name in self.axes and self.metric != ("TNF" if name == "positive" else "TPF")
            for case in np.flatnonzero(np.isfinite(reads[used]).any(axis=0))
        }

    def obstacles(self) -> list[tuple[Any, str]]:
        """Reasons to withhold the interval."""
        sick, well = self.reads()
        used = (sick > 0) & (well > 0)
        lone = [
            (reads[used] == 1).any() if name in self.axes else False
            for name, reads in (("positive", sick), ("negative", well))
        ]
        return [
            (used.sum() < 2, "one reader only: no variance between readers"),
            (lone[0], "a reader has one positive case only: no variance within that reader"),
            (lone[1], "a reader has one negative case only: no variance within that reader"),
        ]


def _modality(truth: Any, reads: Any, metric: Metric, weighting: Weighting) -> _Modality:
    """Check the input and split the reads by truth."""
    truths, values = np.asarray(truth, dtype=np.float64), np.asarray(reads, dtype=np.float64)
    if values.ndim != 2 or truths.shape != values.shape[1:]:
        raise ValueError(
            f"reads must have the shape (readers, cases) and truth (cases,); got {values.shape} "
            f"and {truths.shape}"
        )
    wrong = np.flatnonzero(~np.isin(truths, (0, 1)) & ~np.isnan(truths))
    if wrong.size:
        raise ValueError(
            f"truth of case {wrong[0]} is {truths[wrong[0]]:g}; use 1 for diseased, 0 for healthy, "
            "NaN for unknown"
        )
    if metric != "AUC":
        wrong_calls = np.argwhere(~np.isin(values, (0, 1)) & ~np.isnan(values))
        if wrong_calls.size:
            reader, case = wrong_calls[0]
            raise ValueError(
                f"call of reader {reader} on case {case} is {values[reader, case]:g}; use 1 for "
                "positive, 0 for negative, NaN for not read"
            )
    elif np.isinf(values).any():
        reader, case = np.argwhere(np.isinf(values))[0]
        raise ValueError(
            f"score of reader {reader} on case {case} is infinite; use NaN for not read"
        )
    sick, well = values[:, truths == 1], values[:, truths == 0]
    if weighting == "pairs":
        return _Modality(sick, well, metric, _AXES)
    # One stand-in case read by all takes the other class's place: every read then weighs alike.
    stand_in = np.zeros((values.shape[0], 1))
    if metric == "TPF":
        return _Modality(sick, stand_in, metric, ("reader", "positive"))
    return _Modality(stand_in, well, metric, ("reader", "negative"))


def _components(a: _Modality, b: _Modality) -> Components:
    """Moments of the products of a read of a with a read of b, by inclusion and exclusion."""
    axes = a.axes
    keys = [key for size in range(len(axes), -1, -1) for key in combinations(axes, size)]
    joint = np.zeros(2)
    if axes == _AXES:
        for reader in range(a.positive.shape[0]):
            pairs = zip(a.kernel(reader), b.kernel(reader), strict=True)
            joint += [np.vdot(x, y) for x, y in pairs]
    sums = np.empty((2, len(keys)))
    for part, (left, right) in enumerate(zip(a.margins(), b.margins(), strict=True)):
        at_least = {k: joint[part] if k == _AXES else np.vdot(left[k], right[k]) for k in keys}
        # sharing exactly k: pairs that share k or more, less those that share more
        sums[part] = [
            sum(
                (-1) ** (len(more) - len(k)) * at_least[more]
                for more in keys
                if set(k) <= set(more)
            )
            for k in keys
        ]
    products, pairs_of_kind = sums
    present = pairs_of_kind > 0.5  # counts; below a half is rounding
    counts = np.where(present, pairs_of_kind, 0.0)
    moments = np.where(present, products / np.where(present, counts, 1.0), np.nan)
    return Components(tuple(keys), moments, counts / max(counts.sum(), 1.0))


def _value(modality: _Modality) -> float:
    """Pooled value; NaN where no reader read every class that it needs."""
    success, design = (float(margin[()].sum()) for margin in modality.margins())
    return success / design if design > 0 else float("nan")


def _result(
    modalities: list[_Modality], metric: Metric, weighting: Weighting, level: float
) -> MrmcResult:
    """Estimate of one modality, or of the first less the second."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; use a number between 0 and 1, such as 0.95")
    values = [_value(modality) for modality in modalities]
    parts = [_components(modality, modality) for modality in modalities]
    variance, value, bounds = parts[0].covariance, values[0], (0.0, 1.0)
    if len(modalities) == 2:
        parts.append(_components(*modalities))
        variance += parts[1].covariance - 2 * parts[2].covariance
        value, bounds = values[0] - values[1], (-np.inf, np.inf)
    positive = variance > _NO_VARIANCE  # not so where it is NaN
    se = float(np.sqrt(variance)) if positive else float("nan")
    half = float(stats.norm.ppf(0.5 + level / 2)) * se
    estimate = make_estimate(
        value,
        n=len(set().union(*(modality.cases() for modality in modalities))),
        se=se,
        low=np.clip(value - half, *bounds),
        high=np.clip(value + half, *bounds),
        method=f"{metric}, MRMC U-statistic, weighted by {weighting}"
        + (", difference" if len(modalities) == 2 else ""),
        insufficient=[(np.isnan(value), "no reader read the classes of cases that it needs")],
        withheld=[
            *(obstacle for modality in modalities for obstacle in modality.obstacles()),
            (not positive, "the variance estimate is not positive: no interval"),
        ],
    )
    return MrmcResult(estimate, variance, tuple(parts))


def auc_mrmc(truth: Any, scores: Any, level: float = 0.95) -> MrmcResult:
    """AUC pooled over readers (weights positives x negatives) with its MRMC variance.

    A reader without a positive or without a negative case weighs nothing and is left out.

    Args:
        truth: 1 diseased, 0 healthy, NaN unknown (left out), shape (cases,).
        scores: Higher = more suspicious, NaN = not read, shape (readers, cases).
        level: Confidence level.

    Returns:
        The result, its interval cut to 0..1. The interval is withheld, with the reason, where there is one
        reader, where a reader has one case only of a class, or where the variance is not positive.

    Raises:
        ValueError: Wrong shapes, a truth other than 0 and 1, an infinite score or a level outside 0..1.

    Source:
        Gallas, Acad Radiol 13:353-362 (2006); Gallas, Bandos, Samuelson and Wagner, Commun Stat Theory
        Methods 38:2586-2603 (2009).
    """
    return _result([_modality(truth, scores, "AUC", "pairs")], "AUC", "pairs", level)


def auc_mrmc_difference(
    truth: Any, scores_a: Any, scores_b: Any, level: float = 0.95
) -> MrmcResult:
    """Pooled AUC of a less that of b, where readers and cases may be shared in whole or in part.

    Args:
        truth: As of `auc_mrmc`.
        scores_a: Scores with the first modality, shape (readers, cases).
        scores_b: With the second, the same readers and cases in the same order; NaN = not read.
        level: Confidence level.

    Returns:
        The result, as of `auc_mrmc`, its interval not cut.

    Raises:
        ValueError: As of `auc_mrmc`, or the two matrices differ in shape.
    """
    return _difference(truth, scores_a, scores_b, "AUC", "pairs", level)


def rate_mrmc(
    truth: Any, calls: Any, rate: Rate, weighting: Weighting = "pairs", level: float = 0.95
) -> MrmcResult:
    """True positive or true negative fraction pooled over readers, with its MRMC variance.

    Args:
        truth: As of `auc_mrmc`.
        calls: 1 called positive, 0 called negative, NaN = not read, shape (readers, cases).
        rate: "TPF" (sensitivity) or "TNF" (specificity).
        weighting: "pairs" weighs a reader by positives x negatives, as iMRMC and its published results do;
            "reads" weighs every read alike. They are the same in a fully crossed design.
        level: Confidence level.

    Returns:
        The result, as of `auc_mrmc`; n counts the cases of the class that the rate is about.

    Raises:
        ValueError: As of `auc_mrmc`, or a call other than 0 and 1.
    """
    return _result([_modality(truth, calls, rate, weighting)], rate, weighting, level)


def rate_mrmc_difference(
    truth: Any,
    calls_a: Any,
    calls_b: Any,
    rate: Rate,
    weighting: Weighting = "pairs",
    level: float = 0.95,
) -> MrmcResult:
    """Pooled rate of a less that of b; arguments as of `rate_mrmc` and `auc_mrmc_difference`.

    Raises:
        ValueError: As of `rate_mrmc`, or the two matrices differ in shape.
    """
    return _difference(truth, calls_a, calls_b, rate, weighting, level)


def _difference(
    truth: Any, a: Any, b: Any, metric: Metric, weighting: Weighting, level: float
) -> MrmcResult:
    """Difference of two modalities whose matrices must match."""
    if np.shape(a) != np.shape(b):
        raise ValueError(
            f"a and b must hold the same readers and cases; got {np.shape(a)} and {np.shape(b)}; "
            "use NaN for what was not read"
        )
    pair = [_modality(truth, reads, metric, weighting) for reads in (a, b)]
    return _result(pair, metric, weighting, level)


def pooled_auc(auc: Any, positives: Any, negatives: Any) -> Estimate:
    """Pool readers' AUCs with weights positives x negatives, from summaries alone.

    Args:
        auc: AUC per reader, shape (..., readers); not used where the weight is 0.
        positives: Diseased cases read, shape (..., readers).
        negatives: Healthy cases read, shape (..., readers).

    Returns:
        Estimate of shape (...), without an interval: summaries do not say which cases readers share. n counts
        the reads of readers with weight, which are the cases where no case is read twice.
    """
    values, sick, well = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (auc, positives, negatives))
    )
    weights = sick * well
    used = weights > 0
    total = weights.sum(axis=-1)
    pooled = np.where(used, values * weights, 0.0).sum(axis=-1) / np.where(total > 0, total, 1.0)
    return make_estimate(
        pooled,
        n=np.where(used, sick + well, 0.0).sum(axis=-1),
        method="AUC, pooled by positives x negatives",
        insufficient=[
            (total == 0, "no reader has both classes of cases"),
            ((used & ~np.isfinite(values)).any(axis=-1), "a reader with both classes has no AUC"),
        ],
        withheld=[(True, "the interval needs the reads: see auc_mrmc")],
    )
