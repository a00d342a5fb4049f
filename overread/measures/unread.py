"""Tasks without a report: still open, returned unread, or cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import polars as pl

from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.stats.shares.proportion import wilson

STATES: Final = ("open", "returned", "cancelled")
UNREAD: Final = ", ".join(
    (
        "coalesce(sum(n), 0)::BIGINT AS tasks",
        *(
            f"coalesce(sum(n) FILTER (state = '{state}'), 0)::BIGINT AS {state}_tasks"
            for state in STATES
        ),
    )
)


def unread_share(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Share of all tasks in each state without a report (category), at places of one dimension or none."""
    strata = roll_up(connection, "count_task", (), UNREAD, few=True)
    n = strata["tasks"].cast(pl.Float64).to_numpy()
    for state in STATES:
        x = strata[f"{state}_tasks"].cast(pl.Float64).to_numpy()
        labelled = strata.with_columns(category=pl.lit(state))
        yield rows("unread_share", labelled, wilson(x, n), numerator=x, denominator=n)
