"""The plan of the passes: only filter, group, sum and length, so that any engine gives equal counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import narwhals as nw

from overread.counts.declared import (
    COUNTS,
    DELAYS,
    DIMENSIONS,
    DURATIONS,
    RATINGS,
    REVIEWERS,
    WAITS,
    Count,
)
from overread.counts.items import COLUMNS, ITEMS, shared_reads
from overread.counts.patients import COLUMNS as PATIENT_COLUMNS
from overread.counts.patients import REPEATED, repeated_patients
from overread.warehouse.analysis.tasks import INTERVALS, WAITED

Frame = nw.LazyFrame[Any]

PLACES: Final = tuple(name for name in DIMENSIONS if name != "month")
DELAY_COLUMNS: Final = ("month", "vendor", "route", "origin_month", "delay", "found")
DURATION_COLUMNS: Final = (*INTERVALS, "pace")
# A cell has one month, which is not written again for every second.
_CELLS_OF_MONTHS: Final = "cell IN (SELECT cell FROM task_cell WHERE month IN (SELECT unnest(?)))"


@dataclass(frozen=True, slots=True)
class Pass:
    """One grouped pass over one fact.

    Attributes:
        table: Count table that it fills.
        fact: Fact table that it reads.
        columns: Columns that it reads; no other column of the fact leaves the warehouse for it.
        expression: The fact -> parts with the same columns, which together are the table. An engine that pays
            for each question asks for all parts at once, one that pays for memory asks part by part.
        by_month: Whether a month's counts come from that month's rows alone; else the table is always made whole.
        of_months: SQL of the table's rows of months that are the parameter.
    """

    table: str
    fact: str
    columns: tuple[str, ...]
    expression: Callable[[Frame], tuple[Frame, ...]]
    by_month: bool = True
    of_months: str = "month IN (SELECT unnest(?))"


def counted(frame: Frame, count: Count) -> tuple[Frame, ...]:
    """Group a fact by the count's dimensions and its own keys."""
    if count.present:
        frame = frame.filter(*(~nw.col(name).is_null() for name in count.present))
    return (frame.group_by(*count.dimensions, *count.keys).agg(n=nw.len()),)


def duration_histograms(tasks: Frame) -> tuple[Frame, ...]:
    """Tasks per cell and whole second, one part per interval."""
    return tuple(
        tasks.filter(~nw.col(interval).is_null())
        .group_by("cell", nw.col(interval).alias("seconds"))
        .agg(n=nw.len())
        .with_columns(interval=nw.lit(interval))
        for interval in DURATION_COLUMNS
    )


def wait_histograms(tasks: Frame) -> tuple[Frame, ...]:
    """Tasks without a report per cell, state (open, returned, cancelled) and whole second, one part per interval."""
    return tuple(
        tasks.filter(~nw.col(column).is_null())
        .group_by("cell", "state", nw.col(column).alias("seconds"))
        .agg(n=nw.len())
        .with_columns(interval=nw.lit(interval))
        for interval, column in WAITED.items()
    )


def scores_of_reviewers(reviews: Frame) -> tuple[Frame, ...]:
    """Reviews per vendor, route, reviewer (a pseudonym) and score."""
    counted = reviews.group_by("month", "vendor", "route", "reviewer_id", "score").agg(n=nw.len())
    # tokens travel as text on Spark
    reader = nw.col("reviewer_id").cast(nw.String).alias("reader")
    return (counted.select("month", "vendor", "route", reader, "score", "n"),)


def review_delays(assignments: Frame) -> tuple[Frame, ...]:
    """Assignments per vendor, route and month of the request, by the months until their review and what it found."""
    return (assignments.group_by(*DELAY_COLUMNS).agg(n=nw.len()),)


def rating_patterns(calls: Frame) -> tuple[Frame, ...]:
    """Exams per number of readers who said present and who said absent; months of readings join.

    An exam carries its first and its last month: one that reaches into a held month is left out later.
    """
    distinct = calls.filter(nw.col("call").is_in(["present", "absent"])).group_by(
        *PLACES, "finding", "exam_id", "reader", "call"
    )
    return (
        distinct.agg(first_month=nw.col("month").min(), last_month=nw.col("month").max())
        .with_columns(present=(nw.col("call") == "present").cast(nw.Int64))
        .group_by(*PLACES, "finding", "exam_id")
        # DuckDB sums 64 bits to 128, Spark to 64
        .agg(
            present=nw.col("present").sum().cast(nw.Int64),
            readers=nw.len(),
            first_month=nw.col("first_month").min(),
            last_month=nw.col("last_month").max(),
        )
        .group_by(*PLACES, "finding", "present", "readers", "first_month", "last_month")
        .agg(n=nw.len()),
    )


PLAN: Final = (
    *(
        Pass(
            count.name,
            count.fact,
            tuple(dict.fromkeys((*count.dimensions, *count.keys, *count.present))),
            partial(counted, count=count),
        )
        for count in COUNTS
    ),
    Pass(
        REVIEWERS,
        "review_fact",
        ("month", "vendor", "route", "reviewer_id", "score"),
        scores_of_reviewers,
    ),
    Pass(DELAYS, "assignment_fact", DELAY_COLUMNS, review_delays),
    Pass(
        DURATIONS,
        "task_fact",
        ("month", "cell", *DURATION_COLUMNS),
        duration_histograms,
        of_months=_CELLS_OF_MONTHS,
    ),
    Pass(
        WAITS,
        "task_fact",
        ("month", "cell", "state", *WAITED.values()),
        wait_histograms,
        of_months=_CELLS_OF_MONTHS,
    ),
    Pass(
        RATINGS,
        "call_fact",
        ("month", *PLACES, "finding", "exam_id", "reader", "call"),
        rating_patterns,
        by_month=False,
    ),
    Pass(ITEMS, "call_fact", COLUMNS, shared_reads, by_month=False),
    Pass(REPEATED, "review_fact", PATIENT_COLUMNS, repeated_patients, by_month=False),
)
