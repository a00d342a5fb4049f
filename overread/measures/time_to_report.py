"""Turnaround of all tasks: unread ones are censored at the cut-off, withdrawn ones compete with the report.

Medians over finished tasks flatter whoever leaves the slow ones unread; these do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.grains import grains, groupings, held_months
from overread.measures.table import EXTRA, TEXT, rows
from overread.stats.grouped_incidence import (
    CENSORED,
    COMPETING,
    REPORTED,
    GroupCurves,
    GroupedIncidence,
)
from overread.warehouse.analysis.tasks import WAITED

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
_KIND: Final = " ".join(f"WHEN '{state}' THEN {kind}" for state, kind in KINDS.items())
_BINS: Final = (
    f"SELECT number, seconds, {REPORTED}::TINYINT AS kind, n FROM count_duration JOIN numbered USING (month, cell) "
    "WHERE interval = $interval UNION ALL "
    f"SELECT number, seconds, (CASE state {_KIND} END)::TINYINT, n FROM count_time_to_report "
    "JOIN numbered USING (month, cell) WHERE interval = $interval"
)


def time_to_report(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Quantiles of the time to the report in minutes, and shares reported within hours (category).

    The curves of each vendor, each region and all are left in the table `report_curve`: places and interval, time
    in seconds, tasks at risk just before it, reported, withdrawn and censored up to it, and the incidence with its
    interval.
    """
    drawn = [pl.DataFrame(schema=CURVE_SCHEMA)]
    names = ", ".join(f"'{name}'" for name in WAITED)
    cells = connection.sql(
        "SELECT (row_number() OVER (ORDER BY month, cell) - 1)::INTEGER AS number, month, cell FROM ("
        f"SELECT month, cell FROM count_duration WHERE interval IN ({names}) "
        "UNION SELECT month, cell FROM count_time_to_report)"
    ).pl()
    connection.register("numbered", cells.to_arrow())
    described = connection.sql(
        "SELECT * EXCLUDE (number, cell) FROM numbered JOIN task_cell USING (cell) ORDER BY number"
    ).pl()
    grouped = list(groupings(described, (), held_months(connection), GRAINS))
    for interval in WAITED if cells.height else ():
        bins = connection.execute(_BINS, {"interval": interval}).fetchnumpy()
        histogram = GroupedIncidence(bins["number"], bins["seconds"], bins["kind"], bins["n"])
        for grain, (strata, group) in zip(GRAINS, grouped, strict=True):
            curves = histogram.curves(group, strata.height)
            named = strata.with_columns(interval=pl.lit(interval))
            yield from _measures(named, curves)
            if grain in CURVES:
                drawn.append(_drawn(named, curves))
    connection.unregister("numbered")
    connection.register("drawn", pl.concat(drawn).to_arrow())
    connection.execute("CREATE OR REPLACE TABLE report_curve AS SELECT * FROM drawn ORDER BY ALL")
    connection.unregister("drawn")


def _measures(strata: pl.DataFrame, curves: GroupCurves) -> Iterator[pl.DataFrame]:
    """Rows of the strata that have a task with this interval."""
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


def _drawn(strata: pl.DataFrame, curves: GroupCurves) -> pl.DataFrame:
    """Rows of `report_curve`: the last point of each of 200 parts of a curve, while enough are still waiting."""
    size = np.diff(curves.start)[curves.group]
    part = (np.arange(curves.group.size) - curves.start[curves.group]) * POINTS
    part //= np.maximum(size, POINTS)
    last = np.append((np.diff(part) != 0) | (np.diff(curves.group) != 0), True)[: part.size]
    chosen = np.flatnonzero(last & (curves.at_risk >= FEWEST_AT_RISK))
    told = curves.shares_of(chosen)
    reported, competing, censored = (
        curves.running(curves.ended[kind])[chosen].astype(np.int64)
        for kind in (REPORTED, COMPETING, CENSORED)
    )
    frame = strata[curves.group[chosen]].with_columns(
        seconds=pl.Series(curves.time[chosen].astype(np.int64)),
        at_risk=pl.Series(curves.at_risk[chosen].astype(np.int64)),
        reported=pl.Series(reported),
        competing=pl.Series(competing),
        censored=pl.Series(censored),
        value=pl.Series(told.value).fill_nan(None),
        low=pl.Series(told.low).fill_nan(None),
        high=pl.Series(told.high).fill_nan(None),
        method=pl.lit(told.method),
    )
    absent = [
        pl.lit(None, kind).alias(name)
        for name, kind in CURVE_SCHEMA.items()
        if name not in frame.columns
    ]
    return frame.with_columns(absent).select(list(CURVE_SCHEMA))
