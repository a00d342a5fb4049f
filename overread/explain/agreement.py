"""Evidence of agreement: of the AI with the reader, and of the readers of one exam."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.counts.plan import PLACES
from overread.explain.accuracy import ANSWER
from overread.explain.algorithms import knew
from overread.explain.evidence import Evidence, Explain, Stored, from_sums, of_row, placed, same
from overread.explain.facts import CALLS, PAIRS
from overread.measures.agreement import ANSWERED, CELLS, CROSSED, HELD
from overread.measures.reader_study import READERS

_READER_ANSWER: Final = "reader_call IN ('present', 'absent')"
_TOTAL: Final = f"({' + '.join(CELLS)})"
_EQUAL: Final = "(present_present + absent_absent)"
# Of the AI and of the reader, who said present.
_SHARES: Final = (
    f"((present_present + present_absent) / {_TOTAL})",
    f"((present_present + absent_present) / {_TOTAL})",
)


def _beyond_chance(observed: str, expected: str) -> str:
    return f"({observed} - ({expected})) / nullif(1 - ({expected}), 0)"


_COEFFICIENTS: Final = MappingProxyType(
    {
        "agreement_percent": f"{_EQUAL} / {_TOTAL}",
        "cohen_kappa": _beyond_chance(
            f"{_EQUAL} / {_TOTAL}", "{0} * {1} + (1 - {0}) * (1 - {1})".format(*_SHARES)
        ),
        "gwet_ac1": _beyond_chance(
            f"{_EQUAL} / {_TOTAL}", "({0} + {1}) * (1 - ({0} + {1}) / 2)".format(*_SHARES)
        ),
        "pabak": f"2 * {_EQUAL} / {_TOTAL} - 1",
    }
)
# An exam of r readers, p of whom said present, has r (r - 1) / 2 pairs.
_SUMS: Final = (
    "count(*) AS exams, sum(readers * (readers - 1)) // 2 AS pairs, "
    "sum(present * (present - 1) + (readers - present) * (readers - present - 1)) // 2 AS equal_pairs, "
    "sum((present * (present - 1) + (readers - present) * (readers - present - 1)) / (readers * (readers - 1))) "
    "AS agreement_of_exams, sum(present) AS present, sum(readers) AS answers, "
    "sum(present / readers) AS present_of_exams"
)
_OBSERVED: Final = "agreement_of_exams / exams"
_BETWEEN: Final = MappingProxyType(
    {
        "agreement_percent": "equal_pairs / pairs",
        "cohen_kappa": _beyond_chance(
            _OBSERVED, "(present / answers) ** 2 + (1 - present / answers) ** 2"
        ),
        "gwet_ac1": _beyond_chance(
            _OBSERVED, "2 * (present_of_exams / exams) * (1 - present_of_exams / exams)"
        ),
        "pabak": f"2 * {_OBSERVED} - 1",
    }
)


def _ai_against_reader(row: Stored) -> Evidence:
    plain = row["measure_id"] == "agreement_percent"
    return from_sums(
        PAIRS,
        (*placed(row), *same(row, "algorithm", "algorithm_version", "finding"), *knew(row)),
        CROSSED,
        _EQUAL if plain else "",
        _TOTAL,
        (
            ("further references of an exam, which enters once", "NOT first_reference"),
            ("runs that failed", "status = 'failed'"),
            ("runs that were excluded", "status = 'excluded'"),
            ("results without a call", "call IS NULL"),
            ("results that are neither present nor absent", f"NOT {ANSWER}"),
            ("exams without a reader's call, or with several readers", "reader_call IS NULL"),
            ("exams whose reader said neither present nor absent", f"NOT {_READER_ANSWER}"),
        ),
        ANSWERED,
        f"CASE WHEN {_TOTAL} > 0 THEN {_COEFFICIENTS[row['measure_id']]} END",
    )


def _between_readers(row: Stored) -> Evidence:
    plain = row["measure_id"] == "agreement_percent"
    exam = ", ".join((*PLACES, "exam_id"))
    steps = (
        # one answer per reader and call, whatever the references of the exam and the attempts
        ("answers", f"SELECT DISTINCT {exam}, reader, call FROM stratum WHERE {ANSWER}"),
        ("sound", f"SELECT {exam} FROM stratum WHERE {ANSWER} GROUP BY ALL "
                  f"HAVING NOT (min(month) IN ({HELD}) OR max(month) IN ({HELD}))"),
        ("exams", f"SELECT {exam}, count(*) AS readers, count(*) FILTER (call = 'present') AS present FROM answers "
                  f"SEMI JOIN sound USING ({exam}) GROUP BY ALL HAVING count(*) >= 2"),
    )  # fmt: skip
    parts = "equal_pairs::DOUBLE AS numerator, pairs::DOUBLE AS denominator, " if plain else ""
    n = "pairs" if plain else "exams"
    result = f"SELECT {n}::DOUBLE AS n, {parts}({_BETWEEN[row['measure_id']]})::DOUBLE AS value, counted.* FROM counted"
    return Evidence(
        CALLS,
        (*placed(row), *same(row, "finding")),
        (*steps, ("counted", f"SELECT {_SUMS} FROM exams")),
        result,
        (*steps, ("contributing", f"SELECT row FROM stratum SEMI JOIN exams USING ({exam}) WHERE {ANSWER}")),
        (
            ("answers that are neither present nor absent, or none", f"NOT coalesce({ANSWER}, false)"),
            ("the only answer on an exam, or answers on an exam of a held month", "true"),
        ),
        holds=False,
    )  # fmt: skip


def agreement(row: Stored) -> Evidence:
    """Percent agreement, kappa, AC1 and PABAK."""
    return _between_readers(row) if row["population"] == READERS else _ai_against_reader(row)


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    dict.fromkeys(("agreement_percent", "cohen_kappa", "gwet_ac1", "pabak"), of_row(agreement))
)
