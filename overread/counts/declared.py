"""Which counts there are: the fact they come from and the keys they are grouped by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DIMENSIONS: Final = (
    "month",
    "vendor",
    "region",
    "site",
    "modality",
    "technique",
    "service",
    "engagement",
    "facility_type",
    "deployment",
    "patient_class",
    "priority",
)


@dataclass(frozen=True, slots=True)
class Count:
    """A contingency table over the dimensions.

    Attributes:
        name: Table of the counts; its column `n` is the number of fact rows.
        fact: Fact table that is counted.
        keys: Categories beyond the dimensions. A duration in whole seconds or a score key makes the table a
            histogram.
        present: Columns without which a row does not count.
        dimensions: Dimensions that are kept; the others are rolled up from the start.
    """

    name: str
    fact: str
    keys: tuple[str, ...]
    present: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = DIMENSIONS


REVIEWS = Count(
    "count_review",
    "review_fact",
    ("route", "score", "arbitrated_score", "inclusion_probability", "covers_task"),
)
ASSIGNMENTS = Count(
    "count_assignment", "assignment_fact", ("route", "outcome", "due", "covers_task")
)
# What a reviewer or the arbitration found: its direction, whose it was, and when its reader heard of it.
DISCREPANCIES = Count(
    "count_discrepancy",
    "review_fact",
    (
        "route",
        "score",
        "arbitrated_score",
        "direction",
        "attribution",
        "delivery",
        "delivery_seconds",
    ),
    ("direction",),
)
# The hospital's own reads, as the vendors' readers judge them.
LOCAL_REVIEWS = Count("count_local_review", "local_review_fact", ("score",))
TASKS = Count("count_task", "task_fact", ("state", "order_violation", "open_age"))
SLA = Count(
    "count_sla",
    "task_fact",
    ("sla_interval", "sla_target", "sla_outcome", "sla_at_risk", "state"),
    ("sla_interval",),
)
CREDITS = Count(
    "count_credit",
    "task_fact",
    ("sla_term", "credit", "credit_currency", "credit_below", "sla_outcome"),
    ("credit",),
    ("month", "vendor"),
)
HOURS = Count(
    "count_hour_of_week",
    "task_fact",
    ("hour_of_week", "received_to_final"),
    ("hour_of_week", "received_to_final"),
    ("month", "vendor", "region"),
)
CALLS = Count(
    "count_call",
    "call_fact",
    ("reader", "finding", "reference", "call", "truth", "score_key"),
    ("truth",),
)
# What an algorithm answered and what the reader did: apart from the scores, of which nearly every one is of one case,
# and from the populations, these are few.
PAIRS = Count(
    "count_pair",
    "pair_fact",
    (
        "algorithm",
        "algorithm_version",
        "finding",
        "reference",
        "first_reference",
        "saw_ai_first",
        "status",
        "call",
        "reader_call",
        "truth",
    ),
)
POPULATIONS: Final = Count(
    "count_population",
    "pair_fact",
    (
        "algorithm",
        "algorithm_version",
        "finding",
        "reference",
        "age_band",
        "sex",
        "scanner_maker",
        "status",
        "call",
        "truth",
    ),
    ("call", "truth"),
    ("month", "vendor", "region", "site", "patient_class"),
)
SCORES: Final = Count(
    "count_score",
    "pair_fact",
    (
        "algorithm",
        "algorithm_version",
        "finding",
        "reference",
        "first_reference",
        "status",
        "truth",
        "score_key",
    ),
    ("score_key",),
)
# Runs of an algorithm by the whole seconds that they took and that the exam waited for the result.
RUNS: Final = Count(
    "count_run",
    "pair_fact",
    (
        "algorithm",
        "algorithm_version",
        "finding",
        "first_reference",
        "status",
        "run_seconds",
        "result_seconds",
    ),
)
# Exams that two versions of an algorithm answered.
VERSIONS: Final = Count(
    "count_version",
    "version_fact",
    (
        "algorithm",
        "old_version",
        "new_version",
        "finding",
        "reference",
        "truth",
        "old_call",
        "new_call",
    ),
)
COUNTS: Final = (
    REVIEWS,
    DISCREPANCIES,
    LOCAL_REVIEWS,
    ASSIGNMENTS,
    TASKS,
    SLA,
    CREDITS,
    HOURS,
    CALLS,
    PAIRS,
    POPULATIONS,
    SCORES,
    RUNS,
    VERSIONS,
)
# Histograms of durations, one pass per interval; `seconds` is the key.
DURATIONS: Final = "count_duration"
# Histograms of the waits of tasks without a report, by their state: what `count_duration` leaves out.
WAITS: Final = "count_time_to_report"
# Who gave which score to whose reports.
REVIEWERS: Final = "count_reviewer"
# What came of the requests for review, and after how many months: what the nowcast of late reviews needs.
DELAYS: Final = "count_review_delay"
# How many readers of an exam said present and absent: what multi-rater agreement needs.
RATINGS: Final = "count_rating"
