"""Evidence of accuracy that is corrected for verification bias."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.explain.accuracy import ANSWER, FAILED
from overread.explain.algorithms import UNREAD
from overread.explain.evidence import Evidence, Explain, Stored, of_row, placed, same
from overread.explain.facts import JUDGED_PAIRS
from overread.measures.verification import BOTH_ANSWERED, CORRECTED
from overread.warehouse.quoting import literal


def corrected(row: Stored) -> Evidence:
    """Exams and verified exams of each cell of AI call x reader call, and the value that they give."""
    own = f"(reference = {literal(str(row['reference']))}) IS TRUE"
    group, called = {
        CORRECTED[0]: ("sick", "present"),
        CORRECTED[1]: ("well", "absent"),
    }[row["measure_id"]]
    share = f"{group} / nullif(sick + well, 0)"
    cells = (
        "SELECT call, reader_call, count(*) FILTER (first_reference) AS exams, "
        f"count(*) FILTER ({own} AND truth = 'present') AS sick, "
        f"count(*) FILTER ({own} AND truth = 'absent') AS well FROM stratum WHERE {BOTH_ANSWERED} GROUP BY ALL"
    )
    return Evidence(
        JUDGED_PAIRS,
        (*placed(row), *same(row, "algorithm", "algorithm_version", "finding")),
        (
            ("cells", cells),
            ("shares", f"SELECT *, exams * {share} AS members, exams > 0 AND sick + well = 0 AS blind FROM cells"),
        ),
        "SELECT sum(sick + well)::DOUBLE AS n, CASE WHEN NOT bool_or(blind) THEN "
        f"coalesce(sum(members) FILTER (call = '{called}'), 0) / nullif(sum(members), 0) END AS value, "
        "sum(exams) AS exams, sum(sick) AS verified_diseased, sum(well) AS verified_healthy FROM shares",
        (("contributing", f"SELECT row FROM stratum WHERE {BOTH_ANSWERED} AND (first_reference OR {own})"),),
        (
            *FAILED,
            ("results without a call", "call IS NULL"),
            ("results that are neither present nor absent", f"NOT {ANSWER}"),
            *UNREAD,
            ("other references of an exam, which enters once", "true"),
        ),
    )  # fmt: skip


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    dict.fromkeys(CORRECTED, of_row(corrected))
)
