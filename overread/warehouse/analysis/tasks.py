"""One row per read task: dimensions, month, seconds of each interval and the outcome of the SLA."""

from __future__ import annotations

from typing import Final

from overread.warehouse.analysis.exams import month_of, site_time
from overread.warehouse.analysis.terms import termed

# interval -> (start, end), columns of the exam or the task
INTERVALS: Final = {
    "ordered_to_completed": ("ordered_at", "completed_at"),
    "completed_to_received": ("completed_at", "received_at"),
    "received_to_preliminary": ("received_at", "preliminary_at"),
    "completed_to_preliminary": ("completed_at", "preliminary_at"),
    "preliminary_to_final": ("preliminary_at", "final_at"),
    "completed_to_final": ("completed_at", "final_at"),
    "received_to_final": ("received_at", "final_at"),
    "final_to_available": ("final_at", "available_at"),
    # the stroke clock
    "arrived_to_final": ("arrived_at", "final_at"),
    "information_to_final": ("coalesce(information_complete_at, received_at)", "final_at"),
}
# Intervals that are told of all tasks, those never reported too: how long each of those waited, to the cut-off where it
# is open, else until it was returned or cancelled.
WAITED: Final = {
    name: f"{name}_waited"
    for name in ("completed_to_final", "received_to_final", "arrived_to_final")
}
# What tells a task's cell. Histograms name the cell by one number: grouping by it costs a quarter of grouping by the
# texts.
CELL_COLUMNS: Final = (
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
# Reads further apart than this are two sittings: the pace of a reader is the gap inside one.
SITTING_SECONDS = 1800


def _seconds(start: str, end: str) -> str:
    """Elapsed seconds, NULL where the order is violated (counted apart, never a negative duration)."""
    return f"CASE WHEN {end} >= {start} THEN epoch({end} - {start})::BIGINT END"


def _waited(start: str, end: str) -> str:
    """Seconds that a task waited for a report that it does not have; NULL for the others, and for times out of order."""
    left = (
        "CASE WHEN state = 'open' THEN $cutoff::TIMESTAMP ELSE least(returned_at, cancelled_at) END"
    )
    return f"CASE WHEN state <> 'finished' AND {end} IS NULL THEN {_seconds(start, left)} END"


_DURATIONS = ", ".join(
    f"{_seconds(start, end)} AS {name}" for name, (start, end) in INTERVALS.items()
)
_WAITS = ", ".join(f"{_waited(*INTERVALS[name])} AS {column}" for name, column in WAITED.items())
SLA_STARTS: Final = " ".join(
    f"WHEN '{name}' THEN {start}" for name, (start, _) in INTERVALS.items()
)
_SLA_ENDS = " ".join(f"WHEN '{name}' THEN {end}" for name, (_, end) in INTERVALS.items())
_VIOLATIONS = " OR ".join(f"coalesce({end} < {start}, false)" for start, end in INTERVALS.values())

_MONTH = month_of(
    "completed_at", "received_at", "coalesce(final_at, read_at)", declared="declared_month"
)
# Month of each task, without what else the fact holds.
TASK_MONTH = f"""
SELECT t.task_id, t.exam_id, {_MONTH} AS month FROM read_task_current t JOIN exam_described e USING (exam_id)
"""
# Age of an open task at the cut-off, youngest band first: days up to which a band goes.
OPEN_AGES: Final = {"<1 d": 1, "1-3 d": 3, "3-7 d": 7}
OLDEST: Final = ">7 d"
_OPEN_AGE = " ".join(
    f"WHEN $cutoff::TIMESTAMP - opened_at < INTERVAL {days} DAY THEN '{band}'"
    for band, days in OPEN_AGES.items()
)
# A task that is due this soon after the cut-off can still be saved.
_SOON = "INTERVAL 24 HOUR"

# Hours since Monday 00:00 of the site's clock; an hour that the clock repeats is one hour of the week.
_RECEIVED = site_time("received_at")
_HOUR_OF_WEEK = f"((isodow({_RECEIVED}) - 1) * 24 + hour({_RECEIVED}))::INTEGER"

TASK_FACT = f"""
WITH {termed()}, paced AS (
    SELECT task_id, epoch(read_at - lag(read_at) OVER (PARTITION BY vendor, reader_id ORDER BY read_at, task_id))::BIGINT
        AS gap
    FROM read_around_scope SEMI JOIN exam_current USING (exam_id)
), timed AS (
    SELECT d.*, {_DURATIONS}, ({_VIOLATIONS}) AS order_violation,
        CASE WHEN p.gap <= {SITTING_SECONDS} THEN p.gap END AS pace,
        in_force[1].sla_interval AS sla_interval, in_force[1].sla_seconds AS sla_seconds,
        in_force[1].sla_target AS sla_target, in_force[1].term_id AS sla_term, in_force[1].valid_from AS sla_term_from,
        in_force[1].credit AS credit, coalesce(in_force[1].currency, '(unknown)') AS credit_currency,
        in_force[1].credit_below AS credit_below, in_force[2].specificity = in_force[1].specificity AS tie,
        coalesce(in_force[1].engagement, d.vendor_engagement, '(unknown)') AS engagement,
        coalesce(in_force[1].deployment, d.vendor_deployment, '(unknown)') AS deployment,
        CASE in_force[1].sla_interval {SLA_STARTS} END AS sla_start,
        CASE in_force[1].sla_interval {_SLA_ENDS} END AS sla_end,
        coalesce(received_at, completed_at, ordered_at) AS opened_at
    FROM termed d LEFT JOIN paced p ON p.task_id = d.task_id
), clocked AS (
    SELECT t.* REPLACE (coalesce(k.vendor_seconds, information_to_final) AS information_to_final),
        coalesce(k.without_calendar, false) AS without_calendar,
        CASE WHEN k.clocked THEN k.due_at ELSE sla_start + to_seconds(sla_seconds) END AS sla_due_at
    FROM timed t LEFT JOIN task_clock k USING (task_id)
), judged AS (
    SELECT *, CASE
            WHEN sla_interval IS NULL OR sla_start IS NULL OR cancelled_at IS NOT NULL OR returned_at IS NOT NULL
                OR sla_seconds IS NULL THEN 'none'
            WHEN coalesce(tie, false) THEN 'tie'
            WHEN sla_end < sla_start THEN 'none'
            WHEN without_calendar THEN 'no_calendar'
            WHEN sla_end IS NOT NULL AND coalesce(sla_end <= sla_due_at, true) THEN 'met'
            WHEN sla_end IS NULL AND (sla_due_at IS NULL OR sla_due_at > $cutoff) THEN 'not_due'
            ELSE 'breach'
        END AS sla_outcome,
        CASE
            WHEN coalesce(final_at, read_at) IS NOT NULL THEN 'finished'
            WHEN returned_at IS NOT NULL THEN 'returned'
            WHEN cancelled_at IS NOT NULL THEN 'cancelled'
            ELSE 'open'
        END AS state
    FROM clocked
)
SELECT
    {_MONTH} AS month,
    vendor, region, site, modality, technique, service, engagement, facility_type, deployment,
    patient_class, priority, (hash({", ".join(CELL_COLUMNS)}) >> 1)::BIGINT AS cell, task_id, exam_id, reader_id, role,
    {", ".join(INTERVALS)}, {_WAITS}, pace, order_violation,
    {_HOUR_OF_WEEK} AS hour_of_week, sla_term, sla_term_from, credit, credit_currency, credit_below,
    sla_interval, sla_seconds, sla_target, sla_due_at, sla_outcome,
    coalesce(sla_outcome = 'not_due' AND sla_due_at <= $cutoff::TIMESTAMP + {_SOON}, false) AS sla_at_risk, state,
    CASE
        WHEN state <> 'open' THEN NULL
        WHEN opened_at IS NULL OR $cutoff IS NULL THEN '(unknown)'
        {_OPEN_AGE}
        ELSE '{OLDEST}'
    END AS open_age
FROM judged
"""
