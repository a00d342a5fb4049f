"""Tables of the warehouse that are not there in every warehouse: an older version, or a feed that was not delivered."""

from __future__ import annotations

import duckdb


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> frozenset[str]:
    """Names of a table's columns, none where there is no such table."""
    return frozenset(
        name
        for (name,) in connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table]
        ).fetchall()
    )
