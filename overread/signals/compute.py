"""All signals from all measures."""

from __future__ import annotations

from typing import Final

import duckdb

from overread.measures.catalogue import CATALOGUE
from overread.signals import change, chart_tables, funnels, target
from overread.signals.control_charts import draw
from overread.signals.series import KEY, NAMES, read_series

# What a signal of a change tells beyond what every signal tells; one of a funnel tells centre and level, too.
EVIDENCE: Final = ("went", "centre", "level_before", "level_since", "months_since")


def compute(connection: duckdb.DuckDBPyConnection) -> int:
    """Write the tables `control_chart`, `reading`, `funnel`, `funnel_line` and `signal`.

    Signals stand worst first: those for the worse before those for the better, then by their distance from what
    chance explains. A signal names the row of `measure` that it is about by all its dimensions.

    Args:
        connection: The warehouse, with its measures computed.

    Returns:
        Number of signals.
    """
    series = read_series(connection)
    charts = draw(series)
    chart_tables.write(connection, [(charted, change.judge(charted)) for charted in charts])
    funnels.write(connection, series)
    stratum = ", ".join(KEY)
    connection.execute(
        f"""CREATE OR REPLACE TABLE signal AS
        SELECT row_number() OVER worst_first AS signal_id, row_number() OVER worst_first AS severity, *
        FROM ({target.find(connection)} UNION ALL BY NAME {_changes()}
            UNION ALL BY NAME {_outside()})
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


def _outside() -> str:
    """SQL of the signals of units beyond the 99.8 % limits of their funnel, each with its row over all months.

    What the unit did in the funnel's months stands beside it: level, interval, events, cases, first and last month.
    The distance is that from the centre, in units of which the limit lies 3.09 away, as of the other signals.
    """
    same = " AND ".join(f"m.{name} IS NOT DISTINCT FROM f.{name}" for name in NAMES)
    keys = ", ".join(f"f.{name}" for name in KEY)
    lower = ", ".join(f"'{m.id}'" for m in CATALOGUE.values() if m.direction == "lower")
    minimum = " ".join(
        f"WHEN '{c.measure_id}' THEN {CATALOGUE[c.measure_id].minimum_n}" for c in funnels.COMPARED
    )
    limit = "CASE WHEN side = 'above' THEN high998 ELSE low998 END"
    return f"""SELECT 'funnel_outside' AS rule, {keys}, NULL::VARCHAR AS period, coalesce(m.n, f.n) AS n,
            coalesce(m.value, f.value) AS value, m.low, m.high, m.target, NULL::VARCHAR AS since,
            CASE WHEN (side = 'above') = (f.measure_id IN ({lower})) THEN 'worse' ELSE 'better' END AS direction,
            3.09 / 1.96 * (f.value - centre) / ({limit} - centre) - 1 AS distance, centre, f.value AS level_since,
            f.low AS level_low, f.high AS level_high, f.numerator AS level_events, f.n AS level_n,
            f.first AS looked_from, f.last AS looked_to, f.reason
        FROM funnel f LEFT JOIN measure m ON m.measure_id = f.measure_id AND m.period IS NULL AND {same}
        WHERE outside = 998 AND f.n >= CASE f.measure_id {minimum} END"""
