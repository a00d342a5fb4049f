"""All measures from all counts, or anew only what the counts changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

import duckdb
import polars as pl

from overread.measures.accuracy import ai_accuracy, reader_accuracy
from overread.measures.agreement import ai_against_reader, between_readers
from overread.measures.ai_populations import ai_populations
from overread.measures.ai_runs import ENDED, ai_runs
from overread.measures.ai_two_by_two import BESIDE_AI, LESS_READER, ai_less_reader, ai_two_by_two
from overread.measures.ai_versions import version_differences
from overread.measures.comparison import comparison
from overread.measures.concordance import RATES, concordance, radpeer
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
from overread.warehouse import due
from overread.warehouse.memory import half_for_arrays

Connection = duckdb.DuckDBPyConnection
Targets = Mapping[str, float]
Work = Callable[[Connection], Iterable[pl.DataFrame]]


def _named(*names: str) -> str:
    return f"measure_id IN ({', '.join(repr(name) for name in names)})"


def _by_month(targets: Targets, told: Months) -> dict[str, Work]:
    """Families whose rows of a month rest on the counts of that month alone; the durations first.

    No test among months and no category that another month brings enters such a row.

    Args:
        targets: Target per measure.
        told: Months to tell apart, None = every.

    Returns:
        Families by the condition that finds their rows in the table.
    """
    return {
        "measure_id LIKE 'turnaround_%_completed_only' OR "
        + _named("turnaround_median", "turnaround_p90", "reported_within"): partial(
            durations, told=told
        ),
        _named(*RATES): partial(concordance, targets=targets, told=told),
        _named("sla_attainment", "sla_breaches", "tasks_at_risk", "tasks_overdue"): partial(
            sla, told=told
        ),
        f"algorithm IS NOT NULL AND {_named('sensitivity', 'specificity', 'auc')}": partial(
            ai_accuracy, told=told
        ),
        _named("agreement_percent", "cohen_kappa", "gwet_ac1", "pabak"): partial(
            ai_against_reader, told=told
        ),
        _named(
            "ppv",
            "npv",
            "accuracy",
            "likelihood_ratio_positive",
            "likelihood_ratio_negative",
            "false_alerts_per_true_alert",
        ): partial(ai_two_by_two, told=told),
        _named(*BESIDE_AI, *LESS_READER, "discordance_yield"): partial(ai_less_reader, told=told),
        _named(*ENDED, "ai_turnaround_median"): partial(ai_runs, told=told),
    }


def _whole(cutoff: datetime | None, targets: Targets) -> list[Work]:
    """The other families, always of all months."""
    return [
        reader_accuracy,
        discrepancies,
        turnaround_by_hour_of_week,
        score_drift,
        disagreement_cusum,
        score_calibration,
        radpeer,
        partial(review_reach, targets=targets),
        partial(weighted_rates, targets=targets),
        delivery_time,
        preliminary_changes,
        partial(nowcasts, cutoff=cutoff),
        reviewers,
        reciprocity,
        sla_credits,
        open_work,
        unread_share,
        ai_populations,
        corrected_accuracy,
        version_differences,
        between_readers,
        comparison,
    ]


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


def _compute(
    connection: Connection, cutoff: datetime | None, targets: Targets, told: Months
) -> int:
    """Compute the measures; where months are told, rows of `_by_month` of the others stand."""
    by_month = _by_month(targets, told)
    due.stand_on(connection, due.Ground.SITE, None)

    def listed(family: Work) -> list[pl.DataFrame]:
        # a connection of its own: one serves one thread at a time
        with connection.cursor() as own:
            return list(family(own))

    # the largest first and alone: it uses all cores by itself, and beside others it would not fit in memory
    largest, *others = (*by_month.values(), *_whole(cutoff, targets))
    with half_for_arrays(connection):
        parts = listed(largest)
        # the engine, numpy and polars leave Python's lock to others
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            parts += [part for family in threads.map(listed, others) for part in family]
    write_triangle(connection, cutoff)
    written = write(connection, parts, cutoff, " OR ".join(by_month), told)
    write_version_changes(connection)
    write_curves(connection)
    settle(connection, targets)
    return written
