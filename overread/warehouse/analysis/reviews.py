"""One row per peer review, with the dimensions of the task that it judges."""

from __future__ import annotations

from typing import Final

from overread.model.codes import UNKNOWN

# A discrepancy is to reach the reader within these days of its review.
DELIVERY_DAYS: Final = 30


def _significant(score: str) -> str:
    """Significance of a RADPEER score: b is, a is not, an old plain 2, 3 or 4 carries none (unknown)."""
    return f"CASE WHEN {score} = '1' OR {score} LIKE '%a' THEN false WHEN {score} LIKE '%b' THEN true END"


# The 2016 form has no 4: an old 4 is a 3 whose significance is unknown.
_SCORE = "CASE r.{0} WHEN '4' THEN '3' ELSE r.{0} END"
_FOUND = "(r.score <> '1' OR coalesce(r.arbitrated_score <> '1', false))"
_WINDOW = f"INTERVAL {DELIVERY_DAYS} DAY"
# Every discrepancy that is judged had the whole window, so none of them is censored inside of it.
_DELIVERY = f"""CASE
        WHEN r.score = '1' THEN NULL
        WHEN r.reviewed_at IS NULL OR r.delivered_at < r.reviewed_at OR $cutoff::TIMESTAMP IS NULL THEN 'untimed'
        WHEN r.reviewed_at > $cutoff::TIMESTAMP - {_WINDOW} THEN 'young'
        WHEN r.delivered_at <= r.reviewed_at + {_WINDOW} THEN 'delivered'
        WHEN r.delivered_at IS NOT NULL THEN 'late'
        ELSE 'undelivered'
    END"""

# A probability is about the review only where the request was for the same task by the same route; nobody is drawn with
# probability 0. A task counts once in the coverage of a route, however often it was reviewed.
REVIEW_FACT = f"""
SELECT
    t.month, t.vendor, t.region, t.site, t.modality, t.technique, t.service, t.engagement,
    t.facility_type, t.deployment, t.patient_class, t.priority, r.route, r.review_id, r.reviewer_id,
    {_SCORE.format("score")} AS score,
    {_SCORE.format("arbitrated_score")} AS arbitrated_score,
    r.score <> '1' AS discrepant,
    {_significant("r.score")} AS significant,
    r.arbitrated_score <> '1' AS arbitrated_discrepant,
    {_significant("r.arbitrated_score")} AS arbitrated_significant,
    nullif(a.inclusion_probability, 0) AS inclusion_probability,
    t.state = 'finished'
        AND row_number() OVER (PARTITION BY r.task_id, r.route ORDER BY r.review_id) = 1 AS covers_task,
    CASE WHEN {_FOUND} THEN coalesce(r.direction, '{UNKNOWN}') END AS direction,
    CASE WHEN {_FOUND} THEN coalesce(r.attribution, '{UNKNOWN}') END AS attribution,
    {_DELIVERY} AS delivery,
    CASE WHEN r.score <> '1' AND r.delivered_at >= r.reviewed_at
        THEN epoch(r.delivered_at - r.reviewed_at)::BIGINT END AS delivery_seconds,
    e.patient_id
FROM review_current r JOIN task_fact_in_scope t USING (task_id) JOIN exam_current e ON e.exam_id = t.exam_id
LEFT JOIN review_assignment_current a ON a.assignment_id = r.assignment_id AND a.task_id = r.task_id
    AND a.route = r.route
"""
