"""What is expected of a month's tasks."""

from __future__ import annotations

from typing import Final

from checks.expectations import Expectation
from overread.model.codes import MODALITY, PATIENT_CLASS, SERVICE

# Above it the clocks of a month cannot be trusted, and no turnaround of it is published.
ORDER_LIMIT = 0.01
UNKNOWN = "(unknown)"

# Columns of a batch that are no columns of the fact; tasks without an SLA are not concerned.
DERIVED: Final = {
    "without_calendar": "CASE WHEN sla_interval IS NOT NULL THEN sla_outcome = 'no_calendar' END",
    "never_due": "CASE WHEN sla_outcome = 'not_due' THEN sla_due_at IS NULL END",
}
TASKS: Final = (
    Expectation("modality_in_list", "conformance", "modality", MODALITY.codes, blocking=True),
    Expectation("service_in_list", "conformance", "service", SERVICE.codes),
    Expectation(
        "patient_class_in_list", "conformance", "patient_class", (*PATIENT_CLASS.codes, UNKNOWN)
    ),
    Expectation("reader_known", "completeness", "reader_id", None, limit=0.05),
    Expectation(
        "events_in_order",
        "plausibility",
        "order_violation",
        (False,),
        limit=ORDER_LIMIT,
        blocking=True,
    ),
    Expectation(
        "one_term_in_force",
        "plausibility",
        "sla_outcome",
        ("met", "breach", "not_due", "none", "no_calendar"),
        remedy="several terms are equally specific for them: narrow one in the contract terms",
    ),
    Expectation(
        "working_hours_known",
        "completeness",
        "without_calendar",
        (False,),
        remedy="their term counts business time without a calendar, so they are in no SLA: name one in the term or at "
        "the site, and describe it under calendars",
    ),
    Expectation(
        "pauses_end",
        "plausibility",
        "never_due",
        (False,),
        remedy="a pause of the hospital has no end, so these open tasks never fall due: deliver when the clock started "
        "again, or the cancellation",
    ),
)
