"""What there is to draw from: a month's finished tasks that people read, and which the random route has reached."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

import duckdb
import polars as pl

STRATUM: Final = ("vendor", "modality")

# Answers of algorithms are judged against the reference standard, not by peer review.
_READ: Final = """
CREATE OR REPLACE TEMP VIEW read_by_readers AS
SELECT t.* FROM task_fact t LEFT JOIN vendor v USING (vendor)
WHERE t.state = 'finished' AND coalesce(v.kind, 'readers') <> 'ai'
"""
# One row per finished task of the month; its role, and where that is not enough its time, tell which report is meant.
# A review without an assignment reached its task, too.
_FRAME: Final = """
CREATE OR REPLACE TEMP TABLE sampling_frame AS
WITH asked AS (
    SELECT task_id, bool_or(outcome = 'completed') AS done, bool_or(outcome = 'open') AS waiting
    FROM assignment_fact WHERE route = 'random' GROUP BY task_id
), reports AS (
    SELECT exam_id, role, count(*) AS reports FROM read_task_current GROUP BY ALL
), seen AS (
    SELECT DISTINCT task_id FROM review_current WHERE route = 'random'
)
SELECT t.task_id, t.exam_id, t.reader_id, t.site, t.vendor, t.modality, t.role AS report,
    CASE WHEN n.reports > 1 THEN strftime(coalesce(k.final_at, k.read_at), '%Y-%m-%d %H:%M UTC') END AS reported,
    a.task_id IS NOT NULL AS assigned,
    a.task_id IS NOT NULL OR s.task_id IS NOT NULL AS reached,
    coalesce(a.done, false) OR s.task_id IS NOT NULL AS done,
    coalesce(a.waiting, false) AND NOT (coalesce(a.done, false) OR s.task_id IS NOT NULL) AS waiting
FROM read_by_readers t JOIN read_task_current k USING (task_id)
JOIN reports n ON n.exam_id = t.exam_id AND n.role = t.role
LEFT JOIN asked a USING (task_id) LEFT JOIN seen s USING (task_id)
WHERE t.month = $month AND coalesce(t.vendor = $vendor, true)
    AND coalesce(t.modality = $modality, true)
"""


class SamplingError(ValueError):
    """What was asked for cannot be drawn; the message says why and what to do."""


def _known(connection: duckdb.DuckDBPyConnection, name: str, value: str | None) -> None:
    """Make sure that a vendor, a modality or a month has finished tasks.

    Raises:
        SamplingError: It has none; those that have some are told.
    """
    if value is None:
        return
    found = connection.execute(f"SELECT DISTINCT {name} FROM read_by_readers ORDER BY 1").fetchall()
    names = [str(each) for (each,) in found]
    if value in names:
        return
    near = get_close_matches(value, names, n=2, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    what = "No finished task is of" if names else "There is no finished task at all, and none of"
    told = (
        f" There are {', '.join(names)}."
        if names
        else " Load the delivered files first: overread run."
    )
    raise SamplingError(f"{what} {name} {value}.{hint}{told}")


def newest_month(connection: duckdb.DuckDBPyConnection) -> str:
    """The newest month with finished tasks.

    Raises:
        SamplingError: There is none.
    """
    connection.execute(_READ)
    ((month,),) = connection.execute(
        "SELECT max(month) FROM read_by_readers WHERE month <> 'undated'"
    ).fetchall()
    if month is None:
        raise SamplingError(
            "No task is finished in any month: there is nothing to draw from. "
            "Load the delivered files first: overread run."
        )
    return str(month)


def strata(
    connection: duckdb.DuckDBPyConnection, month: str, vendor: str | None, modality: str | None
) -> pl.DataFrame:
    """Write the table `sampling_frame` (temporary) and count it.

    Args:
        connection: The warehouse, with its facts built; it is only read.
        month: Month of the tasks, "YYYY-MM".
        vendor: One vendor, None = all.
        modality: One modality, None = all.

    Returns:
        Per vendor and modality, in order: finished tasks (`eligible`), those with an assignment (`assigned`), those
        reached in any way (`reached`), and of these the reviewed (`done`) and the ones that wait (`waiting`).

    Raises:
        SamplingError: There is no finished task to draw from.
    """
    connection.execute(_READ)
    for name, value in (("month", month), ("vendor", vendor), ("modality", modality)):
        _known(connection, name, value)
    connection.execute(_FRAME, {"month": month, "vendor": vendor, "modality": modality})
    counted: pl.DataFrame = connection.sql(
        "SELECT vendor, modality, count(*) AS eligible, "
        + ", ".join(
            f"count(*) FILTER ({name}) AS {name}"
            for name in ("assigned", "reached", "done", "waiting")
        )
        + " FROM sampling_frame GROUP BY ALL ORDER BY ALL"
    ).pl()
    if counted.height == 0:
        asked = ", ".join(each for each in (vendor, modality) if each is not None)
        raise SamplingError(
            f"{asked} has no finished task in {month}: choose another month or leave out --vendor or --modality."
        )
    return counted
