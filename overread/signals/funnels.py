"""Funnels: vendors, and vendors at sites, over the last twelve settled months, against the network's own share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.concordance import REVIEWED
from overread.measures.turnaround import DUE
from overread.model.codes import UNKNOWN
from overread.signals.monitored import RANDOM
from overread.signals.series import KEY, Series
from overread.stats.comparison.funnel import Funnel, funnel, funnel_limits
from overread.stats.shares.proportion import wilson

MONTHS: Final = 12
# Points of each line that is drawn.
POINTS: Final = 60
UNITS: Final = (("vendor",), ("vendor", "site"))
# Fewest units of a funnel; with fewer there is no comparison to draw.
FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """A share that units are compared by.

    Attributes:
        measure_id: Entry of the catalogue.
        table: Count table.
        sums: SQL of the sums over it.
        numerator: Name of the numerator among the sums.
        denominator: Name of the denominator.
        keys: Column of `measure` -> SQL of what stays apart.
        where: Rows that enter.
    """

    measure_id: str
    table: str
    sums: str
    numerator: str
    denominator: str
    keys: tuple[tuple[str, str], ...]
    where: str = "true"


_ROUTE: Final = (("route", "route"),)
COMPARED: Final = (
    Compared("discrepancy_rate", "count_review", REVIEWED, "discrepant", "n", _ROUTE, RANDOM),
    Compared("significant_discrepancy_rate", "count_review", REVIEWED, "significant", "known", _ROUTE, RANDOM),
    Compared("sla_attainment", "count_sla", DUE, "met", "due", (("interval", "sla_interval"),)),
)  # fmt: skip

_LIMITS: Final = ("low95", "high95", "low998", "high998")
_UNIT: Final = {
    **dict.fromkeys(KEY, pl.String),
    "unit": pl.String,
    "first": pl.String,
    "last": pl.String,
    "n": pl.Float64,
    "numerator": pl.Float64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "centre": pl.Float64,
    **dict.fromkeys(_LIMITS, pl.Float64),
    "dispersion": pl.Float64,
    "units": pl.Int64,
    "model": pl.String,
    "outside": pl.Int64,
    "side": pl.String,
    "status": pl.String,
    "reason": pl.String,
}
_LINE: Final = {
    "measure_id": pl.String,
    "route": pl.String,
    "interval": pl.String,
    "unit": pl.String,
    "n": pl.Float64,
    "centre": pl.Float64,
    **dict.fromkeys(_LIMITS, pl.Float64),
}


def window(series: Series, measure_id: str) -> list[str]:
    """The last twelve settled months of a measure in the whole network, in order; none where it is not followed."""
    whole = series.strata.select(
        (pl.col("measure_id") == measure_id)
        & pl.all_horizontal(pl.col(name).is_null() for name in DIMENSIONS[1:])
    ).to_series()
    own = series.take(whole.to_numpy())
    _, settled = np.nonzero(np.isfinite(own.value) & ~own.provisional)
    return [series.months[month] for month in np.unique(settled)][-MONTHS:]


def write(connection: duckdb.DuckDBPyConnection, series: Series) -> int:
    """Write the tables `funnel`, one row per unit, and `funnel_line`, its limits over the number of cases.

    Both come from one function, so that a unit lies outside of what is drawn exactly where it is said to. Over at least
    twenty units the limits allow for how units differ beyond chance; over fewer they are exact, with a warning.

    Args:
        connection: The warehouse, with its counts built.
        series: Monthly series, which tell the months that are settled.

    Returns:
        Rows of `funnel`.
    """
    units, lines = [], []
    for compared in COMPARED:
        months = window(series, compared.measure_id)
        for place in UNITS if months else ():
            for frame in _counted(connection, compared, place, months):
                drawn = funnel(frame["x"].to_numpy(), frame["n"].to_numpy())
                units.append(_units(compared, place, months, frame, drawn))
                lines.append(_lines(compared, place, frame, drawn))
    tables = (("funnel", _UNIT, units), ("funnel_line", _LINE, lines))
    for name, schema, parts in tables:
        frame = pl.concat([pl.DataFrame(schema=schema), *parts])
        connection.register("compared", frame.to_arrow())
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM compared")
        connection.unregister("compared")
    return sum(frame.height for frame in units)


def _counted(
    connection: duckdb.DuckDBPyConnection,
    compared: Compared,
    place: tuple[str, ...],
    months: list[str],
) -> list[pl.DataFrame]:
    """Units with cases in these months, apart by the keys: the place's columns, `x` and `n`."""
    keys = ", ".join(f"{sql} AS {name}" for name, sql in compared.keys)
    grouped = ", ".join((*place, *(sql for _, sql in compared.keys)))
    known = " AND ".join(f"{name} <> '{UNKNOWN}'" for name in place)
    frame = connection.sql(
        f"SELECT {', '.join(place)}, {keys}, {compared.sums} FROM {compared.table} "
        f"WHERE {compared.where} AND {known} AND month IN (SELECT unnest(?)) GROUP BY {grouped} ORDER BY {grouped}",
        params=[months],
    ).pl()
    names = [name for name, _ in compared.keys]
    counts = frame.select(
        *place,
        *names,
        x=pl.col(compared.numerator).cast(pl.Float64).fill_null(0),
        n=pl.col(compared.denominator).cast(pl.Float64).fill_null(0),
    ).filter(pl.col("n") > 0)
    apart = counts.partition_by(names, maintain_order=True)
    return [each for each in apart if each.height >= FEWEST]


def _named(
    frame: pl.DataFrame, compared: Compared, place: tuple[str, ...], schema: Any, columns: Any
) -> pl.DataFrame:
    """Rows in the order of a schema; what has no column is NULL."""
    told = frame.with_columns(
        measure_id=pl.lit(compared.measure_id), unit=pl.lit("_".join(place)), **columns
    )
    absent = [pl.lit(None, kind).alias(n) for n, kind in schema.items() if n not in told.columns]
    return told.with_columns(absent).select(pl.col(n).cast(kind) for n, kind in schema.items())


def _units(
    compared: Compared,
    place: tuple[str, ...],
    months: list[str],
    frame: pl.DataFrame,
    drawn: Funnel,
) -> pl.DataFrame:
    verdict = pl.Series(drawn.verdict.tolist(), dtype=pl.String)
    dispersion = drawn.model.dispersion
    exact = bool(np.asarray(drawn.model.exact))
    own = wilson(frame["x"].to_numpy(), frame["n"].to_numpy())
    columns = {
        "first": pl.lit(months[0]),
        "last": pl.lit(months[-1]),
        "numerator": pl.col("x"),
        "value": pl.Series(drawn.share),
        "low": pl.Series(own.low),
        "high": pl.Series(own.high),
        "centre": pl.lit(float(dispersion.target)),
        **_limits(drawn.low, drawn.high),
        "dispersion": pl.lit(float(dispersion.phi)),
        "units": pl.lit(int(dispersion.units)),
        "model": pl.lit("exact" if exact else "multiplicative"),
        "outside": verdict.str.extract(r"_(99_8|95)$").str.replace("99_8", "998").cast(pl.Int64).fill_null(0),
        "side": verdict.str.extract(r"^(above|below)").fill_null(""),
        "status": pl.Series(drawn.unit_status.tolist(), dtype=pl.String),
        "reason": pl.lit(str(drawn.reason)),
    }  # fmt: skip
    return _named(frame, compared, place, _UNIT, columns)


def _lines(
    compared: Compared, place: tuple[str, ...], frame: pl.DataFrame, drawn: Funnel
) -> pl.DataFrame:
    """Limits at numbers of cases spread evenly on the logarithm, from 1 to the largest unit."""
    largest = float(frame["n"].to_numpy().max())
    n = np.unique(np.round(np.geomspace(1, largest, POINTS)))
    keys = [pl.lit(frame[name][0]).alias(name) for name, _ in compared.keys]
    columns = {
        "centre": pl.lit(float(drawn.model.dispersion.target)),
        **_limits(*funnel_limits(drawn.model, n)),
    }
    line = pl.DataFrame({"n": n}).with_columns(keys)
    return _named(line, compared, place, _LINE, columns)


def _limits(low: Any, high: Any) -> dict[str, pl.Series]:
    """Limits of shape (levels, points) by their names."""
    return dict(zip(_LIMITS, map(pl.Series, (low[0], high[0], low[1], high[1])), strict=True))
