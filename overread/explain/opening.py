"""A results folder opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from overread.explain.stratum import NotExplainedError


@contextmanager
def results(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of a results folder, read-only: asking changes nothing.

    Args:
        folder: Folder of the results of `overread run`.

    Raises:
        NotExplainedError: There is no warehouse, another process writes it, or it holds no measures.
    """
    path = folder / "warehouse.duckdb"
    if not path.is_file():
        raise NotExplainedError(
            f"{folder}: no warehouse.duckdb in it; name the results folder of `overread run` with --out"
        )
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise NotExplainedError(
                f"{path}: another process writes it, likely a run; ask again when it has finished"
            ) from None
        raise NotExplainedError(f"{path}: not a warehouse of this version; {error}") from None
    try:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'measure'"
        ).fetchall()
        if found == [(0,)]:
            raise NotExplainedError(f"{path}: no measures yet; finish `overread run` first")
        yield connection
    finally:
        connection.close()
