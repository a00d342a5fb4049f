"""Run the plan of the passes and keep its counts in the warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import narwhals as nw

from overread.counts.engine import EngineName, opened
from overread.counts.plan import PLAN, Pass
from overread.warehouse import due


def build(
    connection: duckdb.DuckDBPyConnection,
    months: Sequence[str] | None = None,
    engine: EngineName = EngineName.DUCKDB,
    folder: Path = Path("spark"),
) -> dict[str, int]:
    """Write the count tables of the given months (None = all); other months keep theirs.

    Args:
        connection: The warehouse, with its analysis facts built.
        months: Months "YYYY-MM" or "undated".
        engine: Where the passes run.
        folder: Where facts are handed over to Spark; not used by DuckDB.

    Returns:
        Rows per count table.

    Raises:
        SparkUnavailableError: Spark is asked for and is not installed, or there is no Java.
    """
    # before any count changes: a run that dies halfway leaves months whose measures do not stand
    due.note(connection, due.Stage.MEASURES, [None] if months is None else months)
    with opened(engine, connection, months, folder) as counting:
        for step in PLAN:
            chosen = months if step.by_month else None
            fact = counting.fact(step.fact)
            if chosen is not None:
                fact = fact.filter(nw.col("month").is_in(list(chosen)))
            _write(connection, step, counting.results(step.expression(fact)), chosen)
    due.strike(connection, due.Stage.COUNTS, months)
    return {
        step.table: int(connection.execute(f"SELECT count(*) FROM {step.table}").fetchall()[0][0])
        for step in PLAN
    }


def _write(
    connection: duckdb.DuckDBPyConnection,
    step: Pass,
    results: Iterable[duckdb.DuckDBPyRelation],
    months: Sequence[str] | None,
) -> None:
    """Replace the months of a count table by the results."""
    existing = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [step.table]
    ).fetchall()
    fresh = months is None or not existing
    for place, result in enumerate(results):
        if place == 0 and fresh:
            statement = f"CREATE OR REPLACE TABLE {step.table} AS FROM counts_of_pass"
        else:
            if place == 0:
                connection.execute(
                    f"DELETE FROM {step.table} WHERE {step.of_months}", [list(months or ())]
                )
            statement = f"INSERT INTO {step.table} BY NAME FROM counts_of_pass"
        result.query("counts_of_pass", statement)
