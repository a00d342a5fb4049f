"""The records of a file with one JSON object a line."""

from __future__ import annotations

import gzip
from collections.abc import Collection
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from overread.feeds.records import BadRecord, Records


def read_ndjson_records(path: Path, columns: Collection[str]) -> Records:
    """Read the top-level fields of each line; a line that is no JSON object is set aside.

    Args:
        path: The file (`.gz` too).
        columns: Fields that the mapping wants; a field that no line has is left out of the header.

    Returns:
        The records as a table of text.
    """
    delivered = path.read_bytes()
    raw = gzip.decompress(delivered) if path.suffix == ".gz" else delivered
    lines = raw.decode("utf-8-sig").split("\n")
    place = np.array([i for i, line in enumerate(lines) if line.strip()], dtype=np.int64)
    source = pa.table(
        {"text": pa.array([lines[i] for i in place], pa.string()), "line": pa.array(place + 1)}
    )
    wanted = sorted(columns)
    with duckdb.connect() as connection:
        connection.register("source", source)
        fields = "".join(
            f', json_extract_string(text, \'$."{_escaped(name)}"\') AS "{name.replace(chr(34), chr(34) * 2)}"'
            for name in wanted
        )
        sound = "json_valid(text) AND coalesce(json_type(text) = 'OBJECT', false)"
        table = connection.sql(
            f"SELECT line AS overread_line{fields} FROM (SELECT * FROM source WHERE {sound}) ORDER BY line"
        ).to_arrow_table()
        keys = connection.sql(
            f"SELECT DISTINCT unnest(json_keys(text)) FROM source WHERE {sound}"
        ).fetchall()
    header = tuple(name for name in wanted if (name,) in keys)
    number = {int(line): i + 1 for i, line in enumerate(place + 1)}
    good = table.column("overread_line").to_numpy()
    bad = sorted(set(number) - set(good.tolist()))
    return Records(
        "ndjson",
        header,
        np.array([number[int(line)] for line in good], dtype=np.int64),
        good.astype(np.int64),
        tuple(BadRecord(number[line], line, "bad_json", lines[line - 1]) for line in bad),
        table=table.select(list(header)),
    )


def _escaped(name: str) -> str:
    return name.replace("'", "''").replace('"', '\\"')
