"""Turnaround of finished tasks and SLA attainment."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.grains import roll_up, roll_up_query
from overread.measures.table import rows
from overread.stats.proportion import wilson
from overread.stats.quantiles import mean, quantile, quantile_ranks

_QUANTILES = (("turnaround_median_completed_only", 0.5), ("turnaround_p90_completed_only", 0.9))
_PERIOD = ("period", *DIMENSIONS[1:], "interval")


def turnaround(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Mean, median and 90th percentile per interval, in minutes."""
    query = roll_up_query("count_duration", ("interval", "seconds"), "sum(n)::BIGINT AS n")
    names = ", ".join(_PERIOD)
    # strata are sorted and told apart by one integer; their names travel once per stratum, not once per cell
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE duration_cell AS "
        f"SELECT hash({names}) AS stratum, seconds, n, {names} FROM ({query})"
    )
    cells = connection.sql(
        "SELECT stratum, seconds, n FROM duration_cell ORDER BY stratum, seconds"
    ).fetchnumpy()
    strata = connection.sql(
        f"SELECT {names} FROM (SELECT stratum, {names} FROM duration_cell GROUP BY ALL) ORDER BY stratum"
    ).pl()
    connection.execute("DROP TABLE duration_cell")
    if strata.height == 0:
        return
    first = np.flatnonzero(np.diff(cells["stratum"], prepend=cells["stratum"][0] ^ np.uint64(1)))
    if first.size != strata.height:
        raise ValueError("two strata share one hash; rename one of their values")
    stratum = np.repeat(np.arange(first.size), np.diff(np.append(first, cells["stratum"].size)))
    seconds, counts = (np.asarray(cells[name], dtype=np.float64) for name in ("seconds", "n"))
    n = np.add.reduceat(counts, first)
    total = np.add.reduceat(counts * seconds, first)
    spread = np.add.reduceat(counts * (seconds - (total / n)[stratum]) ** 2, first)
    yield rows("turnaround_mean_completed_only", strata, mean(n, total, spread), scale=1 / 60)
    # one sorted cumulative count serves every rank of every stratum
    cumulative = np.cumsum(counts)
    start = cumulative[first] - counts[first]

    def at(rank: np.ndarray) -> np.ndarray:
        place = np.searchsorted(cumulative, start + np.nan_to_num(rank, nan=1.0) - 0.5)
        found: np.ndarray = seconds[np.minimum(place, seconds.size - 1)]
        return found

    for measure_id, p in _QUANTILES:
        rank, lower, upper = quantile_ranks(n, p)
        estimate = quantile(n, at(rank), at(np.maximum(lower, 1)), at(upper), p, lower, upper)
        yield rows(measure_id, strata, estimate, scale=1 / 60)


def sla_attainment(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Share of due tasks that kept the contract's time; the target where one target holds for all of them."""
    sums = (
        "coalesce(sum(n) FILTER (sla_outcome = 'met'), 0)::BIGINT AS met, "
        "coalesce(sum(n) FILTER (sla_outcome IN ('met', 'breach')), 0)::BIGINT AS due, "
        "CASE WHEN min(sla_target) = max(sla_target) THEN min(sla_target) END AS target"
    )
    strata = roll_up(connection, "count_sla", ("sla_interval",), sums).rename(
        {"sla_interval": "interval"}
    )
    met, due = (strata[name].cast(pl.Float64).to_numpy() for name in ("met", "due"))
    target = strata["target"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    yield rows(
        "sla_attainment", strata, wilson(met, due), numerator=met, denominator=due, target=target
    )
