"""The numbers of the pandas script, ours: a grouped pass of DuckDB, then every stratum in one call."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from bench.peers.pandas_script import QUANTILES, STRATUM
from overread.stats.accuracy.auc import auc_delong
from overread.stats.durations.quantiles import quantile, quantile_ranks
from overread.stats.estimate import Estimate, FloatArray
from overread.stats.raters.agreement import cohen_kappa

Stratum = tuple[Any, ...]
_NAMES = ", ".join(STRATUM)
_ANSWERED = "call IN ('present', 'absent') AND reader_call IN ('present', 'absent')"
_SCORED = "truth IN ('present', 'absent') AND score IS NOT NULL"
# Stratum above, seconds below, in one whole number: sorting it sorts the seconds of each stratum.
_BITS = 40


@dataclass(frozen=True, slots=True)
class Counts:
    """What the statistics need of the rows; the strata of each kind are in the order of its arrays.

    Attributes:
        answered: Strata of the calls.
        calls: Algorithm x reader, shape (strata, 2, 2).
        scored: Strata of the scores.
        scores: Diseased and healthy cases per score, stratum after stratum, ascending inside each, shape (2, bins).
        first: First bin of each of those strata.
        timed: Strata of the tasks.
        intervals: Names of the intervals.
        tasks: Tasks with a duration, shape (intervals, strata).
        seconds: Their seconds, interval after interval, stratum after stratum, ascending inside each.
    """

    answered: list[Stratum]
    calls: FloatArray
    scored: list[Stratum]
    scores: FloatArray
    first: NDArray[np.int64]
    timed: list[Stratum]
    intervals: list[str]
    tasks: FloatArray
    seconds: FloatArray


@dataclass(frozen=True, slots=True)
class Numbers:
    """The estimates, beside the strata of `Counts`.

    Attributes:
        kappa: Kappa of the algorithm and the reader, shape (strata).
        auc: AUC of the algorithm, shape (strata).
        quantiles: Quantile -> estimate of shape (intervals, strata).
    """

    kappa: Estimate
    auc: Estimate
    quantiles: dict[float, Estimate]


def _numbered(connection: duckdb.DuckDBPyConnection, source: str) -> list[Stratum]:
    """Number the strata of a table in `stratum_of`; text travels once per stratum, not once per row."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE stratum_of AS "
        f"SELECT *, (row_number() OVER (ORDER BY {_NAMES}) - 1)::BIGINT AS stratum "
        f"FROM (SELECT DISTINCT {_NAMES} FROM {source})"
    )
    return connection.execute(f"SELECT {_NAMES} FROM stratum_of ORDER BY stratum").fetchall()


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    return dict(connection.execute(query).fetchnumpy())


def count(folder: Path) -> Counts:
    """Read both tables and count."""
    with duckdb.connect() as connection:
        for name in ("pairs", "tasks"):
            path = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
        answered = _numbered(connection, f"(FROM pairs WHERE {_ANSWERED})")
        cells = _columns(
            connection,
            "SELECT stratum, (call = 'absent')::BIGINT * 2 + (reader_call = 'absent')::BIGINT AS cell, "
            f"count(*) AS n FROM pairs JOIN stratum_of USING ({_NAMES}) WHERE {_ANSWERED} GROUP BY ALL",
        )
        calls = np.zeros((len(answered), 4))
        calls[cells["stratum"], cells["cell"]] = cells["n"]

        scored = _numbered(connection, f"(FROM pairs WHERE {_SCORED})")
        cells = _columns(
            connection,
            "SELECT stratum, score, count(*) FILTER (truth = 'present') AS sick, "
            "count(*) FILTER (truth = 'absent') AS well "
            f"FROM pairs JOIN stratum_of USING ({_NAMES}) WHERE {_SCORED} GROUP BY ALL ORDER BY ALL",
        )
        scores = np.stack([cells["sick"], cells["well"]]).astype(np.float64)
        first = np.searchsorted(cells["stratum"], np.arange(len(scored)))

        timed = _numbered(connection, "tasks")
        intervals = [n for n in connection.table("tasks").columns if n not in STRATUM]
        # -1 = no duration
        durations = ", ".join(f"coalesce({name}, -1) AS {name}" for name in intervals)
        rows = _columns(
            connection,
            f"SELECT stratum, {durations} FROM tasks JOIN stratum_of USING ({_NAMES})",
        )
    tasks, seconds = [], []
    for name in intervals:
        keys = ((rows["stratum"] << _BITS) | rows[name])[rows[name] >= 0]
        keys.sort()
        tasks.append(np.bincount(keys >> _BITS, minlength=len(timed)))
        seconds.append(keys & ((1 << _BITS) - 1))
    return Counts(
        answered,
        calls.reshape(-1, 2, 2),
        scored,
        scores,
        first,
        timed,
        intervals,
        np.stack(tasks).astype(np.float64),
        np.concatenate(seconds).astype(np.float64),
    )


def compute(counts: Counts) -> Numbers:
    """Every statistic of every stratum, with its interval."""
    ends = np.cumsum(counts.tasks).reshape(counts.tasks.shape)
    first = (ends - counts.tasks).astype(np.int64)
    # many strata have as many tasks: their ranks are looked up once
    sizes, back = np.unique(counts.tasks, return_inverse=True)

    def at(rank: FloatArray) -> FloatArray:
        place = first + np.maximum(np.nan_to_num(rank, nan=1.0), 1).astype(np.int64) - 1
        found: FloatArray = counts.seconds[np.minimum(place, counts.seconds.size - 1)]
        return found

    quantiles = {}
    for p in QUANTILES:
        rank, lower, upper = (part[back] for part in quantile_ranks(sizes, p))
        quantiles[p] = quantile(counts.tasks, at(rank), at(lower), at(upper), p, lower, upper)
    sick, well = counts.scores
    auc = auc_delong(sick, well, first=counts.first)
    return Numbers(cohen_kappa(counts.calls), auc, quantiles)


def run(folder: Path) -> tuple[Counts, Numbers, float]:
    """Count and compute. Returns the counts, the numbers and the seconds that the statistics alone took."""
    counts = count(folder)
    start = time.perf_counter()
    numbers = compute(counts)
    return counts, numbers, time.perf_counter() - start
