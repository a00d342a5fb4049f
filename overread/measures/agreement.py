"""Agreement of the AI with the reader, and of readers among themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.ai_two_by_two import ASKED, KNEW
from overread.measures.grains import Months, roll_up
from overread.measures.table import rows
from overread.stats.estimate import Estimate, FloatArray
from overread.stats.raters.agreement import cohen_kappa, gwet_ac, pabak, percent_agreement
from overread.stats.raters.multi_rater import fleiss_kappa, gwet_ac_multi
from overread.stats.raters.observed_agreement import pabak_multi, percent_agreement_multi

Statistic = Callable[..., Estimate]
_ANSWERS: Final = ("present", "absent")
# The table of the AI's call and the reader's: its cells in rows of the AI's call, and the pairs that enter it.
CELLS: Final = tuple(f"{ai}_{reader}" for ai in _ANSWERS for reader in _ANSWERS)
CROSSED: Final = ", ".join(
    f"coalesce(sum(n) FILTER (call = '{ai}' AND reader_call = '{reader}'), 0)::BIGINT AS {ai}_{reader}"
    for ai in _ANSWERS
    for reader in _ANSWERS
)
ANSWERED: Final = (
    "status = 'ok' AND call IN ('present', 'absent') AND reader_call IN ('present', 'absent') "
    "AND first_reference"
)
# Of two readers or more, each exam weighing alike.
BETWEEN: Final[dict[str, Statistic]] = {
    "cohen_kappa": fleiss_kappa,
    "gwet_ac1": gwet_ac_multi,
    "pabak": pabak_multi,
}
HELD: Final = "SELECT month FROM held_month"
# Patterns of answers, of all strata of a block, that are held in memory at once.
_BLOCK: Final = 1_000_000


def ai_against_reader(
    connection: duckdb.DuckDBPyConnection, told: Months
) -> Iterator[pl.DataFrame]:
    """Percent agreement, kappa, AC1 and PABAK of the AI's call with the reader's, per algorithm version.

    Readers who saw the AI first are never put together with those who did not: they agree with what they saw.
    """
    counts = f"(SELECT *, {KNEW} AS population FROM count_pair)"
    strata = roll_up(
        connection, counts, (*ASKED, "population"), CROSSED, where=ANSWERED, few=True, told=told
    )
    if strata.height == 0:
        return
    flat = np.stack([strata[name].cast(pl.Float64).to_numpy() for name in CELLS], axis=-1)
    table = flat.reshape(-1, 2, 2)
    agreeing, total = table[:, 0, 0] + table[:, 1, 1], flat.sum(axis=-1)
    yield rows(
        "agreement_percent", strata, percent_agreement(table), numerator=agreeing, denominator=total
    )
    for measure_id, statistic in (
        ("cohen_kappa", cohen_kappa),
        ("gwet_ac1", gwet_ac),
        ("pabak", pabak),
    ):
        yield rows(measure_id, strata, statistic(table))


def _in_blocks(patterns: FloatArray, exams: FloatArray, statistic: Statistic) -> Estimate:
    """A statistic of many raters per stratum, a block of strata at a time so that memory stays flat.

    Args:
        patterns: Readers of each answer, shape (patterns, answers).
        exams: Exams with the pattern, shape (strata, patterns).
        statistic: Function of item counts with their frequency.
    """
    rows = max(_BLOCK // len(patterns), 1)
    results = [
        statistic(patterns, frequency=block)
        for block in np.split(exams, range(rows, len(exams), rows))
    ]
    parts = ("value", "se", "low", "high", "n", "status", "reason")
    joined = {name: np.concatenate([getattr(each, name) for each in results]) for name in parts}
    return Estimate(**joined, method=results[0].method)


def between_readers(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Agreement of the readers of one exam; exams with one reader, or of a held month, do not enter."""
    keys = ("finding", "present", "readers")
    where = f"readers >= 2 AND NOT (first_month IN ({HELD}) OR last_month IN ({HELD}))"
    cells = roll_up(
        connection, "count_rating", keys, "sum(n)::BIGINT AS n", where=where, dated=False
    )
    if cells.height == 0:
        return
    place = [*DIMENSIONS[1:], "finding"]
    cells = cells.sort([*place, "readers", "present"], nulls_last=False)
    stratum = cells.select(pl.struct(place).rle_id()).to_series().to_numpy()
    strata = cells.select(place).unique(maintain_order=True)
    strata = strata.with_columns(population=pl.lit("readers"))
    answers = np.stack(
        [cells["present"].to_numpy(), (cells["readers"] - cells["present"]).to_numpy()], axis=-1
    )
    patterns, pattern = np.unique(answers, axis=0, return_inverse=True)
    patterns = patterns.astype(np.float64)
    exams = np.zeros((strata.height, len(patterns)))
    exams[stratum, pattern] = cells["n"].to_numpy()
    readers = patterns.sum(axis=-1)
    pairs = exams @ (readers * (readers - 1) / 2)
    equal = exams @ (patterns * (patterns - 1) / 2).sum(axis=-1)
    agreement = _in_blocks(patterns, exams, partial(percent_agreement_multi, weighting="pairs"))
    yield rows(
        "agreement_percent", strata, replace(agreement, n=pairs), numerator=equal, denominator=pairs
    )
    for measure_id, statistic in BETWEEN.items():
        yield rows(measure_id, strata, _in_blocks(patterns, exams, statistic))
