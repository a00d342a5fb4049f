"""The records of a Parquet file as text, so that one mapping reads any format."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

from overread.feeds.records import Records, unique_header


def read_parquet_records(path: Path) -> Records:
    """Read a Parquet file; moments with a zone keep their offset in the text.

    Args:
        path: The file.

    Returns:
        The records as a table of text.

    Raises:
        ValueError: DuckDB reads another number of rows than the file's footer states.
    """
    counted = pq.read_metadata(path).num_rows
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        table = connection.sql(
            f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{_literal(path)}')"
        ).to_arrow_table()
    if table.num_rows != counted:
        raise ValueError(
            f"{path.name}: the footer states {counted} rows, {table.num_rows} were read"
        )
    rows = np.arange(1, counted + 1, dtype=np.int64)
    header = unique_header(path.name, tuple(table.column_names))
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Records(sha256, "parquet", header, rows, rows, table=table)


def _literal(path: Path) -> str:
    return str(path).replace("'", "''")
