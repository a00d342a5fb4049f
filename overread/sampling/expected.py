"""What is expected of a stratum before it is drawn: its discrepancy rate and the share of reviews that get done."""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from overread.stats.comparison.empirical_bayes import shrink_shares
from overread.stats.estimate import OK

# Fewer cases tell too little of the network to plan with.
MINIMUM_CASES: Final = 30
# Published rates of peer review span 0.4 to 22 %; a tenth asks for more reviews than most places turn out to need.
DEFAULT_RATE: Final = 0.1
# A completion below it would ask for draws without end.
LEAST_COMPLETION: Final = 0.05

OF_VENDOR: Final = "vendor and modality, shrunk over vendors"
OF_NETWORK: Final = "network"
STATED: Final = "stated"

_RATES: Final = (
    "SELECT modality, vendor, sum(n) FILTER (score <> '1') AS x, sum(n) FILTER (score IS NOT NULL) AS n "
    "FROM count_review WHERE route = 'random' AND month NOT IN (SELECT month FROM held_month) GROUP BY ALL"
)
_COMPLETION: Final = (
    "SELECT 'all' AS modality, vendor, sum(n) FILTER (due AND outcome = 'completed') AS x, sum(n) FILTER (due) AS n "
    "FROM count_assignment WHERE route = 'random' AND month NOT IN (SELECT month FROM held_month) GROUP BY ALL"
)


def _table(
    counted: pl.DataFrame,
) -> tuple[list[str], list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Modalities, vendors, and numerators and denominators as arrays of modalities x vendors."""
    modalities, row = np.unique(counted["modality"].to_numpy(), return_inverse=True)
    vendors, column = np.unique(counted["vendor"].to_numpy(), return_inverse=True)
    x, n = (np.zeros((modalities.size, vendors.size)) for _ in range(2))
    x[row, column] = counted["x"].cast(pl.Float64).fill_null(0).to_numpy()
    n[row, column] = counted["n"].cast(pl.Float64).fill_null(0).to_numpy()
    return modalities.tolist(), vendors.tolist(), x, n


def _expected(
    counted: pl.DataFrame, name: str, otherwise: float
) -> tuple[pl.DataFrame, float, str]:
    """Shrunk shares by modality and vendor; the share and its source for the strata that have none."""
    modalities, vendors, x, n = _table(counted)
    if n.sum() >= MINIMUM_CASES:
        # half a case each way: no event among few cases is no promise of none
        rest, source = (float(x.sum()) + 0.5) / (float(n.sum()) + 1), OF_NETWORK
    else:
        rest, source = otherwise, STATED
    if n.size == 0:
        empty = {"modality": pl.String, "vendor": pl.String, name: pl.Float64}
        return pl.DataFrame(schema=empty), rest, source
    shrunk = shrink_shares(x, n).estimate
    # a prior from no event at all promises none
    told = (shrunk.status == OK) & (shrunk.value > 0)
    row, column = np.nonzero(told)
    frame = pl.DataFrame(
        {
            "modality": [modalities[i] for i in row],
            "vendor": [vendors[i] for i in column],
            name: shrunk.value[told],
        },
        schema={"modality": pl.String, "vendor": pl.String, name: pl.Float64},
    )
    return frame, rest, source


def with_expectations(
    connection: duckdb.DuckDBPyConnection, strata: pl.DataFrame, default_rate: float = DEFAULT_RATE
) -> pl.DataFrame:
    """Add to each stratum what it is planned with.

    The rate is that of the random reviews of its vendor and modality, over the months that are not held, shrunk over
    the vendors (empirical Bayes). Where fewer than five vendors have such reviews of the modality it is the
    network's, and below 30 reviews the stated one. Likewise the share of random assignments that get done, by
    vendor; where nothing is known of it, all.

    Args:
        connection: The warehouse, with its counts built.
        strata: Rows with `vendor` and `modality`.
        default_rate: The rate where nothing is known.

    Returns:
        The rows with `rate`, `rate_source` and `completion`.
    """
    rates, rate, source = _expected(connection.sql(_RATES).pl(), "rate", default_rate)
    done, share, _ = _expected(connection.sql(_COMPLETION).pl(), "completion", 1.0)
    return (
        strata.join(rates, on=["vendor", "modality"], how="left", maintain_order="left")
        .join(done.drop("modality"), on="vendor", how="left", maintain_order="left")
        .with_columns(
            rate_source=pl.when(pl.col("rate").is_null())
            .then(pl.lit(source))
            .otherwise(pl.lit(OF_VENDOR)),
            rate=pl.col("rate").fill_null(rate),
            completion=pl.col("completion").fill_null(share).clip(LEAST_COMPLETION, 1.0),
        )
    )
