"""Rates of the whole from the random sample: reviews weighted by inverse inclusion probability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.concordance import REVIEWED
from overread.measures.grains import roll_up
from overread.measures.review_reach import finished_tasks
from overread.measures.table import rows
from overread.stats.shares.stratified_proportion import weight_classes, wilson_stratified

RANDOM: Final = "route = 'random'"
# Numerator and denominator of each rate, among the sums of the reviews.
RATES: Final = MappingProxyType(
    {
        "discrepancy_rate_weighted": ("discrepant", "n"),
        "significant_discrepancy_rate_weighted": ("significant", "known"),
    }
)
_PLACE: Final = ["period", *(name for name in DIMENSIONS if name != "month")]


def weighted_rates(
    connection: duckdb.DuckDBPyConnection, targets: Mapping[str, float]
) -> Iterator[pl.DataFrame]:
    """Rows of the weighted rates.

    Reviews are counted per probability before they are weighted, so that the sums are the same in whatever order the
    rows were read. The population is what was finished, not the sum of the weights: reviews that expired have none.
    """
    counted = roll_up(
        connection, "count_review", ("inclusion_probability",), REVIEWED, where=RANDOM, few=True
    ).with_columns(pl.col("n", "discrepant", "significant", "known").cast(pl.Float64).fill_null(0))
    strata = (
        counted.select(_PLACE)
        .unique(maintain_order=True)
        .join(
            finished_tasks(connection),
            on=_PLACE,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        .with_row_index("stratum")
        .with_columns(route=pl.lit("random"))
    )
    weighted = (
        counted.filter(pl.col("inclusion_probability").is_not_null())
        .join(strata, on=_PLACE, nulls_equal=True)
        .sort("stratum", "inclusion_probability")
    )
    stratum = weighted["stratum"].to_numpy().astype(np.int64)
    weight = 1 / weighted["inclusion_probability"].to_numpy()
    classes = weight_classes(weight)
    shape = (strata.height, int(classes.max(initial=0)) + 1)
    place = stratum * shape[1] + classes
    finished = strata["finished"].fill_null(0).to_numpy()

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(place, values, minlength=shape[0] * shape[1]).reshape(shape)

    for measure_id, parts in RATES.items():
        x, n = (weighted[name].to_numpy() for name in parts)
        cases = summed(n)
        # more reviews than finished tasks are no sample of them
        population = np.where(finished >= cases.sum(axis=1), finished, np.inf)
        top, total = summed(weight * x), summed(weight * n)
        estimate = wilson_stratified(top, total, summed(weight**2 * n), cases, population)
        yield rows(
            measure_id,
            strata,
            estimate,
            numerator=top.sum(axis=1),
            denominator=total.sum(axis=1),
            target=targets.get(measure_id),
        )
