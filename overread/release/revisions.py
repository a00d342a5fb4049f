"""The table `revision`: published numbers that changed since the release before, and why.

Reasons, the first that holds: `definition` (another version of the measure), `correction` (a load replaced or took back
rows of the cell), `check` (a check holds one of its months now, or does no more), else `new data`. Rows that are new are
no revision: nothing had been published there. What everybody may see: `public_changes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from overread.measures.catalogue import CATALOGUE
from overread.measures.table import EXTRA, TEXT
from overread.release.deliveries import (
    PLACE,
    drop_deliveries,
    tables_of,
    told_together,
    write_deliveries,
)
from overread.release.public_changes import BOTH_TOLD, write_public_changes
from overread.release.published import (
    BEFORE,
    KEY,
    LAST,
    NUMBERS,
    WORDS,
    Mark,
    marked,
    moved,
    present,
    same_row,
    unchanged,
)

REASONS: Final = ("definition", "correction", "check", "new data")
SHOWN: Final = (*NUMBERS, *WORDS)
_DIMENSIONS: Final = (*TEXT, *EXTRA)

_TABLE: Final = f"""CREATE OR REPLACE TABLE revision (
    audience VARCHAR, recipient VARCHAR, measure_id VARCHAR, {", ".join(f'"{name}" VARCHAR' for name in _DIMENSIONS)},
    {", ".join(f"before_{name} {'VARCHAR' if name in WORDS else 'DOUBLE'}" for name in SHOWN)},
    {", ".join(f"after_{name} {'VARCHAR' if name in WORDS else 'DOUBLE'}" for name in SHOWN)},
    reason VARCHAR, files VARCHAR[])"""
_OF: Final = "CREATE OR REPLACE TABLE revision_of (first BOOLEAN, data_cutoff TIMESTAMP, before_cutoff TIMESTAMP)"


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared.

    Attributes:
        first: Whether nothing was published before.
        rows: Published numbers that changed, of all audiences.
    """

    first: bool
    rows: int


def _base(connection: duckdb.DuckDBPyConnection) -> tuple[str, Mark, int, datetime | None] | None:
    """The release to compare with: its table, what it knew, the last load that counts, and the cut-off now.

    None where nothing was published before.
    """
    last, now = marked(connection, LAST), present(connection)
    if last is None:
        return None
    same = unchanged(connection)
    if not same and (last.load_id, last.definitions) != (now.load_id, now.definitions):
        return LAST, last, now.load_id, now.data_cutoff
    before = marked(connection, BEFORE)
    if before is None:
        return None
    # publishing again what was published: the list stays, and so do the loads that it speaks of
    return BEFORE, before, last.load_id if same else now.load_id, now.data_cutoff


def compare(connection: duckdb.DuckDBPyConnection) -> Compared:
    """Write `revision` and `revision_of` from `measure_release` and what was published before.

    Args:
        connection: The warehouse, released; what it published stands in it (`published.remember`).

    Returns:
        What was compared.
    """
    connection.execute(_TABLE)
    connection.execute(_OF)
    base = _base(connection)
    if base is None:
        cutoff = present(connection).data_cutoff
        connection.execute("INSERT INTO revision_of VALUES (true, ?, NULL)", [cutoff])
        return Compared(True, 0)
    table, before, until, cutoff = base
    connection.execute("INSERT INTO revision_of VALUES (false, ?, ?)", [cutoff, before.data_cutoff])
    _write_changes(connection, table)
    (rows,) = connection.execute("SELECT count(*) FROM changed").fetchall()[0]
    if rows:
        write_deliveries(connection, before.load_id, until)
        _write_reasons(connection)
        drop_deliveries(connection)
        write_public_changes(connection, before, Mark(cutoff, until, ""))
    connection.execute("DROP TABLE changed")
    return Compared(False, int(rows))


def _write_changes(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Write `changed`: pairs of rows that differ; a row of a vendor that only is shared no longer is none."""
    keys = ", ".join(f'coalesce(b."{name}", a."{name}") AS "{name}"' for name in KEY)
    shown = ", ".join(f"b.{n} AS before_{n}, a.{n} AS after_{n}" for n in SHOWN)
    own = " AND ".join(
        f'c."{name}" IS NOT DISTINCT FROM b."{name}"' for name in ("measure_id", *_DIMENSIONS)
    )
    order = " NULLS FIRST, ".join(f'"{name}"' for name in KEY)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE changed AS
        SELECT row_number() OVER (ORDER BY {order} NULLS FIRST) AS number, * FROM (
            SELECT {keys}, {shown}, coalesce(a.definition_version <> b.definition_version, false) AS defined
            FROM {table} b LEFT JOIN measure_release a ON {same_row("a", "b")}
            WHERE (a.audience IS NOT NULL AND {moved("a", "b")} AND {BOTH_TOLD}) OR (a.audience IS NULL AND (
                b.audience = 'committee' OR b.audience = 'vendor' AND NOT EXISTS (
                    SELECT 1 FROM measure_release c WHERE c.audience = 'committee' AND {own}))))"""
    )


def _write_reasons(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill `revision` from `changed` and what was delivered."""
    pairs = ", ".join(
        f"('{i}', '{fact}', {', '.join(str(together) for together in told_together(i))})"
        for i in CATALOGUE
        for fact in sorted(tables_of(i))
    )
    own = {
        "vendor": "CASE WHEN NOT others THEN c.vendor END",
        "period": "CASE WHEN NOT earlier THEN c.period END",
    }
    place = " AND ".join(
        f"d.{name} IS NOT DISTINCT FROM {own.get(name, f'c.{name}')}" for name in PLACE
    )
    stratum = [f'"{name}"' for name in KEY if name != "period"]
    total = " AND ".join(f"f.{name} IS NOT DISTINCT FROM c.{name}" for name in stratum)
    shown = ", ".join(f"{when}_{name}" for when in ("before", "after") for name in SHOWN)
    listed = ", ".join(f'c."{name}"' for name in KEY)
    connection.execute(
        f"""INSERT INTO revision
        WITH fact_of(measure_id, fact, others, earlier) AS (VALUES {pairs}), told AS (
            SELECT number, bool_or(d.corrects) AS corrects, list_sort(list_distinct(flatten(list(d.files)))) AS files
            FROM changed c JOIN fact_of USING (measure_id) JOIN delivered d ON d.fact = fact_of.fact AND {place}
            GROUP BY number
        ), wide AS (
            SELECT measure_id, bool_or(corrects) AS corrects, list_sort(list_distinct(flatten(list(files)))) AS files
            FROM fact_of JOIN delivered_wide USING (fact) GROUP BY measure_id
        ), flip AS (
            SELECT *, true AS flipped FROM changed WHERE coalesce(before_status = 'blocked', false)
                <> coalesce(after_status = 'blocked', false)
        ), flipped_total AS (
            SELECT DISTINCT {", ".join(stratum)}, true AS held FROM flip
        ), judged AS (
            SELECT {listed}, {shown}, c.number, CASE
                WHEN c.defined THEN 'definition'
                WHEN coalesce(told.corrects, false) OR coalesce(wide.corrects, false) THEN 'correction'
                WHEN coalesce(x.flipped, false) OR coalesce(f.held, false) THEN 'check'
                -- a total of which no month is told: where no file touched it, the held month did
                WHEN told.number IS NULL AND wide.measure_id IS NULL AND c.period IS NULL
                    AND (SELECT count(*) FROM flip) > 0 THEN 'check'
                ELSE 'new data' END AS reason,
                list_sort(list_distinct(list_concat(coalesce(told.files, []), coalesce(wide.files, [])))) AS files
            FROM changed c LEFT JOIN told USING (number) LEFT JOIN wide USING (measure_id)
            LEFT JOIN (SELECT number, flipped FROM flip) x USING (number)
            LEFT JOIN flipped_total f ON c.period IS NULL AND {total}
        )
        SELECT * EXCLUDE (number, files),
            -- a file may be named after another vendor
            CASE WHEN reason = 'correction' AND audience = 'committee' THEN files ELSE [] END
        FROM judged WHERE audience <> 'public' ORDER BY number"""
    )
