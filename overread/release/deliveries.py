"""What files brought since a release, and to which numbers: new rows, and rows that were corrected or taken back.

A number is told by vendor, region, site, modality and period; its other dimensions are not looked at, so a correction
elsewhere in the same cell counts as one of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from overread.measures.catalogue import CATALOGUE
from overread.measures.catalogue.ai_drift import AI_DRIFT
from overread.measures.catalogue.comparison import COMPARISON
from overread.measures.catalogue.late_reviews import LATE_REVIEWS
from overread.measures.catalogue.reviewers import REVIEWERS
from overread.model.facts import TABLES
from overread.model.tables import Table
from overread.warehouse.analysis.exams import month_of

PLACE: Final = ("vendor", "region", "site", "modality", "period")
# Where a read's row stands for others: whatever is made of tasks is made of these, too.
_TASKS: Final = ("exam", "read_task", "task_pause")
_MONTH: Final = month_of(
    "e.completed_at",
    "t.received_at",
    "coalesce(t.final_at, t.read_at)",
    declared="e.declared_month",
)


def tables_of(measure_id: str) -> set[str]:
    """Fact tables whose rows can move a measure."""
    named = {column.split(".")[0] for column in CATALOGUE[measure_id].input_columns}
    tasks = (
        _TASKS
        if named & {"read_task", "review", "review_assignment", "local_review"}
        else ("exam",)
    )
    return named.intersection(TABLES) | set(tasks)


def told_together(measure_id: str) -> tuple[bool, bool]:
    """Whether a vendor's number moves with the rows of the others, and a month's with the rows of other months."""
    others = {measure.id for measure in (*COMPARISON, *REVIEWERS, *LATE_REVIEWS)}
    earlier = {measure.id for measure in (*LATE_REVIEWS, *AI_DRIFT)}
    return measure_id in others, measure_id in earlier


def _columns(table: Table) -> str:
    """SQL of exam, task and vendor of a row, as far as it names them."""
    names = {column.name for column in table.columns}
    kinds = {"exam_id": "UUID", "task_id": "UUID", "vendor": "VARCHAR"}
    return ", ".join(
        f"r.{name}" if name in names else f"NULL::{kind} AS {name}" for name, kind in kinds.items()
    )


def _touched(table: Table, after: int, until: int) -> str:
    """SQL of the rows of a table that loads brought, and of those that they replaced or took back."""
    gone = "coalesce(r.superseded_by_load, r.deleted_by_load)"
    columns = _columns(table)
    return f"""SELECT '{table.name}' AS fact, {columns}, r.load_id AS load_id, false AS corrects
        FROM {table.name} r WHERE r.load_id > {after} AND r.load_id <= {until}
    UNION ALL SELECT '{table.name}', {columns}, {gone}, true
        FROM {table.name} r WHERE r.load_id <= {after} AND {gone} > {after} AND {gone} <= {until}"""


def _placed(state: str) -> str:
    """SQL of the places of touched rows.

    Args:
        state: What follows a table's name to give its rows at a moment.
    """
    return f"""SELECT DISTINCT x.fact, coalesce(x.vendor, t.vendor, a.vendor, '(unknown)') AS vendor, s.region,
            s.site, e.modality, {_MONTH} AS month, x.load_id, x.corrects
        FROM touched x LEFT JOIN read_task{state} t ON t.task_id = x.task_id
        JOIN exam{state} e ON e.exam_id = coalesce(x.exam_id, t.exam_id) JOIN site s ON s.site = e.site
        LEFT JOIN (
            SELECT exam_id, vendor FROM read_task{state} UNION SELECT exam_id, vendor FROM reader_call{state}
            UNION SELECT exam_id, vendor FROM ai_result{state}
        ) a ON x.task_id IS NULL AND x.vendor IS NULL AND a.exam_id = e.exam_id"""


def write_deliveries(
    connection: duckdb.DuckDBPyConnection, after: int, until: int, by: Sequence[str] = PLACE
) -> None:
    """Write temporary tables of what loads brought, for every place that a number may have.

    `delivered` has fact and the dimensions of a place (NULL = all of them), whether rows were corrected
    or taken back there, and the files that did; `delivered_wide` the same for tables that know no exam.

    Args:
        connection: The warehouse.
        after: Number of the last load before.
        until: Number of the last load that counts.
        by: Dimensions of a place, of `PLACE`.
    """
    by_exam: list[Table] = []
    wide: list[Table] = []
    for table in TABLES.values():
        names = {column.name for column in table.columns}
        (by_exam if names & {"exam_id", "task_id"} else wide).append(table)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS "
        + " UNION ALL ".join(_touched(table, after, until) for table in by_exam)
    )
    files = "coalesce(list(DISTINCT path ORDER BY path) FILTER (corrects), [])"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE delivered AS WITH placed AS (
            {_placed("_current")} UNION {_placed(f"_as_of({after})")}
        ), dated AS (
            SELECT * EXCLUDE (month), unnest(CASE WHEN month = 'undated' THEN [month]
                ELSE [month, left(month, 4), left(month, 4) || '-Q' || (right(month, 2)::INT + 2) // 3] END) AS period
            FROM placed)
        SELECT fact, {", ".join(by)}, bool_or(corrects) AS corrects, {files} AS files
        FROM dated JOIN (SELECT load_id, path FROM ledger WHERE status = 'loaded') USING (load_id)
        GROUP BY fact, CUBE ({", ".join(by)})"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE delivered_wide AS
        SELECT fact, bool_or(corrects) AS corrects, {files} AS files
        FROM ({" UNION ALL ".join(_touched(table, after, until) for table in wide)})
        JOIN (SELECT load_id, path FROM ledger WHERE status = 'loaded') USING (load_id) GROUP BY fact"""
    )
    connection.execute("DROP TABLE touched")


def drop_deliveries(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the temporary tables away."""
    for name in ("delivered", "delivered_wide"):
        connection.execute(f"DROP TABLE {name}")
