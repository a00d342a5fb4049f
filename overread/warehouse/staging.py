"""The well-formed records of a file as a relation of trimmed text, NULL where a value is missing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from overread.feeds.mapping import Mapping
from overread.feeds.records import Records
from overread.warehouse.quoting import cell, literal, quoted

POSITION = "overread_position"


@contextmanager
def staged(
    connection: duckdb.DuckDBPyConnection, records: Records, mapping: Mapping
) -> Iterator[None]:
    """Make `staged`: position from 1, then the mapped columns.

    Where one target takes every row, `staged` is a view and the file is parsed once, on the way into the target;
    else it is a table.
    """
    once = len(mapping.rows) == 1 and not (mapping.rows[0].when or mapping.rows[0].unless)
    kind = "VIEW" if once else "TABLE"
    with tempfile.TemporaryDirectory() as folder:
        source, nulls = _source(connection, records, mapping, Path(folder))
        tidy = ", ".join(
            f"{_tidy(f'c{i}', mapping.missing, records.padded, nulls)} AS {cell(name)}"
            for i, name in enumerate(records.header)
            if name in mapping.source_columns()
        )
        listed = f", {tidy}" if tidy else ""
        connection.execute(
            f"CREATE OR REPLACE TEMP {kind} staged AS SELECT {POSITION}{listed} "
            f"FROM (SELECT row_number() OVER () AS {POSITION}, * FROM {source})"
        )
        yield
        # after an error nothing more is asked of this connection
        connection.execute(f"DROP {kind} staged")
        if records.table is not None:
            connection.unregister("delivered")


def places(records: Records) -> pa.Table:
    """Position of each well-formed record in `staged`, with its row number and its line."""
    return pa.table(
        {
            POSITION: np.arange(1, records.row_number.size + 1),
            "row_number": records.row_number,
            "line": records.line,
        }
    )


def _tidy(column: str, missing: tuple[str, ...], padded: bool, nulls: bool) -> str:
    """A text without blanks at its edges; the parser made NULLs already where it could."""
    if nulls and not padded:
        return column
    text = f"trim({column})" if padded else column
    return f"CASE WHEN {text} IN ({', '.join(map(literal, missing))}) THEN NULL ELSE {text} END"


def _source(
    connection: duckdb.DuckDBPyConnection, records: Records, mapping: Mapping, folder: Path
) -> tuple[str, bool]:
    """SQL of the records with columns c0, c1, ... in file order, and whether missing values are NULL in it."""
    names = [f"c{i}" for i in range(len(records.header))]
    if records.row_number.size == 0:
        return f"(SELECT {', '.join(f'NULL::VARCHAR AS {name}' for name in names)} LIMIT 0)", True
    if records.table is not None:
        connection.register("delivered", records.table.rename_columns(names))
        return "delivered", False
    if mapping.format == "parquet" and records.plain is not None:
        columns = ", ".join(
            f"{quoted(name)}::VARCHAR AS {alias}"
            for name, alias in zip(records.header, names, strict=True)
        )
        return f"(SELECT {columns} FROM read_parquet({literal(str(records.plain))}))", False
    file = records.plain
    if file is None:
        file = folder / "clean.csv"
        file.write_bytes(records.clean)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    nulls = ", ".join(map(literal, mapping.missing)) or literal("\x01")
    return (
        f"read_csv({literal(str(file))}, auto_detect = false, header = {records.plain is not None}, "
        f"columns = {{{columns}}}, delim = {literal(mapping.delimiter)}, quote = '\"', escape = '\"', "
        f"new_line = '\\n', nullstr = [{nulls}], strict_mode = true, max_line_size = 16777216, "
        # by itself it would be sixteen lines of the largest size, which is a whole file
        "buffer_size = 33554432)"
    ), True
