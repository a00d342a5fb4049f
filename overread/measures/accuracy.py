"""Sensitivity, specificity and AUC of readers and of algorithms against the reference standard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.stats.auc import auc_delong
from overread.stats.estimate import Estimate, make_estimate
from overread.stats.proportion import wilson

POOLED = "several readers on overlapping cases: a multi-reader interval is not computed yet"
_PLACE = ("period", *DIMENSIONS[1:])
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
    return make_estimate(
        estimate.value,
        n=estimate.n,
        method=estimate.method,
        se=np.where(mask, np.nan, estimate.se),
        low=np.where(mask, np.nan, estimate.low),
        high=np.where(mask, np.nan, estimate.high),
        insufficient=[
            ((estimate.status != "ok") & (estimate.reason == why), why)
            for why in sorted(set(estimate.reason[estimate.status != "ok"]))
        ],
        withheld=[(mask, reason)],
    )


def _accuracy(strata: pl.DataFrame, pooled: np.ndarray) -> Iterator[pl.DataFrame]:
    for measure_id, top, bottom in (("sensitivity", "tp", "sick"), ("specificity", "tn", "well")):
        x, n = (strata[name].cast(pl.Float64).to_numpy() for name in (top, bottom))
        yield rows(
            measure_id, strata, withheld(wilson(x, n), pooled, POOLED), numerator=x, denominator=n
        )


def _auc(cells: pl.DataFrame, keys: Sequence[str]) -> tuple[pl.DataFrame, Estimate, np.ndarray]:
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
    weight = np.add.reduceat(sick, first) * np.add.reduceat(well, first)
    return strata, estimate, weight


def _pooled_auc(strata: pl.DataFrame, estimate: Estimate, weight: np.ndarray) -> pl.DataFrame:
    """Readers pooled with weights positives x negatives; one reader's own estimate is its row already."""
    keys = [name for name in strata.columns if name != "reader"]
    pooled = (
        strata.with_columns(
            value=pl.Series(np.nan_to_num(estimate.value) * weight),
            weight=pl.Series(weight),
            n=pl.Series(estimate.n),
        )
        .group_by(keys)
        .agg(pl.col("value", "weight", "n").sum(), readers=pl.len())
        .sort(keys, nulls_last=False)
    )
    total = pooled["weight"].to_numpy()
    one = pooled["readers"].to_numpy() == 1
    result = make_estimate(
        pooled["value"].to_numpy() / np.where(total > 0, total, 1.0),
        n=pooled["n"].to_numpy(),
        method="AUC per reader, pooled by positives x negatives",
        insufficient=[(total <= 0, "no reader has both classes")],
        withheld=[(one, "one reader: see the reader's own row"), (~one, POOLED)],
    )
    return rows("auc", pooled, result)


def reader_accuracy(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Readers against the reference: each reader, and readers pooled (reader NULL)."""
    keys = ("finding", "reference")
    called = roll_up(
        connection, "count_call", keys, _CALLS, where="call IS NOT NULL", optional=("reader",)
    )
    # Wilson holds where every exam has one reader; not where readers share cases
    sharing = [
        row[0]
        for row in connection.execute(
            "SELECT DISTINCT vendor FROM count_rating WHERE readers > 1"
        ).fetchall()
    ]
    shared = called["vendor"].is_in(sharing) | (called["vendor"].is_null() & bool(sharing))
    pooled = (called["reader"].is_null() & shared).to_numpy()
    population = pl.lit("readers").alias("population")
    yield from _accuracy(called.with_columns(population), pooled)
    cells = roll_up(
        connection,
        "count_call",
        (*keys, "reader", "score_key"),
        _SCORES,
        where="score_key IS NOT NULL",
    )
    if cells.height:
        strata, estimate, weight = _auc(cells, [*_PLACE, *keys, "reader"])
        strata = strata.with_columns(population)
        yield rows("auc", strata, estimate)
        yield _pooled_auc(strata, estimate, weight)


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
        strata, estimate, _ = _auc(cells, [*_PLACE, *keys])
        yield rows("auc", strata, estimate)
