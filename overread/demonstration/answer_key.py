"""The answer key: each planted problem, where it is, and what the plan itself counts of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, TypeAlias

import duckdb

from overread.demonstration.contracts import LATE_BY_TERM, LATE_IN_WORKING_TIME
from overread.demonstration.problems import (
    AFTER_HOURS,
    ARBITRATION,
    AUDIT,
    BUSINESS,
    CANDIDATE,
    CLAIM,
    COUNTRY,
    LATE,
    LENIENT,
    LENIENT_REVIEWERS,
    LOCAL,
    LOST_SENSITIVITY,
    OWES,
    SHIFTED_CLOCK,
    SLIP,
    UNDECLARED,
    UNREAD,
)  # fmt: skip

# Counts add up over the spans of days that are planned apart; a median does not, so its seconds are counted one by
# one and the middle is taken at the end.
_SECONDS = "(epoch_us(final_at - received_at) // 1000000)"
_MEDIAN = "median_minutes"

# problem -> what it is, its parameters, the SQL that counts it (the stratum first)
_PROBLEMS: Final[dict[str, tuple[str, dict[str, object], str]]] = {
    "turnaround_slip": (
        "Emergency CT of one vendor in one region slips from a month on",
        {**SLIP, "modality": "ct", "patient_class": "emergency", "interval": "received_to_final"},
        f"SELECT CASE WHEN month >= '{SLIP['from_month']}' THEN 'after' ELSE 'before' END AS stratum, "
        f"count({_SECONDS}) AS n, histogram({_SECONDS}) AS {_MEDIAN} FROM task_plan "
        f"WHERE vendor = '{SLIP['vendor']}' AND region = '{SLIP['region']}' AND modality = 'ct' "
        f"AND patient_class = 'emergency' AND month <> '{SHIFTED_CLOCK['held_month']}' GROUP BY stratum",
    ),
    "after_hours_discrepancies": (
        "One vendor has more significant discrepancies after hours",
        {**AFTER_HOURS, "service": "teleradiology.primary.after_hours", "route": "random"},
        "SELECT CASE WHEN after_hours THEN 'after_hours' ELSE 'daytime' END AS stratum, count(*) AS n, "
        "count(*) FILTER (score LIKE '%b') AS significant FROM review_plan "
        f"WHERE vendor = '{AFTER_HOURS['vendor']}' AND route = 'random' AND reviewed_at IS NOT NULL "
        f"AND (score = '1' OR right(score, 1) IN ('a', 'b')) AND month <> '{SHIFTED_CLOCK['held_month']}' "
        "GROUP BY stratum",
    ),
    "lost_sensitivity": (
        "A new version of an algorithm lost sensitivity in one age band",
        dict(LOST_SENSITIVITY),
        "SELECT version || CASE WHEN age_band = '80+' THEN ' 80+' ELSE ' under 80' END AS stratum, "
        "count(*) AS n, count(*) FILTER (marked) AS found FROM ai_plan "
        f"WHERE algorithm = '{LOST_SENSITIVITY['algorithm']}' AND diseased AND status = 'ok' "
        f"AND month <> '{SHIFTED_CLOCK['held_month']}' GROUP BY stratum",
    ),
    "shifted_clock": (
        "A site's scanner clock runs an hour ahead: exams completed after their images were received",
        dict(SHIFTED_CLOCK),
        "SELECT month AS stratum, count(*) AS n, count(*) FILTER (received_at < completed_at) AS out_of_order "
        f"FROM task_plan WHERE site = '{SHIFTED_CLOCK['site']}' AND month = '{SHIFTED_CLOCK['held_month']}' "
        "GROUP BY stratum",
    ),
    "hard_exams_unread": (
        "A vendor leaves MRI and PET without priors unread, so that its finished tasks look fast",
        dict(UNREAD),
        "SELECT CASE WHEN hard THEN 'hard' ELSE 'other' END AS stratum, count(*) AS n, "
        "count(*) FILTER (final_at IS NULL) AS unread, "
        f"count(*) FILTER ({_SECONDS} <= 259200) AS within_72_hours FROM task_plan "
        f"WHERE vendor = '{UNREAD['vendor']}' GROUP BY stratum UNION ALL "
        # what the measures can tell apart: the modality, not which exam is hard
        "SELECT modality, count(*), count(*) FILTER (final_at IS NULL), "
        f"count(*) FILTER ({_SECONDS} <= 259200) FROM task_plan WHERE vendor = '{UNREAD['vendor']}' "
        f"AND modality IN ('mri', 'nuclear.pet') AND month <> '{SHIFTED_CLOCK['held_month']}' GROUP BY modality",
    ),
    "credits_owed": (
        "One vendor's late reads by month and term of its contract, each credited at a share of the price",
        dict(OWES),
        LATE_BY_TERM,
    ),
    "working_time": (
        "A vendor's time counts in the sites' working hours and stands still in the hospital's pauses",
        dict(BUSINESS),
        LATE_IN_WORKING_TIME,
    ),
    "country_not_allowed": (
        "Reads are made from a country that the contract does not allow",
        dict(COUNTRY),
        "SELECT reader_country AS stratum, count(*) AS n FROM task_plan "
        f"WHERE vendor = '{COUNTRY['vendor']}' GROUP BY stratum",
    ),
    "false_claim": (
        "A vendor claims a specificity that the data contradict",
        dict(CLAIM),
        "SELECT algorithm AS stratum, count(*) AS n, count(*) FILTER (NOT marked) AS cleared FROM ai_plan "
        f"WHERE ai_vendor = '{CLAIM['vendor']}' AND NOT diseased AND status = 'ok' "
        f"AND month <> '{SHIFTED_CLOCK['held_month']}' GROUP BY stratum",
    ),
    "late_reviews": (
        "Reviews of one vendor's reports come late",
        dict(LATE),
        f"SELECT CASE WHEN vendor = '{LATE['vendor']}' THEN vendor ELSE 'others' END AS stratum, "
        "count(reviewed_at) AS n, count(*) FILTER (reviewed_at > due_at) AS late, count(expired_at) AS expired "
        "FROM review_plan GROUP BY stratum",
    ),
    "selective_verification": (
        "Cases on which an algorithm and the reader differ are verified more often than those on which they agree",
        dict(AUDIT),
        "SELECT CASE WHEN diseased THEN 'diseased' ELSE 'healthy' END AS stratum, count(*) AS n, "
        "count(*) FILTER (marked = diseased) AS right, count(*) FILTER (audited) AS verified, "
        "count(*) FILTER (audited AND marked = diseased) AS verified_right FROM ai_plan "
        f"WHERE algorithm = '{AUDIT['algorithm']}' AND status = 'ok' AND was_read "
        f"AND month <> '{SHIFTED_CLOCK['held_month']}' GROUP BY stratum",
    ),
    "undeclared_version_change": (
        "The scores of an algorithm lie higher from a month on, and its version stays as it was",
        dict(UNDECLARED),
        f"SELECT CASE WHEN month >= '{UNDECLARED['from_month']}' THEN 'after' ELSE 'before' END AS stratum, "
        "count(*) AS n, count(*) FILTER (marked) AS called FROM ai_plan "
        f"WHERE algorithm = '{UNDECLARED['algorithm']}' AND status = 'ok' "
        f"AND month <> '{SHIFTED_CLOCK['held_month']}' GROUP BY stratum",
    ),
    "candidate_version": (
        "A candidate version runs beside the one in use and finds what that one lost",
        dict(CANDIDATE),
        "SELECT CASE WHEN diseased THEN 'diseased' ELSE 'healthy' END AS stratum, count(*) AS n, "
        "count(*) FILTER (marked AND candidate_z > 0) AS both_called, "
        "count(*) FILTER (marked AND candidate_z <= 0) AS old_called, "
        "count(*) FILTER (NOT marked AND candidate_z > 0) AS new_called FROM ai_plan "
        "WHERE candidate_z IS NOT NULL AND status = 'ok' GROUP BY stratum",
    ),
    "arbitration_delay": (
        "Reviews that disagree are recorded later, so the raw rate of the newest months is too low",
        dict(ARBITRATION),
        "SELECT strftime(assigned_at, '%Y-%m') AS stratum, count(*) AS n, count(*) FILTER (NOT lapses) AS reviews, "
        "count(*) FILTER (NOT lapses AND score <> '1') AS discrepant, count(reviewed_at) AS reviews_in, "
        "count(reviewed_at) FILTER (score <> '1') AS discrepant_in FROM review_plan "
        f"WHERE route = '{ARBITRATION['route']}' AND month <> '{SHIFTED_CLOCK['held_month']}' GROUP BY stratum",
    ),
    "local_reads": (
        "Vendors' readers disagree with the hospitals' own reads more often than the hospitals do with theirs",
        dict(LOCAL),
        "SELECT vendor AS stratum, count(*) AS n, count(*) FILTER (score <> '1') AS discrepant "
        f"FROM local_review_plan WHERE month <> '{SHIFTED_CLOCK['held_month']}' GROUP BY stratum",
    ),
    "lenient_reviewers": (
        "Two reviewers of one site score nearly everything 1",
        {**LENIENT, "route": "random"},
        f"SELECT CASE WHEN reviewer IN {LENIENT_REVIEWERS} THEN reviewer WHEN site = '{LENIENT['site']}' "
        "THEN 'others of the site' ELSE 'other sites' END AS stratum, count(*) AS n, "
        "count(*) FILTER (score = '1') AS concordant, count(*) FILTER (true_score = '1') AS rightly_concordant "
        "FROM review_plan WHERE route = 'random' AND reviewed_at IS NOT NULL "
        f"AND month <> '{SHIFTED_CLOCK['held_month']}' GROUP BY stratum",
    ),
}  # fmt: skip


Cell: TypeAlias = tuple[str, str, str]  # problem, stratum, column


@dataclass(slots=True)
class Tally:
    """What the plans count of the planted problems.

    Attributes:
        counts: Counts that add up.
        seconds: Where a median is wanted, how often each number of seconds occurs.
    """

    counts: Counter[Cell] = field(default_factory=Counter)
    seconds: defaultdict[Cell, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def count(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Count the plans of a span of days."""
        for name, (_, _, query) in _PROBLEMS.items():
            cursor = connection.execute(query)
            columns = [column[0] for column in cursor.description or ()][1:]
            for stratum, *values in cursor.fetchall():
                for column, value in zip(columns, values, strict=True):
                    if column == _MEDIAN:
                        self.seconds[name, stratum, column].update(value or {})
                    else:
                        self.counts[name, stratum, column] += value

    def add(self, other: Tally) -> None:
        """Add the counts of other spans."""
        self.counts.update(other.counts)
        for cell, seconds in other.seconds.items():
            self.seconds[cell].update(seconds)

    def problems(self) -> dict[str, dict[str, object]]:
        """The planted problems with what the plan counts of each.

        Returns:
            Problem -> description, parameters and `counted` (stratum -> numbers). The held month is left out of the
            counts of those problems whose measures leave it out.
        """
        counted: dict[str, dict[str, dict[str, float | None]]] = {name: {} for name in _PROBLEMS}
        for (name, stratum, column), count in sorted(self.counts.items()):
            counted[name].setdefault(stratum, {})[column] = count
        for (name, stratum, column), seconds in sorted(self.seconds.items()):
            counted[name].setdefault(stratum, {})[column] = _median_minutes(seconds)
        return {
            name: {"description": description, "where": parameters, "counted": counted[name]}
            for name, (description, parameters, _) in _PROBLEMS.items()
        }


def _median_minutes(seconds: Counter[int]) -> float | None:
    values = sorted(seconds)
    below = list(accumulate(seconds[value] for value in values))
    if not below:
        return None
    # the two in the middle, which are one where their number is odd
    middle = ((below[-1] - 1) // 2, below[-1] // 2)
    return sum(values[bisect_right(below, place)] for place in middle) / 120
