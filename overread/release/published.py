"""What was published last, number by number: it cannot be computed anew, so the warehouse keeps it.

`released_last` holds the numbers of the last release, `released_before` those of the release before it, and
`release_mark` what each of them knew. A release is told by its loads and its definitions: months that are recomputed one
by one after the same delivery belong to one release, and publishing again what was published changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from overread.measures.table import EXTRA, TEXT

LAST: Final = "released_last"
BEFORE: Final = "released_before"
KEY: Final = ("audience", "recipient", "measure_id", *TEXT, *EXTRA)
NUMBERS: Final = ("value", "low", "high", "n", "numerator", "denominator")
WORDS: Final = ("status", "shown")
# Sums in another order differ in the last digits: that is no revision.
PRECISION: Final = 1e-9

_MARKS: Final = """CREATE TABLE IF NOT EXISTS release_mark (
    release VARCHAR PRIMARY KEY, data_cutoff TIMESTAMP, load_id BIGINT, definitions VARCHAR)"""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a release knew.

    Attributes:
        data_cutoff: Cut-off of its data (UTC), None where they carry no time.
        load_id: Number of the last load that it holds.
        definitions: Its measures with their versions.
    """

    data_cutoff: datetime | None
    load_id: int
    definitions: str


def same_row(left: str, right: str) -> str:
    """SQL that holds where two rows are the same number of the same audience."""
    return " AND ".join(f'{left}."{name}" IS NOT DISTINCT FROM {right}."{name}"' for name in KEY)


def moved(left: str, right: str) -> str:
    """SQL that holds where a number, its counts or its state differ between two rows."""
    numbers = [
        f"({left}.{name} IS NULL) <> ({right}.{name} IS NULL) OR coalesce(abs({left}.{name} - {right}.{name}) "
        f"> {PRECISION} * greatest(1, abs({left}.{name})), false)"
        for name in NUMBERS
    ]
    words = [f"{left}.{name} IS DISTINCT FROM {right}.{name}" for name in WORDS]
    return "(" + " OR ".join([*numbers, *words]) + ")"


def stands(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a table is there."""
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table])
    return bool(found.fetchall())


def last_load(connection: duckdb.DuckDBPyConnection) -> int:
    """Number of the last load, 0 where nothing was loaded."""
    (load,) = connection.execute(
        "SELECT coalesce(max(load_id), 0) FROM ledger WHERE status = 'loaded'"
    ).fetchall()[0]
    return int(load)


def present(connection: duckdb.DuckDBPyConnection) -> Mark:
    """What the release that stands in `measure_release` knows."""
    cutoff, definitions = connection.execute(
        """SELECT (SELECT max(data_cutoff) FROM measure_release),
            (SELECT coalesce(string_agg(told, ' ' ORDER BY told), '') FROM (
                SELECT DISTINCT measure_id || ':' || definition_version AS told FROM measure_release))"""
    ).fetchall()[0]
    return Mark(cutoff, last_load(connection), definitions)


def marked(connection: duckdb.DuckDBPyConnection, table: str) -> Mark | None:
    """What an earlier release knew, None where there was none."""
    connection.execute(_MARKS)
    found = connection.execute(
        "SELECT data_cutoff, load_id, definitions FROM release_mark WHERE release = ?", [table]
    ).fetchall()
    return Mark(*found[0]) if found and stands(connection, table) else None


def unchanged(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether `measure_release` says what was published last, no row more and none less."""
    differs = connection.execute(
        f"""SELECT count(*) FROM measure_release a FULL OUTER JOIN {LAST} b ON {same_row("a", "b")}
        WHERE a.audience IS NULL OR b.audience IS NULL OR a.definition_version <> b.definition_version
            OR {moved("a", "b")}"""
    ).fetchall()[0][0]
    return not differs


def _keep(connection: duckdb.DuckDBPyConnection, table: str, mark: Mark) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO release_mark VALUES (?, ?, ?, ?)",
        [table, mark.data_cutoff, mark.load_id, mark.definitions],
    )


def remember(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep `measure_release` as what was published last; to be called once the pages stand.

    Args:
        connection: The warehouse.
    """
    last, now = marked(connection, LAST), present(connection)
    if last is not None and unchanged(connection):
        return
    listed = ", ".join(f'"{name}"' for name in (*KEY, *NUMBERS, *WORDS, "definition_version"))
    connection.begin()
    try:
        if last is not None and (last.load_id, last.definitions) != (now.load_id, now.definitions):
            connection.execute(f"DROP TABLE IF EXISTS {BEFORE}")
            connection.execute(f"ALTER TABLE {LAST} RENAME TO {BEFORE}")
            _keep(connection, BEFORE, last)
        connection.execute(
            f"CREATE OR REPLACE TABLE {LAST} AS SELECT {listed} FROM measure_release"
        )
        _keep(connection, LAST, now)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
