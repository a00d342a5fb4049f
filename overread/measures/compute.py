"""All measures from all counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import duckdb

from overread.measures.accuracy import ai_accuracy, reader_accuracy
from overread.measures.agreement import ai_against_reader, between_readers
from overread.measures.ai_populations import ai_populations
from overread.measures.ai_runs import ai_runs
from overread.measures.ai_two_by_two import ai_less_reader, ai_two_by_two
from overread.measures.ai_versions import version_differences
from overread.measures.comparison import comparison
from overread.measures.concordance import concordance
from overread.measures.credits import sla_credits
from overread.measures.discrepancies import delivery_time, discrepancies
from overread.measures.durations import durations
from overread.measures.hour_of_week import turnaround_by_hour_of_week
from overread.measures.nowcasts import nowcasts
from overread.measures.preliminary import preliminary_changes
from overread.measures.reciprocity import reciprocity
from overread.measures.review_reach import review_reach
from overread.measures.review_triangle import write_triangle
from overread.measures.reviewers import reviewers
from overread.measures.score_calibration import score_calibration, write_curves
from overread.measures.score_drift import disagreement_cusum, score_drift
from overread.measures.table import write
from overread.measures.turnaround import open_work, sla
from overread.measures.unread import unread_share
from overread.measures.verification import corrected_accuracy
from overread.measures.version_change import write_version_changes
from overread.measures.weighted_rates import weighted_rates


def compute(
    connection: duckdb.DuckDBPyConnection,
    cutoff: datetime | None,
    targets: Mapping[str, float] | None = None,
) -> int:
    """Write the tables `measure`, `review_triangle` and `version_change` from the count tables.

    Args:
        connection: The warehouse, with its counts built.
        cutoff: Data cut-off (UTC), None where the data carry no time.
        targets: Target per measure where no contract gives one.

    Returns:
        Number of rows of `measure`.
    """
    parts = [
        part
        for family in (
            concordance(connection, targets or {}),
            review_reach(connection, targets or {}),
            weighted_rates(connection, targets or {}),
            discrepancies(connection),
            delivery_time(connection),
            preliminary_changes(connection),
            nowcasts(connection, cutoff),
            reviewers(connection),
            reciprocity(connection),
            durations(connection),
            turnaround_by_hour_of_week(connection),
            sla(connection),
            sla_credits(connection),
            open_work(connection),
            unread_share(connection),
            reader_accuracy(connection),
            ai_accuracy(connection),
            ai_against_reader(connection),
            ai_two_by_two(connection),
            ai_populations(connection),
            ai_less_reader(connection),
            ai_runs(connection),
            corrected_accuracy(connection),
            version_differences(connection),
            score_calibration(connection),
            score_drift(connection),
            disagreement_cusum(connection),
            between_readers(connection),
            comparison(connection),
        )
        for part in family
    ]
    write_triangle(connection, cutoff)
    written = write(connection, parts, cutoff)
    write_version_changes(connection)
    write_curves(connection)
    return written
