"""One converted file into the facts: every row accepted, quarantined or a duplicate, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from overread.feeds.mapping import Mapping
from overread.feeds.records import Records
from overread.warehouse.prepare import Prepared, RowAccountingError
from overread.warehouse.quarantine import set_aside
from overread.warehouse.quoting import literal
from overread.warehouse.ready import ready
from overread.warehouse.refusal import refuse
from overread.warehouse.settle import settle
from overread.warehouse.staging import places


@dataclass(frozen=True, slots=True)
class FileLoad:
    """What became of a file; its rows add up: read = accepted + quarantined + duplicate.

    Attributes:
        path: Path relative to the data folder.
        load_id: Number of the load; None where the same bytes had been loaded before.
        status: "loaded", "known" (nothing changed) or "refused" (see message).
    """

    path: str
    load_id: int | None
    status: str
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    message: str = ""


def load_file(connection: duckdb.DuckDBPyConnection, file: Prepared, key: bytes) -> FileLoad:
    """Load one prepared file.

    Args:
        connection: The warehouse.
        file: The file; a file without records and without message was loaded before.
        key: The network's key.

    Returns:
        What became of its rows. A file that cannot be read as the mapping says is "refused" with the reason
        in the ledger; the other files go on.

    Raises:
        RowAccountingError: The rows do not add up; nothing of the file is kept.
    """
    if file.message:
        source = file.mapping.source
        rows = refuse(connection, file.name, file.sha256, source, file.message, file.records)
        return FileLoad(file.name, None, "refused", rows, 0, rows, 0, file.message)
    if file.records is None:
        return FileLoad(file.name, None, "known")
    connection.register("place", places(file.records))
    connection.begin()
    try:
        loaded = _load(connection, file, file.records, key)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.unregister("place")
    return loaded


def _load(
    connection: duckdb.DuckDBPyConnection, file: Prepared, records: Records, key: bytes
) -> FileLoad:
    """Every record accepted, quarantined or a duplicate."""
    mapping, targets = file.mapping, range(len(file.mapping.rows))
    load_id = int(connection.sql("SELECT nextval('load_number')").fetchall()[0][0])
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE unchanged (row_number BIGINT, line BIGINT, table_name VARCHAR, "
        "first_load_id BIGINT, first_row_number BIGINT, target INTEGER)"
    )
    kept = 0
    for index in targets:
        ready(connection, mapping, index, file.area, sequential=not records.bad)
        kept += settle(connection, mapping, index, load_id)
    quarantined = set_aside(connection, records, file.area, load_id, file.name, key)
    duplicates = _duplicates(connection, file, load_id)
    accepted = kept if len(targets) == 1 else _accepted(connection, mapping, load_id)
    for index in targets:
        connection.execute(f"DROP VIEW ready_{index}")
    totals = (records.rows_read, accepted, quarantined, duplicates)
    if records.rows_read != accepted + quarantined + duplicates:
        raise RowAccountingError(
            f"{file.name}: {records.rows_read} rows read, but {accepted} accepted + {quarantined} quarantined "
            f"+ {duplicates} duplicate; nothing of the file was kept"
        )
    connection.execute(
        "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'loaded', '')",
        (load_id, file.name, file.sha256, mapping.source, records.encoding, *totals),
    )
    return FileLoad(file.name, load_id, "loaded", *totals)


def _duplicates(connection: duckdb.DuckDBPyConnection, file: Prepared, load_id: int) -> int:
    """Rows of which every target's version was there already. Returns their number."""
    if not _count(connection, "SELECT count(*) FROM unchanged"):
        return 0
    made = " UNION ALL ".join(
        f"SELECT row_number FROM ready_{index} SEMI JOIN unchanged USING (row_number)"
        for index in range(len(file.mapping.rows))
    )
    connection.execute(
        f"INSERT INTO duplicate SELECT {load_id}, {literal(file.name)}, row_number, line, "
        "arg_min(table_name, target), arg_min(first_load_id, target), arg_min(first_row_number, target) "
        "FROM unchanged GROUP BY row_number, line HAVING count(*) = "
        f"(SELECT count(*) FROM ({made}) m WHERE m.row_number = unchanged.row_number)"
    )
    return _count(connection, f"SELECT count(*) FROM duplicate WHERE load_id = {load_id}")


def _accepted(connection: duckdb.DuckDBPyConnection, mapping: Mapping, load_id: int) -> int:
    """Good rows that brought something new to one target at least."""
    made = " UNION ALL ".join(
        f"SELECT row_number FROM ready_{index}" for index in range(len(mapping.rows))
    )
    return _count(
        connection,
        f"SELECT count(DISTINCT row_number) FROM ({made}) WHERE row_number NOT IN "
        f"(SELECT row_number FROM duplicate WHERE load_id = {load_id})",
    )


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])
