"""Sensitivity, specificity and AUC of readers and of algorithms against the reference standard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.cells import numbered_cells
from overread.measures.grains import Months, groupings, held_months, roll_up
from overread.measures.reader_study import (
    READERS,
    Results,
    differences,
    pool,
    taken,
    variance_parts,
)
from overread.measures.study_strata import PLACE, STRATUM
from overread.measures.table import rows
from overread.stats.accuracy.auc import auc_delong
from overread.stats.durations.grouped_histogram import by_group
from overread.stats.estimate import Estimate, make_estimate
from overread.stats.shares.proportion import wilson

UNPOOLED = (
    "several readers on overlapping cases, and none read both classes: no multi-reader interval"
)
REPEATED = "one reader who read cases more than once: the reads are dependent"
AUC_METHOD = "AUC, DeLong, logit"
# Columns of an estimate beside its strata.
_PARTS: Final = {
    **dict.fromkeys(("value", "se", "low", "high", "n"), pl.Float64),
    **dict.fromkeys(("status", "reason"), pl.String),
}
# Which counts hold an answer to be judged: of readers and, where its run is valid too, of an algorithm.
ANSWERED: Final = "call IS NOT NULL"
RATED: Final = "score_key IS NOT NULL"
VALID: Final = "status = 'ok' AND truth IS NOT NULL"
# Events and cases of each rate, among the sums of the calls.
RATES: Final = {"sensitivity": ("tp", "sick"), "specificity": ("tn", "well")}
CALLED: Final = (
    "coalesce(sum(n) FILTER (truth = 'present' AND call = 'present'), 0)::BIGINT AS tp, "
    "coalesce(sum(n) FILTER (truth = 'present' AND call IN ('present', 'absent')), 0)::BIGINT AS sick, "
    "coalesce(sum(n) FILTER (truth = 'absent' AND call = 'absent'), 0)::BIGINT AS tn, "
    "coalesce(sum(n) FILTER (truth = 'absent' AND call IN ('present', 'absent')), 0)::BIGINT AS well"
)
SCORED: Final = (
    "coalesce(sum(n) FILTER (truth = 'present'), 0)::BIGINT AS sick, "
    "coalesce(sum(n) FILTER (truth = 'absent'), 0)::BIGINT AS well"
)


def withheld(estimate: Estimate, mask: np.ndarray, reason: str) -> Estimate:
    """The same values without interval where the mask holds, with the reason."""
    told = [(estimate.reason == why, why) for why in sorted(set(estimate.reason) - {""})]
    return make_estimate(
        estimate.value,
        n=estimate.n,
        method=estimate.method,
        se=np.where(mask, np.nan, estimate.se),
        low=np.where(mask, np.nan, estimate.low),
        high=np.where(mask, np.nan, estimate.high),
        insufficient=[((estimate.status != "ok") & hit, why) for hit, why in told],
        withheld=[*told, (mask, reason)],
    )


def _accuracy(
    strata: pl.DataFrame,
    dependent: np.ndarray,
    rates: Mapping[str, tuple[str, str]] = MappingProxyType(RATES),
) -> Iterator[pl.DataFrame]:
    """Rates with Wilson's interval, without it where reads depend on each other."""
    for measure_id, parts in rates.items():
        x, n = (strata[name].cast(pl.Float64).to_numpy() for name in parts)
        estimate = withheld(wilson(x, n), dependent, UNPOOLED)
        yield rows(measure_id, strata, estimate, numerator=x, denominator=n)


def _auc(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    keys: Sequence[str],
    where: str,
    told: Months = None,
) -> Iterator[pl.DataFrame]:
    """AUC of every stratum that has scores, grain by grain; columns of the estimate beside the strata's."""
    cells, bins = numbered_cells(
        connection, table, keys, f"score_key, {SCORED}", where=where, by="score_key"
    )
    cell, key = bins["number"], bins["score_key"].astype(np.int64)
    sick, well = bins["sick"].astype(np.float64), bins["well"].astype(np.float64)
    for strata, group in groupings(cells, keys, held_months(connection), told=told):
        # cells of no stratum come last
        order, begin = by_group(group[cell], strata.height + 1)
        order = order[: begin[-2]]
        if order.size == 0:
            continue
        # equal scores of one stratum are one bin
        at, score = np.repeat(np.arange(strata.height), np.diff(begin[:-1])), key[order]
        new = (np.diff(at, prepend=-1) != 0) | (np.diff(score, prepend=score[0]) != 0)
        start = np.flatnonzero(new)
        first = np.flatnonzero(np.diff(at[start], prepend=-1))
        estimate = auc_delong(
            np.add.reduceat(sick[order], start), np.add.reduceat(well[order], start), first=first
        )
        yield strata[at[start][first].tolist()].with_columns(
            pl.Series(name, getattr(estimate, name), dtype=kind) for name, kind in _PARTS.items()
        )


def _joined(parts: Iterable[pl.DataFrame]) -> tuple[pl.DataFrame, Estimate] | None:
    """The strata of all grains and their estimate; None where there are none."""
    listed = list(parts)
    if not listed:
        return None
    together = pl.concat(listed, how="diagonal")
    columns = [*PLACE, *(name for name in together.columns if name not in (*PLACE, *_PARTS))]
    strata = together.with_columns(
        pl.lit(None, pl.String).alias(name) for name in PLACE if name not in together.columns
    ).select(columns)
    numbers = {name: together[name].to_numpy() for name in ("value", "se", "low", "high", "n")}
    texts = {name: together[name].to_numpy().astype(object) for name in ("status", "reason")}
    return strata, Estimate(**numbers, method=AUC_METHOD, **texts)


def _pooled_rates(called: pl.DataFrame, results: Results | None) -> Iterator[pl.DataFrame]:
    """Readers pooled: Wilson where every exam has one reader, the multi-reader interval where readers share exams."""
    if results is None:
        yield from _accuracy(called, np.zeros(called.height, dtype=bool))
        return
    own = results.study
    called = called.join(
        own.strata.select(*STRATUM, "study"),
        on=STRATUM,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    number = called["study"].fill_null(-1).to_numpy()
    shared = (number >= 0) & own.overlapping[number]
    yield from _accuracy(called.filter(pl.Series(~shared)), np.zeros((~shared).sum(), dtype=bool))
    for measure_id, parts in RATES.items():
        estimate = results.pooled[measure_id].estimate
        told = shared & (estimate.status[number] == "ok")
        yield rows(measure_id, called.filter(pl.Series(told)), taken(estimate, number[told]))
        yield from _accuracy(
            called.filter(pl.Series(shared & ~told)),
            np.ones((shared & ~told).sum(), dtype=bool),
            {measure_id: parts},
        )


def _pooled_auc(
    results: Results, strata: pl.DataFrame, estimate: Estimate
) -> Iterator[pl.DataFrame]:
    """Readers pooled with weights positives x negatives; where one reader has weight, that reader's own estimate."""
    own, pooled = results.study, results.pooled["auc"]
    scored = np.bincount(own.reads("score_key").stratum, minlength=own.studies) > 0
    told = own.strata.filter(pl.Series(scored[own.strata["study"].to_numpy()])).with_columns(
        population=pl.lit(READERS)
    )
    number = told["study"].to_numpy()
    alone = (pooled.readers == 1)[number]
    yield rows("auc", told.filter(pl.Series(~alone)), taken(pooled.estimate, number[~alone]))
    one = told.filter(pl.Series(alone)).join(
        strata.with_row_index("at")
        .filter(pl.Series(estimate.status == "ok"))
        .select(*STRATUM, "at"),
        on=STRATUM,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    own_rows = taken(estimate, one["at"].to_numpy(), estimate.method)
    again = own.repeated[one["study"].to_numpy()]
    yield rows("auc", one, withheld(own_rows, again, REPEATED))


def reader_accuracy(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Readers against the reference: each reader, readers pooled (reader NULL), and techniques compared."""
    keys = ("finding", "reference")
    called = roll_up(
        connection, "count_call", keys, CALLED, where=ANSWERED, optional=("reader",)
    ).with_columns(population=pl.lit(READERS))
    results = pool(connection)
    single = called.filter(pl.col("reader").is_not_null())
    yield from _accuracy(single, np.zeros(single.height, dtype=bool))
    yield from _pooled_rates(called.filter(pl.col("reader").is_null()), results)
    if results is None:
        return
    scored = _joined(_auc(connection, "count_call", (*keys, "reader"), RATED))
    if scored is not None:
        strata, estimate = scored
        strata = strata.with_columns(population=pl.lit(READERS))
        yield rows("auc", strata, estimate)
        yield from _pooled_auc(results, strata, estimate)
    yield from variance_parts(results)
    yield from differences(results)


def ai_accuracy(connection: duckdb.DuckDBPyConnection, told: Months) -> Iterator[pl.DataFrame]:
    """Algorithms against the reference, by version."""
    keys = ("algorithm", "algorithm_version", "finding", "reference")
    called = roll_up(
        connection, "count_pair", keys, CALLED, where=f"{VALID} AND {ANSWERED}", told=told
    )
    yield from _accuracy(called, np.zeros(called.height, dtype=bool))
    scored = _joined(_auc(connection, "count_score", keys, f"{VALID} AND {RATED}", told))
    if scored is not None:
        yield rows("auc", *scored)
