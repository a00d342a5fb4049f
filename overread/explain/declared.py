"""Which evidence each measure of the catalogue has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import duckdb

from overread.explain import accuracy, agreement, readers, reviews, tasks
from overread.explain.evidence import Evidence, Stored
from overread.measures.concordance import RATES as REVIEW_RATES
from overread.measures.reader_study import MEASURES as POOLED
from overread.measures.reader_study import READERS
from overread.measures.turnaround import QUANTILES

Explain = Callable[[duckdb.DuckDBPyConnection, Stored], Evidence]


def _of_row(evidence: Callable[[Stored], Evidence]) -> Explain:
    """Evidence that the stored row alone tells."""

    def explain(_: duckdb.DuckDBPyConnection, row: Stored) -> Evidence:
        return evidence(row)

    return explain


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
        **dict.fromkeys(REVIEW_RATES, _of_row(reviews.rate)),
        "radpeer_share": _of_row(reviews.share_of_score),
        "turnaround_mean_completed_only": _of_row(tasks.turnaround),
        **dict.fromkeys(dict(QUANTILES), _of_row(tasks.turnaround)),
        **dict.fromkeys(("sla_attainment", "sla_breaches", "tasks_at_risk"), _of_row(tasks.sla)),
        "open_tasks": _of_row(tasks.open_work),
        **dict.fromkeys((each.measure_id for each in POOLED), _of_row(_accuracy)),
        **dict.fromkeys((f"{each.measure_id}_difference" for each in POOLED), _difference),
        **dict.fromkeys(
            (f"{each.measure_id}_variance_share" for each in POOLED),
            _of_row(readers.variance_share),
        ),
        **dict.fromkeys(
            ("agreement_percent", "cohen_kappa", "gwet_ac1", "pabak"), _of_row(agreement.agreement)
        ),
    }
)
