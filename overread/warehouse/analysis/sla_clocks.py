"""Tasks whose SLA clock is not the plain one: business time, or pauses of the vendor's clock.

The hospital waits from the exam on and its clock never stops. The vendor's clock starts with what the vendor was
given, and stands still in the pauses that the hospital owns. Terms on elapsed time without pauses are not touched
here: `task_fact` adds their seconds to their start.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import duckdb

from overread.warehouse.analysis.tasks import INTERVALS, SLA_STARTS
from overread.warehouse.analysis.terms import termed
from overread.warehouse.working_time import due_query, elapsed_query, write_open_hours

# Intervals that the vendor answers for.
VENDOR_INTERVALS: Final = (
    "received_to_preliminary",
    "preliminary_to_final",
    "received_to_final",
    "information_to_final",
)
_EMPTY = """
CREATE OR REPLACE TEMP TABLE task_clock (
    task_id UUID, clocked BOOLEAN, due_at TIMESTAMP, without_calendar BOOLEAN, vendor_seconds BIGINT)
"""
_HOSPITAL_PAUSE = "FROM task_pause_current WHERE owner = 'hospital'"
_BUSINESS = "FROM contract_term_current WHERE clock = 'business'"
_PAUSES = f"SELECT task_id AS clock, paused_at, resumed_at {_HOSPITAL_PAUSE}"
_START, _END = INTERVALS["information_to_final"]

# An empty name is no calendar's: a business clock without a calendar is never due.
_SLA_CLOCK = f"""
CREATE OR REPLACE TEMP TABLE sla_clock AS
WITH {termed(f"t.vendor IN (SELECT vendor {_BUSINESS}) OR t.task_id IN (SELECT task_id {_HOSPITAL_PAUSE})")}
SELECT task_id AS clock, zone, in_force[1].sla_interval AS interval, in_force[1].sla_seconds AS allowed,
    CASE in_force[1].sla_interval {SLA_STARTS} END AS started_at,
    CASE WHEN in_force[1].clock = 'business' THEN coalesce(in_force[1].calendar, site_calendar, '') END AS calendar
FROM termed WHERE started_at IS NOT NULL AND allowed IS NOT NULL
    AND (calendar IS NOT NULL OR task_id IN (SELECT task_id {_HOSPITAL_PAUSE}))
"""
_VENDOR_CLOCK = f"""
CREATE OR REPLACE TEMP TABLE vendor_clock AS
SELECT task_id AS clock, NULL::VARCHAR AS calendar, NULL::VARCHAR AS zone, {_START} AS started_at, {_END} AS ended_at
FROM task_in_scope WHERE task_id IN (SELECT task_id {_HOSPITAL_PAUSE}) AND {_END} >= {_START}
"""
_OF_VENDOR = f"AND task_id IN (SELECT clock FROM sla_clock WHERE interval IN {VENDOR_INTERVALS})"
_TASK_CLOCK = f"""
INSERT INTO task_clock
WITH due AS (
    {due_query("FROM sla_clock", f"{_PAUSES} {_OF_VENDOR}")}
), run AS (
    {elapsed_query("FROM vendor_clock", _PAUSES)}
)
SELECT coalesce(d.clock, r.clock), d.clock IS NOT NULL, d.due_at,
    coalesce(s.calendar NOT IN (SELECT calendar FROM calendar_hours), false), r.elapsed // 1000000
FROM due d FULL JOIN run r USING (clock) LEFT JOIN sla_clock s USING (clock)
"""


def write_clocks(connection: duckdb.DuckDBPyConnection, cutoff: datetime | None) -> None:
    """Write the temporary table `task_clock`; it stays empty where no term and no pause asks for more.

    Its columns: `task_id`; `clocked`, whether `due_at` is told here: NULL is then a time that is never used up (a
    pause has not ended); `without_calendar`, for a business clock whose calendar the configuration lacks;
    `vendor_seconds` from what the vendor was given to the final report, less the hospital's pauses.

    Args:
        connection: The warehouse, with the view of the exams.
        cutoff: Data cut-off (UTC).
    """
    connection.execute(_EMPTY)
    concerned = connection.execute(
        f"SELECT (SELECT count(*) {_BUSINESS}) + (SELECT count(*) {_HOSPITAL_PAUSE})"
    ).fetchall()
    if not concerned[0][0]:
        return
    connection.execute(_SLA_CLOCK)
    connection.execute(_VENDOR_CLOCK)
    ((first, last),) = connection.execute(
        "SELECT min(started_at), max(started_at) FROM sla_clock"
    ).fetchall()
    some = first or cutoff or datetime(1970, 1, 1)
    write_open_hours(connection, some, max(last or some, cutoff or some))
    connection.execute(_TASK_CLOCK)
