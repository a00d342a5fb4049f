"""The rest of the 2 x 2 table of an algorithm, and the algorithm beside the reader on the same cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.accuracy import ANSWERED, CALLED, VALID
from overread.measures.grains import Months, roll_up
from overread.measures.table import rows
from overread.stats.accuracy.two_by_two import two_by_two
from overread.stats.estimate import OK, Estimate, FloatArray
from overread.stats.shares.mcnemar import mcnemar
from overread.stats.shares.odds import odds
from overread.stats.shares.paired_difference import paired_difference
from overread.stats.shares.proportion import wilson

# An algorithm's results are told by what was asked of it and what it is held to.
ASKED: Final = ("algorithm", "algorithm_version", "finding")
JUDGED: Final = (*ASKED, "reference")
# Whether the reader knew the algorithm's answer: such reads stand apart, always.
SAW_AI_FIRST: Final = "reader:saw_ai_first"
DID_NOT: Final = "reader:did_not"
NOT_TOLD: Final = "reader:(unknown)"
KNEW: Final = (
    f"CASE WHEN saw_ai_first THEN '{SAW_AI_FIRST}' WHEN NOT saw_ai_first THEN '{DID_NOT}' "
    f"ELSE '{NOT_TOLD}' END"
)
# Both answered a case whose reference is settled.
BOTH: Final = (
    f"{VALID} AND call IN ('present', 'absent') AND reader_call IN ('present', 'absent') "
    "AND truth IN ('present', 'absent')"
)
# Of the diseased: called present by both, the AI, the reader, neither; of the healthy: spared by them.
RIGHT: Final = ", ".join(
    f"coalesce(sum(n) FILTER (truth = '{truth}' AND call {ai} '{truth}' AND reader_call {reader} '{truth}'), 0)"
    f"::BIGINT AS {group}_{who}"
    for truth, group in (("present", "sick"), ("absent", "well"))
    for ai, reader, who in (
        ("=", "=", "both"), ("=", "<>", "ai"), ("<>", "=", "reader"), ("<>", "<>", "neither"),
    )
)  # fmt: skip
# Told of the whole and by region, site, ...; never in the rows of the algorithm's vendor, whose bundle is no place
# for the readers' results.
_PLACES: Final = ((), ("region",), ("site",), ("modality",), ("patient_class",))
BESIDE_AI: Final = {"reader_sensitivity": "sick", "reader_specificity": "well"}
LESS_READER: Final = {"sensitivity_less_reader": "sick", "specificity_less_reader": "well"}


def numbers(strata: pl.DataFrame, *names: str) -> tuple[FloatArray, ...]:
    """Columns of counts as floats."""
    return tuple(strata[name].cast(pl.Float64).to_numpy() for name in names)


def ai_two_by_two(connection: duckdb.DuckDBPyConnection, told: Months) -> Iterator[pl.DataFrame]:
    """Predictive values, accuracy, likelihood ratios and false alerts per true alert, by version."""
    strata = roll_up(
        connection,
        "count_pair",
        JUDGED,
        CALLED,
        where=f"{VALID} AND {ANSWERED}",
        few=True,
        told=told,
    )
    tp, sick, tn, well = numbers(strata, "tp", "sick", "tn", "well")
    fp, fn = well - tn, sick - tp
    table = two_by_two(tp, fp, fn, tn)
    shares = {
        "ppv": (table.ppv, tp, tp + fp),
        "npv": (table.npv, tn, tn + fn),
        "accuracy": (table.accuracy, tp + tn, sick + well),
    }
    for measure_id, (estimate, x, n) in shares.items():
        yield rows(measure_id, strata, estimate, numerator=x, denominator=n)
    yield rows("likelihood_ratio_positive", strata, table.lr_positive)
    yield rows("likelihood_ratio_negative", strata, table.lr_negative)
    yield rows(
        "false_alerts_per_true_alert",
        strata,
        odds(fp, tp, "no true alert: the ratio is unbounded"),
        numerator=fp,
        denominator=tp,
    )


def ai_less_reader(connection: duckdb.DuckDBPyConnection, told: Months) -> Iterator[pl.DataFrame]:
    """Reader on the algorithm's cases, and the algorithm less the reader, with McNemar's p.

    Readers who saw the algorithm's answer first are never put together with those who did not.
    """
    strata = roll_up(
        connection,
        f"(SELECT *, {KNEW} AS population FROM count_pair)",
        (*JUDGED, "population"),
        RIGHT,
        where=BOTH,
        places=_PLACES,
        told=told,
    )
    for (reader_id, group), measure_id in zip(BESIDE_AI.items(), LESS_READER, strict=True):
        names = [f"{group}_{who}" for who in ("both", "ai", "reader", "neither")]
        table = np.stack(numbers(strata, *names), axis=-1).reshape(-1, 2, 2)
        right, n = table[:, :, 0].sum(axis=-1), table.sum(axis=(-1, -2))
        yield rows(reader_id, strata, wilson(right, n), numerator=right, denominator=n)
        estimate: Estimate = paired_difference(table)
        p = np.where(estimate.status == OK, mcnemar(table).p_exact, np.nan)
        yield rows(measure_id, strata, estimate, p=p)
    ai, reader = (
        sum(numbers(strata, f"sick_{who}", f"well_{who}"), start=np.zeros(strata.height))
        for who in ("ai", "reader")
    )
    yield rows(
        "discordance_yield", strata, wilson(ai, ai + reader), numerator=ai, denominator=ai + reader
    )
