"""One file into the facts: every row accepted, quarantined or a duplicate, in one transaction."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import fastexcel
import pyarrow as pa

from overread.feeds.csv_records import read_csv_records
from overread.feeds.mapping import Mapping, Target
from overread.feeds.ndjson_records import read_ndjson_records
from overread.feeds.parquet_records import read_parquet_records
from overread.feeds.records import Records
from overread.feeds.xlsx_records import read_xlsx_records
from overread.model.facts import TABLES
from overread.model.tables import Column, Kind
from overread.warehouse.pseudonyms import SCOPED, register_tokens, seal
from overread.warehouse.refusal import refuse
from overread.warehouse.values import REASON, REMEDY, conversion, literal, quoted

# What a reader raises on a file that is not what its name says.
UNREADABLE = (
    ValueError,
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    fastexcel.FastExcelError,
)
ROW = "overread_row"
LINE = "overread_line"


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


def _stage(connection: duckdb.DuckDBPyConnection, records: Records, mapping: Mapping) -> None:
    """The well-formed records as text in `staged`, with row number and physical line.

    Raises:
        RowAccountingError: DuckDB read another number of records than were counted.
    """
    names = ", ".join(
        f"d.c{i} AS {quoted(name)}"
        for i, name in enumerate(records.header)
        if name in mapping.source_columns()
    )
    numbers = pa.table(
        {
            "position": pa.array(range(1, records.row_number.size + 1), pa.int64()),
            ROW: pa.array(records.row_number),
            LINE: pa.array(records.line),
        }
    )
    connection.register("numbers", numbers)
    _read(connection, records, mapping.delimiter)
    counted = connection.sql("SELECT count(*) FROM read_rows").fetchall()[0][0]
    if counted != records.row_number.size:
        raise RowAccountingError(
            f"{records.row_number.size} well-formed records were counted, DuckDB read {counted}"
        )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE staged AS SELECT n.{ROW}, n.{LINE}, {names} "
        "FROM read_rows d JOIN numbers n USING (position)"
    )
    connection.execute("DROP TABLE read_rows")
    connection.unregister("numbers")


def _read(connection: duckdb.DuckDBPyConnection, records: Records, delimiter: str) -> None:
    """The well-formed records in `read_rows`: their position and the columns c0, c1, ... as text."""
    if records.table is not None:
        table = records.table.rename_columns([f"c{i}" for i in range(len(records.header))])
        connection.register("delivered", table)
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE read_rows AS SELECT row_number() OVER () AS position, * FROM delivered"
        )
        connection.unregister("delivered")
        return
    columns = ", ".join(f"{literal(f'c{i}')}: 'VARCHAR'" for i in range(len(records.header)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clean.csv"
        file.write_bytes(records.clean)
        source = (
            f"SELECT row_number() OVER () AS position, * FROM read_csv({literal(str(file))}, auto_detect = false, "
            f"header = false, columns = {{{columns}}}, delim = {literal(delimiter)}, quote = '\"', "
            "escape = '\"', new_line = '\\n', nullstr = '\x01', strict_mode = true, max_line_size = 16777216)"
            if records.clean
            else "SELECT 0::BIGINT AS position, "
            + ", ".join(f"NULL::VARCHAR AS c{i}" for i in range(len(records.header)))
            + " WHERE false"
        )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE read_rows AS {source}")


def _records(mapping: Mapping, path: Path) -> Records:
    """The records of a file by the mapping's format."""
    match mapping.format:
        case "csv":
            return read_csv_records(path, mapping.delimiter)
        case "xlsx":
            return read_xlsx_records(path)
        case "parquet":
            return read_parquet_records(path)
        case "ndjson":
            return read_ndjson_records(path, mapping.source_columns())


def _applies(target: Target) -> str:
    """Condition on a staged row that the target takes it."""
    parts = [f"trim({quoted(c)}) IN ({', '.join(map(literal, v))})" for c, v in target.when.items()]
    parts += [
        f"coalesce(trim({quoted(c)}) NOT IN ({', '.join(map(literal, v))}), true)"
        for c, v in target.unless.items()
    ]
    return " AND ".join(parts) or "true"


def _convert(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, index: int, key: bytes
) -> None:
    """Texts and values of one target in `target_<index>`; its faults are added to `fault`."""
    target = mapping.rows[index]
    table = TABLES[target.table]
    given: list[Column] = [c for c in table.columns if c.name in target.columns]
    site = target.columns.get("site")
    zone = literal(mapping.time_zone)
    if mapping.time_zone == "site":
        zone = "coalesce(zone_of_row, 'UTC')"
    parts = {c.name: conversion(c, target.columns[c.name], mapping, zone) for c in given}
    site_text = parts["site"].text if site is not None else "NULL"
    texts = ", ".join(f"{part.text} AS {name}_text" for name, part in parts.items())
    local, utc = (
        "".join(
            f", {getattr(part, layer)} AS {name}_{layer}"
            for name, part in parts.items()
            if getattr(part, layer)
        )
        for layer in ("local", "utc")
    )
    values = ", ".join(f"{name}_text, {part.value} AS {name}" for name, part in parts.items())
    flags = ", ".join(part.flag for part in parts.values())
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE raw_target AS WITH located AS ("
        "SELECT * FROM staged LEFT JOIN (SELECT site AS site_of_row, zone AS zone_of_row, "
        f"issuer AS issuer_of_row FROM site) ON site_of_row = {site_text} WHERE {_applies(target)}), "
        f"texts AS (SELECT {ROW}, {LINE}, zone_of_row, issuer_of_row, {texts} FROM located), "
        f"locals AS (SELECT *{local} FROM texts), moments AS (SELECT *{utc} FROM locals) "
        f"SELECT {ROW}, {LINE}, issuer_of_row, {values}, concat_ws(',', {flags}) AS time_flags FROM moments"
    )
    for column in given:
        shown = "'(sealed)'" if column.kind is Kind.TOKEN else f"{column.name}_text"
        checks = []
        if column.required:
            checks.append(("missing", f"{column.name}_text IS NULL"))
        if column.kind in REASON:
            checks.append(
                (REASON[column.kind], f"{column.name}_text IS NOT NULL AND {column.name} IS NULL")
            )
        if column.minimum is not None:
            checks.append(("out_of_range", f"{column.name} < {column.minimum}"))
        if column.maximum is not None:
            checks.append(("out_of_range", f"{column.name} > {column.maximum}"))
        for reason, condition in checks:
            connection.execute(
                f"INSERT INTO fault SELECT {ROW}, {LINE}, {literal(column.name)}, {shown}, {literal(reason)} "
                f"FROM raw_target WHERE {condition}"
            )
    tokens = [c for c in given if c.kind is Kind.TOKEN]

    def scope(column: Column) -> str:
        return "coalesce(issuer_of_row, '')" if column.token in SCOPED else "''"

    register_tokens(
        connection,
        key,
        " UNION ".join(
            f"SELECT DISTINCT {literal(c.token or '')} AS namespace, {scope(c)} AS scope, {c.name} AS text "
            f"FROM raw_target WHERE {c.name} IS NOT NULL"
            for c in tokens
        )
        or "SELECT '' AS namespace, '' AS scope, '' AS text WHERE false",
    )
    values = ", ".join(
        f"{c.name}_map.token AS {c.name}" if c.kind is Kind.TOKEN else f"r.{c.name}" for c in given
    )
    joins = " ".join(
        f"LEFT JOIN token_map {c.name}_map ON {c.name}_map.namespace = {literal(c.token or '')} "
        f"AND {c.name}_map.scope = {scope(c)} AND {c.name}_map.text = r.{c.name}"
        for c in tokens
    )
    absent = "".join(
        f", NULL::{c.duckdb_type} AS {c.name}"
        for c in table.columns
        if c.name not in target.columns
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE target_{index} AS SELECT r.{ROW}, r.{LINE}, {values}{absent}, "
        f"nullif(r.time_flags, '') AS time_flags FROM raw_target r {joins}"
    )
    connection.execute("DROP TABLE raw_target")


def _settle(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, index: int, load_id: int
) -> None:
    """Append new versions, supersede older ones; rows that change nothing go to `unchanged`."""
    table = TABLES[mapping.rows[index].table]
    names = [column.name for column in table.columns]
    content = "row(" + ", ".join([*names, "time_flags"]) + ")"
    listed = ", ".join(names)
    same_key = " AND ".join(f"k.{name} IS NOT DISTINCT FROM t.{name}" for name in table.key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE version AS WITH new_rows AS ("
        f"SELECT * FROM target_{index} WHERE {ROW} NOT IN (SELECT {ROW} FROM fault)), every AS ("
        f"SELECT load_id, row_number AS {ROW}, NULL::BIGINT AS {LINE}, {listed}, time_flags, false AS is_new "
        f"FROM {table.name}_current t WHERE EXISTS (SELECT 1 FROM new_rows k WHERE {same_key}) "
        f"UNION ALL SELECT {load_id}, {ROW}, {LINE}, {listed}, time_flags, true FROM new_rows) "
        f"SELECT *, lag({content}) OVER w IS NOT DISTINCT FROM {content} AND lag(load_id) OVER w IS NOT NULL AS same, "
        f"lag(load_id) OVER w AS first_load_id, lag({ROW}) OVER w AS first_row_number "
        f"FROM every WINDOW w AS (PARTITION BY {', '.join(table.key)} ORDER BY is_new, {ROW})"
    )
    connection.execute(
        f"INSERT INTO unchanged SELECT {ROW}, {LINE}, {literal(table.name)}, first_load_id, first_row_number, {index} "
        "FROM version WHERE is_new AND same"
    )
    connection.execute(
        f"UPDATE {table.name} t SET superseded_by_load = {load_id} FROM "
        f"(SELECT DISTINCT {', '.join(table.key)} FROM version WHERE is_new AND NOT same) k "
        f"WHERE {same_key} AND t.superseded_by_load IS NULL AND t.deleted_by_load IS NULL"
    )
    connection.execute(
        f"INSERT INTO {table.name} ({listed}, load_id, row_number, superseded_by_load, time_flags) "
        f"SELECT {listed}, {load_id}, {ROW}, CASE WHEN row_number() OVER (PARTITION BY {', '.join(table.key)} "
        f"ORDER BY {ROW} DESC) > 1 THEN {load_id} END, time_flags FROM version WHERE is_new AND NOT same ORDER BY {ROW}"
    )
    connection.execute("DROP TABLE version")


def _quarantine(
    connection: duckdb.DuckDBPyConnection, records: Records, load_id: int, path: str, key: bytes
) -> int:
    """Write the quarantine of a file; one row per bad record, its raw text sealed. Returns their number."""
    shown = connection.sql("SELECT * FROM staged LIMIT 0").columns[2:]
    texts = ", ".join(f"coalesce(s.{quoted(name)}, '')" for name in shown)
    faults = connection.execute(
        f"SELECT f.{ROW}, f.{LINE}, string_agg(f.field, ', ' ORDER BY f.field), "
        f"arg_min(f.value, f.field), arg_min(f.reason, f.field), any_value(concat_ws(',', {texts})) "
        f"FROM fault f JOIN staged s USING ({ROW}) GROUP BY ALL ORDER BY 1"
    ).fetchall()
    rows = [
        (load_id, path, number, line, field, value, reason, REMEDY[reason], seal(key, text))
        for number, line, field, value, reason, text in faults
    ]
    rows += [
        (
            load_id,
            path,
            b.row_number,
            b.line,
            None,
            None,
            b.reason,
            REMEDY[b.reason],
            seal(key, b.raw),
        )
        for b in records.bad
    ]
    if rows:
        connection.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return len(rows)


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
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    known = connection.execute(
        "SELECT 1 FROM ledger WHERE sha256 = ? AND status = 'loaded' LIMIT 1", [sha256]
    )
    if known.fetchall():
        return FileLoad(name, None, "known")
    records = None
    try:
        records = _records(mapping, path)
        if lacking := sorted(mapping.source_columns() - set(records.header)):
            raise ValueError(
                f"{name}: column {', '.join(lacking)} of mapping {mapping.source!r} is not in the header; "
                f"it has {', '.join(records.header)}"
            )
    except UNREADABLE as error:
        message = str(error) if name.split("/")[-1] in str(error) else f"{name}: {error}"
        rows = refuse(connection, name, sha256, mapping.source, message, records)
        return FileLoad(name, None, "refused", rows, 0, rows, 0, message)
    connection.begin()
    try:
        load_id = int(connection.sql("SELECT nextval('load_number')").fetchall()[0][0])
        _stage(connection, records, mapping)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE fault ({ROW} BIGINT, {LINE} BIGINT, field VARCHAR, "
            "value VARCHAR, reason VARCHAR)"
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE unchanged ({ROW} BIGINT, {LINE} BIGINT, table_name VARCHAR, "
            "first_load_id BIGINT, first_row_number BIGINT, target INTEGER)"
        )
        taken = " OR ".join(f"({_applies(target)})" for target in mapping.rows)
        connection.execute(
            f"INSERT INTO fault SELECT {ROW}, {LINE}, '', NULL, 'no_target' FROM staged "
            f"WHERE NOT coalesce({taken}, false)"
        )
        for index in range(len(mapping.rows)):
            _convert(connection, mapping, index, key)
        for index in range(len(mapping.rows)):
            _settle(connection, mapping, index, load_id)
        quarantined = _quarantine(connection, records, load_id, name, key)
        made = " UNION ALL ".join(
            f"SELECT {ROW} FROM target_{i} WHERE {ROW} NOT IN (SELECT {ROW} FROM fault)"
            for i in range(len(mapping.rows))
        )
        connection.execute(
            f"INSERT INTO duplicate SELECT {load_id}, {literal(name)}, {ROW}, {LINE}, arg_min(table_name, target), "
            f"arg_min(first_load_id, target), arg_min(first_row_number, target) FROM unchanged GROUP BY {ROW}, {LINE} "
            f"HAVING count(*) = (SELECT count(*) FROM ({made}) m WHERE m.{ROW} = unchanged.{ROW})"
        )
        duplicates = _count(connection, f"SELECT count(*) FROM duplicate WHERE load_id = {load_id}")
        accepted = _count(
            connection,
            f"SELECT count(DISTINCT {ROW}) FROM ({made}) WHERE {ROW} NOT IN "
            f"(SELECT row_number FROM duplicate WHERE load_id = {load_id})",
        )
        totals = (records.rows_read, accepted, quarantined, duplicates)
        if records.rows_read != accepted + quarantined + duplicates:
            raise RowAccountingError(
                f"{name}: {records.rows_read} rows read, but {accepted} accepted + {quarantined} quarantined "
                f"+ {duplicates} duplicate; nothing of the file was kept"
            )
        connection.execute(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'loaded', '')",
            (load_id, name, records.sha256, mapping.source, records.encoding, *totals),
        )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return FileLoad(name, load_id, "loaded", records.rows_read, accepted, quarantined, duplicates)


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])
