"""How the engine and arrays share the memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb


@contextmanager
def half_for_arrays(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Keep the engine to half of its memory meanwhile: what it has read before would stand beside the arrays.

    Args:
        connection: The warehouse.
    """
    ((limit, half),) = connection.execute(
        "SELECT current_setting('memory_limit'), parse_formatted_bytes(current_setting('memory_limit')) // 2"
    ).fetchall()
    connection.execute(f"SET memory_limit = '{half}B'")
    try:
        yield
    finally:
        connection.execute(f"SET memory_limit = '{limit}'")
