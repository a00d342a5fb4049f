"""The fact tables as evidence: what names a row, and which delivered rows it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact table that measures are counted from.

    Attributes:
        name: Table of the warehouse.
        keys: Columns that are listed of a contributing row; identifiers among them are pseudonyms.
        joins: SQL that joins the delivered rows to a row `f` of the fact.
        delivered: Delivered table -> its alias in `joins`.
    """

    name: str
    keys: tuple[str, ...]
    joins: str
    delivered: tuple[tuple[str, str], ...]


REVIEWS: Final = Fact(
    "review_fact",
    ("review_id", "reviewer_id", "month", "vendor", "site", "modality", "route", "score", "arbitrated_score"),
    "JOIN review_current r USING (review_id) JOIN read_task_current t ON t.task_id = r.task_id "
    "JOIN exam_current e ON e.exam_id = t.exam_id",
    (("review", "r"), ("read_task", "t"), ("exam", "e")),
)  # fmt: skip

SAMPLED_REVIEWS: Final = Fact(
    "review_fact",
    (*REVIEWS.keys, "inclusion_probability"),
    f"{REVIEWS.joins} LEFT JOIN review_assignment_current a ON a.assignment_id = r.assignment_id",
    (*REVIEWS.delivered, ("review_assignment", "a")),
)
ASSIGNMENTS: Final = Fact(
    "assignment_fact",
    ("assignment_id", "task_id", "reviewer_id", "month", "vendor", "site", "modality", "route", "outcome", "due"),
    "JOIN review_assignment_current a USING (assignment_id) JOIN read_task_current t ON t.task_id = a.task_id "
    "JOIN exam_current e ON e.exam_id = t.exam_id LEFT JOIN review_current r ON r.assignment_id = a.assignment_id",
    (("review_assignment", "a"), ("read_task", "t"), ("exam", "e"), ("review", "r")),
)  # fmt: skip

LOCAL_REVIEWS: Final = Fact(
    "local_review_fact",
    ("task_id", "exam_id", "reader_id", "month", "vendor", "site", "modality", "score"),
    "JOIN local_review_current l USING (task_id) JOIN read_task_current t ON t.task_id = l.task_id "
    "JOIN exam_current e ON e.exam_id = t.exam_id",
    (("local_review", "l"), ("read_task", "t"), ("exam", "e")),
)

_TASK_KEYS = ("task_id", "exam_id", "reader_id", "month", "vendor", "site", "modality", "state")
_TASK_JOINS = (
    "JOIN read_task_current t USING (task_id) JOIN exam_current e ON e.exam_id = f.exam_id "
    "LEFT JOIN task_pause_current p ON p.task_id = f.task_id"
)
_TASK_TABLES = (("read_task", "t"), ("exam", "e"), ("task_pause", "p"))
TASKS: Final = Fact("task_fact", _TASK_KEYS, _TASK_JOINS, _TASK_TABLES)

REACHED_TASKS: Final = Fact(
    "task_fact",
    _TASK_KEYS,
    f"{_TASK_JOINS} LEFT JOIN review_current r ON r.task_id = f.task_id "
    "LEFT JOIN review_assignment_current a ON a.task_id = f.task_id",
    (*_TASK_TABLES, ("review", "r"), ("review_assignment", "a")),
)

DUE_TASKS: Final = Fact(
    "task_fact",
    (*_TASK_KEYS, "sla_interval", "sla_term", "sla_term_from", "sla_seconds", "sla_due_at", "sla_outcome", "credit"),
    f"{_TASK_JOINS} LEFT JOIN contract_term_current c ON c.vendor = f.vendor AND c.term_id = f.sla_term "
    "AND c.valid_from = f.sla_term_from",
    (*_TASK_TABLES, ("contract_term", "c")),
)  # fmt: skip

_REFERENCE = (
    "LEFT JOIN reference_standard_current s ON s.exam_id = f.exam_id AND s.finding = f.finding "
    "AND s.method || coalesce('_' || s.horizon_days::VARCHAR, '') = f.reference"
)
CALLS: Final = Fact(
    "call_fact",
    ("exam_id", "case_id", "reader", "month", "vendor", "site", "technique", "finding", "reference", "truth",
     "call", "score_key"),
    "JOIN reader_call_current c ON c.exam_id = f.exam_id AND c.vendor = f.vendor AND c.finding = f.finding "
    "AND c.reader_id = f.reader::UUID AND c.call IS NOT DISTINCT FROM f.call "
    f"JOIN exam_current e ON e.exam_id = f.exam_id LEFT JOIN read_task_current t ON t.task_id = c.task_id {_REFERENCE}",
    (("reader_call", "c"), ("exam", "e"), ("read_task", "t"), ("reference_standard", "s")),
)  # fmt: skip

_PAIR_KEYS = (
    "exam_id", "month", "vendor", "site", "algorithm", "algorithm_version", "finding", "status", "call", "score_key",
)  # fmt: skip
_PAIR_JOINS = (
    "JOIN ai_result_current a ON a.exam_id = f.exam_id AND a.algorithm = f.algorithm "
    "AND a.algorithm_version = f.algorithm_version AND a.finding = f.finding "
    "JOIN exam_current e ON e.exam_id = f.exam_id"
)
RESULTS: Final = Fact(
    "pair_fact",
    (*_PAIR_KEYS, "age_band", "sex", "scanner_maker", "patient_class", "reference", "truth"),
    f"{_PAIR_JOINS} {_REFERENCE}",
    (("ai_result", "a"), ("exam", "e"), ("reference_standard", "s")),
)
PAIRS: Final = Fact(
    "pair_fact",
    (*_PAIR_KEYS, "reader_call"),
    f"{_PAIR_JOINS} JOIN reader_call_current c ON c.exam_id = f.exam_id AND c.finding = f.finding AND c.call IS NOT NULL",
    (("ai_result", "a"), ("exam", "e"), ("reader_call", "c")),
)
JUDGED_PAIRS: Final = Fact(
    "pair_fact",
    (*_PAIR_KEYS, "reader_call", "saw_ai_first", "reference", "truth"),
    f"{_PAIR_JOINS} JOIN reader_call_current c ON c.exam_id = f.exam_id AND c.finding = f.finding "
    f"AND c.call IS NOT NULL {_REFERENCE}",
    (("ai_result", "a"), ("exam", "e"), ("reader_call", "c"), ("reference_standard", "s")),
)
VERSIONS: Final = Fact(
    "version_fact",
    ("exam_id", "month", "vendor", "site", "algorithm", "old_version", "new_version", "finding", "reference",
     "truth", "old_call", "new_call"),
    "JOIN ai_result_current a ON a.exam_id = f.exam_id AND a.algorithm = f.algorithm AND a.finding = f.finding "
    "AND a.algorithm_version IN (f.old_version, f.new_version) "
    f"JOIN exam_current e ON e.exam_id = f.exam_id {_REFERENCE}",
    (("ai_result", "a"), ("exam", "e"), ("reference_standard", "s")),
)  # fmt: skip
