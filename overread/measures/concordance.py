"""Peer review: discrepancy rates and the RADPEER distribution, by route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.grains import Months, roll_up
from overread.measures.table import rows
from overread.stats.shares.proportion import wilson

SCORES: Final = ("1", "2", "2a", "2b", "3", "3a", "3b")


def _sums(score: str, prefix: str) -> str:
    return (
        f"sum(n) FILTER ({score} IS NOT NULL) AS {prefix}n, sum(n) FILTER ({score} <> '1') AS {prefix}discrepant, "
        f"sum(n) FILTER ({score} LIKE '%b') AS {prefix}significant, "
        f"sum(n) FILTER ({score} = '1' OR {score} LIKE '%a' OR {score} LIKE '%b') AS {prefix}known"
    )


# Sums of the reviews: by the reviewer's score, by the arbitrated one, and reviews of each score.
REVIEWED: Final = _sums("score", "")
ARBITRATED: Final = _sums("arbitrated_score", "arbitrated_")
SCORED: Final = ", ".join(f"sum(n) FILTER (score = '{score}') AS score_{score}" for score in SCORES)
# Numerator and denominator of each rate, among the sums.
RATES: Final = MappingProxyType(
    {
        "discrepancy_rate": ("discrepant", "n"),
        "significant_discrepancy_rate": ("significant", "known"),
        "discrepancy_rate_arbitrated": ("arbitrated_discrepant", "arbitrated_n"),
        "significant_discrepancy_rate_arbitrated": ("arbitrated_significant", "arbitrated_known"),
    }
)


def concordance(
    connection: duckdb.DuckDBPyConnection, targets: Mapping[str, float], told: Months
) -> Iterator[pl.DataFrame]:
    """Rows of the discrepancy rates; a NULL route is all routes together, as the reviews came."""
    strata = roll_up(
        connection, "count_review", (), f"{REVIEWED}, {ARBITRATED}", optional=("route",), told=told
    ).fill_null(0, matches_supertype=True)
    random = (strata["route"] == "random").fill_null(value=False).to_numpy()
    for measure_id, parts in RATES.items():
        x, n = (strata[name].cast(pl.Float64).to_numpy() for name in parts)
        # only a random sample estimates the rate of the whole, so only it is held to a target
        target = np.where(random, targets.get(measure_id, np.nan), np.nan)
        yield rows(measure_id, strata, wilson(x, n), numerator=x, denominator=n, target=target)


def radpeer(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Share of each score that was given at all (category), at places of one dimension or none, months as one."""
    one = pl.sum_horizontal(pl.col(name).is_not_null() for name in ("period", *DIMENSIONS[1:])) <= 1
    strata = (
        roll_up(
            connection, "count_review", (), f"{REVIEWED}, {SCORED}", optional=("route",), few=True
        )
        .filter(one)
        .fill_null(0, matches_supertype=True)
    )
    n = strata["n"].cast(pl.Float64).to_numpy()
    for score in SCORES:
        x = strata[f"score_{score}"].cast(pl.Float64).to_numpy()
        if np.any(x > 0):
            labelled = strata.with_columns(category=pl.lit(score))
            yield rows("radpeer_share", labelled, wilson(x, n), numerator=x, denominator=n)
