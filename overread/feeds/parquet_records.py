"""A Parquet file: rows counted from the footer, columns read as text, so that one mapping reads any format."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from overread.feeds.records import Records, unique_header


def read_parquet_records(path: Path) -> Records:
    """Header and row count of a Parquet file; the rows stay in it until they are staged.

    Args:
        path: The file.

    Returns:
        The records, `plain` is the file.
    """
    footer = pq.read_metadata(path)
    header = unique_header(path.name, tuple(footer.schema.to_arrow_schema().names))
    rows = np.arange(1, footer.num_rows + 1, dtype=np.int64)
    return Records("parquet", header, rows, rows, plain=path)


def text_sample(path: Path, rows: int) -> pa.Table:
    """The first rows of a Parquet file as text.

    Args:
        path: The file.
        rows: How many at most.
    """
    name = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.sql(
            f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{name}') LIMIT {int(rows)}"
        ).to_arrow_table()
