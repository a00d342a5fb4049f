"""Which evidence each measure of the catalogue has."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import duckdb

from overread.explain import (
    accuracy,
    agreement,
    algorithms,
    calibration,
    comparison,
    discrepancies,
    drift,
    late_reviews,
    readers,
    reciprocity,
    reviewers,
    reviews,
    sampling,
    sla_credits,
    tasks,
    time_to_report,
    verification,
    versions,
)
from overread.explain.evidence import Evidence, Explain, Stored, of_row
from overread.measures.reader_study import MEASURES as POOLED
from overread.measures.reader_study import READERS


def _accuracy(row: Stored) -> Evidence:
    if row["population"] == READERS:
        return readers.accuracy(row)
    return accuracy.of_algorithm(row, "auc" if row["measure_id"] == "auc" else "rate")


def _difference(connection: duckdb.DuckDBPyConnection, row: Stored) -> Evidence:
    """The two techniques of the category; a technique may have a hyphen of its own."""
    found = connection.execute(
        "WITH names AS (SELECT DISTINCT technique FROM call_fact) SELECT a.technique, b.technique "
        "FROM names a JOIN names b ON a.technique || '-' || b.technique = ?",
        [row["category"]],
    ).fetchall()
    return readers.difference(row, *found[0])


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {
        **reviews.EVIDENCE,
        **comparison.EVIDENCE,
        **sampling.EVIDENCE,
        **discrepancies.EVIDENCE,
        **late_reviews.EVIDENCE,
        **reviewers.EVIDENCE,
        **reciprocity.EVIDENCE,
        **tasks.EVIDENCE,
        **time_to_report.EVIDENCE,
        **sla_credits.EVIDENCE,
        **agreement.EVIDENCE,
        **algorithms.EVIDENCE,
        **calibration.EVIDENCE,
        **drift.EVIDENCE,
        **verification.EVIDENCE,
        **versions.EVIDENCE,
        **dict.fromkeys((each.measure_id for each in POOLED), of_row(_accuracy)),
        **dict.fromkeys((f"{each.measure_id}_difference" for each in POOLED), _difference),
        **dict.fromkeys(
            (f"{each.measure_id}_variance_share" for each in POOLED),
            of_row(readers.variance_share),
        ),
    }
)
