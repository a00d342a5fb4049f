"""What the other facts take from the exam and its site."""

from __future__ import annotations

UNDATED = "undated"

# A missing value is a value of its own: NULL in a dimension is kept for "rolled up over it".
EXAM_VIEW = """
CREATE OR REPLACE TEMP VIEW exam_described AS
SELECT
    e.exam_id, e.site, s.region, s.zone, s.calendar AS site_calendar, s.facility_type,
    e.modality,
    coalesce(e.technique, '(unknown)') AS technique,
    coalesce(e.patient_class, '(unknown)') AS patient_class,
    coalesce(e.priority, '(unknown)') AS priority,
    coalesce(e.age_band, '(unknown)') AS age_band,
    coalesce(e.sex, '(unknown)') AS sex,
    coalesce(e.scanner_maker, '(unknown)') AS scanner_maker,
    e.ordered_at, e.arrived_at, e.completed_at, e.declared_month
FROM exam_current e JOIN site s USING (site)
"""


def site_time(moment: str) -> str:
    """SQL of a UTC moment as local time of the row's `zone`; the session's zone plays no part."""
    return f"timezone(zone, timezone('UTC', {moment}))"


def month_of(*moments: str, declared: str | None = None) -> str:
    """SQL of the month of the first moment that is known, else of the declared period, else `undated`."""
    known = [f"strftime({site_time(moment)}, '%Y-%m')" for moment in moments]
    if declared:
        known.append(f"strftime({declared}, '%Y-%m')")
    return f"coalesce({', '.join([*known, repr(UNDATED)])})"
