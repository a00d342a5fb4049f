"""All signals from all measures."""

from __future__ import annotations

from typing import Final

import duckdb

from overread.signals import change, chart_tables, target
from overread.signals.control_charts import draw
from overread.signals.series import KEY, NAMES, read_series

# What a signal of a change tells beyond what every signal tells.
EVIDENCE: Final = ("went", "centre", "level_before", "level_since", "months_since")


def compute(connection: duckdb.DuckDBPyConnection) -> int:
    """Write the tables `control_chart`, `reading` and `signal`.

    Signals stand worst first: those for the worse before those for the better, then by their distance from what
    chance explains. A signal names the row of `measure` that it is about by all its dimensions.

    Args:
        connection: The warehouse, with its measures computed.

    Returns:
        Number of signals.
    """
    charts = draw(read_series(connection))
    chart_tables.write(connection, [(charted, change.judge(charted)) for charted in charts])
    stratum = ", ".join(KEY)
    connection.execute(
        f"""CREATE OR REPLACE TABLE signal AS
        SELECT row_number() OVER worst_first AS signal_id, row_number() OVER worst_first AS severity, *
        FROM ({target.find(connection)} UNION ALL BY NAME {_changes()})
        WINDOW worst_first AS (ORDER BY direction DESC, distance DESC, {stratum}, period, rule)
        ORDER BY signal_id"""
    )
    for name in ("candidate", "family"):
        connection.execute(f"DROP TABLE {name}")
    return int(connection.execute("SELECT count(*) FROM signal").fetchall()[0][0])


def _changes() -> str:
    """SQL of the signals of change, each with the row of its last settled month."""
    same = " AND ".join(f"m.{name} IS NOT DISTINCT FROM r.{name}" for name in NAMES)
    keys = ", ".join(f"r.{name}" for name in KEY)
    evidence = ", ".join(f"r.{name}" for name in EVIDENCE)
    return f"""SELECT 'change_' || r.rule AS rule, {keys}, r.last AS period, m.n, m.value, m.low, m.high, m.target,
            r.since, r.variation AS direction, r.q, r.distance, {evidence}
        FROM reading r JOIN measure m ON m.measure_id = r.measure_id AND m.period = r.last AND {same}
        WHERE r.current AND r.variation IN ('better', 'worse')"""
