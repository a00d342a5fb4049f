"""All measures from all counts, or anew only what the counts changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

import duckdb
import polars as pl

from overread.measures.accuracy import ai_accuracy, reader_accuracy
from overread.measures.agreement import ai_against_reader, between_readers
from overread.measures.ai_populations import ai_populations
from overread.measures.ai_runs import ai_runs
from overread.measures.ai_two_by_two import ai_less_reader, ai_two_by_two
from overread.measures.ai_versions import version_differences
from overread.measures.comparison import comparison
from overread.measures.concordance import concordance, radpeer
from overread.measures.credits import sla_credits
from overread.measures.discrepancies import delivery_time, discrepancies
from overread.measures.durations import durations
from overread.measures.grains import Months
from overread.measures.hour_of_week import turnaround_by_hour_of_week
from overread.measures.nowcasts import nowcasts
from overread.measures.preliminary import preliminary_changes
from overread.measures.reciprocity import reciprocity
from overread.measures.review_reach import review_reach
from overread.measures.review_triangle import write_triangle
from overread.measures.reviewers import reviewers
from overread.measures.score_calibration import score_calibration, write_curves
from overread.measures.score_drift import disagreement_cusum, score_drift
from overread.measures.stale import settle, stale_months
from overread.measures.table import write
from overread.measures.turnaround import open_work, sla
from overread.measures.unread import unread_share
from overread.measures.verification import corrected_accuracy
from overread.measures.version_change import write_version_changes
from overread.measures.weighted_rates import weighted_rates

Connection = duckdb.DuckDBPyConnection
Targets = Mapping[str, float]
Work = Callable[[Connection], Iterator[pl.DataFrame]]


def _named(*names: str) -> str:
    return f"measure_id IN ({', '.join(repr(name) for name in names)})"


# Families whose rows of a month rest on the counts of that month alone (no test among months, no category that another
# month brings), by the condition that finds these rows in the table; the durations first.
BY_MONTH: Final[Mapping[str, Callable[[Connection, Targets, Months], Iterator[pl.DataFrame]]]] = {
    "measure_id LIKE 'turnaround_%_completed_only' OR "
    + _named("turnaround_median", "turnaround_p90", "reported_within"): (
        lambda connection, _, told: durations(connection, told)
    ),
    _named(
        "discrepancy_rate",
        "significant_discrepancy_rate",
        "discrepancy_rate_arbitrated",
        "significant_discrepancy_rate_arbitrated",
    ): concordance,
    _named("sla_attainment", "sla_breaches", "tasks_at_risk"): (
        lambda connection, _, told: sla(connection, told)
    ),
    f"algorithm IS NOT NULL AND {_named('sensitivity', 'specificity', 'auc')}": (
        lambda connection, _, told: ai_accuracy(connection, told)
    ),
    _named("agreement_percent", "cohen_kappa", "gwet_ac1", "pabak"): (
        lambda connection, _, told: ai_against_reader(connection, told)
    ),
    _named(
        "ppv",
        "npv",
        "accuracy",
        "likelihood_ratio_positive",
        "likelihood_ratio_negative",
        "false_alerts_per_true_alert",
    ): lambda connection, _, told: ai_two_by_two(connection, told),
    _named(
        "reader_sensitivity",
        "reader_specificity",
        "sensitivity_less_reader",
        "specificity_less_reader",
        "discordance_yield",
    ): lambda connection, _, told: ai_less_reader(connection, told),
    _named("ai_failure_rate", "ai_exclusion_rate", "ai_turnaround_median"): (
        lambda connection, _, told: ai_runs(connection, told)
    ),
}


# The other families, always of all months.
WHOLE: Final[
    tuple[Callable[[Connection, datetime | None, Targets], Iterator[pl.DataFrame]], ...]
] = (
    lambda connection, _, __: reader_accuracy(connection),
    lambda connection, _, __: discrepancies(connection),
    lambda connection, _, __: turnaround_by_hour_of_week(connection),
    lambda connection, _, __: score_drift(connection),
    lambda connection, _, __: disagreement_cusum(connection),
    lambda connection, _, __: score_calibration(connection),
    lambda connection, _, __: radpeer(connection),
    lambda connection, _, targets: review_reach(connection, targets),
    lambda connection, _, targets: weighted_rates(connection, targets),
    lambda connection, _, __: delivery_time(connection),
    lambda connection, _, __: preliminary_changes(connection),
    lambda connection, cutoff, _: nowcasts(connection, cutoff),
    lambda connection, _, __: reviewers(connection),
    lambda connection, _, __: reciprocity(connection),
    lambda connection, _, __: sla_credits(connection),
    lambda connection, _, __: open_work(connection),
    lambda connection, _, __: unread_share(connection),
    lambda connection, _, __: ai_populations(connection),
    lambda connection, _, __: corrected_accuracy(connection),
    lambda connection, _, __: version_differences(connection),
    lambda connection, _, __: between_readers(connection),
    lambda connection, _, __: comparison(connection),
)


def compute(connection: Connection, cutoff: datetime | None, targets: Targets | None = None) -> int:
    """Write the tables `measure`, `review_triangle` and `version_change` from the count tables.

    Args:
        connection: The warehouse, with its counts built.
        cutoff: Data cut-off (UTC), None where the data carry no time.
        targets: Target per measure where no contract gives one.

    Returns:
        Number of rows of `measure`.
    """
    return _compute(connection, cutoff, targets or {}, None)


def refresh(connection: Connection, cutoff: datetime | None, targets: Targets | None = None) -> int:
    """As `compute`, but rows that rest on the counts of one month stand where those counts stand.

    Everything is computed where definitions, targets or held months are not those of the last time.

    Args:
        connection: The warehouse, with its counts built by `overread.counts.build`.
        cutoff: Data cut-off (UTC), None where the data carry no time.
        targets: Target per measure where no contract gives one.

    Returns:
        Number of rows of `measure`.
    """
    return _compute(connection, cutoff, targets or {}, stale_months(connection, targets or {}))


def _bound(family: Callable[..., Iterator[pl.DataFrame]], *arguments: Any) -> Work:
    return lambda connection: family(connection, *arguments)


def _compute(
    connection: Connection, cutoff: datetime | None, targets: Targets, told: Months
) -> int:
    """Compute the measures; where months are told, rows `BY_MONTH` of the others stand."""
    work = [
        *(_bound(family, targets, told) for family in BY_MONTH.values()),
        *(_bound(family, cutoff, targets) for family in WHOLE),
    ]

    def listed(family: Work) -> list[pl.DataFrame]:
        # a connection of its own: one serves one thread at a time
        with connection.cursor() as own:
            return list(family(own))

    # the largest first and alone: it uses all cores by itself, and beside others it would not fit in memory
    durations_first, *others = work
    parts = listed(durations_first)
    # the engine, numpy and polars leave Python's lock to others
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        parts += [part for family in threads.map(listed, others) for part in family]
    write_triangle(connection, cutoff)
    written = write(connection, parts, cutoff, " OR ".join(BY_MONTH), told)
    write_version_changes(connection)
    write_curves(connection)
    settle(connection, targets)
    return written
