"""Evidence of the 2 x 2 table of an algorithm, of the reader beside it, and of its runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from overread.explain.accuracy import ANSWER, FAILED, question, uncalled
from overread.explain.evidence import Evidence, Explain, Stored, from_sums, of_row, placed, same
from overread.explain.facts import JUDGED_PAIRS, RESULTS
from overread.measures.accuracy import ANSWERED, CALLED, RATES, VALID
from overread.measures.ai_populations import GAPS
from overread.measures.ai_runs import ENDED, ONCE, OUTCOMES, TIMES
from overread.measures.ai_two_by_two import BESIDE_AI, BOTH, KNEW, LESS_READER, RIGHT
from overread.model.codes import UNKNOWN
from overread.warehouse.quoting import literal

_CALLED_ABSENT: Final = ("answers of absent, which are another rate's", "call = 'absent'")
_CALLED_PRESENT: Final = ("answers of present, which are another rate's", "call = 'present'")
_FP, _FN = "(well - tn)", "(sick - tp)"
# Numerator, denominator, what else is left out.
_SHARES: Final = MappingProxyType(
    {
        "ppv": ("tp", f"(tp + {_FP})", _CALLED_ABSENT),
        "npv": ("tn", f"(tn + {_FN})", _CALLED_PRESENT),
        "accuracy": ("(tp + tn)", "(sick + well)", None),
    }
)
_RATIOS: Final = MappingProxyType(
    {
        "likelihood_ratio_positive": f"(tp / nullif(sick, 0)) / (nullif({_FP}, 0) / nullif(well, 0))",
        "likelihood_ratio_negative": f"({_FN} / nullif(sick, 0)) / (nullif(tn, 0) / nullif(well, 0))",
    }
)
UNREAD: Final = (
    ("exams without a reader's call, or with several readers", "reader_call IS NULL"),
    (
        "exams whose reader said neither present nor absent",
        f"NOT {ANSWER.replace('call', 'reader_call')}",
    ),
)
FURTHER: Final = ("further references of an exam, which enters once", f"NOT {ONCE}")


def _of_version(row: Stored) -> tuple[str, ...]:
    return question(row, "algorithm", "algorithm_version")


def two_by_two(row: Stored) -> Evidence:
    """Predictive values, accuracy, likelihood ratios."""
    where, conditions = f"{VALID} AND {ANSWERED}", _of_version(row)
    if value := _RATIOS.get(row["measure_id"]):
        return from_sums(
            RESULTS, conditions, CALLED, "", "(sick + well)", (*FAILED, *uncalled()), where, value
        )
    numerator, denominator, other = _SHARES[row["measure_id"]]
    left_out = (*FAILED, *uncalled(), *([other] if other else []))
    return from_sums(RESULTS, conditions, CALLED, numerator, denominator, left_out, where)


def false_alerts(row: Stored) -> Evidence:
    """False alerts per true one: every alert contributes."""
    alerts = f"(tp + {_FP})"
    left_out = (*FAILED, *uncalled(), _CALLED_ABSENT)
    evidence = from_sums(
        RESULTS, _of_version(row), CALLED, "", alerts, left_out, f"{VALID} AND {ANSWERED}"
    )
    result = (
        f"SELECT {alerts}::DOUBLE AS n, {_FP}::DOUBLE AS numerator, tp::DOUBLE AS denominator, "
        f"({_FP} / nullif(tp, 0))::DOUBLE AS value, counted.* FROM counted"
    )
    return replace(evidence, result=result)


def knew(row: Stored) -> tuple[str, ...]:
    """Condition of whether the reader saw the algorithm's answer first."""
    return (f"{KNEW} = {literal(str(row['population']))}",)


def less_reader(row: Stored) -> Evidence:
    """The algorithm less the reader on the same cases."""
    group = LESS_READER[row["measure_id"]]
    both, ai, reader, neither = (f"{group}_{who}" for who in ("both", "ai", "reader", "neither"))
    cases = f"({both} + {ai} + {reader} + {neither})"
    return from_sums(
        JUDGED_PAIRS,
        (*_of_version(row), *knew(row)),
        RIGHT,
        "",
        cases,
        (*FAILED, *uncalled(group), *UNREAD),
        BOTH,
        f"({ai} - {reader}) / nullif({cases}, 0)",
    )


def reader_beside(row: Stored) -> Evidence:
    """The reader on the cases that the algorithm answered."""
    group = BESIDE_AI[row["measure_id"]]
    both, ai, reader, neither = (f"{group}_{who}" for who in ("both", "ai", "reader", "neither"))
    return from_sums(
        JUDGED_PAIRS,
        (*_of_version(row), *knew(row)),
        RIGHT,
        f"({both} + {reader})",
        f"({both} + {ai} + {reader} + {neither})",
        (*FAILED, *uncalled(group), *UNREAD),
        BOTH,
    )


def discordance(row: Stored) -> Evidence:
    """Discordant cases in which the algorithm was right."""
    return from_sums(
        JUDGED_PAIRS,
        (*_of_version(row), *knew(row)),
        RIGHT,
        "(sick_ai + well_ai)",
        "(sick_ai + well_ai + sick_reader + well_reader)",
        (
            *FAILED,
            *uncalled(),
            *UNREAD,
            ("cases on which the algorithm and the reader agree", "call = reader_call"),
        ),
        BOTH,
    )


def population_gap(row: Stored) -> Evidence:
    """A population less the rest of its kind; the p-value is Fisher's over the four counts."""
    name, _, value = str(row["population"]).partition(":")
    own = f"{name} = {literal(value)}"
    x, n = RATES[GAPS[row["measure_id"]]]
    sums = ", ".join(
        f"sum({part}) FILTER ({where}) AS {label}"
        for where, parts in ((own, ("x", "size")), (f"NOT {own}", ("rest_x", "rest_size")))
        for part, label in zip(("x", "size"), parts, strict=True)
    )
    judged = f"SELECT row, {name}, {CALLED} FROM stratum WHERE {VALID} AND {ANSWERED} GROUP BY ALL"
    counted = f"SELECT {name}, {x} AS x, {n} AS size FROM judged"
    return Evidence(
        RESULTS,
        (*_of_version(row), f"{name} <> {literal(UNKNOWN)}"),
        (("judged", judged), ("each", counted), ("counted", f"SELECT {sums} FROM each")),
        "SELECT (coalesce(size, 0) + coalesce(rest_size, 0))::DOUBLE AS n, "
        "(x / nullif(size, 0) - rest_x / nullif(rest_size, 0))::DOUBLE AS value, counted.* FROM counted",
        (("judged", judged), ("contributing", f"SELECT row FROM judged WHERE {n} > 0")),
        (*FAILED, *uncalled(n)),
    )


def runs(row: Stored) -> Evidence:
    """Runs that failed or were excluded."""
    conditions = (*placed(row), *same(row, "algorithm", "algorithm_version", "finding"))
    numerator = ENDED[row["measure_id"]]
    return from_sums(RESULTS, conditions, OUTCOMES, numerator, "runs", (FURTHER,), ONCE)


def turnaround(row: Stored) -> Evidence:
    """Median time of valid runs, in minutes."""
    seconds = TIMES[row["interval"]]
    timed = (
        f"SELECT row, {seconds} AS seconds FROM stratum WHERE {ONCE} AND status = 'ok' "
        f"AND {seconds} IS NOT NULL"
    )
    rank = "greatest(ceil(0.5 * n - 1e-9), 1)"
    return Evidence(
        RESULTS,
        (*placed(row), *same(row, "algorithm", "algorithm_version", "finding")),
        (
            ("timed", timed),
            ("ranked", "SELECT seconds, row_number() OVER (ORDER BY seconds) AS rank, count(*) OVER () AS n FROM timed"),
        ),
        f"SELECT count(*)::DOUBLE AS n, max(seconds) FILTER (rank = {rank}) / 60 AS value FROM ranked",
        (("contributing", timed),),
        (FURTHER, *FAILED, ("runs without a time, or whose times are out of order", f"{seconds} IS NULL")),
    )  # fmt: skip


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {
        **dict.fromkeys((*_SHARES, *_RATIOS), of_row(two_by_two)),
        "false_alerts_per_true_alert": of_row(false_alerts),
        **dict.fromkeys(LESS_READER, of_row(less_reader)),
        **dict.fromkeys(BESIDE_AI, of_row(reader_beside)),
        "discordance_yield": of_row(discordance),
        **dict.fromkeys(GAPS, of_row(population_gap)),
        **dict.fromkeys(ENDED, of_row(runs)),
        "ai_turnaround_median": of_row(turnaround),
    }
)
