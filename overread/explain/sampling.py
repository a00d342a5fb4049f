"""Evidence of how far peer review reaches and of the weighted rates."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.explain.evidence import Evidence, Explain, Stored, from_sums, of_row, placed, same
from overread.explain.facts import ASSIGNMENTS, REACHED_TASKS, SAMPLED_REVIEWS
from overread.measures.concordance import REVIEWED
from overread.measures.review_reach import ASSIGNED, OF_ASSIGNED
from overread.measures.weighted_rates import RATES
from overread.warehouse.quoting import literal

_REQUESTED: Final = (
    "SELECT 1 FROM review_current r JOIN review_assignment_current a ON a.assignment_id = r.assignment_id "
    "AND a.task_id = r.task_id AND a.route = r.route WHERE r.review_id = stratum.review_id"
)
# Rows of the delivered tables that say a task was reached by a route.
_REACH: Final = {
    "review_coverage": ("review_current", "was_reviewed"),
    "sampling_fraction": ("review_assignment_current", "was_assigned"),
}


def of_assigned(row: Stored) -> Evidence:
    """Share of the due assignments."""
    return from_sums(
        ASSIGNMENTS,
        (*placed(row), *same(row, "route")),
        ASSIGNED,
        *OF_ASSIGNED[row["measure_id"]],
        (
            ("assignments done before they were due, not due by the data cut-off", "NOT due AND outcome = 'completed'"),
            ("assignments open and not due by the data cut-off", "NOT due"),
        ),
    )  # fmt: skip


def of_finished(row: Stored) -> Evidence:
    """Share of the finished tasks that a route reached."""
    table, name = _REACH[row["measure_id"]]
    reached = f"task_id IN (SELECT task_id FROM {table} WHERE route = {literal(str(row['route']))})"
    marked = f"SELECT row, ({reached})::BIGINT AS {{}} FROM stratum WHERE state = 'finished'"
    return Evidence(
        REACHED_TASKS,
        placed(row),
        (("finished", marked.format(name)),),
        f"SELECT count(*)::DOUBLE AS n, coalesce(sum({name}), 0)::DOUBLE AS numerator, "
        f"count(*)::DOUBLE AS denominator, (sum({name}) / count(*))::DOUBLE AS value FROM finished",
        (("contributing", marked.format("in_numerator")),),
        (("tasks that are open, returned or cancelled", "state <> 'finished'"),),
    )


def weighted(row: Stored) -> Evidence:
    """Rate of the whole from the random reviews: counted per probability, then weighted."""
    numerator, denominator = RATES[row["measure_id"]]
    entering = "inclusion_probability IS NOT NULL"
    if denominator == "known":
        entering += " AND (score = '1' OR score LIKE '%a' OR score LIKE '%b')"
    return Evidence(
        SAMPLED_REVIEWS,
        (*placed(row), *same(row, "route")),
        (
            (
                "counted",
                f"SELECT inclusion_probability, {REVIEWED} FROM stratum\n"
                "    WHERE inclusion_probability IS NOT NULL GROUP BY inclusion_probability",
            ),
            (
                "weighted",
                f"SELECT sum({denominator}) AS n, sum({numerator} / inclusion_probability) AS numerator, "
                f"sum({denominator} / inclusion_probability) AS denominator FROM counted",
            ),
        ),
        "SELECT coalesce(n, 0)::DOUBLE AS n, coalesce(numerator, 0)::DOUBLE AS numerator, "
        "coalesce(denominator, 0)::DOUBLE AS denominator, "
        "(coalesce(numerator, 0) / nullif(denominator, 0))::DOUBLE AS value\nFROM weighted",
        (("contributing", f"SELECT row, 1 / inclusion_probability AS weight FROM stratum WHERE {entering}"),),
        (
            ("random reviews without an assignment of the same task and route", f"NOT EXISTS ({_REQUESTED})"),
            ("random reviews whose inclusion probability is not known", "inclusion_probability IS NULL"),
            ("reviews with a score of the old form, whose significance is unknown", "score IN ('2', '3', '4')"),
        ),
    )  # fmt: skip


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {
        **dict.fromkeys(OF_ASSIGNED, of_row(of_assigned)),
        **dict.fromkeys(_REACH, of_row(of_finished)),
        **dict.fromkeys(RATES, of_row(weighted)),
    }
)
