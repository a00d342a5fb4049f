"""Runs of an algorithm: failed, excluded, and how long the answer took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.ai_two_by_two import ASKED, numbers
from overread.measures.cells import numbered_cells
from overread.measures.grains import Months, grains, groupings, held_months, roll_up
from overread.measures.table import rows
from overread.stats.durations.grouped_histogram import GroupedHistogram
from overread.stats.durations.quantiles import quantile, quantile_ranks
from overread.stats.shares.proportion import wilson

# A fact has one row per reference of an exam: a run is counted at the first.
ONCE: Final = "first_reference"
OUTCOMES: Final = (
    "sum(n)::BIGINT AS runs, coalesce(sum(n) FILTER (status = 'failed'), 0)::BIGINT AS failed, "
    "coalesce(sum(n) FILTER (status = 'excluded'), 0)::BIGINT AS excluded"
)
ENDED: Final = {"ai_failure_rate": "failed", "ai_exclusion_rate": "excluded"}
# Interval -> the seconds of the fact.
TIMES: Final = {"started_to_ended": "run_seconds", "completed_to_ended": "result_seconds"}


def ai_runs(connection: duckdb.DuckDBPyConnection, told: Months) -> Iterator[pl.DataFrame]:
    """Share of the runs that failed or were excluded, and the median time of the others."""
    strata = roll_up(connection, "count_run", ASKED, OUTCOMES, where=ONCE, few=True, told=told)
    (runs,) = numbers(strata, "runs")
    for measure_id, name in ENDED.items():
        (x,) = numbers(strata, name)
        yield rows(measure_id, strata, wilson(x, runs), numerator=x, denominator=runs)
    for interval, seconds in TIMES.items():
        yield from _median(connection, interval, seconds, told)


def _median(
    connection: duckdb.DuckDBPyConnection, interval: str, seconds: str, told: Months
) -> Iterator[pl.DataFrame]:
    """Median seconds of valid runs, in minutes, with its order-statistic interval."""
    where = f"{ONCE} AND status = 'ok' AND {seconds} IS NOT NULL"
    cells, bins = numbered_cells(
        connection, "count_run", ASKED, f"{seconds}, sum(n)::BIGINT AS n", where=where, by=seconds
    )
    if cells.height == 0:
        return
    histogram = GroupedHistogram(bins["number"], bins[seconds], bins["n"], cells.height)
    grouped = list(groupings(cells, ASKED, held_months(connection), grains(few=True), told))
    n = [
        np.bincount(group, histogram.cases, strata.height + 1)[: strata.height]
        for strata, group in grouped
    ]
    ranks = [np.stack(quantile_ranks(cases, 0.5)) for cases in n]
    at = histogram.at_ranks([(group, strata.height) for strata, group in grouped], ranks)
    for (strata, _), cases, rank, (value, low, high) in zip(grouped, n, ranks, at, strict=True):
        estimate = quantile(cases, value, low, high, 0.5, rank[1], rank[2])
        of_interval = strata.with_columns(interval=pl.lit(interval))
        yield rows("ai_turnaround_median", of_interval, estimate, scale=1 / 60)
