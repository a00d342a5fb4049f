"""The grains at which measures are told, and the roll-up of counts to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, combinations
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

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

# Where a further category (route, reader, age band) stays apart: crossed with every place it would give more rows
# than anybody reads, most of them of a handful of cases.
_NARROW: Final = frozenset(
    {
        (),
        ("vendor",),
        ("region",),
        ("modality",),
        ("technique",),
        ("service",),
        ("vendor", "region"),
        ("vendor", "service"),
        ("vendor", "technique"),
    }
)
# Told month by month; the other places over all months only.
_MONTHLY: Final = frozenset(
    {
        *chain.from_iterable(combinations(_CORE, size) for size in range(len(_CORE) + 1)),
        *_NARROW,
        ("site",),
        ("vendor", "region", "modality", "patient_class"),
    }
)


# Months that are told apart, None = every; where months are recomputed, the rows of the others stand.
Months = Collection[str] | None
# The dimensions that are kept apart.
Grain = tuple[str, ...]
# Strata, and the number of each cell's stratum.
Grouping = tuple[pl.DataFrame, NDArray[np.int64]]


def grains(few: bool = False) -> tuple[Grain, ...]:
    """Every grain without further categories: the dimensions that are kept apart, `month` last where it is one.

    Args:
        few: Only places of one dimension or none.
    """
    places = tuple(place for place in _PLACES if len(place) <= 1 or not few)
    monthly = tuple((*place, "month") for place in places if place in _MONTHLY)
    return (*monthly, *places)


def groupings(
    cells: pl.DataFrame,
    keys: Sequence[str],
    held: Collection[str],
    among: Sequence[Sequence[str]] | None = None,
    told: Months = None,
) -> Iterator[Grouping]:
    """The strata of every grain over fine cells.

    Args:
        cells: One row per cell: the dimensions (the month only where a grain asks for it) and the keys.
        keys: Categories that stay apart at every grain.
        held: Months that stand for themselves, never in a roll-up over months.
        among: Which grains; None = every.
        told: Months that have strata of their own; None = every.

    Yields:
        Per grain its strata (keys and the dimensions kept apart, month as `period`) and the number of each cell's
        stratum; the number of strata for a cell in none.
    """
    numbered = cells.with_row_index("place")
    for grain in grains() if among is None else among:
        names = [*keys, *grain]
        kept = numbered
        if "month" in grain and told is not None:
            kept = numbered.filter(pl.col("month").is_in(list(told)))
        elif "month" not in grain and held:
            kept = numbered.filter(~pl.col("month").is_in(list(held)))
        strata = (
            kept.group_by(names, maintain_order=True).agg("place")
            if names
            else kept.select(pl.lit(None, pl.String).alias("vendor"), pl.col("place").implode())
        )
        group = np.full(cells.height, strata.height, dtype=np.int64)
        places = strata.select(pl.col("place").explode(empty_as_null=False)).to_series().to_numpy()
        group[places] = np.repeat(np.arange(strata.height), strata["place"].list.len().to_numpy())
        yield strata.drop("place").rename({"month": "period"}, strict=False), group


def held_months(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Months that a blocking check holds."""
    found = connection.execute("SELECT DISTINCT month FROM held_month ORDER BY 1").fetchall()
    return [month for (month,) in found]


def roll_up_query(
    table: str,
    keys: Sequence[str],
    sums: str,
    *,
    where: str = "true",
    optional: Sequence[str] = (),
    dated: bool = True,
    monthly_subsets: bool = True,
    few: bool = False,
    months: bool = True,
    places: Collection[tuple[str, ...]] = _PLACES,
    told: Months = None,
) -> str:
    """SQL of the sums of a count table at every grain; NULL in a dimension = rolled up over it.

    Args:
        table: Count table.
        keys: Categories that stay apart at every grain.
        sums: SQL of the aggregates, e.g. "sum(n) AS n".
        where: Rows to keep.
        optional: Categories that are both kept apart and rolled up over.
        dated: Whether the table has a month. Held months stand for themselves, never in a roll-up over months.
        monthly_subsets: Whether optional categories are kept apart month by month, too.
        few: Only places of one dimension or none: for what is asked of a vendor or a site, not of a cell.
        months: Whether months are told apart, too; else only all months together.
        places: The dimensions that are kept apart together; the grains are those of these places.
        told: Months that have strata of their own; None = every.

    Returns:
        SQL giving one row per stratum: the dimensions (month as `period`), keys, optional keys and sums.
    """
    subsets = list(
        chain.from_iterable(combinations(optional, size) for size in range(len(optional) + 1))
    )
    names = [name for name in DIMENSIONS if dated or name != "month"]

    def grouped(with_month: bool) -> str:
        grains = [
            [*keys, *place, *subset, *(["month"] if with_month else [])]
            for place in places
            for subset in subsets
            if (place in _MONTHLY or not with_month)
            and (place in _NARROW or not subset)
            and (monthly_subsets or not (subset and with_month))
            and not (few and len(place) > 1)
        ]
        apart = set(chain.from_iterable(grains))
        kept = ""
        if with_month and told is not None:
            kept = f" AND list_contains({list(told)}::VARCHAR[], month)"
        elif not with_month and dated:
            kept = " AND month NOT IN (SELECT month FROM held_month)"
        columns = [
            f"{name if name in apart else 'NULL'}::VARCHAR AS {'period' if name == 'month' else name}"
            for name in names
        ]
        categories = [
            name if name in apart else f"NULL::VARCHAR AS {name}" for name in (*keys, *optional)
        ]
        sets = ", ".join("(" + ", ".join(grain) + ")" for grain in grains)
        return (
            f"SELECT {', '.join([*columns, *categories, sums])} FROM {table} WHERE {where}{kept} "
            f"GROUP BY GROUPING SETS ({sets}) HAVING count(*) > 0"
        )

    return f"{grouped(True)} UNION ALL {grouped(False)}" if dated and months else grouped(False)


def roll_up(
    connection: duckdb.DuckDBPyConnection, *what: Any, dated: bool = True, **how: Any
) -> pl.DataFrame:
    """The rows of `roll_up_query` (same arguments); `period` is NULL for counts without months."""
    frame: pl.DataFrame = connection.sql(roll_up_query(*what, dated=dated, **how)).pl()
    return frame if dated else frame.with_columns(period=pl.lit(None, pl.String))
