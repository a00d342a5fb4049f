"""Months that loads touch: what must be computed anew, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from overread.warehouse import due
from overread.warehouse.analysis.build import FACTS, data_cutoff, exists, months
from overread.warehouse.analysis.calls import PAIR_MONTH
from overread.warehouse.analysis.exams import EXAM_VIEW, UNDATED
from overread.warehouse.analysis.tasks import SITTING_SECONDS, TASK_MONTH


def note_touched(connection: duckdb.DuckDBPyConnection, described: str) -> list[str]:
    """Note the months whose facts are due: those that the loads touch which no note speaks of yet.

    A run that died between its loads and this note is made good by the next. Where the network is described otherwise
    than the facts were built with, all months are due.

    Args:
        connection: The warehouse, after its loads.
        described: Fingerprint of configuration, mappings and version.

    Returns:
        The months noted, in order.
    """
    noted = int(due.stands_on(connection, due.Ground.LOADS) or 0)
    loads = [
        load
        for (load,) in connection.execute(
            "SELECT load_id FROM ledger WHERE status = 'loaded' AND load_id > ? ORDER BY 1", [noted]
        ).fetchall()
    ]
    anew = due.stands_on(connection, due.Ground.FACTS) != described
    touched = _every(connection) if anew else touched_months(connection, loads)
    connection.begin()
    try:
        due.note(connection, due.Stage.FACTS, touched)
        due.stand_on(connection, due.Ground.LOADS, str(max([noted, *loads])))
        due.stand_on(connection, due.Ground.FACTS, described)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return touched


def _every(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """All months that have rows now, and those whose rows are still in the facts: they may be gone from there."""
    built = " UNION ".join(
        f"SELECT DISTINCT month FROM {name}" for name in FACTS if exists(connection, name)
    )
    found = connection.execute(built).fetchall() if built else []
    return sorted({*months(connection), *(month for (month,) in found if month is not None)})


def touched_months(connection: duckdb.DuckDBPyConnection, loads: Sequence[int]) -> list[str]:
    """Months that loads touch: where their rows fall now, and where the exams they moved were counted before.

    Where they move the data cut-off, open work is older: months that have some are touched too. So are those of the
    reads that follow a moved one in its sitting: the pace is the gap between two reads.

    Args:
        connection: The warehouse, after the loads, its facts still as they were before them.
        loads: Numbers of the loads.

    Returns:
        Months in order; all of them where a load changed terms, rosters or other tables without an exam.
    """
    if not loads:
        return []
    connection.execute(EXAM_VIEW)
    listed = ", ".join(str(int(load)) for load in loads)
    exams = " UNION ".join(
        f"SELECT exam_id FROM {name} WHERE load_id IN ({listed}) OR superseded_by_load IN ({listed})"
        for name in ("exam", "read_task", "reader_call", "ai_result", "reference_standard")
    )
    of_tasks = " UNION ".join(
        f"SELECT t.exam_id FROM {name} r JOIN read_task_current t USING (task_id) "
        f"WHERE r.load_id IN ({listed}) OR r.superseded_by_load IN ({listed})"
        for name in ("review", "review_assignment", "local_review", "task_pause")
    )
    wide = connection.execute(
        f"SELECT count(*) FROM contract_term WHERE load_id IN ({listed})"
    ).fetchall()[0][0]
    if wide:
        return _every(connection)
    concerned = f"SELECT exam_id FROM ({exams} UNION {of_tasks})"
    before = [
        f"SELECT DISTINCT month FROM {name} WHERE exam_id IN ({concerned})"
        for name in ("task_fact", "call_fact", "pair_fact")
        if exists(connection, name)
    ]
    if data_cutoff(connection) != data_cutoff(connection, before=loads):
        before += [
            f"SELECT DISTINCT month FROM {name} WHERE {waiting}"
            for name, waiting in (("task_fact", "state = 'open'"), ("assignment_fact", "outcome = 'open'"))
            if exists(connection, name)
        ]  # fmt: skip
    if exists(connection, "task_fact"):
        before.append(_followers(concerned, listed))
    after = [
        f"SELECT DISTINCT month FROM ({query}) WHERE exam_id IN ({concerned})"
        for query in (TASK_MONTH, PAIR_MONTH)
    ]
    found = connection.execute(" UNION ".join([*before, *after])).fetchall()
    names = {row[0] for row in found}
    calls = connection.execute(
        f"SELECT count(*) FROM reader_call_current WHERE load_id IN ({listed}) AND (task_id IS NULL "
        "OR task_id NOT IN (SELECT task_id FROM read_task_current))"
    ).fetchall()[0][0]
    return sorted(names | ({UNDATED} if calls else set()), key=lambda name: (name == UNDATED, name))


def _followers(concerned: str, listed: str) -> str:
    """SQL of the months of reads that stood before the loads and follow a read of these exams in a sitting.

    A version that these loads superseded counts as a read, too: the read after it has another one before it now. Older
    versions, and tasks without an exam, are no reads: no pace was taken from them.
    """
    return f"""
        SELECT DISTINCT month FROM (
            SELECT task_id, moved, lag(moved) OVER sitting AS after_moved,
                read_at - lag(read_at) OVER sitting AS gap
            FROM (SELECT *, exam_id IN ({concerned}) AS moved FROM read_task)
            WHERE coalesce(superseded_by_load IN ({listed}), true) AND deleted_by_load IS NULL
                AND exam_id IN (SELECT exam_id FROM exam_current)
                AND reader_id IN (SELECT reader_id FROM read_task WHERE exam_id IN ({concerned}))
            WINDOW sitting AS (PARTITION BY vendor, reader_id ORDER BY read_at, task_id)
        ) JOIN task_fact USING (task_id)
        WHERE after_moved AND NOT moved AND gap <= INTERVAL {SITTING_SECONDS} SECOND
    """
