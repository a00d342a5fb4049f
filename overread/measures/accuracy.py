"""Sensitivity, specificity and AUC of readers and of algorithms against the reference standard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import duckdb
import numpy as np
import polars as pl

from overread.measures.grains import roll_up
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
from overread.stats.auc import auc_delong
from overread.stats.estimate import Estimate, make_estimate
from overread.stats.proportion import wilson

UNPOOLED = (
    "several readers on overlapping cases, and none read both classes: no multi-reader interval"
)
REPEATED = "one reader who read cases more than once: the reads are dependent"
# Events and cases of each rate, among the sums of the calls.
RATES = {"sensitivity": ("tp", "sick"), "specificity": ("tn", "well")}
_CALLS = (
    "coalesce(sum(n) FILTER (truth = 'present' AND call = 'present'), 0)::BIGINT AS tp, "
    "coalesce(sum(n) FILTER (truth = 'present' AND call IN ('present', 'absent')), 0)::BIGINT AS sick, "
    "coalesce(sum(n) FILTER (truth = 'absent' AND call = 'absent'), 0)::BIGINT AS tn, "
    "coalesce(sum(n) FILTER (truth = 'absent' AND call IN ('present', 'absent')), 0)::BIGINT AS well"
)
_SCORES = (
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


def _auc(cells: pl.DataFrame, keys: Sequence[str]) -> tuple[pl.DataFrame, Estimate]:
    """AUC of each stratum of a long histogram: strata with as many scores share one dense array."""
    cells = cells.sort([*keys, "score_key"], nulls_last=False)
    stratum = cells.select(pl.struct(keys).rle_id()).to_series().to_numpy()
    first = np.flatnonzero(np.diff(stratum, prepend=-1))
    size = np.diff(np.append(first, stratum.size))
    strata = cells[first.tolist()].select(keys)
    sick, well = (cells[name].cast(pl.Float64).to_numpy() for name in ("sick", "well"))
    parts = {name: np.full(first.size, np.nan) for name in ("value", "se", "low", "high", "n")}
    reason = np.full(first.size, "", dtype=object)
    for width in np.unique(size):
        chosen = np.flatnonzero(size == width)
        index = first[chosen][:, None] + np.arange(width)
        estimate = auc_delong(sick[index], well[index])
        for name, values in parts.items():
            values[chosen] = getattr(estimate, name)
        reason[chosen] = estimate.reason
    absent = ~np.isfinite(parts["value"])
    bare = ~absent & ~np.isfinite(parts["low"])
    estimate = make_estimate(
        parts["value"],
        n=parts["n"],
        se=parts["se"],
        low=parts["low"],
        high=parts["high"],
        method="AUC, DeLong",
        insufficient=[(absent & (reason == why), why) for why in sorted(set(reason[absent]))],
        withheld=[(bare & (reason == why), why) for why in sorted(set(reason[bare]))],
    )
    return strata, estimate


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
        connection, "count_call", keys, _CALLS, where="call IS NOT NULL", optional=("reader",)
    ).with_columns(population=pl.lit(READERS))
    results = pool(connection)
    single = called.filter(pl.col("reader").is_not_null())
    yield from _accuracy(single, np.zeros(single.height, dtype=bool))
    yield from _pooled_rates(called.filter(pl.col("reader").is_null()), results)
    if results is None:
        return
    cells = roll_up(
        connection,
        "count_call",
        (*keys, "reader", "score_key"),
        _SCORES,
        where="score_key IS NOT NULL",
    )
    if cells.height:
        strata, estimate = _auc(cells, [*PLACE, *keys, "reader"])
        strata = strata.with_columns(population=pl.lit(READERS))
        yield rows("auc", strata, estimate)
        yield from _pooled_auc(results, strata, estimate)
    yield from variance_parts(results)
    yield from differences(results)


def ai_accuracy(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Algorithms against the reference, by version and by age band."""
    keys = ("algorithm", "algorithm_version", "finding", "reference")
    valid = "status = 'ok' AND truth IS NOT NULL"
    called = roll_up(
        connection,
        "count_pair",
        keys,
        _CALLS,
        where=f"{valid} AND call IS NOT NULL",
        optional=("age_band",),
    )
    labelled = called.with_columns(population="age_band=" + pl.col("age_band"))
    yield from _accuracy(labelled, np.zeros(called.height, dtype=bool))
    cells = roll_up(
        connection,
        "count_pair",
        (*keys, "score_key"),
        _SCORES,
        where=f"{valid} AND score_key IS NOT NULL",
    )
    if cells.height:
        strata, estimate = _auc(cells, [*PLACE, *keys])
        yield rows("auc", strata, estimate)
