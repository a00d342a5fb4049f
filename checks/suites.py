"""What is expected of a month's tasks."""

from __future__ import annotations

from typing import Final

from checks.expectations import Expectation
from overread.model.codes import MODALITY, PATIENT_CLASS, SERVICE

# Above it the clocks of a month cannot be trusted, and no turnaround of it is published.
ORDER_LIMIT = 0.01
UNKNOWN = "(unknown)"

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
        "one_term_in_force", "plausibility", "sla_outcome", ("met", "breach", "not_due", "none")
    ),
)
