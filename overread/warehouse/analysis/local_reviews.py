"""One row per review of a hospital's own read by a vendor's reader, with the dimensions of the reader's task."""

from __future__ import annotations

# As in peer review, an old 4 is a 3.
LOCAL_REVIEW_FACT = """
SELECT
    t.month, t.vendor, t.region, t.site, t.modality, t.technique, t.service, t.engagement,
    t.facility_type, t.deployment, t.patient_class, t.priority, t.task_id, t.exam_id, t.reader_id,
    CASE l.score WHEN '4' THEN '3' ELSE l.score END AS score
FROM local_review_current l JOIN task_fact_in_scope t USING (task_id)
"""
