"""One row per request for a peer review, with the dimensions of the task that it is about and what became of it."""

from __future__ import annotations

from overread.warehouse.analysis.exams import site_time

# The review that fulfils a request is the first one; what it found is told apart as the nowcast needs it.
_FIRST_REVIEW = """
SELECT assignment_id, arg_min({reviewed_at: reviewed_at, score: score}, (reviewed_at, review_id)) AS review
FROM review_current GROUP BY assignment_id
"""
_DONE = "coalesce(r.review.reviewed_at, a.completed_at)"


def _months(moment: str) -> str:
    """SQL of the calendar month of a moment at the site, as a number."""
    return f"(12 * year({site_time(moment)}) + month({site_time(moment)}))"


_GONE = f"CASE outcome WHEN 'completed' THEN {_DONE} WHEN 'expired' THEN a.expired_at END"
# Months run from the request to its review, or to the day it was dropped; a time out of order counts as the same month.
_APART = f"{_months(_GONE)} - {_months('a.assigned_at')}"
_DELAY = f"CASE WHEN {_APART} < 0 THEN 0 ELSE {_APART} END"

# A request without a due date is due from the start; so is one that the system has dropped.
ASSIGNMENT_FACT = f"""
SELECT
    t.month, t.vendor, t.region, t.site, t.modality, t.technique, t.service, t.engagement,
    t.facility_type, t.deployment, t.patient_class, t.priority, a.route, a.assignment_id, a.task_id, a.reviewer_id,
    a.stratum, nullif(a.inclusion_probability, 0) AS inclusion_probability,
    CASE
        WHEN a.completed_at IS NOT NULL OR r.review IS NOT NULL THEN 'completed'
        WHEN a.expired_at IS NOT NULL THEN 'expired'
        ELSE 'open'
    END AS outcome,
    coalesce(a.due_at <= $cutoff::TIMESTAMP, true)
        OR (a.expired_at IS NOT NULL AND outcome = 'expired') AS due,
    t.state = 'finished'
        AND row_number() OVER (PARTITION BY a.task_id, a.route ORDER BY a.assignment_id) = 1 AS covers_task,
    strftime({site_time("a.assigned_at")}, '%Y-%m') AS origin_month,
    {_DELAY} AS delay,
    CASE
        WHEN outcome <> 'completed' THEN outcome
        WHEN r.review IS NULL THEN 'unscored'
        WHEN r.review.score = '1' THEN 'concordant'
        WHEN r.review.score LIKE '%a' THEN 'insignificant'
        WHEN r.review.score LIKE '%b' THEN 'significant'
        ELSE 'unknown'
    END AS found
FROM review_assignment_current a JOIN task_fact_in_scope t USING (task_id) JOIN site s ON s.site = t.site
LEFT JOIN ({_FIRST_REVIEW}) r ON r.assignment_id = a.assignment_id
"""
