"""Turnaround by the hour of the week in which the images were received, in the site's time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.grains import held_months
from overread.measures.table import rows
from overread.stats.estimate import make_estimate
from overread.stats.grouped_histogram import GroupedHistogram
from overread.stats.quantiles import NO_CASES, quantile, quantile_ranks

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
    bins = connection.sql(
        f"SELECT vendor, region, hour_of_week, {INTERVAL} AS seconds, sum(n)::BIGINT AS n FROM count_hour_of_week "
        f"{f'WHERE month NOT IN ({held})' if held else ''} GROUP BY ALL ORDER BY ALL"
    ).pl()
    labels = pl.DataFrame({"category": LABELS, "interval": [INTERVAL] * len(LABELS)})
    for name in PLACES if bins.height else ():
        own = bins[name].to_list() if name else [""] * bins.height
        places, number = np.unique(own, return_inverse=True)
        cell = number * len(LABELS) + bins["hour_of_week"].to_numpy()
        cells = places.size * len(LABELS)
        histogram = GroupedHistogram(cell, bins["seconds"].to_numpy(), bins["n"].to_numpy(), cells)
        n = histogram.moments(np.arange(cells), cells).n
        ranks = np.stack(quantile_ranks(n, 0.5))
        value, low, high = histogram.at_ranks(np.arange(cells), cells, ranks)
        told = quantile(n, value, low, high, 0.5, ranks[1], ranks[2])
        estimate = make_estimate(
            told.value,
            n=n,
            low=told.low,
            high=told.high,
            method=told.method,
            insufficient=[(n == 0, NO_CASES), (n < FEWEST, TOO_FEW)],
        )
        strata = pl.DataFrame({name or "all": places}).join(labels, how="cross")
        yield rows("turnaround_by_hour_of_week", strata, estimate, scale=1 / 60)
