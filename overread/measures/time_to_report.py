"""Turnaround of all tasks: unread ones are censored at the cut-off, withdrawn ones compete with the report.

Medians over finished tasks flatter whoever leaves the slow ones unread; these do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.grains import grains
from overread.measures.table import EXTRA, TEXT, rows
from overread.stats.durations.grouped_incidence import CENSORED, COMPETING, GroupCurves

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


def time_to_report(strata: pl.DataFrame, curves: GroupCurves) -> Iterator[pl.DataFrame]:
    """Quantiles of the time to the report in minutes, and shares reported within hours (category).

    Args:
        strata: One row per curve, with its interval; those without a task have no row.
        curves: Curves of the seconds.
    """
    some = curves.cases > 0
    kept = strata.filter(pl.Series(some))
    quantiles = curves.quantiles([p for _, p in QUANTILES])[some]
    for index, (measure_id, _) in enumerate(QUANTILES):
        yield rows(measure_id, kept, quantiles[:, index], scale=1 / 60)
    shares = curves.shares_at(list(HORIZONS.values()))[some]
    reported = curves.reported_by(list(HORIZONS.values()))[some]
    for index, name in enumerate(HORIZONS):
        yield rows(
            "reported_within",
            kept.with_columns(category=pl.lit(name)),
            shares[:, index],
            numerator=reported[:, index],
            denominator=curves.cases[some],
        )


def drawn(strata: pl.DataFrame, curves: GroupCurves) -> pl.DataFrame:
    """Rows of `report_curve`: a point where each of 200 parts of a curve's tasks has ended, while enough still wait."""
    group, seconds = curves.ending(POINTS)
    at_risk = curves.cases[group] - curves.ended_by(group, seconds, "left").all
    enough = at_risk >= FEWEST_AT_RISK
    group, seconds, at_risk = group[enough], seconds[enough], at_risk[enough]
    told, ended = curves.shares(group, seconds), curves.ended_by(group, seconds)
    counts = {"seconds": seconds, "at_risk": at_risk, **asdict(ended)}
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
