"""Turnaround of all tasks: unread ones are censored at the cut-off, withdrawn ones compete with the report.

Medians over finished tasks flatter whoever leaves the slow ones unread; these do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.grains import grains
from overread.measures.table import EXTRA, TEXT, rows
from overread.stats.durations.grouped_incidence import CENSORED, COMPETING, GroupCurves
from overread.stats.estimate import Estimate, FloatArray, joined

QUANTILES: Final = (("turnaround_median", 0.5), ("turnaround_p90", 0.9))
HORIZONS: Final = {"1 h": 3_600, "4 h": 14_400, "24 h": 86_400, "72 h": 259_200}
# Where a task ends unreported: state -> its part in the statistic.
KINDS: Final = {"open": CENSORED, "returned": COMPETING, "cancelled": COMPETING}
# Of a drawn curve; below so many still waiting, a curve is mostly chance.
POINTS, FEWEST_AT_RISK = 200, 10
CURVES: Final = ((), ("vendor",), ("region",))
CURVE_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    **dict.fromkeys((*TEXT, *EXTRA), pl.String),
    "seconds": pl.Int64,
    **dict.fromkeys(("at_risk", "reported", "competing", "censored"), pl.Int64),
    **dict.fromkeys(("value", "low", "high"), pl.Float64),
    "method": pl.String,
}


# Places of one dimension or none, and each vendor's modalities over all months.
GRAINS: Final = (*grains(few=True), ("vendor", "modality"))


@dataclass(frozen=True, slots=True)
class Reported:
    """All tasks of one interval in every stratum of a grain that has some.

    Attributes:
        strata: One row per stratum, with its interval.
        cases: Tasks, shape (strata,).
        quantiles: Times in seconds, shape (strata, quantiles).
        shares: Shares reported by the horizons, shape (strata, horizons).
        numbers: Tasks reported by the horizons, shape (strata, horizons).
    """

    strata: pl.DataFrame
    cases: FloatArray
    quantiles: Estimate
    shares: Estimate
    numbers: FloatArray


def reported(strata: pl.DataFrame, curves: GroupCurves) -> Reported:
    """Quantiles and shares of the curves of one grain.

    Args:
        strata: One row per curve, with its interval; those without a task are left out.
        curves: Curves of the seconds.
    """
    some = curves.cases > 0
    horizons = list(HORIZONS.values())
    return Reported(
        strata.filter(pl.Series(some)),
        curves.cases[some],
        curves.quantiles([p for _, p in QUANTILES])[some],
        curves.shares_at(horizons)[some],
        curves.reported_by(horizons)[some],
    )


def time_to_report(parts: Sequence[Reported]) -> Iterator[pl.DataFrame]:
    """Rows of the quantiles of the time to the report in minutes, and of the shares reported within hours (category)."""
    if not parts:
        return
    strata = pl.concat([part.strata for part in parts], how="diagonal")
    quantiles = joined([part.quantiles for part in parts])
    for index, (measure_id, _) in enumerate(QUANTILES):
        yield rows(measure_id, strata, quantiles[:, index], scale=1 / 60)
    shares = joined([part.shares for part in parts])
    numbers = np.concatenate([part.numbers for part in parts])
    cases = np.concatenate([part.cases for part in parts])
    for index, name in enumerate(HORIZONS):
        yield rows(
            "reported_within",
            strata.with_columns(category=pl.lit(name)),
            shares[:, index],
            numerator=numbers[:, index],
            denominator=cases,
        )


def drawn(strata: pl.DataFrame, curves: GroupCurves) -> pl.DataFrame:
    """Rows of `report_curve`: a point where each of 200 parts of a curve's tasks has ended, while enough still wait."""
    group, seconds = curves.ending(POINTS)
    at_risk = curves.cases[group] - curves.ended_by(group, seconds, "left").all
    enough = at_risk >= FEWEST_AT_RISK
    group, seconds, at_risk = group[enough], seconds[enough], at_risk[enough]
    told, ended = curves.shares(group, seconds), curves.ended_by(group, seconds)
    counts = {
        "seconds": seconds,
        "at_risk": at_risk,
        "reported": ended.reported,
        "competing": ended.competing,
        "censored": ended.censored,
    }
    numbers = {name: getattr(told, name) for name in ("value", "low", "high")}
    frame = strata[group].with_columns(
        *(pl.Series(name, count.astype(np.int64)) for name, count in counts.items()),
        *(pl.Series(name, number).fill_nan(None) for name, number in numbers.items()),
        method=pl.lit(told.method),
    )
    absent = [
        pl.lit(None, kind).alias(name)
        for name, kind in CURVE_SCHEMA.items()
        if name not in frame.columns
    ]
    return frame.with_columns(absent).select(list(CURVE_SCHEMA))


def write_curves(connection: duckdb.DuckDBPyConnection, curves: Iterable[pl.DataFrame]) -> None:
    """Write the table `report_curve`.

    It has places and interval, the time in seconds, tasks at risk just before it, reported, withdrawn and censored up
    to it, and the incidence with its interval.
    """
    connection.register("drawn", pl.concat([pl.DataFrame(schema=CURVE_SCHEMA), *curves]).to_arrow())
    connection.execute("CREATE OR REPLACE TABLE report_curve AS SELECT * FROM drawn ORDER BY ALL")
    connection.unregister("drawn")
