"""Contract clocks: the working time between two moments, and the moment when a time is used up.

A calendar is open at a moment where the site's clock then shows an hour of the calendar and a day that is no
holiday. So an hour that a zone skips is never worked, and an hour that it repeats is worked twice.
The open spans of every calendar and zone are laid end to end: a moment has a position (microseconds worked before
it), and both questions are differences of positions. A clock without a calendar runs always; its positions are the
moments themselves. Everything is joins over whole tables; no row is looked at alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import duckdb

from overread.warehouse.zones import changes

# Position of a moment that no calendar reaches.
NEVER: Final = 2**62
# How far behind the last moment a time may be used up; later than that it is told as never.
HORIZON: Final = timedelta(days=3653)

_OPEN_HOURS = """
CREATE OR REPLACE TEMP TABLE open_hours AS
WITH days AS (
    SELECT day::DATE AS day FROM generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY) AS steps(day)
), spans AS (
    SELECT h.calendar, o.zone,
        greatest(day + to_minutes(h.opens) - to_seconds(o.shift), o.since) AS opens_at,
        least(day + to_minutes(h.closes) - to_seconds(o.shift), o.until) AS closes_at
    FROM days JOIN calendar_hours h ON h.weekday = isodow(day)
    ANTI JOIN calendar_holiday c ON c.calendar = h.calendar AND c.holiday = day
    JOIN zone_offset o ON day + to_minutes(h.closes) - to_seconds(o.shift) > o.since
        AND day + to_minutes(h.opens) - to_seconds(o.shift) < o.until
)
SELECT *, (sum(epoch_us(closes_at) - epoch_us(opens_at)) OVER (PARTITION BY calendar, zone ORDER BY opens_at)
    - epoch_us(closes_at) + epoch_us(opens_at))::BIGINT AS before
FROM spans ORDER BY calendar, zone, opens_at
"""


def write_open_hours(
    connection: duckdb.DuckDBPyConnection, first: datetime, last: datetime
) -> None:
    """Write the open spans of every calendar in every site's zone to the temporary table `open_hours`.

    Args:
        connection: The warehouse, with its network described.
        first: Earliest moment that is asked about (UTC).
        last: Latest moment that is asked about (UTC); the spans go on for `HORIZON` after it.
    """
    first, last = first - timedelta(days=2), last + HORIZON
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE zone_offset (zone VARCHAR, since TIMESTAMP, until TIMESTAMP, shift BIGINT)"
    )
    zones = connection.execute("SELECT DISTINCT zone FROM site ORDER BY 1").fetchall()
    for (zone,) in zones:
        shift, met = changes(zone, first, last)
        starts = (first, *(change.at for change in met))
        ends = (*starts[1:], last + timedelta(days=2))
        shifts = (shift, *(change.after for change in met))
        connection.executemany(
            "INSERT INTO zone_offset VALUES (?, ?, ?, ?)",
            [(zone, *span) for span in zip(starts, ends, shifts, strict=True)],
        )
    connection.execute(_OPEN_HOURS, {"first": first, "last": last})


def _positions(moments: str) -> str:
    """SQL of the position of `moment` of each row of `moments` (columns `calendar`, `zone`, `moment`)."""
    return (
        "SELECT m.* EXCLUDE (moment), CASE WHEN m.moment IS NULL THEN NULL "
        "WHEN m.calendar IS NULL THEN epoch_us(m.moment) "
        "ELSE coalesce(o.before + epoch_us(least(m.moment, o.closes_at)) - epoch_us(o.opens_at), 0) END AS position "
        f"FROM ({moments}) m ASOF LEFT JOIN open_hours o "
        "ON m.calendar = o.calendar AND m.zone = o.zone AND m.moment >= o.opens_at"
    )


def _stops(clocks: str, pauses: str) -> str:
    """SQL of the CTEs `start` (clock, position) and `stop`: pauses without their overlaps, in positions.

    A pause counts from the clock's start on; one that never ended lasts until NEVER. `run` is what the clock ran
    before the pause.
    """
    return f"""
clock AS MATERIALIZED ({clocks}), start AS MATERIALIZED (
    {_positions("SELECT *, started_at AS moment FROM clock")}
), paused AS (
    SELECT clock, calendar, zone, greatest(paused_at, started_at) AS paused_at, resumed_at,
        row_number() OVER (ORDER BY clock, paused_at, resumed_at) AS number
    FROM clock JOIN ({pauses}) p USING (clock) WHERE coalesce(resumed_at > started_at, true)
), edge AS MATERIALIZED (
    SELECT * FROM (
        {
        _positions(
            "SELECT clock, calendar, zone, number, unnest([false, true]) AS is_end, unnest([paused_at, resumed_at]) "
            "AS moment FROM paused"
        )
    }
    )
), span AS (
    SELECT clock, number, max(position) FILTER (NOT is_end) AS low,
        coalesce(max(position) FILTER (is_end), {NEVER}) AS high
    FROM edge GROUP BY clock, number
), apart AS (
    SELECT clock, number, greatest(low, coalesce(max(high) OVER before, low)) AS low, high FROM span
    WINDOW before AS (PARTITION BY clock ORDER BY low, number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), stop AS (
    SELECT a.clock, a.low, a.high, a.low - s.position
        - coalesce(sum(a.high - a.low) OVER before, 0) AS run
    FROM apart a JOIN start s USING (clock) WHERE a.high > a.low
    WINDOW before AS (PARTITION BY a.clock ORDER BY a.low, a.number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)"""


def due_query(clocks: str, pauses: str) -> str:
    """SQL of the first moment at which each clock has run its time (table `open_hours` must stand).

    Args:
        clocks: SQL of the clocks: `clock` (key), `calendar` (NULL = the clock runs always), `zone`, `started_at`
            (UTC) and `allowed` (whole seconds, 0 or more).
        pauses: SQL of the pauses that stop them: `clock`, `paused_at`, `resumed_at` (NULL = has not ended); they
            may overlap.

    Returns:
        SQL giving `clock` and `due_at`: NULL where a pause without an end comes first, or where the calendar is
        not described or used up later than `HORIZON` after the last moment.
    """
    return f"""
WITH {_stops(clocks, pauses)}, target AS (
    SELECT s.clock, s.calendar, s.zone, s.started_at, s.allowed,
        s.position + s.wanted + coalesce(sum(high - low) FILTER (run < s.wanted), 0) AS wide
    FROM (SELECT *, allowed * 1000000::HUGEINT AS wanted FROM start) s LEFT JOIN stop USING (clock)
    GROUP BY s.clock, s.calendar, s.zone, s.started_at, s.allowed, s.position, s.wanted
), reached AS (
    SELECT * EXCLUDE (wide), least(wide, {NEVER})::BIGINT AS position FROM target
)
SELECT r.clock, CASE
        WHEN r.allowed = 0 THEN r.started_at
        WHEN r.position >= {NEVER} THEN NULL
        WHEN r.calendar IS NULL THEN make_timestamp(r.position)
        WHEN o.before + epoch_us(o.closes_at) - epoch_us(o.opens_at) >= r.position
            THEN o.opens_at + to_microseconds(r.position - o.before)
    END AS due_at
FROM reached r ASOF LEFT JOIN open_hours o
    ON r.calendar = o.calendar AND r.zone = o.zone AND r.position > o.before"""


def elapsed_query(clocks: str, pauses: str) -> str:
    """SQL of the time that each clock ran between two moments (table `open_hours` must stand).

    Args:
        clocks: As for `due_query`, with `ended_at` (UTC, not before `started_at`) in place of `allowed`.
        pauses: As for `due_query`.

    Returns:
        SQL giving `clock` and `elapsed` (microseconds); 0 where the calendar is not described.
    """
    return f"""
WITH {_stops(clocks, pauses)}, finish AS (
    {_positions("SELECT *, ended_at AS moment FROM clock")}
)
SELECT f.clock, (f.position - s.position
    - coalesce(sum(least(high, f.position) - low) FILTER (low < f.position), 0))::BIGINT AS elapsed
FROM finish f JOIN start s USING (clock) LEFT JOIN stop USING (clock) GROUP BY f.clock, f.position, s.position"""
