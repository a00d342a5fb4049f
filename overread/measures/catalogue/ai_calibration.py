"""Scores of an algorithm as probabilities."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_SCORE: Final = ("ai_result.score", "ai_result.algorithm_version", "reference_standard.truth")
_LEFT: Final = (
    "failed and excluded runs; results without score or settled reference; not applicable where a score lies outside "
    "0 to 1; told of the whole and of a vendor, over all months only"
)
_LINE: Final = f"{_LEFT}; scores of exactly 0 or 1, which have no logit"
_NORMAL: Final = "normal, from the information of the fit"

AI_CALIBRATION: Final = (
    Measure(
        "brier", "Brier score", "Brier 分數", "How far do the scores lie from what was true?",
        "squared differences of score and truth (1 diseased, 0 healthy)", "cases with score and reference", _LEFT,
        "coefficient", "lower", "Johnson's modified t, for skewed errors; withheld below 50 cases", _SCORE,
        "Brier 1950", formula="mean squared difference",
    ),
    Measure(
        "calibration_error", "Expected calibration error", "預期校正誤差",
        "How far does a score lie from the share of the diseased among cases of such scores?",
        "gaps of mean score and share of the diseased in ten bins of equal width", "cases with score and reference",
        _LEFT, "coefficient", "lower", "none: it is too high where cases are few", _SCORE,
        "Naeini, Cooper and Hauskrecht 2015", formula="mean absolute gap, weighted by the cases of the bins",
    ),
    Measure(
        "calibration_slope", "Calibration slope", "校正斜率", "Are the scores too extreme (below 1) or too timid?",
        "slope of the logit of the true probability on the logit of the score", "cases with score and reference",
        _LINE, "ratio", "neutral", _NORMAL, _SCORE, "Cox 1958; Van Calster et al. 2019",
        formula="logistic recalibration, 1 where calibrated",
    ),
    Measure(
        "calibration_intercept", "Calibration intercept", "校正截距",
        "Are the scores too low (above 0) or too high, at a score of one half?",
        "intercept of the same line", "cases with score and reference", _LINE,
        "ratio", "neutral", _NORMAL, _SCORE, "Cox 1958; Van Calster et al. 2019",
        formula="logistic recalibration, 0 where calibrated",
    ),
)  # fmt: skip
