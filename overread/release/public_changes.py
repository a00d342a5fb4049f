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


def _corrections(
    connection: duckdb.DuckDBPyConnection, after: int, until: int
) -> frozenset[tuple[str, str | None]]:
    """Tables and periods in which loads replaced or took back rows; None for tables that know no period."""
    write_deliveries(connection, after, until, by=("period",))
    found = connection.execute(
        "SELECT fact, period FROM delivered WHERE corrects AND period IS NOT NULL "
        "UNION SELECT fact, NULL FROM delivered_wide WHERE corrects"
    ).fetchall()
    drop_deliveries(connection)
    return frozenset(found)


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
    # most periods stand since the same release: their loads are looked through once
    of_loads: dict[tuple[int, int], frozenset[tuple[str, str | None]]] = {}
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
            reason = "definition"
            if not defined:
                if (after, until) not in of_loads:
                    of_loads[after, until] = _corrections(connection, after, until)
                facts = tables_of(table.measure_id)
                behind = {(fact, when) for fact in facts for when in (period, None)}
                reason = "correction" if behind & of_loads[after, until] else "new data"
            connection.execute(
                f"""INSERT INTO revision SELECT {listed}, {shown}, ?, [] FROM changed
                WHERE audience = 'public' AND measure_id = ? AND period = ? ORDER BY number""",
                [reason, table.measure_id, period],
            )
