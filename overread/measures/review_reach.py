"""How far peer review reaches: completion and non-response of what was assigned, coverage of what was read, by route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import duckdb
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.stats.shares.proportion import wilson

ASSIGNED: Final = (
    "sum(n) FILTER (due AND outcome = 'completed') AS completed, "
    "sum(n) FILTER (due AND outcome = 'expired') AS expired, sum(n) FILTER (due) AS due"
)
# Numerator and denominator of each share of the assignments, among the sums.
OF_ASSIGNED: Final = MappingProxyType(
    {"review_completion": ("completed", "due"), "review_expired": ("expired", "due")}
)
# Count table that gives the tasks which each share of the finished tasks counts.
OF_FINISHED: Final = MappingProxyType(
    {"review_coverage": "count_review", "sampling_fraction": "count_assignment"}
)
_PLACE: Final = ("period", *(name for name in DIMENSIONS if name != "month"))


def finished_tasks(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Finished tasks (`finished`) of every place of one dimension or none that has any."""
    frame = roll_up(
        connection, "count_task", (), "sum(n) FILTER (state = 'finished') AS finished", few=True
    )
    return frame.with_columns(pl.col("finished").cast(pl.Float64)).filter(pl.col("finished") > 0)


def review_reach(
    connection: duckdb.DuckDBPyConnection, targets: Mapping[str, float]
) -> Iterator[pl.DataFrame]:
    """Rows of completion, non-response, coverage and sampling fraction; each row is of one route."""
    strata = roll_up(connection, "count_assignment", ("route",), ASSIGNED, few=True).fill_null(
        0, matches_supertype=True
    )
    for measure_id, parts in OF_ASSIGNED.items():
        x, n = (strata[name].cast(pl.Float64).to_numpy() for name in parts)
        target = targets.get(measure_id)
        yield rows(measure_id, strata, wilson(x, n), numerator=x, denominator=n, target=target)
    tasks = finished_tasks(connection)
    for measure_id, table in OF_FINISHED.items():
        routes = connection.sql(f"SELECT DISTINCT route FROM {table} ORDER BY route").pl()
        reached = roll_up(
            connection, table, ("route",), "sum(n) FILTER (covers_task) AS reached", few=True
        )
        # a route that reached none of a place's tasks covers 0 of them
        strata = (
            tasks.join(routes.cast(pl.String), how="cross")
            .join(
                reached, on=[*_PLACE, "route"], how="left", nulls_equal=True, maintain_order="left"
            )
            .with_columns(pl.col("reached").cast(pl.Float64).fill_null(0))
        )
        x, n = strata["reached"].to_numpy(), strata["finished"].to_numpy()
        target = targets.get(measure_id)
        yield rows(measure_id, strata, wilson(x, n), numerator=x, denominator=n, target=target)
