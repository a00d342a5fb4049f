"""Fine cells of a count table, by number, for statistics that roll up arrays instead of sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from overread.counts.declared import DIMENSIONS


def numbered_cells(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    keys: Sequence[str],
    bins: str,
    *,
    where: str,
    by: str,
) -> tuple[pl.DataFrame, Mapping[str, NDArray[Any]]]:
    """The cells of a count table and its bins, each with the number of its cell.

    Args:
        connection: The warehouse.
        table: Count table with all dimensions.
        keys: Categories that belong to a cell beside the dimensions.
        bins: SQL of what is selected of each cell; what is no aggregate tells the bins apart.
        where: Rows to keep.
        by: SQL of the order of the bins.

    Returns:
        One row per cell, the dimensions and keys; per bin `number`, the place of its cell, and the columns of `bins`.

    Raises:
        ValueError: Two cells share one hash.
    """
    names = ", ".join((*DIMENSIONS, *keys))
    # one number in place of a dozen texts: grouping and joining by it costs a fraction
    cells = connection.sql(
        f"SELECT hash({names}) AS cell, {names} FROM {table} WHERE {where} GROUP BY ALL ORDER BY ALL"
    ).pl()
    if cells["cell"].n_unique() != cells.height:
        raise ValueError("two cells of counts share one hash; rename one of their values")
    connection.register(
        "numbered_cell", cells.select("cell", number=pl.int_range(pl.len())).to_arrow()
    )
    found = connection.execute(
        f"SELECT * EXCLUDE (cell) FROM (SELECT hash({names}) AS cell, {bins} FROM {table} WHERE {where} GROUP BY ALL) "
        f"JOIN numbered_cell USING (cell) ORDER BY {by}"
    ).fetchnumpy()
    connection.unregister("numbered_cell")
    return cells.drop("cell"), {name: np.asarray(values) for name, values in found.items()}
