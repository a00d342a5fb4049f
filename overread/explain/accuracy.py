"""Evidence of sensitivity, specificity and AUC of one reader, of readers on cases of their own, and of algorithms."""

from __future__ import annotations

from typing import Final, Literal

from overread.explain.evidence import Evidence, Steps, Stored, from_sums, placed, same
from overread.explain.facts import CALLS, RESULTS, Fact
from overread.measures.accuracy import ANSWERED, CALLED, RATED, RATES, SCORED, VALID
from overread.warehouse.quoting import literal

# A count of calls has the calls with a truth only.
JUDGED: Final = "truth IS NOT NULL"
SETTLED: Final = "truth IN ('present', 'absent')"
ANSWER: Final = "call IN ('present', 'absent')"
OTHER: Final = {"sick": "well", "well": "sick"}
TRUTH: Final = {"sick": "present", "well": "absent"}
_NO_REFERENCE: Final = ("answers on exams without a reference standard", "truth IS NULL")
_UNSETTLED: Final = (
    "answers on exams whose reference is uncertain",
    f"NOT {SETTLED}",
)
FAILED: Final = (
    ("runs that failed", "status = 'failed'"),
    ("runs that were excluded", "status = 'excluded'"),
)
UNRATED: Final = (_NO_REFERENCE, _UNSETTLED, ("answers without a score", "score_key IS NULL"))


def question(row: Stored, *names: str) -> tuple[str, ...]:
    """Conditions of the place and the finding; answers without any reference stay, to be counted as left out."""
    reference = literal(str(row["reference"]))
    return (
        *placed(row),
        *same(row, "finding", *names),
        f"(reference = {reference} OR reference IS NULL)",
    )


def uncalled(about: str | None = None) -> tuple[tuple[str, str], ...]:
    """Why an answer does not enter a rate over the diseased (`sick`), the healthy (`well`) or both (None)."""
    others = {
        "sick": ("answers on healthy cases, which are another rate's", "truth = 'absent'"),
        "well": ("answers on diseased cases, which are another rate's", "truth = 'present'"),
    }
    return (
        _NO_REFERENCE,
        _UNSETTLED,
        *([others[about]] if about else []),
        ("answers without a call", "call IS NULL"),
        ("answers that are neither present nor absent", f"NOT {ANSWER}"),
    )


def ranked(where: str, *names: str) -> Steps:
    """Steps that end with `scored`: per combination of columns the pairs ranked right, diseased and healthy.

    Args:
        where: Rows that the measure keeps.
        names: Columns that tell whose scores are compared; scores of two readers never are.
    """
    own = ", ".join(names)
    return (
        ("bins", f"SELECT {own}, score_key, {SCORED} FROM stratum WHERE {where} GROUP BY ALL"),
        # the healthy with a lower score, by the same reader
        ("placed", f"SELECT *, coalesce(sum(well) OVER (PARTITION BY {own} ORDER BY score_key "
                   "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS below FROM bins"),
        ("scored", f"SELECT {own}, sum(sick * (below + well / 2)) AS won, sum(sick) AS sick, sum(well) AS well "
                   "FROM placed GROUP BY ALL"),
    )  # fmt: skip


def _auc(
    fact: Fact,
    conditions: tuple[str, ...],
    whose: str,
    left_out: tuple[tuple[str, str], ...],
    where: str,
) -> Evidence:
    """AUC of one reader or one algorithm version; every score may meet every other."""
    return Evidence(
        fact,
        conditions,
        ranked(where, whose),
        "SELECT (sick + well)::DOUBLE AS n, won::DOUBLE AS numerator, (sick * well)::DOUBLE AS denominator, "
        "(won / nullif(sick * well, 0))::DOUBLE AS value, sick, well FROM scored",
        (("contributing", f"SELECT row FROM stratum WHERE {where} AND {SETTLED}"),),
        left_out,
    )


def of_readers(row: Stored, measure: Literal["rate", "auc"]) -> Evidence:
    """A reader, or readers each on cases of their own."""
    conditions = question(row, "reader")
    if measure == "auc":
        return _auc(CALLS, conditions, "reader", UNRATED, f"{JUDGED} AND {RATED}")
    numerator, denominator = RATES[row["measure_id"]]
    where = f"{JUDGED} AND {ANSWERED}"
    return from_sums(
        CALLS, conditions, CALLED, numerator, denominator, uncalled(denominator), where
    )


def of_algorithm(row: Stored, measure: Literal["rate", "auc"]) -> Evidence:
    """An algorithm version, all cases together or those of one population."""
    conditions = question(row, "algorithm", "algorithm_version")
    if row["population"] is not None:
        name, _, value = str(row["population"]).partition(":")
        conditions += (f"{name} = {literal(value)}",)
    if measure == "auc":
        return _auc(RESULTS, conditions, "algorithm", (*FAILED, *UNRATED), f"{VALID} AND {RATED}")
    numerator, denominator = RATES[row["measure_id"]]
    where = f"{VALID} AND {ANSWERED}"
    left_out = (*FAILED, *uncalled(denominator))
    return from_sums(RESULTS, conditions, CALLED, numerator, denominator, left_out, where)
