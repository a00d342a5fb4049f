"""Control charts, readings of them and funnels of the small network, as the signals floor writes them."""

from __future__ import annotations

import duckdb

# What names a series: the columns of `measure` that name a stratum, but the month.
KEYS = (
    "vendor", "region", "site", "modality", "service", "engagement", "facility_type", "deployment", "patient_class",
    "priority", "route", "category", "interval", "algorithm", "algorithm_version", "finding", "reference",
    "population", "technique", "reader",
)  # fmt: skip
SLIPPED_SINCE = "2026-01"
FOLLOWED = ("discrepancy_rate", "significant_discrepancy_rate", "sla_attainment", "sensitivity")
_LISTED = ", ".join(f'"{key}"' for key in KEYS)
_MONTHS = f"""SELECT measure_id, {_LISTED}, period, n, numerator, value, target, status FROM measure_release
    WHERE audience = 'committee' AND period IS NOT NULL
        AND measure_id IN ({", ".join(f"'{name}'" for name in FOLLOWED)})
        AND (route = 'random' OR measure_id NOT LIKE '%discrepancy%') AND site IS NULL AND modality IS NULL"""
# one segment, but the months since the slip of Northlight are a second one; the last month is provisional
_CHART = f"""CREATE TABLE control_chart AS
    WITH months AS ({_MONTHS}), placed AS (
        SELECT *, CASE WHEN vendor = 'northlight' AND measure_id = 'sla_attainment' AND period >= '{SLIPPED_SINCE}'
            THEN 1 ELSE 0 END AS segment FROM months
    ), means AS (
        SELECT *, avg(value) OVER (PARTITION BY measure_id, {_LISTED}, segment) AS centre FROM placed
    )
    SELECT measure_id, {_LISTED}, period, 'p' AS chart, value, n, numerator, centre,
        greatest(centre - 3 * sqrt(centre * (1 - centre) / n), 0) AS lower,
        least(centre + 3 * sqrt(centre * (1 - centre) / n), 1) AS upper, segment, period < '2026-01' AS baseline,
        CASE WHEN segment = 1 THEN 'shift_7' ELSE '' END AS broken,
        period = (SELECT max(period) FROM months) AS provisional
    FROM means"""
_READING = f"""CREATE TABLE reading AS
    SELECT measure_id, {_LISTED}, count(value) AS months, min(period) AS first, max(period) AS last,
        CASE WHEN count(value) < 12 THEN 'trial' WHEN max(segment) = 1 THEN 'worse' ELSE 'none' END AS variation,
        CASE WHEN max(segment) = 1 AND count(value) >= 12 THEN 'down' ELSE '' END AS went,
        CASE WHEN count(value) < 12 THEN 'trial' WHEN measure_id = 'sla_attainment' THEN 'hit_or_miss'
            WHEN vendor = 'harbour' THEN 'misses' ELSE 'meets' END AS assurance,
        CASE WHEN max(segment) = 1 AND count(value) >= 12 THEN '{SLIPPED_SINCE}' END AS since, max(centre) AS centre,
        CASE WHEN max(segment) = 1 THEN 'shift_7' ELSE '' END AS rule, 0.001 AS q,
        NULL::DOUBLE AS level_before, NULL::DOUBLE AS level_since, 6 AS months_since, '' AS reason,
        vendor IS DISTINCT FROM 'pico' AS current
    FROM control_chart GROUP BY measure_id, {_LISTED}"""
_FUNNEL = f"""CREATE TABLE funnel AS
    WITH units AS (
        SELECT measure_id, {_LISTED}, n, numerator, value FROM measure_release
        WHERE audience = 'committee' AND period IS NULL AND vendor IS NOT NULL AND region IS NULL AND site IS NULL
            AND modality IS NULL AND category IS NULL AND n > 0 AND value IS NOT NULL
            AND measure_id IN ('discrepancy_rate', 'significant_discrepancy_rate', 'sla_attainment')
            AND (route = 'random' OR measure_id = 'sla_attainment')
    ), centred AS (
        SELECT *, sum(numerator) OVER (PARTITION BY measure_id) / sum(n) OVER (PARTITION BY measure_id) AS centre
        FROM units
    ), drawn AS (
        SELECT *, sqrt(centre * (1 - centre) / n) AS error FROM centred
    )
    SELECT * EXCLUDE (error), greatest(centre - 1.96 * error, 0) AS low95, centre + 1.96 * error AS high95,
        greatest(centre - 3.09 * error, 0) AS low998, centre + 3.09 * error AS high998, 1.0 AS dispersion,
        CASE WHEN abs(value - centre) > 3.09 * error THEN '998' WHEN abs(value - centre) > 1.96 * error THEN '95'
            ELSE '0' END AS outside,
        'ok' AS status, 'fewer than 20 units: exact limits, over-dispersion unknown' AS reason
    FROM drawn"""
# the change is signalled where the reading says it, in the row over all months
_CHANGES = f"""INSERT INTO signal BY NAME
    SELECT 'c' || md5(concat_ws('|', r.measure_id, {", ".join(f"r.{key}" for key in KEYS)})) AS signal_id,
        'change_shift_7' AS rule, r.measure_id, {", ".join(f"r.{key}" for key in KEYS)}, m.value, m.low, m.high,
        m.target, m.n, r.variation AS direction,
        10000 + row_number() OVER (ORDER BY r.vendor, r.region NULLS FIRST) AS severity, 'changed' AS sentence_key,
        r.since
    FROM reading r JOIN measure_release m ON m.measure_id = r.measure_id AND m.audience = 'committee'
        AND m.period IS NULL AND {" AND ".join(f"m.{key} IS NOT DISTINCT FROM r.{key}" for key in KEYS)}
    WHERE r.variation = 'worse'"""

# a vendor at a site beyond the funnel: no measure is told by both, so no row of the release is behind it
_OUTSIDE = """INSERT INTO signal BY NAME
    SELECT 'f1' AS signal_id, 'funnel_outside' AS rule, 'discrepancy_rate' AS measure_id, 'harbour' AS vendor,
        'tpe1' AS site, 'random' AS route, 412.0 AS n, 'worse' AS direction, 9000 AS severity, 'up' AS went,
        0.07 AS centre, 0.19 AS level_since, 0.12 AS level_low, 0.28 AS level_high, 19.0 AS level_events,
        100.0 AS level_n, '2025-07' AS looked_from, '2026-06' AS looked_to"""
# reviews come in over three months; the last two months are still open
_TRIANGLE = """CREATE TABLE review_triangle AS
    SELECT 'random' AS route, NULL::VARCHAR AS vendor, period AS origin_month, delay, outcome,
        round(n * part * share) AS n
    FROM (SELECT DISTINCT period, n FROM measure_release WHERE audience = 'committee' AND period IS NOT NULL
            AND measure_id = 'discrepancy_rate' AND route = 'random' AND vendor IS NULL AND region IS NULL
            AND site IS NULL AND modality IS NULL),
        (VALUES (0, 0.5), (1, 0.3), (2, 0.2)) AS d(delay, part), (VALUES ('discrepant', 0.1), ('concordant', 0.9)) AS
        o(outcome, share)
    WHERE NOT (period = '2026-06' AND delay > 0) AND NOT (period = '2026-05' AND delay > 1)"""


def add_charts(connection: duckdb.DuckDBPyConnection) -> None:
    """Write control_chart, reading and funnel, and the signals of change."""
    for statement in (_CHART, _READING, _FUNNEL, _CHANGES, _OUTSIDE, _TRIANGLE):
        connection.execute(statement)
