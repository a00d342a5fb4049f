"""Turnaround of finished tasks, the SLA, and open work by its age."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.grains import Grouping, grains, groupings, held_months, roll_up
from overread.measures.table import rows
from overread.model.codes import UNKNOWN
from overread.stats.grouped_histogram import GroupedHistogram
from overread.stats.proportion import wilson
from overread.stats.quantiles import mean, quantile, quantile_ranks
from overread.warehouse.analysis.tasks import OLDEST, OPEN_AGES
from overread.warehouse.quoting import quoted

QUANTILES: Final = (
    ("turnaround_median_completed_only", 0.5),
    ("turnaround_p75_completed_only", 0.75),
    ("turnaround_p90_completed_only", 0.9),
    ("turnaround_p95_completed_only", 0.95),
)
# Intervals that are asked for at places of one dimension or none: the stroke clock.
FEW: Final = frozenset({"arrived_to_final"})
# Sums of the tasks by the outcome of their SLA.
DUE: Final = (
    "coalesce(sum(n) FILTER (sla_outcome = 'met'), 0)::BIGINT AS met, "
    "coalesce(sum(n) FILTER (sla_outcome IN ('met', 'breach')), 0)::BIGINT AS due, "
    "coalesce(sum(n) FILTER (sla_outcome = 'breach'), 0)::BIGINT AS breach, "
    "coalesce(sum(n) FILTER (sla_outcome = 'not_due'), 0)::BIGINT AS waiting, "
    "coalesce(sum(n) FILTER (sla_outcome = 'not_due' AND sla_at_risk), 0)::BIGINT AS at_risk, "
    "CASE WHEN min(sla_target) = max(sla_target) THEN min(sla_target) END AS target"
)
# Sums of the open tasks: all of them, and those of each age band, by its name.
AGES: Final = (*OPEN_AGES, OLDEST, UNKNOWN)
OPEN: Final = ", ".join(
    (
        "coalesce(sum(n) FILTER (state = 'open'), 0)::BIGINT AS open",
        *(
            f"coalesce(sum(n) FILTER (open_age = '{age}'), 0)::BIGINT AS {quoted(age)}"
            for age in AGES
        ),
    )
)


def turnaround(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Mean and quantiles per interval, in minutes."""
    cells = connection.sql(
        "SELECT (row_number() OVER (ORDER BY month, cell) - 1)::INTEGER AS number, month, cell FROM "
        "(SELECT DISTINCT month, cell FROM count_duration)"
    ).pl()
    if cells.height == 0:
        return
    connection.register("cell_number", cells.to_arrow())
    described = connection.sql(
        "SELECT * EXCLUDE (number, cell) FROM cell_number JOIN task_cell USING (cell) ORDER BY number"
    ).pl()
    held = held_months(connection)
    grouped = list(groupings(described, (), held))
    grouped_few = list(groupings(described, (), held, grains(few=True)))
    parts = []
    for (interval,) in connection.execute(
        "SELECT DISTINCT interval FROM count_duration ORDER BY 1"
    ).fetchall():
        bins = connection.execute(
            "SELECT number, seconds, n FROM count_duration JOIN cell_number USING (month, cell) "
            # sorted by all threads of the engine, which leaves nothing to sort here
            "WHERE interval = ? ORDER BY seconds",
            [interval],
        ).fetchnumpy()
        histogram = GroupedHistogram(bins["number"], bins["seconds"], bins["n"], cells.height)
        told_at = grouped_few if interval in FEW else grouped
        parts.append(_summaries(histogram, told_at, interval))
    connection.unregister("cell_number")
    strata = pl.concat([names for names, _ in parts], how="diagonal")
    told = np.concatenate([numbers for _, numbers in parts], axis=1)
    n, total, spread, cubes = told[:4]
    estimate = mean(n, total, spread, cubes=cubes)
    yield rows("turnaround_mean_completed_only", strata, estimate, scale=1 / 60)
    for index, (measure_id, p) in enumerate(QUANTILES):
        _, lower, upper = quantile_ranks(n, p)
        value, low, high = told[4 + 3 * index : 7 + 3 * index]
        yield rows(measure_id, strata, quantile(n, value, low, high, p, lower, upper), scale=1 / 60)


def _summaries(
    histogram: GroupedHistogram, grouped: Sequence[Grouping], interval: str
) -> tuple[pl.DataFrame, np.ndarray]:
    """Strata of all groupings with finished tasks.

    Also, as rows of an array: n, moments and, per quantile, the value and the limits at their ranks.
    """
    moments = [histogram.moments(group, strata.height) for strata, group in grouped]
    n = np.concatenate([each.n for each in moments])
    ranks = np.concatenate([quantile_ranks(n, p) for _, p in QUANTILES]).reshape(-1, n.size)
    cuts = np.cumsum([strata.height for strata, _ in grouped])[:-1]
    # sorting and gathering leave Python's lock to others
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = threads.map(
            lambda grouping, wanted: histogram.at_ranks(grouping[1], grouping[0].height, wanted),
            grouped,
            np.split(ranks, cuts, axis=1),
        )
        at = np.concatenate(list(found), axis=1)
    told = [
        np.concatenate([getattr(each, name) for each in moments])
        for name in ("total", "spread", "cubes")
    ]
    named = pl.concat([strata for strata, _ in grouped], how="diagonal")
    some = n > 0
    return (
        named.with_columns(interval=pl.lit(interval)).filter(pl.Series(some)),
        np.vstack([n, *told, at])[:, some],
    )


def sla(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Due tasks that kept the contract's time or broke it, and those of the others that are due soon.

    The target stands where one holds for all tasks of a stratum; breaches are the same tasks told the other way,
    so they are held to none.
    """
    strata = roll_up(connection, "count_sla", ("sla_interval",), DUE).rename(
        {"sla_interval": "interval"}
    )
    met, due, breach = (
        strata[name].cast(pl.Float64).to_numpy() for name in ("met", "due", "breach")
    )
    target = strata["target"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    yield rows(
        "sla_attainment", strata, wilson(met, due), numerator=met, denominator=due, target=target
    )
    yield rows("sla_breaches", strata, wilson(breach, due), numerator=breach, denominator=due)
    strata = strata.filter(pl.col("waiting") > 0)
    soon, waiting = (strata[name].cast(pl.Float64).to_numpy() for name in ("at_risk", "waiting"))
    yield rows("tasks_at_risk", strata, wilson(soon, waiting), numerator=soon, denominator=waiting)


def open_work(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Share of the open tasks in each age band (category), at places of one dimension or none."""
    few = pl.sum_horizontal(pl.col(name).is_not_null() for name in ("period", *DIMENSIONS[1:])) <= 1
    strata = roll_up(connection, "count_task", (), OPEN).filter(few, pl.col("open") > 0)
    n = strata["open"].cast(pl.Float64).to_numpy()
    for age in AGES:
        x = strata[age].cast(pl.Float64).to_numpy()
        if age != UNKNOWN or np.any(x > 0):
            labelled = strata.with_columns(category=pl.lit(age))
            yield rows("open_tasks", labelled, wilson(x, n), numerator=x, denominator=n)
