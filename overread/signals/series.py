"""Monthly series of the monitored measures, all of one length: a missing month is a gap, not a zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from overread.counts.declared import DIMENSIONS
from overread.measures.catalogue import CATALOGUE
from overread.measures.grains import roll_up_query
from overread.measures.table import EXTRA, TEXT
from overread.signals.monitored import MONITORED, OPEN_REVIEWS, PLACES, RANDOM
from overread.stats.estimate import FloatArray

# What names a series: every column of `measure` that names a stratum, but the month.
NAMES: Final = tuple(name for name in (*TEXT, *EXTRA) if name != "period")
KEY: Final = ("measure_id", *NAMES)
_OPEN: Final = "sum(n) FILTER (outcome = 'open') / sum(n) AS open"
_NUMBERS: Final = ("n", "numerator", "value", "low", "high", "target")


@dataclass(frozen=True, slots=True)
class Series:
    """Series of all monitored measures.

    Attributes:
        months: The months, in order and without a hole, shape (months,).
        strata: One row per series: `KEY`, and `headline` (a place of one dimension at most).
        n, numerator, value, low, high, target: Of each month, NaN where there is none, shape (series, months).
        provisional: Months that are not settled yet, shape (series, months).
    """

    months: Sequence[str]
    strata: pl.DataFrame
    n: FloatArray
    numerator: FloatArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    target: FloatArray
    provisional: NDArray[np.bool_]

    def take(self, which: NDArray[np.bool_]) -> Series:
        """Some of the series, `which` of shape (series,)."""
        parts = (getattr(self, name)[which] for name in (*_NUMBERS, "provisional"))
        return Series(self.months, self.strata.filter(pl.Series(which)), *parts)


def _months(first: str, last: str) -> list[str]:
    """Every month from the first to the last."""
    start, end = (int(month[:4]) * 12 + int(month[5:7]) - 1 for month in (first, last))
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(start, end + 1)]


def _end(month: str) -> date:
    """First day after a month."""
    year, number = int(month[:4]), int(month[5:7])
    return date(year + number // 12, number % 12 + 1, 1)


def _index(column: pl.Series, number: Mapping[str, int] | None = None) -> NDArray[np.int64]:
    """Positions along an axis; an empty column, too, is one of whole numbers."""
    places = column.replace_strict(number, return_dtype=pl.Int64) if number else column
    return places.cast(pl.Int64).to_numpy()


def _place(names: Sequence[str]) -> str:
    """SQL condition of a place of exactly these dimensions."""
    return " AND ".join(
        f"{name} IS {'NOT ' if name in names else ''}NULL" for name in DIMENSIONS[1:]
    )


def read_series(connection: duckdb.DuckDBPyConnection) -> Series:
    """The months of the monitored measures, from the table `measure`.

    A series is followed if its months have on average at least as many cases as the catalogue asks of the measure; a
    held month is a gap. A month is provisional in the first days after its end, while the horizon of its reference
    standard is not over, and, of reviews, while more than `OPEN_REVIEWS` of those assigned are open.

    Args:
        connection: The warehouse, with its measures computed.

    Returns:
        The series, in the order of their names.
    """
    followed = " OR ".join(
        f"(measure_id = '{m.measure_id}' AND {m.where} "
        f"AND n_mean >= {CATALOGUE[m.measure_id].minimum_n})"
        for m in MONITORED
    )
    ids = ", ".join(f"'{m.measure_id}'" for m in MONITORED)
    places = " OR ".join(f"({_place(names)})" for names in PLACES)
    key = ", ".join(KEY)
    rows = connection.sql(
        f"""WITH monthly AS (
            SELECT {key}, period, data_cutoff, {", ".join(_NUMBERS)},
                avg(n) OVER (PARTITION BY {key}) AS n_mean
            FROM measure WHERE measure_id IN ({ids}) AND period IS NOT NULL AND reader IS NULL AND ({places})
        )
        SELECT dense_rank() OVER (ORDER BY {key}) - 1 AS number, * EXCLUDE (n_mean) FROM monthly
        WHERE {followed} ORDER BY number, period"""
    ).pl()
    months = _months(str(rows["period"].min()), str(rows["period"].max())) if rows.height else []
    number = {month: place for place, month in enumerate(months)}
    strata = rows.select("number", *KEY).unique("number", keep="first").sort("number")
    breadth = pl.sum_horizontal(pl.col(name).is_not_null() for name in DIMENSIONS[1:])
    strata = strata.drop("number").with_columns(headline=breadth <= 1)
    cell = (_index(rows["number"]), _index(rows["period"], number))

    def laid(name: str) -> FloatArray:
        out = np.full((strata.height, len(months)), np.nan)
        out[cell] = rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return out

    numbers = {name: laid(name) for name in _NUMBERS}
    gap = np.isnan(numbers["value"])
    kept = {name: np.where(gap, np.nan, part) for name, part in numbers.items()}
    provisional = _unsettled(connection, strata, months) | _open_reviews(connection, strata, number)
    return Series(months, strata, **kept, provisional=provisional)


def _unsettled(
    connection: duckdb.DuckDBPyConnection, strata: pl.DataFrame, months: Sequence[str]
) -> NDArray[np.bool_]:
    """Months that ended too short a time before the data cut-off, shape (series, months)."""
    ((cutoff,),) = connection.execute("SELECT max(data_cutoff) FROM measure").fetchall()
    if cutoff is None:
        return np.zeros((strata.height, len(months)), dtype=bool)
    settling = pl.col("measure_id").replace_strict({m.measure_id: m.settling for m in MONITORED})
    # a reference standard by follow-up stands when its days are over: "follow_up_365"
    horizon = pl.col("reference").str.extract(r"_(\d+)$").cast(pl.Int64).fill_null(0)
    wait = strata.select(settling + horizon).to_series().to_numpy()
    age = np.array([(cutoff.date() - _end(month)).days for month in months])
    young: NDArray[np.bool_] = age[None, :] < wait[:, None]
    return young


def _open_reviews(
    connection: duckdb.DuckDBPyConnection, strata: pl.DataFrame, number: Mapping[str, int]
) -> NDArray[np.bool_]:
    """Months with too many open reviews, for the measures that rest on reviews, shape (series, months)."""
    out = np.zeros((strata.height, len(number)), dtype=bool)
    reviewed = [m.measure_id for m in MONITORED if m.reviewed]
    names = [name for name in DIMENSIONS if name != "month"]
    waiting = connection.sql(
        f"SELECT * FROM ({roll_up_query('count_assignment', (), _OPEN, where=RANDOM)}) "
        f"WHERE period IS NOT NULL AND open > {OPEN_REVIEWS}"
    ).pl()
    found = (
        strata.with_row_index("series")
        .filter(pl.col("measure_id").is_in(reviewed))
        .join(waiting, on=names, nulls_equal=True)
        .filter(pl.col("period").is_in(list(number)))
    )
    out[_index(found["series"]), _index(found["period"], number)] = True
    return out
