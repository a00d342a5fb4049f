"""The contract term in force of each task: the most specific one of its vendor on the day."""

from __future__ import annotations

from overread.warehouse.analysis.exams import site_time

# What a contract term may be limited to.
_PLACE = "vendor, site, region, modality, patient_class, priority, service"

# Apart from the statements that use it: inside them the tasks, with all that the exam says, would be kept twice.
TERM_OFFERED = f"""
CREATE OR REPLACE TEMP TABLE term_offered AS
WITH places AS (
    SELECT DISTINCT {_PLACE} FROM task_in_scope
    JOIN (SELECT * EXCLUDE (site) FROM exam_described) USING (exam_id)
)
SELECT {", ".join(f"p.{name}" for name in _PLACE.split(", "))}, list({{
        engagement: c.engagement, deployment: c.deployment, sla_interval: c.interval,
        sla_seconds: c.target_minutes * 60, sla_target: c.target_share, clock: coalesce(c.clock, 'elapsed'),
        calendar: c.calendar, specificity: c.specificity, term_id: c.term_id,
        credit: c.price * c.credit_share, currency: c.currency, credit_below: c.credit_below,
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
"""


def termed(where: str = "true") -> str:
    """SQL of the common table expression `termed` (and those before it): each task with its terms in force.

    Args:
        where: Which tasks `t` of the view `task_in_scope` to take.

    Returns:
        SQL to stand after WITH, once `TERM_OFFERED` has run. `in_force` lists the terms, the most specific first.
    """
    return f"""described AS (
    SELECT t.*, e.* EXCLUDE (exam_id, site), v.engagement AS vendor_engagement,
        v.deployment AS vendor_deployment,
        {site_time("coalesce(t.received_at, e.completed_at)")}::DATE AS on_day
    FROM task_in_scope t JOIN exam_described e USING (exam_id) JOIN vendor v USING (vendor) WHERE {where}
), termed AS (
    SELECT d.*, list_filter(o.terms, lambda t: d.on_day >= t.valid_from AND d.on_day <= t.valid_to) AS in_force
    FROM described d LEFT JOIN term_offered o USING ({_PLACE})
)"""
