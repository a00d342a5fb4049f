"""Rebuild the analysis facts, whole or for some months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import duckdb

from overread.warehouse import due
from overread.warehouse.analysis.assignments import ASSIGNMENT_FACT
from overread.warehouse.analysis.calls import CALL_FACT, PAIR_FACT, PAIR_MONTH, VERSION_FACT
from overread.warehouse.analysis.exams import EXAM_VIEW, UNDATED
from overread.warehouse.analysis.local_reviews import LOCAL_REVIEW_FACT
from overread.warehouse.analysis.reviews import REVIEW_FACT
from overread.warehouse.analysis.sla_clocks import write_clocks
from overread.warehouse.analysis.tasks import CELL_COLUMNS, SITTING_SECONDS, TASK_FACT, TASK_MONTH
from overread.warehouse.analysis.terms import TERM_OFFERED

FACTS: Final = {
    "task_fact": TASK_FACT,
    "review_fact": REVIEW_FACT,
    "local_review_fact": LOCAL_REVIEW_FACT,
    "assignment_fact": ASSIGNMENT_FACT,
    "call_fact": CALL_FACT,
    "pair_fact": PAIR_FACT,
    "version_fact": VERSION_FACT,
}
# A gap between reads that is longer than a sitting is none, so no earlier read matters to the pace.
_AROUND: Final = f"""
WHERE reader_id IN (SELECT reader_id FROM task_in_scope)
    AND read_at BETWEEN (SELECT min(read_at) FROM task_in_scope) - INTERVAL {SITTING_SECONDS} SECOND
        AND (SELECT max(read_at) FROM task_in_scope)
"""
_MOMENTS: Final = {
    "read_task": "received_at, preliminary_at, final_at, available_at, read_at, returned_at, cancelled_at",
    "exam": "ordered_at, arrived_at, completed_at",
    "review": "reviewed_at, arbitrated_at, delivered_at",
}


def data_cutoff(
    connection: duckdb.DuckDBPyConnection, before: Sequence[int] = ()
) -> datetime | None:
    """The newest moment that the data know (UTC), None where they carry no time.

    Args:
        connection: The warehouse.
        before: Loads that are taken as not yet made.
    """
    listed = ", ".join(str(int(load)) for load in before)
    # what is current, or was before those loads
    standing = (
        f"load_id NOT IN ({listed}) AND coalesce(superseded_by_load IN ({listed}), true) "
        f"AND coalesce(deleted_by_load IN ({listed}), true)"
        if before
        else "superseded_by_load IS NULL AND deleted_by_load IS NULL"
    )
    parts = " UNION ALL ".join(
        f"SELECT max(greatest({moments})) AS moment FROM {name} WHERE {standing}"
        for name, moments in _MOMENTS.items()
    )
    newest = connection.execute(f"SELECT max(moment) FROM ({parts})").fetchall()[0][0]
    return newest if isinstance(newest, datetime) else None


def months(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Months of the tasks and of the calls without a task, in order; `undated` comes last."""
    connection.execute(EXAM_VIEW)
    found = connection.execute(
        f"SELECT DISTINCT month FROM ({TASK_MONTH}) UNION SELECT DISTINCT month FROM ({PAIR_MONTH})"
    ).fetchall()
    undated = connection.execute(
        "SELECT count(*) FROM reader_call_current WHERE task_id IS NULL OR task_id NOT IN "
        "(SELECT task_id FROM read_task_current)"
    ).fetchall()
    names = {row[0] for row in found} | ({UNDATED} if undated[0][0] else set())
    return sorted(names, key=lambda name: (name == UNDATED, name))


def build(
    connection: duckdb.DuckDBPyConnection,
    cutoff: datetime | None,
    months: Sequence[str] | None = None,
) -> dict[str, int]:
    """Write the analysis facts of the given months (None = all) from the current rows.

    Args:
        connection: The warehouse.
        cutoff: Data cut-off (UTC); open tasks are judged by it.
        months: Months "YYYY-MM" or "undated".

    Returns:
        Rows per fact table, of the months built.
    """
    if months is not None:
        due.note(connection, due.Stage.COUNTS, months)
    connection.execute(EXAM_VIEW)
    # a fact that is not there yet is made whole
    scope = months if all(exists(connection, name) for name in FACTS) else None
    _limit(connection, scope)
    connection.execute(TERM_OFFERED)
    write_clocks(connection, cutoff)
    listed = "" if months is None else f"WHERE month IN ({', '.join(repr(m) for m in months)})"
    rows = {}
    for name, query in FACTS.items():
        parameters = {"cutoff": cutoff} if "$cutoff" in query else {}
        kept = listed
        if months is None or not exists(connection, name):
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query}", parameters)
            kept = ""
        else:
            connection.execute(f"DELETE FROM {name} {kept}")
            connection.execute(f"INSERT INTO {name} SELECT * FROM ({query}) {kept}", parameters)
        rows[name] = int(connection.execute(f"SELECT count(*) FROM {name} {kept}").fetchall()[0][0])
        if name == "task_fact":
            # the facts that follow take the month of their task, and a window over them stops a filter from outside
            limited = "" if scope is None else listed
            connection.execute(
                f"CREATE OR REPLACE TEMP VIEW task_fact_in_scope AS FROM task_fact {limited}"
            )
    _list_cells(connection, months)
    due.strike(connection, due.Stage.FACTS, months)
    return rows


def _limit(connection: duckdb.DuckDBPyConnection, months: Sequence[str] | None) -> None:
    """Write the views of the tasks and AI results that the facts are made of: those of the months, None = all.

    The month of a row comes from few columns; joins and clocks for the rows of all months cost ten times that.
    """
    for name, source, month_of_row, key in (
        ("task_in_scope", "read_task_current", TASK_MONTH, "task_id"),
        ("ai_result_in_scope", "ai_result_current", PAIR_MONTH, "exam_id"),
    ):
        kept = ""
        if months is not None:
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {key}_wanted AS SELECT DISTINCT {key} FROM ({month_of_row}) "
                "WHERE month IN (SELECT unnest(?))",
                [list(months)],
            )
            kept = f" SEMI JOIN {key}_wanted USING ({key})"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM {source}{kept}")
    around = "" if months is None else _AROUND
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW read_around_scope AS FROM read_task_current {around}"
    )


def _list_cells(connection: duckdb.DuckDBPyConnection, months: Sequence[str] | None) -> None:
    """Write what each cell number of a task stands for, to `task_cell`.

    Raises:
        ValueError: One number stands for two cells.
    """
    columns = f"cell, {', '.join(CELL_COLUMNS)}"
    if months is None or not exists(connection, "task_cell"):
        connection.execute(
            f"CREATE OR REPLACE TABLE task_cell AS SELECT DISTINCT {columns} FROM task_fact"
        )
    else:
        connection.execute(
            f"INSERT INTO task_cell SELECT DISTINCT {columns} FROM task_fact "
            "WHERE month IN (SELECT unnest(?)) AND cell NOT IN (SELECT cell FROM task_cell)",
            [list(months)],
        )
    shared = connection.execute(
        "SELECT cell FROM task_cell GROUP BY cell HAVING count(*) > 1 LIMIT 1"
    ).fetchall()
    if shared:
        raise ValueError("two cells of tasks share one hash; rename one of their values")


def exists(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the warehouse has this table."""
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name])
    return bool(found.fetchall())
