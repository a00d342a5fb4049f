"""One row per read task: dimensions, month, seconds of each interval and the outcome of the SLA."""

from __future__ import annotations

from typing import Final

from overread.warehouse.analysis.exams import month_of, site_time

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
}
# Reads further apart than this are two sittings: the pace of a reader is the gap inside one.
SITTING_SECONDS = 1800


def _seconds(start: str, end: str) -> str:
    """Elapsed seconds, NULL where the order is violated (counted apart, never a negative duration)."""
    return f"CASE WHEN {end} >= {start} THEN epoch({end} - {start})::BIGINT END"


_DURATIONS = ", ".join(
    f"{_seconds(start, end)} AS {name}" for name, (start, end) in INTERVALS.items()
)
_VIOLATIONS = " OR ".join(f"coalesce({end} < {start}, false)" for start, end in INTERVALS.values())
_SLA_ENDS = " ".join(f"WHEN '{name}' THEN {end}" for name, (_, end) in INTERVALS.items())
_SLA_STARTS = " ".join(f"WHEN '{name}' THEN {start}" for name, (start, _) in INTERVALS.items())

TASK_FACT = f"""
WITH described AS (
    SELECT t.*, e.* EXCLUDE (exam_id, site), v.engagement AS vendor_engagement,
        v.deployment AS vendor_deployment
    FROM read_task_current t JOIN exam_described e USING (exam_id) JOIN vendor v USING (vendor)
), termed AS (
    SELECT d.task_id, c.engagement, c.deployment, c.interval AS sla_interval,
        c.target_minutes * 60 AS sla_seconds, c.target_share AS sla_target,
        row_number() OVER w AS place, lead(specificity) OVER w = specificity AS tie
    FROM described d JOIN (
        SELECT *, (site IS NOT NULL)::INT + (region IS NOT NULL)::INT + (modality IS NOT NULL)::INT
            + (patient_class IS NOT NULL)::INT + (priority IS NOT NULL)::INT
            + (service IS NOT NULL)::INT AS specificity
        FROM contract_term_current
    ) c ON c.vendor = d.vendor
        AND coalesce(c.site = d.site, true) AND coalesce(c.region = d.region, true)
        AND coalesce(c.modality = d.modality, true) AND coalesce(c.patient_class = d.patient_class, true)
        AND coalesce(c.priority = d.priority, true) AND coalesce(c.service = d.service, true)
        AND {site_time("coalesce(d.received_at, d.completed_at)")}::DATE >= c.valid_from
        AND {site_time("coalesce(d.received_at, d.completed_at)")}::DATE <= coalesce(c.valid_to, DATE '9999-12-31')
    WINDOW w AS (PARTITION BY d.task_id ORDER BY c.specificity DESC, c.term_id)
), paced AS (
    SELECT task_id, epoch(read_at - lag(read_at) OVER (PARTITION BY vendor, reader_id ORDER BY read_at, task_id))::BIGINT
        AS gap
    FROM described WHERE read_at IS NOT NULL AND reader_id IS NOT NULL
), timed AS (
    SELECT d.*, {_DURATIONS}, ({_VIOLATIONS}) AS order_violation,
        CASE WHEN p.gap <= {SITTING_SECONDS} THEN p.gap END AS pace,
        t.sla_interval, t.sla_seconds, t.sla_target, t.tie,
        coalesce(t.engagement, d.vendor_engagement, '(unknown)') AS engagement,
        coalesce(t.deployment, d.vendor_deployment, '(unknown)') AS deployment,
        CASE t.sla_interval {_SLA_STARTS} END AS sla_start,
        CASE t.sla_interval {_SLA_ENDS} END AS sla_end
    FROM described d LEFT JOIN termed t ON t.task_id = d.task_id AND t.place = 1
    LEFT JOIN paced p ON p.task_id = d.task_id
)
SELECT
    {month_of("completed_at", "received_at", "coalesce(final_at, read_at)", declared="declared_month")} AS month,
    vendor, region, site, modality, technique, service, engagement, facility_type, deployment,
    patient_class, priority, task_id, exam_id, reader_id, role,
    {", ".join(INTERVALS)}, pace, order_violation, sla_interval, sla_seconds, sla_target,
    CASE
        WHEN sla_interval IS NULL OR sla_start IS NULL OR cancelled_at IS NOT NULL OR returned_at IS NOT NULL THEN 'none'
        WHEN coalesce(tie, false) THEN 'tie'
        WHEN sla_end < sla_start THEN 'none'
        WHEN sla_end <= sla_start + to_seconds(sla_seconds) THEN 'met'
        WHEN sla_start + to_seconds(sla_seconds) > $cutoff AND sla_end IS NULL THEN 'not_due'
        ELSE 'breach'
    END AS sla_outcome,
    CASE
        WHEN coalesce(final_at, read_at) IS NOT NULL THEN 'finished'
        WHEN returned_at IS NOT NULL THEN 'returned'
        WHEN cancelled_at IS NOT NULL THEN 'cancelled'
        ELSE 'open'
    END AS state
FROM timed
"""
