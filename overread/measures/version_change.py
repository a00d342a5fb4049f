"""When an algorithm changed: by its version text, or without a word, as its scores and answers tell."""

from __future__ import annotations

from typing import Final

import duckdb

from overread.measures.score_drift import CUSUM, DRIFT

# A version has drifted where its smallest q, times the versions that are watched, lies below; the change is dated to
# the first month with q below that goes on in the next month, or is the newest.
FOUND: Final = 0.05
_MEASURES: Final = ", ".join(f"'{name}'" for name in (*DRIFT, CUSUM))
_QUERY: Final = f"""
CREATE OR REPLACE TABLE version_change AS
WITH first_month AS (
    SELECT any_value(vendor) AS vendor, algorithm, finding, algorithm_version, min(month) AS month
    FROM count_pair WHERE status = 'ok' AND month <> 'undated' GROUP BY algorithm, finding, algorithm_version
), told AS (
    SELECT *, lag(algorithm_version) OVER (PARTITION BY algorithm, finding ORDER BY month, algorithm_version)
        AS version_before FROM first_month
), tested AS (
    SELECT algorithm, finding, algorithm_version, period AS month, measure_id, category, population, value, p, q,
        -- a version's q are of its own tests: what is said of any version holds for all of them
        q * (SELECT count(DISTINCT (algorithm, finding, algorithm_version, measure_id = '{CUSUM}')) FROM measure
            WHERE measure_id IN ({_MEASURES}) AND vendor IS NULL AND q IS NOT NULL) AS q_of_all,
        lead(q < {FOUND}, 1, true) OVER (
            PARTITION BY algorithm, finding, algorithm_version, measure_id, category, population ORDER BY period
        ) AS goes_on
    FROM measure WHERE measure_id IN ({_MEASURES}) AND vendor IS NULL AND q IS NOT NULL
), drifted AS (
    SELECT * FROM (
        SELECT *, min(q_of_all) OVER (PARTITION BY algorithm, finding, algorithm_version) AS least FROM tested
    ) WHERE least < {FOUND} AND q < {FOUND} AND goes_on
    QUALIFY month = min(month) OVER (PARTITION BY algorithm, finding, algorithm_version)
)
SELECT vendor, algorithm, finding, month, true AS declared, version_before, algorithm_version,
    'version text ' || version_before || ' became ' || algorithm_version AS evidence,
    NULL::DOUBLE AS p, NULL::DOUBLE AS q
FROM told WHERE version_before IS NOT NULL
UNION ALL
SELECT any_value(vendor), algorithm, finding, d.month, false, algorithm_version, algorithm_version,
    string_agg(measure_id || coalesce(' ' || category, '') || coalesce(' ' || population, '')
        || printf(' %.3g (q %.2g)', value, d.q), '; ' ORDER BY measure_id, category, population),
    min(d.p), min(least)
FROM drifted d JOIN first_month USING (algorithm, finding, algorithm_version) GROUP BY ALL
ORDER BY algorithm, finding, month, declared, algorithm_version
"""


def write_version_changes(connection: duckdb.DuckDBPyConnection) -> int:
    """Write the table `version_change` from `measure` and the counts.

    One row per declared change (the version text changed) and one for each version that has drifted although its
    text stayed, with q over all versions that are watched; later months are held to the same first months.

    Args:
        connection: The warehouse, with `measure` written.

    Returns:
        Number of rows.
    """
    connection.execute(_QUERY)
    return int(connection.execute("SELECT count(*) FROM version_change").fetchall()[0][0])
