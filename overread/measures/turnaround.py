"""Turnaround of finished tasks, the SLA, and open work by its age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.grains import Grouping, Months, roll_up
from overread.measures.table import rows
from overread.model.codes import UNKNOWN
from overread.stats.durations.cell_moments import Moments
from overread.stats.durations.grouped_histogram import GroupedHistogram
from overread.stats.durations.quantiles import mean, quantile, quantile_ranks
from overread.stats.estimate import FloatArray
from overread.stats.shares.proportion import wilson
from overread.warehouse.analysis.tasks import OLDEST, OPEN_AGES
from overread.warehouse.quoting import quoted

QUANTILES: Final = (
    ("turnaround_median_completed_only", 0.5),
    ("turnaround_p75_completed_only", 0.75),
    ("turnaround_p90_completed_only", 0.9),
    ("turnaround_p95_completed_only", 0.95),
)
# Sums of the tasks by the outcome of their SLA.
DUE: Final = (
    "coalesce(sum(n) FILTER (sla_outcome = 'met'), 0)::BIGINT AS met, "
    "coalesce(sum(n) FILTER (sla_outcome IN ('met', 'breach')), 0)::BIGINT AS due, "
    "coalesce(sum(n) FILTER (sla_outcome = 'breach'), 0)::BIGINT AS breach, "
    "coalesce(sum(n) FILTER (sla_outcome = 'not_due'), 0)::BIGINT AS waiting, "
    "coalesce(sum(n) FILTER (sla_outcome = 'not_due' AND sla_at_risk), 0)::BIGINT AS at_risk, "
    "coalesce(sum(n) FILTER (state = 'open' AND sla_outcome IN ('met', 'breach', 'not_due')), 0)::BIGINT AS termed, "
    "coalesce(sum(n) FILTER (state = 'open' AND sla_outcome = 'breach'), 0)::BIGINT AS overdue, "
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
# A month, or a place of one dimension, or everything.
_FEW: Final = (
    pl.sum_horizontal(pl.col(name).is_not_null() for name in ("period", *DIMENSIONS[1:])) <= 1
)


@dataclass(frozen=True, slots=True)
class Summaries:
    """Finished tasks of one interval in every stratum that has some.

    Attributes:
        strata: One row per stratum, with its interval.
        moments: Moments of the seconds.
        at_ranks: Per quantile the seconds at its rank and at the ranks of its limits, shape (quantiles, 3, strata).
        limits: Per quantile the lower and the upper rank, shape (quantiles, 2, strata).
    """

    strata: pl.DataFrame
    moments: FloatArray
    at_ranks: FloatArray
    limits: FloatArray


def summaries(
    interval: str, histogram: GroupedHistogram, moments: Moments, grouped: Sequence[Grouping]
) -> Summaries:
    """Moments and order statistics of the seconds of an interval.

    Args:
        interval: Name of the interval.
        histogram: Seconds over the cells.
        moments: Moments of the cells.
        grouped: Strata of the grains, and the stratum of each cell.
    """
    merged = [moments.merged(group, strata.height) for strata, group in grouped]
    n = np.concatenate([each.n for each in merged])
    ranks = np.stack([quantile_ranks(n, p) for _, p in QUANTILES])
    cuts = np.cumsum([strata.height for strata, _ in grouped])[:-1]
    at = histogram.at_ranks(
        [(group, strata.height) for strata, group in grouped],
        np.split(ranks.reshape(3 * len(QUANTILES), n.size), cuts, axis=1),
    )
    some = n > 0
    named = pl.concat([strata for strata, _ in grouped], how="diagonal")
    return Summaries(
        named.with_columns(interval=pl.lit(interval)).filter(pl.Series(some)),
        np.concatenate([each.stacked() for each in merged], axis=1)[:, some],
        np.concatenate(at, axis=1).reshape(ranks.shape)[..., some],
        ranks[:, 1:, some],
    )


def turnaround(parts: Sequence[Summaries]) -> Iterator[pl.DataFrame]:
    """Rows of the mean and the quantiles of the finished tasks, in minutes."""
    if not parts:
        return
    strata = pl.concat([part.strata for part in parts], how="diagonal")
    n, total, spread, cubes = np.concatenate([part.moments for part in parts], axis=1)
    at_ranks = np.concatenate([part.at_ranks for part in parts], axis=2)
    limits = np.concatenate([part.limits for part in parts], axis=2)
    estimate = mean(n, total, spread, cubes=cubes)
    yield rows("turnaround_mean_completed_only", strata, estimate, scale=1 / 60)
    for (measure_id, p), (value, low, high), ranks in zip(QUANTILES, at_ranks, limits, strict=True):
        yield rows(measure_id, strata, quantile(n, value, low, high, p, *ranks), scale=1 / 60)


def sla(connection: duckdb.DuckDBPyConnection, told: Months) -> Iterator[pl.DataFrame]:
    """Due tasks that kept the contract's time or broke it, those of the others that are due soon, and open ones past due.

    The target stands where one holds for all tasks of a stratum; breaches are the same tasks told the other way,
    so they are held to none. A place of one dimension or none that has no open task under a term says so.
    """
    strata = roll_up(connection, "count_sla", ("sla_interval",), DUE, told=told).rename(
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
    unread = strata.filter(pl.col("waiting") > 0)
    soon, waiting = (unread[name].cast(pl.Float64).to_numpy() for name in ("at_risk", "waiting"))
    yield rows("tasks_at_risk", unread, wilson(soon, waiting), numerator=soon, denominator=waiting)
    unfinished = strata.filter((pl.col("termed") > 0) | _FEW)
    late, termed = (unfinished[name].cast(pl.Float64).to_numpy() for name in ("overdue", "termed"))
    yield rows(
        "tasks_overdue", unfinished, wilson(late, termed), numerator=late, denominator=termed
    )


def open_work(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Share of the open tasks in each age band (category), at places of one dimension or none."""
    strata = roll_up(connection, "count_task", (), OPEN).filter(_FEW, pl.col("open") > 0)
    n = strata["open"].cast(pl.Float64).to_numpy()
    for age in AGES:
        x = strata[age].cast(pl.Float64).to_numpy()
        if age != UNKNOWN or np.any(x > 0):
            labelled = strata.with_columns(category=pl.lit(age))
            yield rows("open_tasks", labelled, wilson(x, n), numerator=x, denominator=n)
