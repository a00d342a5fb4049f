"""What becomes of discrepancies: arbitration, whose they were, their direction, and when their reader heard of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.model.codes import ATTRIBUTION, DIRECTION, UNKNOWN
from overread.stats.durations.quantiles import quantile, quantile_ranks
from overread.stats.shares.proportion import wilson
from overread.warehouse.analysis.reviews import DELIVERY_DAYS
from overread.warehouse.quoting import quoted

_TWO_SIGNIFICANCES: Final = (
    "right(score, 1) IN ('a', 'b') AND right(arbitrated_score, 1) IN ('a', 'b') "
    "AND right(score, 1) <> right(arbitrated_score, 1)"
)
_BOTH: Final = "score <> '1' AND arbitrated_score <> '1'"
# How arbitration changed the reviewer's score, each way apart.
OVERTURNED: Final = MappingProxyType(
    {
        "to_concordant": "score <> '1' AND arbitrated_score = '1'",
        "to_discrepant": "score = '1' AND arbitrated_score <> '1'",
        "significance": f"{_BOTH} AND {_TWO_SIGNIFICANCES}",
        "degree": f"{_BOTH} AND NOT ({_TWO_SIGNIFICANCES}) AND left(score, 1) <> left(arbitrated_score, 1)",
    }
)


def _counted(name: str, condition: str) -> str:
    return f"coalesce(sum(n) FILTER ({condition}), 0)::BIGINT AS {quoted(name)}"


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of one denominator.

    Attributes:
        table: Count table.
        sums: SQL of the sums.
        denominator: Their name for the cases counted out of.
        parts: Category -> the name of its sum; None for no category.
    """

    table: str
    sums: str
    denominator: str
    parts: tuple[tuple[str | None, str], ...]


def _of(
    table: str, denominator: tuple[str, str], parts: Sequence[tuple[str | None, str]]
) -> Shares:
    """Shares from the condition of the denominator (with its name) and that of each category."""
    name, condition = denominator
    # a category may be called like a dimension, or like one of another denominator
    told = tuple((category, f"{name}_{category or 'all'}") for category, _ in parts)
    sums = [_counted(name, condition)]
    sums += [
        _counted(label, f"{condition} AND ({part})")
        for (_, label), (_, part) in zip(told, parts, strict=True)
    ]
    return Shares(table, ", ".join(sums), name, told)


def _codes(column: str, codes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((code, f"{column} = '{code}'") for code in (*codes, UNKNOWN))


SHARES: Final = MappingProxyType(
    {
        "reviews_arbitrated": _of(
            "count_review",
            ("discrepant", "score <> '1'"),
            [(None, "arbitrated_score IS NOT NULL")],
        ),
        "arbitration_overturned": _of(
            "count_review",
            ("arbitrated", "score IS NOT NULL AND arbitrated_score IS NOT NULL"),
            [
                (None, " OR ".join(f"({part})" for part in OVERTURNED.values())),
                *OVERTURNED.items(),
            ],
        ),
        "discrepancy_attribution": _of(
            "count_discrepancy",
            ("arbitrated_discrepancies", "arbitrated_score <> '1'"),
            _codes("attribution", ATTRIBUTION.codes),
        ),
        "discrepancy_direction": _of(
            "count_discrepancy",
            ("discrepancies", "score <> '1'"),
            _codes("direction", DIRECTION.codes),
        ),
        "discrepancies_delivered": _of(
            "count_discrepancy",
            ("judged", "delivery IN ('delivered', 'late', 'undelivered')"),
            [(None, "delivery = 'delivered'")],
        ),
    }
)


def discrepancies(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Rows of the measures of `SHARES` where their denominator has cases; routes apart over all months only."""
    rolled = {
        table: roll_up(
            connection,
            table,
            (),
            ", ".join(shares.sums for shares in SHARES.values() if shares.table == table),
            optional=("route",),
            few=True,
            monthly_subsets=False,
        )
        for table in dict.fromkeys(shares.table for shares in SHARES.values())
    }
    for measure_id, shares in SHARES.items():
        strata = rolled[shares.table].filter(pl.col(shares.denominator) > 0)
        n = strata[shares.denominator].cast(pl.Float64).to_numpy()
        for category, name in shares.parts:
            x = strata[name].cast(pl.Float64).to_numpy()
            if category != UNKNOWN or np.any(x > 0):
                labelled = strata.with_columns(category=pl.lit(category, pl.String))
                yield rows(measure_id, labelled, wilson(x, n), numerator=x, denominator=n)


def delivery_time(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Median time from the review to its reader; who was not told in time counts as longer than anybody told."""
    cells = roll_up(
        connection,
        "count_discrepancy",
        ("delivery", "delivery_seconds"),
        "sum(n)::BIGINT AS n",
        where="delivery IN ('delivered', 'late', 'undelivered')",
        few=True,
    )
    if cells.height == 0:
        return
    place = [name for name in cells.columns if name not in ("delivery", "delivery_seconds", "n")]
    in_time = pl.col("delivery") == "delivered"
    cells = cells.with_columns(
        pl.when(in_time).then(pl.col("delivery_seconds").cast(pl.Float64)).otherwise(float("inf"))
        .alias("seconds")
    ).sort([*place, "seconds"], nulls_last=False)  # fmt: skip
    stratum = cells.select(pl.struct(place).rle_id()).to_series().to_numpy()
    strata = cells.select(place).unique(maintain_order=True)
    n = np.bincount(stratum, cells["n"].to_numpy())
    last = np.cumsum(cells["n"].to_numpy())
    before = np.cumsum(n) - n
    seconds = cells["seconds"].to_numpy()

    def at(rank: np.ndarray) -> np.ndarray:
        """Seconds at a rank of each stratum; infinite where it was not told in time, or there is no such rank."""
        place = np.searchsorted(last, before + np.nan_to_num(rank, nan=1))
        return np.where(np.isfinite(rank) & (rank >= 1), seconds[place], np.inf)

    rank, lower, upper = quantile_ranks(n, 0.5)
    value, low, high = at(rank), at(lower), at(upper)
    estimate = quantile(
        n,
        np.where(np.isfinite(value), value, np.nan),
        low,
        np.where(np.isfinite(high), high, np.nan),
        0.5,
        lower,
        np.where(np.isfinite(high), upper, np.nan),
    )
    estimate.reason[~np.isfinite(value)] = f"the median lies beyond {DELIVERY_DAYS} days"
    open_end = np.isfinite(value) & np.isfinite(upper) & ~np.isfinite(high)
    estimate.reason[open_end] = f"the upper limit lies beyond {DELIVERY_DAYS} days"
    yield rows("delivery_days", strata, estimate, scale=1 / 60)
