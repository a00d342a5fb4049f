"""One file into the facts: every row accepted, quarantined or a duplicate, in one transaction."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import fastexcel

from overread.feeds.csv_records import read_csv_records
from overread.feeds.mapping import Mapping
from overread.feeds.ndjson_records import read_ndjson_records
from overread.feeds.parquet_records import read_parquet_records
from overread.feeds.records import Records
from overread.feeds.xlsx_records import read_xlsx_records
from overread.warehouse.convert import applies, convert, ready, report_faults
from overread.warehouse.quarantine import set_aside
from overread.warehouse.quoting import cell, literal
from overread.warehouse.refusal import refuse
from overread.warehouse.settle import settle
from overread.warehouse.staging import POSITION, staged

# What a reader raises on a file that is not what its name says.
UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    fastexcel.FastExcelError,
)


class RowAccountingError(RuntimeError):
    """Rows read, counted apart from the parser, do not equal accepted + quarantined + duplicate."""


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


def records_of(mapping: Mapping, path: Path, delivered: bytes | None, *, exact: bool) -> Records:
    """The records of a file by the mapping's format."""
    match mapping.format:
        case "csv":
            return read_csv_records(path, mapping.delimiter, exact=exact, delivered=delivered)
        case "xlsx":
            return read_xlsx_records(path)
        case "parquet":
            return read_parquet_records(path)
        case "ndjson":
            return read_ndjson_records(path, mapping.source_columns())


def load_file(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, folder: Path, path: Path, key: bytes
) -> FileLoad:
    """Load one file; the same bytes again change nothing.

    Args:
        connection: The warehouse, with sites and vendors described.
        mapping: How the file is read.
        folder: The data folder.
        path: The file, inside the folder.
        key: The network's key.

    Returns:
        What became of its rows. A file that cannot be read as the mapping says is "refused" with the reason
        in the ledger; the other files go on.

    Raises:
        RowAccountingError: The rows do not add up; nothing of the file is kept.
    """
    name = path.relative_to(folder).as_posix()
    # a CSV file is searched in memory anyhow, so it is read once
    delivered = path.read_bytes() if mapping.format == "csv" else None
    sha256 = _sha256(path) if delivered is None else hashlib.sha256(delivered).hexdigest()
    known = connection.execute(
        "SELECT 1 FROM ledger WHERE sha256 = ? AND status = 'loaded' LIMIT 1", [sha256]
    )
    if known.fetchall():
        return FileLoad(name, None, "known")
    records = None
    try:
        records = records_of(mapping, path, delivered, exact=False)
        if lacking := sorted(mapping.source_columns() - set(records.header)):
            raise ValueError(
                f"{name}: column {', '.join(lacking)} of mapping {mapping.source!r} is not in the header; "
                f"it has {', '.join(records.header)}"
            )
    except UNREADABLE as error:
        message = str(error) if name.split("/")[-1] in str(error) else f"{name}: {error}"
        rows = refuse(connection, name, sha256, mapping.source, message, records)
        return FileLoad(name, None, "refused", rows, 0, rows, 0, message)
    file = _File(name, sha256, mapping, key)
    try:
        return _in_one_transaction(connection, file, records)
    except duckdb.InvalidInputException:
        # the parser refuses a record of a file that looked sound: search it record by record
        if records.plain is None or mapping.format != "csv":
            raise
        return _in_one_transaction(
            connection, file, records_of(mapping, path, delivered, exact=True)
        )


@dataclass(frozen=True, slots=True)
class _File:
    """A file on its way in."""

    name: str
    sha256: str
    mapping: Mapping
    key: bytes


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _in_one_transaction(
    connection: duckdb.DuckDBPyConnection, file: _File, records: Records
) -> FileLoad:
    connection.begin()
    try:
        loaded = _load(connection, file, records)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return loaded


def _load(connection: duckdb.DuckDBPyConnection, file: _File, records: Records) -> FileLoad:
    """Every record accepted, quarantined or a duplicate."""
    mapping, targets = file.mapping, range(len(file.mapping.rows))
    load_id = int(connection.sql("SELECT nextval('load_number')").fetchall()[0][0])
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE fault ({POSITION} BIGINT, field VARCHAR, value VARCHAR, "
        "reason VARCHAR, raw VARCHAR)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE unchanged (row_number BIGINT, line BIGINT, table_name VARCHAR, "
        "first_load_id BIGINT, first_row_number BIGINT, target INTEGER)"
    )
    with staged(connection, records, mapping):
        for index in targets:
            convert(connection, mapping, index, file.key)
        _all_taken(connection, records, mapping)
        for index in targets:
            report_faults(connection, mapping, index)
        kept = 0
        for index in targets:
            ready(connection, mapping, index, sequential=not records.bad)
            kept += settle(connection, mapping, index, load_id)
        quarantined = set_aside(connection, records, load_id, file.name, file.key)
        duplicates = _duplicates(connection, file, load_id)
        accepted = kept if len(targets) == 1 else _accepted(connection, mapping, load_id)
        for index in targets:
            connection.execute(f"DROP VIEW ready_{index}")
            connection.execute(f"DROP TABLE target_{index}")
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


def _all_taken(connection: duckdb.DuckDBPyConnection, records: Records, mapping: Mapping) -> None:
    """Rows that no target takes are faults; DuckDB must have read as many records as were counted.

    Raises:
        RowAccountingError: It read another number.
    """
    conditional = all(target.when or target.unless for target in mapping.rows)
    if conditional:
        taken = " OR ".join(f"({applies(target, mapping.missing)})" for target in mapping.rows)
        raw = ", ".join(f"coalesce({cell(name)}, '')" for name in sorted(mapping.source_columns()))
        connection.execute(
            f"INSERT INTO fault SELECT {POSITION}, '', NULL, 'no_target', concat_ws(',', {raw}) FROM staged "
            f"WHERE NOT ({taken})"
        )
        counted = _count(connection, "SELECT count(*) FROM staged")
    else:
        whole = next(i for i, t in enumerate(mapping.rows) if not (t.when or t.unless))
        counted = _count(connection, f"SELECT count(*) FROM target_{whole}")
    if counted != records.row_number.size:
        raise RowAccountingError(
            f"{records.row_number.size} well-formed records were counted, DuckDB read {counted}"
        )


def _duplicates(connection: duckdb.DuckDBPyConnection, file: _File, load_id: int) -> int:
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
