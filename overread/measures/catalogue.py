"""Every measure, declared once: its question, its parts, its interval and its source."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Measure:
    """An entry of the catalogue.

    Attributes:
        id: Name in the `measure` table.
        name: Name for readers, in English and Traditional Chinese.
        question: The question that it answers.
        numerator: What is counted.
        denominator: Out of what.
        exclusions: What is left out, and counted.
        unit: "share" (0 to 1), "minutes" or "coefficient".
        direction: Which way is better.
        minimum_n: Below it no judgement is passed on a vendor.
        interval_method: How the interval is made.
        input_columns: Fact columns that it needs.
        source: Paper, standard or registry of the definition.
        version: Version of the definition.
    """

    id: str
    name: str
    name_zh_hant: str
    question: str
    numerator: str
    denominator: str
    exclusions: str
    unit: Literal["share", "minutes", "coefficient"]
    direction: Literal["lower", "higher", "neutral"]
    interval_method: str
    input_columns: tuple[str, ...]
    source: str
    minimum_n: int = 11
    version: int = 1


_REVIEW = ("review.task_id", "review.route", "review.score")
_ARBITRATED = (*_REVIEW, "review.arbitrated_score")
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
_OVER_EXAMS = "between many readers over exams, these readers given, on the effective size"
_WEIGHTLESS = "of pooled readers who share exams, a reader who read one class only"
_GALLAS = "Gallas 2006; Gallas, Bandos, Samuelson and Wagner 2009"
_RADPEER = "ACR RADPEER, 2016 form"
_OLD = "old plain scores 2, 3 and 4 carry no significance: counted, not in the denominator"

CATALOGUE: Final = MappingProxyType(
    {
        measure.id: measure
        for measure in (
            Measure(
                "discrepancy_rate", "Discrepancy rate", "不一致率",
                "How often does a reviewer disagree with the report?",
                "reviews scored 2 or 3", "reviews", "none", "share", "lower", "Wilson", _REVIEW, _RADPEER,
            ),
            Measure(
                "significant_discrepancy_rate", "Significant discrepancy rate", "重大不一致率",
                "How often is a discrepancy likely to matter clinically?",
                "reviews scored 2b or 3b", "reviews whose significance is known", _OLD,
                "share", "lower", "Wilson", _REVIEW, _RADPEER,
            ),
            Measure(
                "discrepancy_rate_arbitrated", "Discrepancy rate, arbitrated", "仲裁後不一致率",
                "How often does the arbitrated score disagree with the report?",
                "arbitrated reviews scored 2 or 3", "arbitrated reviews", "reviews that were not arbitrated",
                "share", "lower", "Wilson", _ARBITRATED, _RADPEER,
            ),
            Measure(
                "significant_discrepancy_rate_arbitrated", "Significant discrepancy rate, arbitrated",
                "仲裁後重大不一致率", "How often does a significant discrepancy stand after arbitration?",
                "arbitrated reviews scored 2b or 3b", "arbitrated reviews whose significance is known",
                "reviews that were not arbitrated; " + _OLD, "share", "lower", "Wilson", _ARBITRATED, _RADPEER,
            ),
            Measure(
                "radpeer_share", "RADPEER distribution", "RADPEER 分布", "How do the scores spread?",
                "reviews with the score", "reviews", "none", "share", "neutral", "Wilson", _REVIEW, _RADPEER,
            ),
            Measure(
                "turnaround_mean_completed_only", "Mean turnaround, finished tasks", "平均周轉時間（已完成）",
                "How long did finished tasks take on average?", "minutes of finished tasks", "finished tasks",
                "unfinished tasks; tasks whose times are out of order",
                "minutes", "lower", "Johnson's modified t, for skewed times",
                ("read_task.received_at", "read_task.final_at"),
                "ACR NRDR GRID",
            ),
            Measure(
                "turnaround_median_completed_only", "Median turnaround, finished tasks", "周轉時間中位數（已完成）",
                "Within what time was half of the finished tasks done?", "minutes", "finished tasks",
                "unfinished tasks; tasks whose times are out of order", "minutes", "lower",
                "order statistics (binomial)", ("read_task.received_at", "read_task.final_at"),
                "Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2",
            ),
            Measure(
                "turnaround_p75_completed_only", "75th percentile of turnaround, finished tasks",
                "周轉時間第 75 百分位數（已完成）", "Within what time were three quarters of the finished tasks done?",
                "minutes",
                "finished tasks", "unfinished tasks; tasks whose times are out of order", "minutes", "lower",
                "order statistics (binomial)", ("read_task.received_at", "read_task.final_at"),
                "Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2",
            ),
            Measure(
                "turnaround_p90_completed_only", "90th percentile of turnaround, finished tasks",
                "周轉時間第 90 百分位數（已完成）", "Within what time were nine of ten finished tasks done?",
                "minutes",
                "finished tasks", "unfinished tasks; tasks whose times are out of order", "minutes", "lower",
                "order statistics (binomial)", ("read_task.received_at", "read_task.final_at"),
                "Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2",
            ),
            Measure(
                "turnaround_p95_completed_only", "95th percentile of turnaround, finished tasks",
                "周轉時間第 95 百分位數（已完成）", "Within what time were 95 of 100 of the finished tasks done?",
                "minutes",
                "finished tasks", "unfinished tasks; tasks whose times are out of order", "minutes", "lower",
                "order statistics (binomial)", ("read_task.received_at", "read_task.final_at"),
                "Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2",
            ),
            Measure(
                "sla_attainment", "SLA attainment", "服務水準達成率",
                "Which share of due tasks kept its contract's time?",
                "due tasks that kept the time", "tasks due by the data cut-off",
                "tasks not yet due, cancelled or returned; tasks without one clear term", "share", "higher", "Wilson",
                ("contract_term.target_minutes", "read_task.received_at", "read_task.final_at"), "contract terms",
            ),
            Measure(
                "sla_breaches", "SLA breaches", "逾時件數",
                "How many due tasks broke their contract's time?",
                "due tasks that did not keep the time, read or not", "tasks due by the data cut-off",
                "tasks not yet due, cancelled or returned; tasks without one clear term", "share", "lower", "Wilson",
                ("contract_term.target_minutes", "read_task.received_at", "read_task.final_at"), "contract terms",
            ),
            Measure(
                "tasks_at_risk", "Tasks due within 24 hours", "24 小時內到期之未完成件數",
                "How many unread tasks will break their contract's time unless they are read in the next 24 hours?",
                "tasks due within 24 hours of the data cut-off", "tasks not yet due and not yet read",
                "tasks due by the data cut-off, cancelled or returned; tasks without one clear term", "share",
                "neutral", "Wilson",
                ("contract_term.target_minutes", "read_task.received_at", "read_task.final_at"), "contract terms",
            ),
            Measure(
                "open_tasks", "Open tasks by age", "未完成件數（依等候時間）",
                "How long have the tasks waited that are not read yet?",
                "open tasks of the age (category), from images received, else exam completed, to the data cut-off",
                "open tasks", "tasks finished, returned or cancelled", "share", "neutral", "Wilson",
                ("read_task.received_at", "read_task.final_at", "exam.completed_at"), "definition",
            ),
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
            ),
            Measure(
                "sensitivity_difference", "Difference of sensitivity", "敏感度差異",
                "Do readers call more of the diseased with one technique than with another?",
                "sensitivity with the first technique less that with the second (category: first-second)",
                "readers and cases of either technique", "as of sensitivity", "share", "neutral", _COMPARED,
                (*_CALL, "exam.technique", "exam.patient_id"), _GALLAS,
            ),
            Measure(
                "specificity_difference", "Difference of specificity", "特異度差異",
                "Do readers spare more of the healthy with one technique than with another?",
                "specificity with the first technique less that with the second (category: first-second)",
                "readers and cases of either technique", "as of specificity", "share", "neutral", _COMPARED,
                (*_CALL, "exam.technique", "exam.patient_id"), _GALLAS,
            ),
            Measure(
                "auc_difference", "Difference of area under the ROC curve", "ROC 曲線下面積差異",
                "Do readers rank cases better with one technique than with another?",
                "area with the first technique less that with the second (category: first-second)",
                "readers and cases of either technique", "as of auc", "coefficient", "neutral", _COMPARED,
                (*_SCORE, "exam.technique", "exam.patient_id"), _GALLAS,
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
            Measure(
                "agreement_percent", "Percent agreement", "一致百分比", "How often do two answers agree?",
                "equal answers", "cases (AI against reader) or pairs of readers", "uncertain answers", "share", "higher",
                "Wilson; " + _OVER_EXAMS, ("reader_call.call", "ai_result.call"), "definition; Gwet 2014, section 5.3",
            ),
            Measure(
                "cohen_kappa", "Cohen's kappa", "Cohen kappa 係數", "How far does agreement exceed chance?",
                "agreement beyond chance", "possible agreement beyond chance", "uncertain answers",
                "coefficient", "higher",
                "Wilson on the effective size of the Fleiss-Cohen-Everitt variance, withheld where the margins are too "
                "thin; " + _OVER_EXAMS,
                ("reader_call.call", "ai_result.call"), "Cohen 1960; Fleiss for many readers",
            ),
            Measure(
                "gwet_ac1", "Gwet's AC1", "Gwet AC1 係數",
                "How far does agreement exceed chance where a finding is rare?",
                "agreement beyond chance", "possible agreement beyond chance", "uncertain answers",
                "coefficient", "higher",
                "Wilson on the effective size of Gwet's variance, withheld below 20 cases; " + _OVER_EXAMS,
                ("reader_call.call", "ai_result.call"), "Gwet 2008",
            ),
            Measure(
                "pabak", "PABAK", "PABAK 係數", "What would kappa be at even prevalence?",
                "2 x agreement - 1", "1", "uncertain answers", "coefficient", "higher",
                "Wilson, transformed; " + _OVER_EXAMS, ("reader_call.call", "ai_result.call"), "Byrt 1993",
            ),
        )
    }
)  # fmt: skip
