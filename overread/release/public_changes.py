"""The public rows of `revision`: numbers that everybody was told before and is told otherwise now, and why.

It tells nothing that the two releases did not: a number that either of them leaves out is not in it. The reason is one
for a whole period of a table, since a period is revised as a whole, and speaks of no part and no vendor. A period that
has been told may stay through many releases until it moves far enough, so the reason is of all loads since the version
that stood before. A check is no reason here: what was told stays while a month is held.
"""

from __future__ import annotations

from typing import Final

import duckdb

from overread.release.deliveries import drop_deliveries, tables_of, write_deliveries
from overread.release.public_history import load_of
from overread.release.public_tables import PUBLIC_TABLES
from overread.release.published import KEY, NUMBERS, WORDS, Mark

# SQL over a row now (a) and the row before (b): holds for all audiences but everybody, and there where both were told.
BOTH_TOLD: Final = "(b.audience <> 'public' OR (a.shown = 'value' AND b.shown = 'value'))"


def _corrected(
    connection: duckdb.DuckDBPyConnection, measure_id: str, period: str, after: int, until: int
) -> bool:
    """Whether loads replaced or took back rows behind a measure in a period."""
    write_deliveries(connection, after, until, by=("period",))
    (found,) = connection.execute(
        """SELECT count(*) FROM (
            SELECT fact, corrects FROM delivered WHERE period = ? UNION ALL SELECT fact, corrects FROM delivered_wide
        ) WHERE corrects AND list_contains(?, fact)""",
        [period, sorted(tables_of(measure_id))],
    ).fetchall()[0]
    drop_deliveries(connection)
    return bool(found)


def write_public_changes(connection: duckdb.DuckDBPyConnection, before: Mark, now: Mark) -> None:
    """Add the public rows of `changed` to `revision`.

    Args:
        connection: The warehouse, with `changed`.
        before: The release that is compared with.
        now: Cut-off and last load of the release.
    """
    shown = ", ".join(
        f"{when}_{name}" for when in ("before", "after") for name in (*NUMBERS, *WORDS)
    )
    listed = ", ".join(f'"{name}"' for name in KEY)
    for table in PUBLIC_TABLES:
        periods = connection.execute(
            """SELECT period, bool_or(defined) FROM changed WHERE audience = 'public' AND measure_id = ?
            GROUP BY period ORDER BY period""",
            [table.measure_id],
        ).fetchall()
        for period, defined in periods:
            after, until = (
                load_of(connection, table, period, mark.data_cutoff, mark.load_id)
                for mark in (before, now)
            )
            if defined:
                reason = "definition"
            elif _corrected(connection, table.measure_id, period, after, until):
                reason = "correction"
            else:
                reason = "new data"
            connection.execute(
                f"""INSERT INTO revision SELECT {listed}, {shown}, ?, [] FROM changed
                WHERE audience = 'public' AND measure_id = ? AND period = ? ORDER BY number""",
                [reason, table.measure_id, period],
            )
