"""The grouped passes: only filter, group and length, so that any engine gives equal counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import narwhals as nw

from overread.counts.declared import COUNTS, DIMENSIONS, DURATIONS, RATINGS, Count
from overread.warehouse.analysis.tasks import INTERVALS

Frame = nw.LazyFrame[Any]


def counted(frame: Frame, count: Count) -> Frame:
    """Group a fact by the dimensions and the count's own keys."""
    if count.present:
        frame = frame.filter(*(~nw.col(name).is_null() for name in count.present))
    return frame.group_by(*DIMENSIONS, *count.keys).agg(n=nw.len())


def duration_histogram(tasks: Frame, interval: str) -> Frame:
    """Tasks per whole second of one interval."""
    return (
        tasks.filter(~nw.col(interval).is_null())
        .group_by(*DIMENSIONS, nw.col(interval).alias("seconds"))
        .agg(n=nw.len())
        .with_columns(interval=nw.lit(interval))
    )


def rating_patterns(calls: Frame) -> Frame:
    """Exams per number of readers who said present and who said absent (months of readings join)."""
    places = tuple(name for name in DIMENSIONS if name != "month")
    distinct = calls.filter(nw.col("call").is_in(["present", "absent"])).group_by(
        *places, "finding", "exam_id", "reader", "call"
    )
    return (
        distinct.agg(k=nw.len())
        .with_columns(present=(nw.col("call") == "present").cast(nw.Int64))
        .group_by(*places, "finding", "exam_id")
        .agg(present=nw.col("present").sum(), readers=nw.len())
        .group_by(*places, "finding", "present", "readers")
        .agg(n=nw.len())
    )


def build(
    connection: duckdb.DuckDBPyConnection, months: Sequence[str] | None = None
) -> dict[str, int]:
    """Write the count tables of the given months (None = all); other months keep theirs.

    Args:
        connection: The warehouse, with its analysis facts built.
        months: Months "YYYY-MM" or "undated".

    Returns:
        Rows per count table.
    """

    def fact(name: str) -> Frame:
        # built anew for each pass: a DuckDB relation keeps no result
        frame: Frame = nw.from_native(connection.table(name)).lazy()
        return frame if months is None else frame.filter(nw.col("month").is_in(list(months)))

    for count in COUNTS:
        _write(connection, count.name, [counted(fact(count.fact), count)], months)
    passes = [duration_histogram(fact("task_fact"), interval) for interval in (*INTERVALS, "pace")]
    _write(connection, DURATIONS, passes, months)
    ratings: Frame = nw.from_native(connection.table("call_fact")).lazy()
    _write(connection, RATINGS, [rating_patterns(ratings)], None)
    names = [*(count.name for count in COUNTS), DURATIONS, RATINGS]
    return {
        name: int(connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0])
        for name in names
    }


def _write(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    frames: Sequence[Frame],
    months: Sequence[str] | None,
) -> None:
    """Replace the months of a count table by the frames."""
    existing = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]
    ).fetchall()
    fresh = months is None or not existing
    for place, frame in enumerate(frames):
        counts = frame.to_native()
        connection.register("counts_of_pass", counts.to_arrow_table())
        if place == 0 and fresh:
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM counts_of_pass")
        else:
            if place == 0:
                connection.execute(
                    f"DELETE FROM {name} WHERE month IN (SELECT unnest(?))", [list(months or ())]
                )
            connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM counts_of_pass")
        connection.unregister("counts_of_pass")
