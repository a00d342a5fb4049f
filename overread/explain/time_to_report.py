"""Evidence of the turnaround of all tasks: the cumulative incidence, written out in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.explain.evidence import Evidence, Explain, Stored, of_row, placed
from overread.explain.facts import TASKS
from overread.explain.tasks import delivered
from overread.measures.time_to_report import HORIZONS, QUANTILES
from overread.stats.durations.survival import TOLERANCE
from overread.warehouse.analysis.tasks import INTERVALS, WAITED

# One row per time with what happened then, those at risk just before it and the share free of any end after it.
_CURVE: Final = (
    (
        "times",
        "SELECT seconds, sum(reported) AS reported, sum(withdrawn) AS withdrawn, count(*) AS cases FROM timed "
        "GROUP BY seconds",
    ),
    (
        "risk",
        "SELECT *, sum(cases) OVER (ORDER BY seconds DESC) AS at_risk FROM times",
    ),
    (
        "free",
        "SELECT *, sum(CASE WHEN reported + withdrawn < at_risk THEN ln(1 - (reported + withdrawn) / at_risk) ELSE 0 "
        "END) OVER (ORDER BY seconds) AS logs, reported + withdrawn = at_risk AS emptied FROM risk",
    ),
    (
        "curve",
        "SELECT seconds, reported, sum(exp(coalesce(before, 0)) * reported / at_risk) OVER (ORDER BY seconds) AS "
        "incidence, CASE WHEN emptied THEN 0 ELSE exp(logs) END AS event_free FROM (SELECT *, lag(logs) OVER (ORDER "
        "BY seconds) AS before FROM free)",
    ),
)
_CASES: Final = "(SELECT count(*) FROM timed)::DOUBLE"


def _timed(interval: str) -> str:
    """SQL of the tasks with the time they were followed."""
    waited = WAITED[interval]
    return (
        f"SELECT row, coalesce({interval}, {waited}) AS seconds, ({interval} IS NOT NULL)::BIGINT AS reported, "
        f"({interval} IS NULL AND state <> 'open')::BIGINT AS withdrawn FROM stratum "
        f"WHERE {interval} IS NOT NULL OR {waited} IS NOT NULL"
    )


def _untimed(interval: str) -> tuple[tuple[str, str], ...]:
    start, end = INTERVALS[interval]
    return (
        (f"tasks whose times are out of order ({end} before {start})", delivered(f"{end} < {start}")),
        (f"tasks without {start}", delivered(f"{start} IS NULL")),
        (f"finished tasks without {end}", "state = 'finished'"),
        (f"tasks that were withdrawn before {start}", "state IN ('returned', 'cancelled')"),
        ("open tasks, where no cut-off is known or it lies before", "state = 'open'"),
    )  # fmt: skip


def _evidence(row: Stored, result: str) -> Evidence:
    interval = str(row["interval"])
    timed = ("timed", _timed(interval))
    return Evidence(
        TASKS,
        placed(row),
        (timed, *_CURVE),
        result,
        (timed, ("contributing", "SELECT * FROM timed")),
        _untimed(interval),
    )


def quantile(row: Stored) -> Evidence:
    """The time by which a share of all tasks was reported, in minutes."""
    share = dict(QUANTILES)[row["measure_id"]]
    return _evidence(
        row,
        f"SELECT {_CASES} AS n, (min(seconds) FILTER (incidence >= {share - TOLERANCE}) "
        f"+ coalesce(min(seconds) FILTER (incidence > {share + TOLERANCE}), max(seconds))) / 120 AS value, "
        "sum(reported)::BIGINT AS tasks_reported, max(incidence) AS last_incidence FROM curve",
    )


def reported_within(row: Stored) -> Evidence:
    """The share of all tasks that was reported by the hours."""
    by = f"FILTER (seconds <= {HORIZONS[str(row['category'])]})"
    # beyond the last task nothing is known, unless all have ended
    return _evidence(
        row,
        f"SELECT {_CASES} AS n, coalesce(sum(reported) {by}, 0)::DOUBLE AS numerator, {_CASES} AS denominator, "
        f"CASE WHEN max(seconds) >= {HORIZONS[str(row['category'])]} OR min(event_free) <= 1e-12 "
        f"THEN coalesce(max(incidence) {by}, 0) END AS value FROM curve",
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {
        **dict.fromkeys(dict(QUANTILES), of_row(quantile)),
        "reported_within": of_row(reported_within),
    }
)
