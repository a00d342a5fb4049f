"""Evidence of drift: the rows of the month and of the months that it is held to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.explain.accuracy import ANSWER, FAILED
from overread.explain.algorithms import FURTHER, UNREAD, knew
from overread.explain.evidence import Evidence, Explain, Statistic, Stored, same
from overread.explain.facts import JUDGED_PAIRS, RESULTS
from overread.measures.agreement import ANSWERED
from overread.measures.score_drift import (
    BASELINE_MONTHS,
    BINS,
    CUSUM,
    DATED,
    DRIFT,
    LESS,
    SCORED,
)
from overread.stats.monitoring.drift import ks_test, psi_test
from overread.stats.monitoring.share_cusum import share_cusum
from overread.warehouse.quoting import literal


def _months(
    connection: duckdb.DuckDBPyConnection, conditions: tuple[str, ...], period: str
) -> tuple[list[str], list[str]]:
    """Months of the baseline, and those after it up to the row's."""
    found = connection.execute(
        f"SELECT DISTINCT month FROM pair_fact WHERE {' AND '.join((*conditions, DATED))} AND month <= ? ORDER BY 1",
        [period],
    ).fetchall()
    months = [month for (month,) in found]
    return months[:BASELINE_MONTHS], months[BASELINE_MONTHS:]


def _any_of(months: list[str]) -> str:
    return f"month IN ({', '.join(literal(month) for month in months)})"


def _own(row: Stored) -> tuple[str, ...]:
    return same(row, "vendor", "algorithm", "algorithm_version", "finding")


def scores(connection: duckdb.DuckDBPyConnection, row: Stored) -> Evidence:
    """Scores of the month and of the baseline; the bins are the tenths of the baseline."""
    own, period = _own(row), str(row["period"])
    base, _ = _months(connection, (*own, SCORED), period)
    test = psi_test if row["measure_id"] == DRIFT[0] else ks_test

    def value(contributing: pl.DataFrame) -> float:
        score = contributing["score"].to_numpy()
        now = contributing["of_month"].to_numpy()
        ordered = np.sort(score[~now])
        rank = np.ceil(np.arange(1, BINS) / BINS * ordered.size - 1e-9).astype(np.int64)
        place = np.searchsorted(ordered[rank - 1], score, side="left")
        table = [np.bincount(place[mask], minlength=BINS) for mask in (~now, now)]
        return float(test(*table).statistic.value)

    of_month = f"(month = {literal(period)})"
    listed = f"SELECT row, score_key AS score, {of_month} AS of_month FROM stratum WHERE {SCORED}"
    return Evidence(
        RESULTS,
        (*own, _any_of([*base, period])),
        (("contributing", listed),),
        "SELECT count(*) FILTER (of_month)::DOUBLE AS n, count(*) FILTER (NOT of_month) AS baseline FROM contributing",
        (("contributing", listed),),
        (FURTHER, *FAILED, ("results without a score", "score_key IS NULL")),
        statistic=Statistic(f"overread.stats.monitoring.drift.{test.__name__}", value),
    )


def disagreement(connection: duckdb.DuckDBPyConnection, row: Stored) -> Evidence:
    """Cases that both answered, month by month up to the row's."""
    own, period = (*_own(row), *knew(row)), str(row["period"])
    base, later = _months(connection, (*own, ANSWERED), period)

    def value(contributing: pl.DataFrame) -> float:
        by_month = {
            month: (int(x), int(n))
            for month, x, n in contributing.group_by("of_month")
            .agg(pl.sum("discordant"), pl.len())
            .iter_rows()
        }
        x, n = np.array([by_month[month] for month in later], dtype=np.float64).T
        b, m = np.array([by_month[month] for month in base], dtype=np.float64).sum(axis=0)
        found = share_cusum(x, n, b, m, draws=1)
        side = found.down if row["category"] == LESS else found.up
        return float(side.path[-1])

    listed = f"SELECT row, month AS of_month, (call <> reader_call)::INTEGER AS discordant FROM stratum WHERE {ANSWERED}"
    return Evidence(
        JUDGED_PAIRS,
        (*own, _any_of([*base, *later])),
        (("contributing", listed),),
        f"SELECT count(*) FILTER (of_month = {literal(period)})::DOUBLE AS n, sum(discordant) AS discordant, "
        "count(*) AS cases FROM contributing",
        (("contributing", listed),),
        (
            FURTHER,
            *FAILED,
            ("results without a call", "call IS NULL"),
            ("results that are neither present nor absent", f"NOT {ANSWER}"),
            *UNREAD,
        ),
        statistic=Statistic("overread.stats.monitoring.share_cusum.share_cusum", value),
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {**dict.fromkeys(DRIFT, scores), CUSUM: disagreement}
)
