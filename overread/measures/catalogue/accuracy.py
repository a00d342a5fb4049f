"""Accuracy of readers and algorithms against a reference standard."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_CALL = ("reader_call.exam_id", "reader_call.finding", "reference_standard.truth")
_SCORE = ("reader_call.score", "ai_result.score", "reference_standard.truth")
# One weighting for all three, the one of the published method: without it an AUC and its sensitivity would be means
# over different readers.
_MRMC = (
    "MRMC U-statistic with readers and cases random, {limits} (degrees of freedom from the readers and from the part "
    "of the variance that they bring; withheld below 3 readers or 15 cases of a class): each reader's value weighs "
    "positives x negatives read"
)
_POOLED, _COMPARED = (_MRMC.format(limits=limits) for limits in ("t on the logit scale", "t"))
_WEIGHTLESS = "of pooled readers who share exams, a reader who read one class only"
_GALLAS = "Gallas 2006; Gallas, Bandos, Samuelson and Wagner 2009"

ACCURACY: Final = (
    Measure(
        "sensitivity", "Sensitivity", "敏感度", "Which share of the diseased was called?",
        "diseased cases called present", "diseased cases with a call",
        "cases without call or reference; " + _WEIGHTLESS,
        "share", "higher", "Wilson; where readers share exams, " + _POOLED, _CALL, "STARD 2015; " + _GALLAS,
        version=2,
    ),
    Measure(
        "specificity", "Specificity", "特異度", "Which share of the healthy was not called?",
        "healthy cases called absent", "healthy cases with a call",
        "cases without call or reference; " + _WEIGHTLESS,
        "share", "higher", "Wilson; where readers share exams, " + _POOLED, _CALL, "STARD 2015; " + _GALLAS,
        version=2,
    ),
    Measure(
        "auc", "Area under the ROC curve", "ROC 曲線下面積",
        "How well do the scores rank diseased above healthy?", "pairs ranked right, ties one half",
        "pairs of a diseased and a healthy case of one reader",
        "cases without score or reference; " + _WEIGHTLESS, "coefficient", "higher",
        "DeLong on the logit scale, each class having borrowed 0.3 of a case from the other, withheld below "
        "15 cases of a class; where readers are pooled, " + _POOLED, _SCORE, "DeLong 1988; " + _GALLAS,
        formula="pairs ranked right / pairs",
    ),
    Measure(
        "sensitivity_difference", "Difference of sensitivity", "敏感度差異",
        "Do readers call more of the diseased with one technique than with another?",
        "sensitivity with the first technique less that with the second (category: first-second)",
        "readers and cases of either technique", "as of sensitivity", "share", "neutral", _COMPARED,
        (*_CALL, "exam.technique", "exam.patient_id"), _GALLAS,
        formula="value with the first - value with the second",
    ),
    Measure(
        "specificity_difference", "Difference of specificity", "特異度差異",
        "Do readers spare more of the healthy with one technique than with another?",
        "specificity with the first technique less that with the second (category: first-second)",
        "readers and cases of either technique", "as of specificity", "share", "neutral", _COMPARED,
        (*_CALL, "exam.technique", "exam.patient_id"), _GALLAS,
        formula="value with the first - value with the second",
    ),
    Measure(
        "auc_difference", "Difference of area under the ROC curve", "ROC 曲線下面積差異",
        "Do readers rank cases better with one technique than with another?",
        "area with the first technique less that with the second (category: first-second)",
        "readers and cases of either technique", "as of auc", "coefficient", "neutral", _COMPARED,
        (*_SCORE, "exam.technique", "exam.patient_id"), _GALLAS,
        formula="value with the first - value with the second",
    ),
    *(
        Measure(
            f"{measure_id}_variance_share", f"Parts of the variance of {name}", f"{name_zh_hant}之變異成分",
            "Would more readers or more cases make the pooled value surer?",
            "variance that readers, cases, or a reader with a case (category) put into the pooled value",
            "variance of the pooled value", "places without a multi-reader interval; a part estimated below "
            "zero is shown as zero", "share", "neutral", "none",
            columns, _GALLAS,
        )
        for measure_id, name, name_zh_hant, columns in (
            ("sensitivity", "sensitivity", "敏感度", _CALL),
            ("specificity", "specificity", "特異度", _CALL),
            ("auc", "area under the ROC curve", "ROC 曲線下面積", _SCORE),
        )
    ),
)  # fmt: skip
