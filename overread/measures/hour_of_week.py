"""Turnaround by the hour of the week in which the images were received, in the site's time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.grains import held_months
from overread.measures.table import rows
from overread.stats.durations.grouped_histogram import GroupedHistogram
from overread.stats.durations.quantiles import NO_CASES, quantile, quantile_ranks
from overread.stats.estimate import make_estimate

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LABELS: Final = tuple(f"{day}-{hour:02d}" for day in DAYS for hour in range(24))
INTERVAL: Final = "received_to_final"
# Below it an hour is told as too few: its median is mostly chance.
FEWEST: Final = 20
TOO_FEW: Final = f"fewer than {FEWEST} tasks in this hour of the week"
PLACES: Final = ("", "vendor", "region")


def turnaround_by_hour_of_week(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Median of each of the 168 hours (category), of all, each vendor and each region, over all months."""
    held = ", ".join(f"'{month}'" for month in held_months(connection))
    kept = f"WHERE month NOT IN ({held})" if held else ""
    # every vendor's hours in every region, numbered
    cells = connection.sql(
        "SELECT (row_number() OVER (ORDER BY vendor, region, hour_of_week) - 1)::INTEGER AS number, * FROM "
        f"(SELECT DISTINCT vendor, region, hour_of_week FROM count_hour_of_week {kept})"
    ).pl()
    connection.register("hour_cell", cells.to_arrow())
    bins = connection.execute(
        f"SELECT number, {INTERVAL} AS seconds, n FROM count_hour_of_week "
        f"JOIN hour_cell USING (vendor, region, hour_of_week) {kept} ORDER BY seconds"
    ).fetchnumpy()
    connection.unregister("hour_cell")
    if cells.height == 0:
        return
    histogram = GroupedHistogram(bins["number"], bins["seconds"], bins["n"], cells.height)
    labels = pl.DataFrame({"category": LABELS, "interval": [INTERVAL] * len(LABELS)})
    hour = cells["hour_of_week"].to_numpy().astype(np.int64)
    strata, groupings = [], []
    for name in PLACES:
        own = cells.select(place=pl.col(name) if name else pl.lit(""))["place"]
        places = own.unique().sort()
        number = own.replace_strict(places, pl.Series(range(places.len()))).to_numpy()
        strata.append(pl.DataFrame({name or "all": places}).join(labels, how="cross"))
        groupings.append((number * len(LABELS) + hour, strata[-1].height))
    n = [np.bincount(group, histogram.cases, size) for group, size in groupings]
    ranks = [np.stack(quantile_ranks(cases, 0.5)) for cases in n]
    for names, cases, rank, (value, low, high) in zip(
        strata, n, ranks, histogram.at_ranks(groupings, ranks), strict=True
    ):
        told = quantile(cases, value, low, high, 0.5, rank[1], rank[2])
        estimate = make_estimate(
            told.value,
            n=cases,
            low=told.low,
            high=told.high,
            method=told.method,
            insufficient=[(cases == 0, NO_CASES), (cases < FEWEST, TOO_FEW)],
        )
        yield rows("turnaround_by_hour_of_week", names, estimate, scale=1 / 60)
