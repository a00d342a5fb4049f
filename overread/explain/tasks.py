"""Evidence of turnaround and of the SLA."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.explain.evidence import (
    Evidence,
    Explain,
    Steps,
    Stored,
    from_sums,
    of_row,
    placed,
    same,
)
from overread.explain.facts import DUE_TASKS, TASKS
from overread.measures.hour_of_week import FEWEST, LABELS
from overread.measures.turnaround import DUE, OPEN, QUANTILES
from overread.measures.unread import UNREAD
from overread.warehouse.analysis.tasks import INTERVALS, SITTING_SECONDS
from overread.warehouse.quoting import literal, quoted

UNDUE: Final = (
    ("tasks without a contract term on a time", "sla_interval IS NULL"),
    ("tasks not yet due at the data cut-off", "sla_outcome = 'not_due'"),
    ("tasks for which several terms are equally specific", "sla_outcome = 'tie'"),
    (
        "tasks whose business time has no calendar in the configuration",
        "sla_outcome = 'no_calendar'",
    ),
    (
        "tasks cancelled or returned, or whose clock has no start, no time or ends before its start",
        "sla_outcome = 'none'",
    ),
)
_FINISHED: Final = ("tasks that are finished, returned or cancelled", "state <> 'open'")
_DUE: Final = ("tasks that were due by the data cut-off", "sla_outcome IN ('met', 'breach')")


def delivered(condition: str) -> str:
    """A condition on the delivered times of the task and its exam."""
    return (
        "EXISTS (SELECT 1 FROM read_task_current t JOIN exam_current e USING (exam_id) "
        f"WHERE t.task_id = stratum.task_id AND {condition})"
    )


def _untimed(interval: str) -> tuple[tuple[str, str], ...]:
    """Why a task has no time of an interval."""
    if interval not in INTERVALS:
        return (
            ("tasks without a read time or a reader", delivered("(read_at IS NULL OR reader_id IS NULL)")),
            (f"first reads of a sitting (more than {SITTING_SECONDS} s after the read before)", "true"),
        )  # fmt: skip
    start, end = INTERVALS[interval]
    return (
        (f"tasks whose times are out of order ({end} before {start})", delivered(f"{end} < {start}")),
        ("tasks that were cancelled", "state = 'cancelled'"),
        ("tasks that were returned unread", "state = 'returned'"),
        ("tasks that are open", "state = 'open'"),
        (f"finished tasks without {start}", delivered(f"{start} IS NULL")),
        (f"finished tasks without {end}", delivered(f"{end} IS NULL")),
    )  # fmt: skip


def turnaround(row: Stored) -> Evidence:
    """Mean or quantile of an interval over finished tasks, in minutes."""
    interval, hourly = str(row["interval"]), row["measure_id"] == "turnaround_by_hour_of_week"
    hour = f" AND hour_of_week = {LABELS.index(str(row['category']))}" if hourly else ""
    timed = f"FROM stratum WHERE {interval} IS NOT NULL{hour}"
    steps: Steps = (("timed", f"SELECT row, {interval} AS seconds {timed}"),)
    result = (
        "SELECT count(*)::DOUBLE AS n, sum(seconds) / 60 AS numerator, count(*)::DOUBLE AS denominator, "
        "sum(seconds) / 60 / count(*) AS value FROM timed"
    )
    quantiles = {**dict(QUANTILES), "turnaround_by_hour_of_week": 0.5}
    if row["measure_id"] in quantiles:
        # the smallest time with at least this share of the tasks at or below it
        fewest = f" AND n >= {FEWEST}" if hourly else ""
        rank = f"greatest(ceil({quantiles[row['measure_id']]} * n - 1e-9), 1)"
        steps += (
            (
                "ranked",
                "SELECT seconds, row_number() OVER (ORDER BY seconds) AS rank, count(*) OVER () AS n FROM timed",
            ),
        )
        result = (
            f"SELECT count(*)::DOUBLE AS n, max(seconds) FILTER (rank = {rank}{fewest}) / 60 AS value, "
            f"max({rank})::BIGINT AS rank_of_value FROM ranked"
        )
    return Evidence(
        TASKS,
        placed(row),
        steps,
        result,
        (("contributing", f"SELECT row, {interval} {timed}"),),
        (
            *_untimed(interval),
            *((("tasks received in another hour of the week", "true"),) if hourly else ()),
        ),
    )


def sla(row: Stored) -> Evidence:
    """Due tasks that kept the contract's time, or did not; tasks not yet due that soon are; open ones past due."""
    own = same(row, interval="sla_interval")[0]
    others = f"sla_interval <> {literal(str(row['interval']))}"
    numerator, denominator, left_out = {
        "sla_attainment": ("met", "due", UNDUE[1:]),
        "sla_breaches": ("breach", "due", UNDUE[1:]),
        "tasks_at_risk": ("at_risk", "waiting", (_DUE, *UNDUE[2:])),
        "tasks_overdue": ("overdue", "termed", (*UNDUE[2:], _FINISHED)),
    }[row["measure_id"]]
    return from_sums(
        DUE_TASKS,
        placed(row),
        DUE,
        numerator,
        denominator,
        (*UNDUE[:1], ("tasks whose contract term is about another time", others), *left_out),
        own,
    )


def open_work(row: Stored) -> Evidence:
    """Open tasks of an age."""
    return from_sums(
        TASKS,
        placed(row),
        OPEN,
        quoted(str(row["category"])),
        "open",
        (_FINISHED,),
    )


def unread(row: Stored) -> Evidence:
    """Tasks in a state without a report."""
    return from_sums(
        TASKS,
        placed(row),
        UNREAD,
        f"{row['category']}_tasks",
        "tasks",
        (("tasks in no state", "state IS NULL"),),
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {
        "turnaround_mean_completed_only": of_row(turnaround),
        **dict.fromkeys(dict(QUANTILES), of_row(turnaround)),
        "turnaround_by_hour_of_week": of_row(turnaround),
        **dict.fromkeys(
            ("sla_attainment", "sla_breaches", "tasks_at_risk", "tasks_overdue"), of_row(sla)
        ),
        "open_tasks": of_row(open_work),
        "unread_share": of_row(unread),
    }
)
