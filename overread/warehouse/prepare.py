"""A file read and converted in a database of its own, apart from the warehouse: several at a time can be."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import duckdb
import fastexcel
import pyarrow as pa

from overread.feeds.csv_records import read_csv_records
from overread.feeds.mapping import Mapping
from overread.feeds.ndjson_records import read_ndjson_records
from overread.feeds.parquet_records import read_parquet_records
from overread.feeds.records import Records
from overread.feeds.xlsx_records import read_xlsx_records
from overread.warehouse.convert import applies, convert, report_faults
from overread.warehouse.quoting import cell
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
class Lists:
    """What every file is converted with.

    Attributes:
        site: The configured sites: site, zone, issuer.
        vendor: The configured vendors: vendor.
        key: The network's key.
        reading: Held while the bytes of a file are in memory, so that it is one file's at a time.
    """

    site: pa.Table = field(repr=False)
    vendor: pa.Table = field(repr=False)
    key: bytes = field(repr=False)
    reading: Lock = field(default_factory=Lock, repr=False)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file on its way in.

    Attributes:
        name: Path relative to the data folder.
        sha256: Hash of its bytes.
        mapping: How it is read.
        area: Database with `target_<index>`, `person_<index>` and `fault`.
        records: Its records; None where they could not be told apart, or the bytes are known.
        message: Why it is refused; "" where it is not.
    """

    name: str
    sha256: str
    mapping: Mapping
    area: str
    records: Records | None = None
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


def prepare(
    warehouse: duckdb.DuckDBPyConnection,
    lists: Lists,
    mapping: Mapping,
    file: tuple[Path, Path],
    known: Collection[str],
    area: str,
) -> Prepared:
    """Read and convert one file; the warehouse itself is neither read nor written.

    Args:
        warehouse: Gives a connection of its own to the same DuckDB.
        lists: Sites, vendors and key.
        mapping: How the file is read.
        file: The data folder and the file inside it.
        known: Hashes of the files that were loaded before: their bytes are not looked at again.
        area: Name of the database that is made for the file.

    Returns:
        The file, with an area where it could be read as the mapping says.

    Raises:
        RowAccountingError: DuckDB read another number of records than were counted.
    """
    folder, path = file
    name = path.relative_to(folder).as_posix()
    with lists.reading:
        # a CSV file is searched in memory anyhow, so it is read once
        delivered = path.read_bytes() if mapping.format == "csv" else None
        sha256 = _sha256(path) if delivered is None else hashlib.sha256(delivered).hexdigest()
        if sha256 in known:
            return Prepared(name, sha256, mapping, area)
        records, message = _read(mapping, name, path, delivered)
        del delivered
    if message or records is None:
        return Prepared(name, sha256, mapping, area, records, message)
    with warehouse.cursor() as connection:
        # settings and the names of tables are this connection's own; the warehouse is not touched through it
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"ATTACH ':memory:' AS {area}")
        connection.execute(f"USE {area}")
        connection.register("site", lists.site)
        connection.register("vendor", lists.vendor)
        try:
            _convert(connection, mapping, records, lists.key)
        except duckdb.InvalidInputException:
            # the parser refuses a record of a file that looked sound: search it record by record
            if records.plain is None or mapping.format != "csv":
                raise
            records = records_of(mapping, path, None, exact=True)
            _convert(connection, mapping, records, lists.key)
    # the rows themselves are in the area now
    return Prepared(name, sha256, mapping, area, replace(records, clean=b"", table=None))


def _read(
    mapping: Mapping, name: str, path: Path, delivered: bytes | None
) -> tuple[Records | None, str]:
    """The records of a file, and why it is refused ("" where it is not)."""
    records = None
    try:
        records = records_of(mapping, path, delivered, exact=False)
        if records.plain is not None:
            # it is parsed as it lies there
            records = replace(records, clean=b"")
        if lacking := sorted(mapping.source_columns() - set(records.header)):
            raise ValueError(
                f"{name}: column {', '.join(lacking)} of mapping {mapping.source!r} is not in the header; "
                f"it has {', '.join(records.header) or 'none that can be read'}"
            )
    except UNREADABLE as error:
        message = str(error) if name.split("/")[-1] in str(error) else f"{name}: {error}"
        return records, message
    return records, ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _convert(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, records: Records, key: bytes
) -> None:
    """Make the tables of the area."""
    connection.execute(
        f"CREATE OR REPLACE TABLE fault ({POSITION} BIGINT, field VARCHAR, value VARCHAR, reason VARCHAR, "
        "raw VARCHAR)"
    )
    with staged(connection, records, mapping):
        for index in range(len(mapping.rows)):
            convert(connection, mapping, index, key)
        _all_taken(connection, records, mapping)
        for index in range(len(mapping.rows)):
            report_faults(connection, mapping, index)


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
        counted = _count(connection, "staged")
    else:
        whole = next(i for i, t in enumerate(mapping.rows) if not (t.when or t.unless))
        counted = _count(connection, f"target_{whole}")
    if counted != records.row_number.size:
        raise RowAccountingError(
            f"{records.row_number.size} well-formed records were counted, DuckDB read {counted}"
        )


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
