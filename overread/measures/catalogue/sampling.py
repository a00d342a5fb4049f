"""How far peer review reaches, by route, and the rates that a random sample gives for the whole."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_ASSIGNED: Final = (
    "review_assignment.route", "review_assignment.due_at", "review_assignment.expired_at",
    "review_assignment.completed_at",
)  # fmt: skip
_WEIGHTED: Final = (
    "review.score", "review.assignment_id", "review_assignment.route", "review_assignment.inclusion_probability",
)  # fmt: skip
_UNDUE: Final = (
    "assignments not due by the data cut-off, done or not: those done early would flatter; told by route only, at places "
    "of one dimension or none"
)
_REACH: Final = (
    "tasks that are not finished; told by route only, at places of one dimension or none; "
    "a task counts once in a route"
)
_UNWEIGHTED: Final = (
    "routes other than random; reviews without an assignment of the same task and route, or whose inclusion probability "
    "is not known: counted, not weighted; told at places of one dimension or none"
)
_LIMITS: Final = (
    "Wilson limits of the classes of like weight on Kish's effective n, with finite-population correction over the "
    "finished tasks, combined"
)
_ESTIMATE: Final = (
    "Cochran, Sampling Techniques (1977), section 5A.2; Kish, Survey Sampling (1965), section 8.2; Zou, Huang and Zhang, "
    "Comput Stat Data Anal 53:1080-1085 (2009)"
)

SAMPLING: Final = (
    Measure(
        "review_completion", "Review completion", "複閱完成率",
        "Which share of the reviews asked for was done?",
        "due assignments that were completed", "assignments due by the data cut-off, expired ones included", _UNDUE,
        "share", "higher", "Wilson", _ASSIGNED, "definition; ACR RADPEER programme",
    ),
    Measure(
        "review_expired", "Expired reviews (non-response)", "逾期失效之複閱（未回應）",
        "Which share of the reviews asked for did the system drop undone? What these reports are like is not known.",
        "assignments that expired unreviewed", "assignments due by the data cut-off", _UNDUE,
        "share", "lower", "Wilson", _ASSIGNED, "definition",
    ),
    Measure(
        "review_coverage", "Review coverage", "複閱涵蓋率",
        "Which share of the finished tasks was reviewed?",
        "finished tasks with a review by the route", "finished tasks", _REACH,
        "share", "neutral", "Wilson", ("review.task_id", "review.route", "read_task.final_at"), "definition",
    ),
    Measure(
        "sampling_fraction", "Sampling fraction", "抽樣比例",
        "Which share of the finished tasks was sent to review?",
        "finished tasks with an assignment by the route", "finished tasks", _REACH,
        "share", "neutral", "Wilson", ("review_assignment.task_id", "review_assignment.route", "read_task.final_at"),
        "definition",
    ),
    Measure(
        "discrepancy_rate_weighted", "Discrepancy rate of the whole, from the random sample",
        "整體不一致率（由隨機抽樣推估）",
        "How many of all finished reports would a reviewer disagree with?",
        "sum of 1 / inclusion probability over random reviews scored 2 or 3",
        "sum of 1 / inclusion probability over random reviews", _UNWEIGHTED,
        "share", "lower", _LIMITS, _WEIGHTED, _ESTIMATE,
    ),
    Measure(
        "significant_discrepancy_rate_weighted", "Significant discrepancy rate of the whole, from the random sample",
        "整體重大不一致率（由隨機抽樣推估）",
        "How many of all finished reports have a discrepancy that is likely to matter clinically?",
        "sum of 1 / inclusion probability over random reviews scored 2b or 3b",
        "sum of 1 / inclusion probability over random reviews whose significance is known",
        _UNWEIGHTED + "; old plain scores 2, 3 and 4 carry no significance: counted, not in the denominator",
        "share", "lower", _LIMITS, _WEIGHTED, _ESTIMATE,
    ),
)  # fmt: skip
