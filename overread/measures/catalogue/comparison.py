"""Vendors compared: case mix, small numbers, ranks."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_REVIEW: Final = ("review.task_id", "review.route", "review.score")
_TASK: Final = ("contract_term.target_minutes", "read_task.received_at", "read_task.final_at")
_MIX: Final = (
    "exam.modality",
    "exam.patient_class",
    "exam.priority",
    "read_task.service",
)
_HELD: Final = "held months; told of a vendor over all months only, of no narrower place"
_ALONE: Final = (
    "cases of a kind (modality, patient class, priority and service) that no other vendor has"
)
_PRIOR: Final = (
    "Kleinman, J Am Stat Assoc 68:46-54 (1973); Morris and Lysy, Stat Sci 27:115-134 (2012)"
)
_SHRUNK: Final = (
    "w numerator / denominator + (1 - w) (rate of the vendors together); w grows with the cases, and with how far "
    "vendors differ beyond chance"
)

COMPARISON: Final = (
    Measure(
        "standardised_ratio", "Observed to expected, for case mix", "標準化比（依案例組合校正）",
        "Does a vendor have more discrepancies, or breaches (category), than all vendors have on cases of the same kind?",
        "events of the vendor", "events expected of its cases: of each kind, its cases times the rate of all vendors",
        f"{_ALONE}; not applicable where they are more than half; reviews by other routes than random; {_HELD}",
        "ratio", "lower", "Byar's approximation, the expectation taken as known",
        (*_REVIEW, *_TASK, *_MIX), "Breslow and Day, Statistical Methods in Cancer Research II (1987), pp. 69-71",
        vendor_sees="nothing",
    ),
    Measure(
        "case_mix_alone", "Cases of a kind that no other vendor has", "僅該廠商具有之案例類型比例",
        "How much of what a vendor reads can be compared with nobody?",
        "cases of a kind (modality, patient class, priority and service) that no other vendor has", "cases",
        f"reviews by other routes than random; {_HELD}", "share", "neutral", "Wilson", (*_REVIEW, *_TASK, *_MIX),
        "definition", vendor_sees="nothing",
    ),
    Measure(
        "discrepancy_rate_shrunk", "Discrepancy rate, shrunken", "不一致率（收縮估計）",
        "What is a vendor's discrepancy rate likely to be, given that it is one of these vendors?",
        "random reviews scored 2 or 3", "random reviews", f"reviews by other routes; {_HELD}",
        "share", "lower", "beta-binomial empirical Bayes; at least 5 vendors", _REVIEW, _PRIOR,
        formula=_SHRUNK, vendor_sees="position",
    ),
    Measure(
        "significant_discrepancy_rate_shrunk", "Significant discrepancy rate, shrunken", "重大不一致率（收縮估計）",
        "What is a vendor's significant discrepancy rate likely to be, given that it is one of these vendors?",
        "random reviews scored 2b or 3b", "random reviews whose significance is known",
        f"old plain scores, reviews by other routes; {_HELD}",
        "share", "lower", "beta-binomial empirical Bayes; at least 5 vendors", _REVIEW, _PRIOR,
        formula=_SHRUNK, vendor_sees="position",
    ),
    Measure(
        "sla_attainment_shrunk", "SLA attainment, shrunken", "服務水準達成率（收縮估計）",
        "What share of due tasks is a vendor likely to do in its contract's time, given that it is one of these vendors?",
        "due tasks that kept the time", "tasks due by the data cut-off",
        f"tasks not yet due, cancelled or returned; tasks without one clear term; {_HELD}",
        "share", "higher", "beta-binomial empirical Bayes; at least 5 vendors", _TASK, _PRIOR,
        formula=_SHRUNK, vendor_sees="position",
    ),
    Measure(
        "rank", "Rank among vendors", "廠商排名",
        "Which place does a vendor take by the measure of the category, and how sure is that?",
        "none", "vendors that are ranked", f"what the shrunken rate leaves out; {_HELD}",
        "count", "lower", "quantiles of the rank over 1,000 draws of all shrunken rates",
        (*_REVIEW, *_TASK),
        "Goldstein and Spiegelhalter, J R Stat Soc A 159:385-443 (1996)",
        formula="median rank over draws from the vendors' shrunken rates, 1 = best", vendor_sees="position",
    ),
)  # fmt: skip
