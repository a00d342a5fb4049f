"""One row per answer and reference: of a reader, and of an algorithm with the reader beside it."""

from __future__ import annotations

from overread.warehouse.analysis.exams import month_of

# 1e-6 is finer than any score in use; an integer key cannot split one score into two groups.
SCORE_SCALE = 1_000_000

_REFERENCE = "r.method || coalesce('_' || r.horizon_days::VARCHAR, '')"

# A case of a reader study is the patient: two techniques of one patient are read by the same readers.
_PAIR_MONTH = month_of("completed_at", "a.ended_at", declared="declared_month")


def _seconds(start: str) -> str:
    """SQL of the whole seconds until the result was there; NULL where it came first."""
    return f"CASE WHEN a.ended_at >= {start} THEN epoch(a.ended_at - {start})::BIGINT END"


CALL_FACT = f"""
SELECT
    coalesce(t.month, 'undated') AS month, c.vendor, e.region, e.site, e.modality, e.technique,
    coalesce(t.service, '(unknown)') AS service, coalesce(t.engagement, v.engagement, '(unknown)') AS engagement,
    e.facility_type, coalesce(t.deployment, v.deployment, '(unknown)') AS deployment, e.patient_class, e.priority,
    c.exam_id, c.reader_id::VARCHAR AS reader, c.finding, c.call,
    round(c.score * {SCORE_SCALE})::BIGINT AS score_key, {_REFERENCE} AS reference, r.truth, r.case_id
FROM reader_call_current c JOIN exam_described e USING (exam_id) JOIN vendor v USING (vendor)
LEFT JOIN task_fact t USING (task_id)
LEFT JOIN (
    SELECT s.exam_id, s.finding, s.method, s.horizon_days, s.truth,
        coalesce(x.patient_id, s.exam_id) AS case_id
    FROM reference_standard_current s JOIN exam_current x USING (exam_id)
) r ON r.exam_id = c.exam_id AND r.finding = c.finding
"""

# Month of each AI result, without what else the fact holds.
PAIR_MONTH = f"""
SELECT a.exam_id, {_PAIR_MONTH} AS month FROM ai_result_current a JOIN exam_described e USING (exam_id)
"""

PAIR_FACT = f"""
WITH runs AS (
    SELECT exam_id, vendor, algorithm, algorithm_version, finding,
        arg_max(status, attempt) AS status, max(score) FILTER (status = 'ok') AS score,
        CASE WHEN bool_or(call = 'present') THEN 'present' WHEN bool_or(call = 'absent') THEN 'absent'
            ELSE min(call) END AS call,
        min(started_at) AS started_at, max(ended_at) AS ended_at
    FROM ai_result_in_scope GROUP BY ALL
), referred AS (
    SELECT exam_id, finding, method, horizon_days, truth,
        row_number() OVER (PARTITION BY exam_id, finding ORDER BY method, horizon_days) = 1 AS first_reference
    FROM reference_standard_current SEMI JOIN ai_result_in_scope USING (exam_id)
), reads AS (
    SELECT exam_id, finding, arg_min(call, coalesce(attempt, 1)) AS reader_call,
        count(DISTINCT reader_id) AS readers,
        arg_min(saw_ai_first, coalesce(attempt, 1)) AS saw_ai_first
    FROM reader_call_current WHERE call IS NOT NULL AND exam_id IN (SELECT exam_id FROM ai_result_in_scope) GROUP BY ALL
)
SELECT
    {_PAIR_MONTH} AS month, a.vendor, e.region, e.site, e.modality, e.technique,
    'image_analysis.ai' AS service, coalesce(v.engagement, '(unknown)') AS engagement, e.facility_type,
    coalesce(v.deployment, '(unknown)') AS deployment, e.patient_class, e.priority, e.age_band, e.sex, e.scanner_maker,
    a.exam_id, a.algorithm, a.algorithm_version, a.finding, a.status, a.call,
    round(a.score * {SCORE_SCALE})::BIGINT AS score_key,
    CASE WHEN d.readers = 1 THEN d.reader_call END AS reader_call, d.saw_ai_first,
    {_REFERENCE} AS reference, r.truth,
    coalesce(r.first_reference, true) AS first_reference,
    {_seconds("a.started_at")} AS run_seconds, {_seconds("e.completed_at")} AS result_seconds
FROM runs a JOIN exam_described e USING (exam_id) JOIN vendor v USING (vendor)
LEFT JOIN reads d ON d.exam_id = a.exam_id AND d.finding = a.finding
LEFT JOIN referred r ON r.exam_id = a.exam_id AND r.finding = a.finding
"""

_PLACE = (
    "month", "vendor", "region", "site", "modality", "technique", "service", "engagement", "facility_type",
    "deployment", "patient_class", "priority",
)  # fmt: skip


def _order(version: str) -> str:
    """SQL of what versions are put in order by: their numbers (2.10 comes after 2.9), then their text."""
    return f"row(TRY_CAST(regexp_extract_all({version}, '[0-9]+') AS BIGINT[]), {version})"


# Two versions of an algorithm that answered the same exam, the older one first.
VERSION_FACT = f"""
SELECT {", ".join(f"o.{name}" for name in _PLACE)}, o.exam_id, o.algorithm, o.algorithm_version AS old_version,
    w.algorithm_version AS new_version, o.finding, o.reference, o.truth, o.call AS old_call, w.call AS new_call
FROM pair_fact o JOIN pair_fact w ON w.exam_id = o.exam_id AND w.vendor = o.vendor AND w.algorithm = o.algorithm
    AND w.finding = o.finding AND w.reference = o.reference
WHERE o.status = 'ok' AND w.status = 'ok' AND {_order("o.algorithm_version")} < {_order("w.algorithm_version")}
"""
