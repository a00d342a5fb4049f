"""Curves of the warehouse that are no measures: time to report, and the limits of drift.

A warehouse that an older version computed lacks some of these tables: then there are no rows, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from dashboards.stored import columns_of

Row = dict[str, Any]


def curve(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    values: Sequence[str],
    keys: Mapping[str, str | None],
    order: str,
) -> list[Row]:
    """Rows of one stratum of a table.

    Args:
        connection: The warehouse.
        table: Table.
        values: Columns wanted.
        keys: Column -> value of the stratum; None is a dimension that is rolled up. A column that the table does
            not have is passed over.
        order: Column to order by.

    Returns:
        The rows, [] where the table or one of the wanted columns is not there.
    """
    there = columns_of(connection, table)
    if not {*values, order} <= there:
        return []
    fixed = {name: value for name, value in keys.items() if name in there}
    where = " AND ".join(f'"{name}" IS NOT DISTINCT FROM ?' for name in fixed) or "true"
    listed = ", ".join(f'"{name}"' for name in values)
    found = connection.execute(
        f'SELECT {listed} FROM "{table}" WHERE {where} ORDER BY "{order}"', list(fixed.values())
    ).fetchall()
    return [dict(zip(values, row, strict=True)) for row in found]
