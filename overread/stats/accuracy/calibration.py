"""How well predicted probabilities agree with outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import normal_quantile

NO_CASES = "no cases"
ONE_OUTCOME = "all cases have one outcome"
ONE_PROBABILITY = "all cases have one probability: no line through one point"
SEPARATION = "the probabilities separate the outcomes: the slope is infinite"
NO_FIT = "the fit did not converge"
ITERATIONS, HALVINGS = 50, 200
# A probability such as 0.3 is a hair below three tenths in binary: bins are cut in decimal.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """Brier score and expected calibration error with the bins that show them.

    Attributes:
        brier: Mean squared difference of probability and outcome.
        ece: Mean absolute gap of mean probability and share, weighted by bin size.
        n: Cases per bin.
        mean_probability: Mean probability per bin; NaN in an empty bin.
        share: Share of outcomes per bin; NaN in an empty bin.
    """

    brier: Estimate
    ece: Estimate
    n: FloatArray
    mean_probability: FloatArray
    share: FloatArray


def calibration(truth: Any, probability: Any, bins: int = 10) -> Calibration:
    """Judge probabilities in equal-width bins [i/b, (i+1)/b), the last one closed.

    Args:
        truth: Outcomes 0 or 1, shape (cases,).
        probability: Predicted probabilities, shape (cases,); missing ones are left out.
        bins: Number of bins b.

    Returns:
        The two scores and the bins.

    Raises:
        ValueError: A probability lies outside 0..1.

    Source:
        Brier, Mon Weather Rev 78:1-3 (1950); Naeini, Cooper and Hauskrecht, AAAI 2015 (ECE).
    """
    outcome = np.asarray(truth, dtype=np.float64)
    predicted = np.asarray(probability, dtype=np.float64)
    kept = np.isfinite(outcome) & np.isfinite(predicted)
    outcome, predicted = outcome[kept], predicted[kept]
    if np.any((predicted < 0) | (predicted > 1)):
        raise ValueError("a probability lies outside 0..1")
    place = np.minimum(np.floor(predicted * bins + ROUNDING).astype(np.int64), bins - 1)
    n = np.bincount(place, minlength=bins).astype(np.float64)
    safe = np.where(n > 0, n, np.nan)
    mean = np.bincount(place, predicted, bins) / safe
    share = np.bincount(place, outcome, bins) / safe
    total = float(outcome.size)
    empty = [(total == 0, NO_CASES)]
    brier = ((predicted - outcome) ** 2).sum() / max(total, 1.0)
    ece = np.nansum(n * np.abs(mean - share)) / max(total, 1.0)
    return Calibration(
        make_estimate(brier, n=total, method="Brier score", insufficient=empty),
        make_estimate(ece, n=total, method=f"ECE, {bins} equal-width bins", insufficient=empty),
        n,
        mean,
        share,
    )


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """Logistic recalibration: logit of the true probability = intercept + slope x logit of the predicted one.

    Attributes:
        intercept: Intercept of the line, 0 where calibrated.
        slope: Slope, 1 where calibrated; below 1 predictions are too extreme.
        in_the_large: Intercept with the slope held at 1, 0 where calibrated on average; above 0 predictions
            are too low.
        left_out: Cases with a probability of exactly 0 or 1, which has no logit, shape (...).
    """

    intercept: Estimate
    slope: Estimate
    in_the_large: Estimate
    left_out: FloatArray


def _newton(
    columns: list[FloatArray],
    offset: FloatArray,
    events: FloatArray,
    cases: FloatArray,
    start: list[FloatArray],
    usable: Any,
) -> tuple[FloatArray, FloatArray, Any]:
    """Maximum-likelihood coefficients of a logistic model with one or two columns, per stratum.

    Newton's steps, halved where the likelihood would fall; strata that are not usable stay at their start.

    Returns:
        Coefficients (..., k), their covariance (..., k, k), and whether the score has reached 0.
    """
    design = np.stack(columns, axis=-2)
    beta = np.stack(start, axis=-1)
    size = np.maximum(cases.sum(axis=-1), 1.0)

    def linear(at: FloatArray) -> FloatArray:
        return np.asarray(offset + (at[..., None] * design).sum(axis=-2), dtype=np.float64)

    def likelihood(at: FloatArray) -> FloatArray:
        eta = linear(at)
        value = (events * eta - cases * np.logaddexp(0.0, eta)).sum(axis=-1)
        return np.asarray(value, dtype=np.float64)

    def step(at: FloatArray) -> tuple[FloatArray, FloatArray]:
        fitted = special.expit(linear(at))
        score = ((events - cases * fitted)[..., None, :] * design).sum(axis=-1)
        weighted = (cases * fitted * (1 - fitted))[..., None, :] * design
        information = (weighted[..., :, None, :] * design[..., None, :, :]).sum(axis=-1)
        # saturated cases carry no information in floating point; the speck keeps the matrix invertible
        speck = 1e-30 * size[..., None, None] * np.eye(len(columns))
        return score, np.where(usable[..., None, None], information + speck, np.eye(len(columns)))

    best = likelihood(beta)
    for _ in range(ITERATIONS):
        score, information = step(beta)
        move = np.linalg.solve(information, np.where(usable[..., None], score, 0.0)[..., None])
        length = np.ones(best.shape)
        for _ in range(HALVINGS):
            worse = likelihood(beta + length[..., None] * move[..., 0]) < best - 1e-12 * size
            if not worse.any():
                break
            length = np.where(worse, length / 2, length)
        beta = beta + length[..., None] * move[..., 0]
        best = likelihood(beta)
        if np.abs(move).max(initial=0.0) < 1e-10:
            break
    score, information = step(beta)
    spread = np.maximum(np.abs(design).max(axis=-1, initial=0.0), 1.0)
    reached = (np.abs(score) <= 1e-6 * size[..., None] * spread).all(axis=-1)
    return beta, np.asarray(np.linalg.inv(information), dtype=np.float64), reached


def calibration_line(
    positives: Any, negatives: Any, probability: Any, level: float = 0.95
) -> CalibrationLine:
    """Calibration line and calibration-in-the-large from counts at each predicted probability.

    Item level is the same with one case per place: positives = truth, negatives = 1 - truth. Counts of wide
    bins at their mean probability give the line of the binned data only.

    Args:
        positives: Cases with the outcome at each probability, shape (..., places).
        negatives: Cases without it, shape (..., places).
        probability: Predicted probabilities, shape (places,) or (..., places); NaN = missing, left out.
        level: Confidence level of the normal intervals.

    Returns:
        The line over strata of shape (...). "insufficient" without cases, with one outcome only, with one
        probability only (intercept and slope), and where the probabilities separate the outcomes, so that the
        maximum-likelihood slope is infinite.

    Raises:
        ValueError: A probability outside 0..1 or a negative count.

    Source:
        Cox, Biometrika 45:562-565 (1958); Van Calster et al., BMC Med 17:230 (2019); probabilities of 0 and 1
        are left out as in R rms, val.prob.
    """
    sick, well, p = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (positives, negatives, probability))
    )
    if np.any((p < 0) | (p > 1)):
        raise ValueError("a probability lies outside 0..1")
    if np.any(sick < 0) or np.any(well < 0):
        raise ValueError("a count is negative")
    certain, inner = (p == 0) | (p == 1), (p > 0) & (p < 1)
    left_out = np.where(certain, sick + well, 0.0).sum(axis=-1)
    sick, cases = np.where(inner, sick, 0.0), np.where(inner, sick + well, 0.0)
    logit = special.logit(np.where(inner, p, 0.5))
    total, events = cases.sum(axis=-1), sick.sum(axis=-1)

    def reach(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        low = np.where(counts > 0, logit, np.inf).min(axis=-1, initial=np.inf)
        return low, np.where(counts > 0, logit, -np.inf).max(axis=-1, initial=-np.inf)

    (low_sick, high_sick), (low_well, high_well) = reach(sick), reach(cases - sick)
    one_outcome = (events == 0) | (events == total)
    alike = np.minimum(low_sick, low_well) == np.maximum(high_sick, high_well)
    apart = (high_well <= low_sick) | (high_sick <= low_well)
    level_start = special.logit((events + 0.5) / (total + 1))
    ones, none = np.ones(logit.shape), np.zeros(logit.shape)
    line, line_covariance, line_fits = _newton(
        [ones, logit],
        none,
        sick,
        cases,
        [level_start, np.zeros(total.shape)],
        ~(one_outcome | alike | apart),
    )
    large, large_covariance, large_fits = _newton(
        [ones], logit, sick, cases, [np.zeros(total.shape)], ~one_outcome
    )
    absent = [(total == 0, NO_CASES), (one_outcome, ONE_OUTCOME)]
    no_line = [*absent, (alike, ONE_PROBABILITY), (apart, SEPARATION), (~line_fits, NO_FIT)]

    def wald(value: FloatArray, variance: FloatArray, name: str, reasons: Any) -> Estimate:
        se = np.sqrt(np.maximum(variance, 0.0))
        half = normal_quantile(level) * se
        return make_estimate(
            value,
            n=total,
            se=se,
            low=value - half,
            high=value + half,
            method=f"{name}, logistic recalibration, normal",
            insufficient=reasons,
        )

    return CalibrationLine(
        wald(line[..., 0], line_covariance[..., 0, 0], "calibration intercept", no_line),
        wald(line[..., 1], line_covariance[..., 1, 1], "calibration slope", no_line),
        wald(
            large[..., 0],
            large_covariance[..., 0, 0],
            "calibration in the large",
            [*absent, (~large_fits, NO_FIT)],
        ),
        left_out,
    )
