"""One rule: the whole interval lies beyond the target."""

from __future__ import annotations

from typing import Final

import duckdb

from overread.measures.catalogue import CATALOGUE
from overread.measures.table import EXTRA, TEXT

RULE: Final = "interval_beyond_target"


def compute(connection: duckdb.DuckDBPyConnection) -> int:
    """Write the table `signal`, worst first.

    A month's signal carries `since`: the first month of the unbroken run of months (of those with data) that lie
    beyond the target on the same side. `distance` is the distance of the nearer limit from the target in units of
    the interval's half-width, so that large and certain gaps come first. Only the last month and all months
    together signal: what is over is told by the months' chart. Fewer cases than the measure's minimum n give no signal.

    Args:
        connection: The warehouse, with its measures computed.

    Returns:
        Number of signals.
    """
    directions = " ".join(f"WHEN '{m.id}' THEN '{m.direction}'" for m in CATALOGUE.values())
    minimum = " ".join(f"WHEN '{m.id}' THEN {m.minimum_n}" for m in CATALOGUE.values())
    fit = (
        "status = 'ok' AND target IS NOT NULL AND low IS NOT NULL AND reader IS NULL "
        f"AND n >= CASE measure_id {minimum} END"
    )
    stratum = ", ".join(["measure_id", *(name for name in TEXT if name != "period"), *EXTRA])
    connection.execute(
        f"""CREATE OR REPLACE TABLE signal AS
        WITH judged AS (
            SELECT *, CASE measure_id {directions} END AS direction,
                CASE WHEN low > target THEN 1 WHEN high < target THEN -1 ELSE 0 END AS side,
                row_number() OVER (PARTITION BY {stratum} ORDER BY period) AS place
            FROM measure WHERE {fit} AND period IS NOT NULL
            UNION ALL BY NAME
            SELECT *, CASE measure_id {directions} END AS direction,
                CASE WHEN low > target THEN 1 WHEN high < target THEN -1 ELSE 0 END AS side, 0 AS place
            FROM measure WHERE {fit} AND period IS NULL
        ), runs AS (
            SELECT *, place - row_number() OVER (PARTITION BY {stratum}, side, period IS NULL ORDER BY period) AS run
            FROM judged
        ), dated AS (
            SELECT *, CASE WHEN period IS NOT NULL
                THEN min(period) OVER (PARTITION BY {stratum}, side, run, period IS NULL) END AS since
            FROM runs
        )
        SELECT row_number() OVER worst_first AS signal_id, row_number() OVER worst_first AS severity, *
        FROM (
            SELECT '{RULE}' AS rule, {stratum}, period, n, value, low, high, target, since,
                CASE WHEN (side = 1) = (dated.direction = 'lower') THEN 'worse' ELSE 'better' END AS direction,
                CASE WHEN side = 1 THEN low - target ELSE target - high END
                    / greatest((high - low) / 2, 1e-9) AS distance
            FROM dated WHERE side <> 0 AND dated.direction <> 'neutral'
                AND (period IS NULL OR period = (SELECT max(period) FROM dated))
        ) WINDOW worst_first AS (ORDER BY direction DESC, distance DESC, {stratum}, period)
        ORDER BY signal_id"""
    )
    return int(connection.execute("SELECT count(*) FROM signal").fetchall()[0][0])
