"""Runs of an algorithm: failed, excluded, and how long the answer took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.ai_two_by_two import ASKED, numbers
from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.stats.grouped_histogram import GroupedHistogram
from overread.stats.proportion import wilson
from overread.stats.quantiles import quantile, quantile_ranks

# A fact has one row per reference of an exam: a run is counted at the first.
ONCE: Final = "first_reference"
OUTCOMES: Final = (
    "sum(n)::BIGINT AS runs, coalesce(sum(n) FILTER (status = 'failed'), 0)::BIGINT AS failed, "
    "coalesce(sum(n) FILTER (status = 'excluded'), 0)::BIGINT AS excluded"
)
ENDED: Final = {"ai_failure_rate": "failed", "ai_exclusion_rate": "excluded"}
# Interval -> the seconds of the fact.
TIMES: Final = {"started_to_ended": "run_seconds", "completed_to_ended": "result_seconds"}


def ai_runs(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Share of the runs that failed or were excluded, and the median time of the others."""
    strata = roll_up(connection, "count_run", ASKED, OUTCOMES, where=ONCE, few=True)
    (runs,) = numbers(strata, "runs")
    for measure_id, name in ENDED.items():
        (x,) = numbers(strata, name)
        yield rows(measure_id, strata, wilson(x, runs), numerator=x, denominator=runs)
    for interval, seconds in TIMES.items():
        yield from _median(connection, interval, seconds)


def _median(
    connection: duckdb.DuckDBPyConnection, interval: str, seconds: str
) -> Iterator[pl.DataFrame]:
    """Median seconds of valid runs, in minutes, with its order-statistic interval."""
    where = f"{ONCE} AND status = 'ok' AND {seconds} IS NOT NULL"
    place = ["period", *DIMENSIONS[1:], *ASKED]
    bins = roll_up(
        connection, "count_run", (*ASKED, seconds), "sum(n)::BIGINT AS n", where=where, few=True
    ).sort([*place, seconds], nulls_last=False)
    if bins.height == 0:
        return
    stratum = bins.select(pl.struct(place).rle_id()).to_series().to_numpy().astype(np.int64)
    strata = bins.select(place).unique(maintain_order=True)
    size = strata.height
    histogram = GroupedHistogram(
        stratum, bins[seconds].cast(pl.Int64).to_numpy(), bins["n"].to_numpy(), size
    )
    n = np.bincount(stratum, bins["n"].to_numpy(), size)
    ranks = np.stack(quantile_ranks(n, 0.5))
    ((value, low, high),) = histogram.at_ranks([(np.arange(size), size)], [ranks])
    estimate = quantile(n, value, low, high, 0.5, ranks[1], ranks[2])
    told = strata.with_columns(interval=pl.lit(interval))
    yield rows("ai_turnaround_median", told, estimate, scale=1 / 60)
