"""Rows set aside: one entry per bad record, with its faults, its remedy and its raw text sealed."""

from __future__ import annotations

import duckdb

from overread.feeds.records import Records
from overread.warehouse.pseudonyms import seal
from overread.warehouse.staging import POSITION
from overread.warehouse.values import REMEDY


def set_aside(
    connection: duckdb.DuckDBPyConnection,
    records: Records,
    area: str,
    load_id: int,
    path: str,
    key: bytes,
) -> int:
    """Write the quarantine of a file from `fault` of its area and from the records that no parser was given.

    Args:
        connection: The warehouse, with `place` of the file.
        records: The file's records.
        area: Database that holds the converted file.
        load_id: Number of this load.
        path: Path relative to the data folder.
        key: The network's key.

    Returns:
        Number of bad records.
    """
    faults = connection.execute(
        "SELECT row_number, line, string_agg(field, ', ' ORDER BY field), arg_min(value, field), "
        "arg_min(reason, field), any_value(raw) "
        f"FROM {area}.fault JOIN place USING ({POSITION}) GROUP BY ALL ORDER BY 1"
    ).fetchall()
    rows = [
        (load_id, path, number, line, field, value, reason, REMEDY[reason], seal(key, raw))
        for number, line, field, value, reason, raw in faults
    ]
    rows += [
        (load_id, path, b.row_number, b.line, None, None, b.reason, REMEDY[b.reason], seal(key, b.raw))
        for b in records.bad
    ]  # fmt: skip
    if rows:
        connection.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return len(rows)
