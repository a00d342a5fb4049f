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
# What tells a task's cell, beside its month. Histograms name the cell by one number: grouping by it costs a quarter of
# grouping by the texts.
CELL_COLUMNS: Final = (
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


_DURATIONS = ", ".join(
    f"{_seconds(start, end)} AS {name}" for name, (start, end) in INTERVALS.items()
)
_VIOLATIONS = " OR ".join(f"coalesce({end} < {start}, false)" for start, end in INTERVALS.values())
_SLA_ENDS = " ".join(f"WHEN '{name}' THEN {end}" for name, (_, end) in INTERVALS.items())
_SLA_STARTS = " ".join(f"WHEN '{name}' THEN {start}" for name, (start, _) in INTERVALS.items())

# What a contract term may be limited to.
_PLACE = "vendor, site, region, modality, patient_class, priority, service"

_MONTH = month_of(
    "completed_at", "received_at", "coalesce(final_at, read_at)", declared="declared_month"
)
# Month of each task, without what else the fact holds.
TASK_MONTH = f"""
SELECT t.exam_id, {_MONTH} AS month FROM read_task_current t JOIN exam_described e USING (exam_id)
"""

TASK_FACT = f"""
WITH described AS (
    SELECT t.*, e.* EXCLUDE (exam_id, site), v.engagement AS vendor_engagement,
        v.deployment AS vendor_deployment,
        {site_time("coalesce(t.received_at, e.completed_at)")}::DATE AS on_day
    FROM read_task_current t JOIN exam_described e USING (exam_id) JOIN vendor v USING (vendor)
), places AS (
    SELECT DISTINCT {_PLACE} FROM described
), offered AS (
    SELECT {", ".join(f"p.{name}" for name in _PLACE.split(", "))}, list({{
            engagement: c.engagement, deployment: c.deployment, sla_interval: c.interval,
            sla_seconds: c.target_minutes * 60, sla_target: c.target_share, specificity: c.specificity,
            valid_from: c.valid_from, valid_to: coalesce(c.valid_to, DATE '9999-12-31')}}
        ORDER BY c.specificity DESC, c.term_id) AS terms
    FROM places p JOIN (
        SELECT *, (site IS NOT NULL)::INT + (region IS NOT NULL)::INT + (modality IS NOT NULL)::INT
            + (patient_class IS NOT NULL)::INT + (priority IS NOT NULL)::INT
            + (service IS NOT NULL)::INT AS specificity
        FROM contract_term_current
    ) c ON c.vendor = p.vendor
        AND coalesce(c.site = p.site, true) AND coalesce(c.region = p.region, true)
        AND coalesce(c.modality = p.modality, true) AND coalesce(c.patient_class = p.patient_class, true)
        AND coalesce(c.priority = p.priority, true) AND coalesce(c.service = p.service, true)
    GROUP BY ALL
), termed AS (
    SELECT d.*, list_filter(o.terms, lambda t: d.on_day >= t.valid_from AND d.on_day <= t.valid_to) AS in_force
    FROM described d LEFT JOIN offered o USING ({_PLACE})
), paced AS (
    SELECT task_id, epoch(read_at - lag(read_at) OVER (PARTITION BY vendor, reader_id ORDER BY read_at, task_id))::BIGINT
        AS gap
    FROM described WHERE read_at IS NOT NULL AND reader_id IS NOT NULL
), timed AS (
    SELECT d.*, {_DURATIONS}, ({_VIOLATIONS}) AS order_violation,
        CASE WHEN p.gap <= {SITTING_SECONDS} THEN p.gap END AS pace,
        in_force[1].sla_interval AS sla_interval, in_force[1].sla_seconds AS sla_seconds,
        in_force[1].sla_target AS sla_target, in_force[2].specificity = in_force[1].specificity AS tie,
        coalesce(in_force[1].engagement, d.vendor_engagement, '(unknown)') AS engagement,
        coalesce(in_force[1].deployment, d.vendor_deployment, '(unknown)') AS deployment,
        CASE in_force[1].sla_interval {_SLA_STARTS} END AS sla_start,
        CASE in_force[1].sla_interval {_SLA_ENDS} END AS sla_end
    FROM termed d LEFT JOIN paced p ON p.task_id = d.task_id
)
SELECT
    {_MONTH} AS month,
    vendor, region, site, modality, technique, service, engagement, facility_type, deployment,
    patient_class, priority, (hash({", ".join(CELL_COLUMNS)}) >> 1)::BIGINT AS cell, task_id, exam_id, reader_id, role,
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
