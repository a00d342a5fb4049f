"""What the plan itself says of two contracts: late reads by term, and late reads in working time."""

from __future__ import annotations

from typing import Final

from overread.demonstration.clocks import from_utc, shifted, window
from overread.demonstration.network import CALENDARS, SITES
from overread.demonstration.periods import ALL
from overread.demonstration.problems import BUSINESS, CUT_OFF, OWES, SHIFTED_CLOCK

_CUT_OFF: Final = f"TIMESTAMP '{CUT_OFF}'"
_WITHDRAWN: Final = "coalesce(returned_at, cancelled_at) IS NOT NULL"
_UNHELD: Final = f"month <> '{SHIFTED_CLOCK['held_month']}'"


def _local(moment: str) -> str:
    """SQL of a moment on the clock of the task's site."""
    during = window(ALL, 400, 400)
    return from_utc(moment, SITES, during, lambda offset: shifted(moment, offset))


# Northlight: an hour for emergencies, one term for EMEA and one for the rest; else a day, from 2026 on 20 hours.
_TERM: Final = (
    "CASE WHEN patient_class <> 'emergency' THEN 'A' WHEN region = 'emea' THEN 'C' ELSE 'B' END"
)
_ALLOWED: Final = (
    "CASE WHEN patient_class = 'emergency' THEN 3600 "
    f"WHEN {_local('received_at')} < TIMESTAMP '2026-01-01' THEN 86400 ELSE 72000 END"
)
LATE_BY_TERM: Final = (
    "SELECT month || ' ' || term AS stratum, count(*) FILTER (due) AS due, count(*) FILTER (due AND late) AS late, "
    "count(*) FILTER (due AND unread) AS overdue "
    f"FROM (SELECT month, {_TERM} AS term, NOT {_WITHDRAWN} AND (final_at IS NOT NULL "
    f"OR received_at + to_seconds({_ALLOWED}) <= {_CUT_OFF}) AS due, "
    f"final_at IS NULL AS unread, final_at IS NULL OR final_at > received_at + to_seconds({_ALLOWED}) AS late "
    f"FROM task_plan WHERE vendor = '{OWES['vendor']}') GROUP BY stratum"
)


def _worked() -> str:
    """SQL of the seconds worked on a `day` between two local moments, by the calendar of the site."""
    branches = []
    for calendar in CALENDARS:
        sites = ", ".join(f"'{site}'" for site in calendar.sites)
        closed = ", ".join(f"DATE '{day}'" for day in calendar.holidays)
        spans = " ".join(
            f"WHEN {weekday} THEN greatest(0, epoch(least(until, day + INTERVAL {closes} HOUR) "
            f"- greatest(since, day + INTERVAL {opens} HOUR)))"
            for weekday, (opens, closes) in calendar.hours.items()
        )
        branches.append(
            f"WHEN site IN ({sites}) THEN CASE WHEN day::DATE IN ({closed}) THEN 0 "
            f"ELSE CASE isodow(day) {spans} ELSE 0 END END"
        )
    return f"CASE {' '.join(branches)} END"


# The subspecialists' clock runs in working hours, once the hospital has sent what they need; of a task that has
# nothing but an endless pause it never runs out. Time that is used up when the day closes is due then: who reports in
# the night after it is late, though no more was worked.
LATE_IN_WORKING_TIME: Final = (
    "WITH clock AS (SELECT task, site, final_at, received_at, "
    f"{_local('information_complete_at')} AS since, {_local(f'coalesce(final_at, {_CUT_OFF})')} AS until, "
    "final_at IS NULL AND information_complete_at = received_at AS endless "
    f"FROM task_plan WHERE vendor = '{BUSINESS['vendor']}' AND {_UNHELD} AND NOT {_WITHDRAWN}), "
    "days AS (SELECT *, unnest(generate_series(date_trunc('day', since), until, INTERVAL 1 DAY)) AS day FROM clock), "
    f"run AS (SELECT task, final_at, received_at, endless, sum({_worked()}) AS worked FROM days GROUP BY ALL) "
    f"SELECT '{BUSINESS['vendor']}' AS stratum, "
    f"count(*) FILTER (final_at IS NOT NULL OR NOT endless AND worked >= {BUSINESS['seconds']}) AS due, "
    f"count(*) FILTER (NOT endless AND worked >= {BUSINESS['seconds']}) AS late, "
    f"count(*) FILTER (final_at > received_at + to_seconds({BUSINESS['seconds']})) AS late_on_the_wall_clock, "
    "count(*) FILTER (endless) AS endless, count(*) FILTER (final_at IS NULL) AS open, "
    f"count(*) FILTER (final_at IS NULL AND NOT endless AND worked >= {BUSINESS['seconds']}) AS overdue FROM run"
)
