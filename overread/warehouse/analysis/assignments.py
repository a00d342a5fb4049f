"""One row per request for a peer review, with the dimensions of the task that it is about and what became of it."""

from __future__ import annotations

# A request without a due date is due from the start; so is one that the system has dropped.
ASSIGNMENT_FACT = """
SELECT
    t.month, t.vendor, t.region, t.site, t.modality, t.technique, t.service, t.engagement,
    t.facility_type, t.deployment, t.patient_class, t.priority, a.route, a.assignment_id, a.task_id, a.reviewer_id,
    a.stratum, nullif(a.inclusion_probability, 0) AS inclusion_probability,
    CASE
        WHEN a.completed_at IS NOT NULL OR r.assignment_id IS NOT NULL THEN 'completed'
        WHEN a.expired_at IS NOT NULL THEN 'expired'
        ELSE 'open'
    END AS outcome,
    coalesce(a.due_at <= $cutoff::TIMESTAMP, true)
        OR (a.expired_at IS NOT NULL AND outcome = 'expired') AS due,
    t.state = 'finished'
        AND row_number() OVER (PARTITION BY a.task_id, a.route ORDER BY a.assignment_id) = 1 AS covers_task
FROM review_assignment_current a JOIN task_fact t USING (task_id)
LEFT JOIN (SELECT DISTINCT assignment_id FROM review_current) r ON r.assignment_id = a.assignment_id
"""
