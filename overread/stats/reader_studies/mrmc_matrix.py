"""MRMC results of one study given as a matrix, readers x cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, make_estimate
from overread.stats.interval import Interval
from overread.stats.reader_studies.mrmc import MrmcResult, mrmc, mrmc_difference
from overread.stats.reader_studies.mrmc_reads import Metric, Rate, Reads, Weighting


def _reads(truth: Any, matrix: Any, metric: Metric) -> Reads:
    """Check the input and list what was read."""
    truths, values = np.asarray(truth, dtype=np.float64), np.asarray(matrix, dtype=np.float64)
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
    reader, case = np.nonzero(np.isfinite(values) & np.isfinite(truths))
    ones = np.ones(reader.size)
    return Reads(
        np.zeros_like(reader), reader, case, truths[case] == 1, values[reader, case], ones, ones < 1
    )


def _only(result: MrmcResult) -> MrmcResult:
    """The result of the one stratum, without its axis."""
    whole = result.estimate
    estimate = replace(
        whole,
        **{
            name: getattr(whole, name).reshape(())
            for name in ("value", "se", "low", "high", "n", "status", "reason")
        },
    )
    parts = tuple(
        replace(
            part,
            moments=part.moments[0],
            coefficients=part.coefficients[0],
            centred=part.centred[0],
        )
        for part in result.components
    )
    return MrmcResult(estimate, result.variance[0], result.readers[0], parts)


def auc_mrmc(
    truth: Any, scores: Any, level: float = 0.95, interval: Interval = "covering"
) -> MrmcResult:
    """AUC pooled over readers (weights positives x negatives) with its MRMC variance; see `mrmc.mrmc`.

    Args:
        truth: 1 diseased, 0 healthy, NaN unknown (left out), shape (cases,).
        scores: Higher = more suspicious, NaN = not read, shape (readers, cases).
        level: Confidence level.
        interval: As of `mrmc.mrmc`.

    Returns:
        The result, every part of shape ().

    Raises:
        ValueError: Wrong shapes, a truth other than 0 and 1, an infinite score or a level outside 0..1.
    """
    return _only(mrmc(_reads(truth, scores, "AUC"), "AUC", 1, level=level, interval=interval))


def auc_mrmc_difference(
    truth: Any,
    scores_a: Any,
    scores_b: Any,
    level: float = 0.95,
    interval: Interval = "covering",
) -> MrmcResult:
    """Pooled AUC of a less that of b, where readers and cases may be shared in whole or in part.

    Args:
        truth: As of `auc_mrmc`.
        scores_a: Scores with the first modality, shape (readers, cases).
        scores_b: With the second, the same readers and cases in the same order; NaN = not read.
        level: Confidence level.
        interval: As of `mrmc.mrmc`.

    Returns:
        The result, as of `auc_mrmc`.

    Raises:
        ValueError: As of `auc_mrmc`, or the two matrices differ in shape.
    """
    return _difference(truth, scores_a, scores_b, "AUC", "pairs", level, interval)


def rate_mrmc(
    truth: Any,
    calls: Any,
    rate: Rate,
    weighting: Weighting = "pairs",
    level: float = 0.95,
    interval: Interval = "covering",
) -> MrmcResult:
    """True positive or true negative fraction pooled over readers, with its MRMC variance; see `mrmc.mrmc`.

    Args:
        truth: As of `auc_mrmc`.
        calls: 1 called positive, 0 called negative, NaN = not read, shape (readers, cases).
        rate: "TPF" (sensitivity) or "TNF" (specificity).
        weighting: "pairs" weighs a reader by positives x negatives, as iMRMC and its published results do;
            "reads" weighs every read alike. They are the same in a fully crossed design.
        level: Confidence level.
        interval: As of `mrmc.mrmc`.

    Returns:
        The result, as of `auc_mrmc`; n counts the cases of the class that the rate is about.

    Raises:
        ValueError: As of `auc_mrmc`, or a call other than 0 and 1.
    """
    return _only(mrmc(_reads(truth, calls, rate), rate, 1, weighting, level, interval))


def rate_mrmc_difference(
    truth: Any,
    calls_a: Any,
    calls_b: Any,
    rate: Rate,
    weighting: Weighting = "pairs",
    level: float = 0.95,
    interval: Interval = "covering",
) -> MrmcResult:
    """Pooled rate of a less that of b; arguments as of `rate_mrmc` and `auc_mrmc_difference`.

    Raises:
        ValueError: As of `rate_mrmc`, or the two matrices differ in shape.
    """
    return _difference(truth, calls_a, calls_b, rate, weighting, level, interval)


def _difference(
    truth: Any,
    a: Any,
    b: Any,
    metric: Metric,
    weighting: Weighting,
    level: float,
    interval: Interval,
) -> MrmcResult:
    """Difference of two modalities whose matrices must match."""
    if np.shape(a) != np.shape(b):
        raise ValueError(
            f"a and b must hold the same readers and cases; got {np.shape(a)} and {np.shape(b)}; "
            "use NaN for what was not read"
        )
    pair = [_reads(truth, matrix, metric) for matrix in (a, b)]
    return _only(mrmc_difference(pair[0], pair[1], metric, 1, weighting, level, interval))


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
