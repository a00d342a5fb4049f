"""The table `review_triangle`: how the reviews of each month came in."""

from __future__ import annotations

from datetime import datetime

import duckdb

from overread.counts.declared import DELAYS
from overread.measures.nowcasts import LAST_DELAY, LEFT_OUT_ROUTE, TIMED, last_month


def write_triangle(connection: duckdb.DuckDBPyConnection, cutoff: datetime | None) -> None:
    """Write `review_triangle`: requests by route, vendor, month of the request, months until their review and outcome.

    A NULL vendor is all of them. The outcome is concordant, discrepant, expired, other (done without a score) or open:
    not in by the last month that is over; what is open has no delay.

    Args:
        connection: The warehouse, with its counts built.
        cutoff: Data cut-off (UTC); without one there is no row.
    """
    last = last_month(cutoff) if cutoff else ""
    seen = (
        f"delay <= {LAST_DELAY} AND delay <= datediff('month', strptime(origin_month, '%Y-%m'), "
        "strptime($last, '%Y-%m'))"
    )
    connection.execute(
        f"""CREATE OR REPLACE TABLE review_triangle AS
        WITH placed AS (
            SELECT *, coalesce({seen}, false) AS seen FROM {DELAYS}
            WHERE origin_month <= $last AND route <> '{LEFT_OUT_ROUTE}' AND {TIMED}
                AND month NOT IN (SELECT month FROM held_month)
        ), told AS (
            SELECT route, vendor, origin_month, CASE WHEN seen THEN delay END AS delay, CASE
                WHEN NOT seen THEN 'open'
                WHEN found IN ('insignificant', 'significant', 'unknown') THEN 'discrepant'
                WHEN found = 'unscored' THEN 'other'
                ELSE found END AS outcome, n
            FROM placed
        )
        SELECT route, vendor, origin_month, delay, outcome, sum(n)::BIGINT AS n FROM told
        GROUP BY GROUPING SETS ((route, vendor, origin_month, delay, outcome), (route, origin_month, delay, outcome))
        ORDER BY ALL""",
        {"last": last},
    )
