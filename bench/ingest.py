"""Ingest of CSV with everything, against DuckDB's own load of the same files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from bench.child import Run, in_child
from bench.network import described, load
from overread.warehouse.ingest import matched_files

NOTE = (
    "**Ingest**: `overread.warehouse.ingest` of every CSV file of the network into an empty warehouse file: SHA-256, "
    "encoding and dialect, row accounting, pseudonyms, local times to UTC, code lists, quarantine with sealed rows, "
    "duplicates and versions. **DuckDB's own load**: one `CREATE TABLE AS SELECT * FROM read_csv(files)` per source "
    "into an empty database file, types sniffed, the delimiter told, `strict_mode = false, ignore_errors = true` "
    "(it refuses the files otherwise; it drops the rows that it cannot read)."
)


def own_load(folder: Path, database: Path) -> int:
    """DuckDB's load of the CSV files, a table per source. Returns the rows loaded."""
    mappings = described(folder, ("csv",))[1]
    files = matched_files(mappings, folder)
    rows = 0
    with duckdb.connect(str(database)) as connection:
        connection.execute("SET enable_progress_bar = false")
        for mapping in mappings:
            paths = [str(path) for path, taker in files if taker is mapping]
            connection.execute(
                f"CREATE TABLE {mapping.source} AS SELECT * FROM read_csv($paths, header = true, "
                f"delim = '{mapping.delimiter}', strict_mode = false, ignore_errors = true)",
                {"paths": paths},
            )
            found = connection.execute(f"SELECT count(*) FROM {mapping.source}").fetchall()
            rows += int(found[0][0])
    return rows


def runs(folder: Path, scratch: Path, repeats: int) -> tuple[Sequence[Run], Sequence[Run]]:
    """Both sides in turns; the last warehouse stays as `scratch/warehouse.duckdb` for the other lines."""
    ours, theirs = [], []
    for _ in range(repeats):
        for name in ("own.duckdb", "warehouse.duckdb"):
            (scratch / name).unlink(missing_ok=True)
        theirs.append(in_child(own_load, folder, scratch / "own.duckdb"))
        ours.append(in_child(load, folder, scratch / "warehouse.duckdb", ("csv",)))
    (scratch / "own.duckdb").unlink()
    return ours, theirs
