"""Local time of a site as UTC, from the changes of its zone that the batch's times can meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import duckdb

from overread.warehouse.quoting import literal


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a zone's offset.

    Attributes:
        at: Moment (UTC).
        before: Seconds east of UTC before it.
        after: Seconds east of UTC from it on.
    """

    at: datetime
    before: int
    after: int

    @property
    def window(self) -> tuple[datetime, datetime]:
        """Local times that never were, or were twice: from (inclusive), to (exclusive)."""
        low, high = sorted((self.before, self.after))
        return self.at + timedelta(seconds=low), self.at + timedelta(seconds=high)

    @property
    def flag(self) -> str:
        """Name of the rule for a local time inside the window."""
        return "nonexistent" if self.after > self.before else "ambiguous"


_OFFSETS = """
WITH days AS (
    SELECT moment, shift, lead(shift) OVER (ORDER BY moment) AS next FROM (
        SELECT moment, epoch(timezone($zone, timezone('UTC', moment)) - moment)::BIGINT AS shift
        FROM generate_series(make_timestamp($year, 1, 1, 0, 0, 0),
            make_timestamp(least($year + $years, 9999), 1, 1, 0, 0, 0), INTERVAL 1 DAY) AS steps(moment))
), minutes AS (
    SELECT moment + to_minutes(minute) AS moment FROM days, generate_series(0, 1440) AS steps(minute)
    WHERE next <> shift
), shifts AS (
    SELECT moment, epoch(timezone($zone, timezone('UTC', moment)) - moment)::BIGINT AS shift FROM minutes
)
SELECT make_timestamp($year, 1, 1, 0, 0, 0) AS moment, (SELECT arg_min(shift, moment) FROM days) AS after, NULL AS before
UNION ALL SELECT * FROM (
    SELECT moment, shift, lag(shift) OVER (ORDER BY moment) AS before FROM shifts) WHERE before <> shift
ORDER BY before IS NOT NULL, moment
"""


# Years that are asked for at once: a question costs more to put than to answer.
_BLOCK = 10


@cache
def _block(zone: str, year: int) -> tuple[int, tuple[Change, ...]]:
    """Offset at the start of a block of years and the changes in it, from the zone data of DuckDB's own build.

    Clocks change on a minute, and never twice within a day.
    """
    with duckdb.connect() as connection:
        rows = connection.execute(
            _OFFSETS, {"zone": zone, "year": year, "years": _BLOCK}
        ).fetchall()
    found = tuple(Change(at, int(before), int(after)) for at, after, before in rows[1:])
    return int(rows[0][1]), found


def changes(zone: str, first: datetime, last: datetime) -> tuple[int, tuple[Change, ...]]:
    """Offsets of a zone over a span of local times.

    Args:
        zone: IANA zone.
        first: Earliest local time.
        last: Latest local time.

    Returns:
        Offset in seconds east of UTC before the first change, and the changes in order. A day more at each end
        covers the difference between local time and UTC.
    """
    low, high = first - timedelta(days=1), last + timedelta(days=1)
    first_block = max(low.year - low.year % _BLOCK, 1)
    found = [_block(zone, year) for year in range(first_block, high.year + 1, _BLOCK)]
    every = [change for _, of_block in found for change in of_block]
    met = tuple(c for c in every if low <= c.at <= high)
    earlier = [c for c in every if c.at < low]
    return earlier[-1].after if earlier else found[0][0], met


def _by_zone(zone: str, parts: Mapping[str, str], otherwise: str) -> str:
    """CASE over the zone of a row; without it where there is but one zone and it is a constant."""
    if zone in parts:
        return parts[zone]
    cases = " ".join(f"WHEN {literal(name)} THEN {part}" for name, part in parts.items())
    return f"CASE {zone} {cases} ELSE {otherwise} END" if cases else otherwise


def utc(local: str, zone: str, spans: Mapping[str, tuple[int, Sequence[Change]]]) -> str:
    """SQL of a local time as UTC.

    Of an hour that occurs twice the earlier instant is taken; a time that never was is read with the offset in
    force before the gap.

    Args:
        local: SQL of the local time.
        zone: SQL of the row's zone, or a zone's name where all rows have that one.
        spans: Per zone, what `changes` gives.
    """
    parts = {}
    for name, (start, met) in spans.items():
        cases = "".join(
            f"WHEN {local} >= {literal(str(change.window[1]))}::TIMESTAMP THEN {_shifted(local, change.after)} "
            for change in reversed(met)
        )
        parts[name] = (
            f"CASE {cases}ELSE {_shifted(local, start)} END" if cases else _shifted(local, start)
        )
    return _by_zone(zone, parts, local)


def _shifted(local: str, offset: int) -> str:
    return f"{local} - INTERVAL '{offset}' SECOND" if offset else local


def flags(
    locals_: Iterable[str], zone: str, spans: Mapping[str, tuple[int, Sequence[Change]]]
) -> str:
    """SQL of the rules applied to the local times of a row, comma separated; NULL where there was none.

    Args:
        locals_: Names of the time columns; `<column>_local` holds the local time.
        zone: As for `utc`.
        spans: As for `utc`.
    """
    parts = {}
    for name, (_, met) in spans.items():
        told = []
        for column in locals_:
            cases = "".join(
                f"WHEN {column}_local >= {literal(str(change.window[0]))}::TIMESTAMP "
                f"AND {column}_local < {literal(str(change.window[1]))}::TIMESTAMP "
                f"THEN {literal(f'{column}:{change.flag}')} "
                for change in met
            )
            if cases:
                told.append(f"CASE {cases}END")
        if told:
            parts[name] = f"nullif(concat_ws(',', {', '.join(told)}), '')"
    return _by_zone(zone, parts, "NULL::VARCHAR")
