"""Reciprocity: the hospital's own reads, judged by the vendors' readers."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

import duckdb
import polars as pl

from overread.measures.concordance import REVIEWED
from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.stats.shares.proportion import wilson

# Numerator and denominator of each rate, among the sums.
LOCAL_RATES: Final = MappingProxyType(
    {
        "local_discrepancy_rate": ("discrepant", "n"),
        "local_significant_discrepancy_rate": ("significant", "known"),
    }
)


def reciprocity(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Discrepancy rates of the hospital's reads, at places of one dimension or none; the vendor is who judged."""
    strata = roll_up(connection, "count_local_review", (), REVIEWED, few=True).fill_null(
        0, matches_supertype=True
    )
    for measure_id, (numerator, denominator) in LOCAL_RATES.items():
        x, n = (strata[name].cast(pl.Float64).to_numpy() for name in (numerator, denominator))
        yield rows(measure_id, strata, wilson(x, n), numerator=x, denominator=n)
