"""The grains at which measures are told, and the roll-up of counts to them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations
from typing import Final

import duckdb
import polars as pl

from overread.counts.declared import DIMENSIONS

_CORE = ("vendor", "region", "modality")
_ALONE = (
    "site",
    "service",
    "engagement",
    "facility_type",
    "deployment",
    "patient_class",
    "priority",
    "technique",
)
_PLACES: Final = (
    *chain.from_iterable(combinations(_CORE, size) for size in range(len(_CORE) + 1)),
    *((name,) for name in _ALONE),
    *(("vendor", name) for name in _ALONE),
    # a slip of one modality in one patient class, region by region
    ("vendor", "region", "modality", "patient_class"),
)


def roll_up(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    keys: Sequence[str],
    sums: str,
    *,
    where: str = "true",
    optional: Sequence[str] = (),
    dated: bool = True,
) -> pl.DataFrame:
    """Sum a count table at every grain; NULL in a dimension = rolled up over it.

    Args:
        connection: The warehouse.
        table: Count table.
        keys: Categories that stay apart at every grain.
        sums: SQL of the aggregates, e.g. "sum(n) AS n".
        where: Rows to keep.
        optional: Categories that are both kept apart and rolled up over.
        dated: Whether the table has a month. Held months stand for themselves, never in a roll-up over months.

    Returns:
        One row per stratum: the dimensions (month as `period`), keys, optional keys and sums.
    """
    subsets = list(
        chain.from_iterable(combinations(optional, size) for size in range(len(optional) + 1))
    )
    names = [name for name in DIMENSIONS if dated or name != "month"]

    def grouped(with_month: bool) -> str:
        grains = [
            "(" + ", ".join([*keys, *place, *subset, *(["month"] if with_month else [])]) + ")"
            for place in _PLACES
            for subset in subsets
        ]
        held = "" if with_month or not dated else " AND month NOT IN (SELECT month FROM held_month)"
        month = "month" if with_month else "NULL"
        columns = ", ".join(
            f"{name}::VARCHAR AS {name}" if name != "month" else f"{month}::VARCHAR AS period"
            for name in names
        )
        listed = ", ".join([columns, *keys, *optional, sums])
        return (
            f"SELECT {listed} FROM {table} WHERE {where}{held} "
            f"GROUP BY GROUPING SETS ({', '.join(grains)}) HAVING count(*) > 0"
        )

    query = f"{grouped(True)} UNION ALL {grouped(False)}" if dated else grouped(False)
    frame: pl.DataFrame = connection.sql(query).pl()
    return frame if dated else frame.with_columns(period=pl.lit(None, pl.String))
