"""The tidy `measure` table and how estimates become its rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.catalogue import CATALOGUE
from overread.measures.grains import Months
from overread.stats.estimate import OK, Estimate

TEXT: Final = (
    "period",
    "vendor",
    "region",
    "site",
    "modality",
    "service",
    "engagement",
    "facility_type",
    "deployment",
    "patient_class",
    "priority",
    "route",
    "category",
    "interval",
    "algorithm",
    "algorithm_version",
    "finding",
    "reference",
    "population",
)
EXTRA: Final = ("technique", "reader")
SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "measure_id": pl.String,
    "definition_version": pl.Int64,
    **dict.fromkeys(TEXT, pl.String),
    "n": pl.Float64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    # p of the row's own test, and its Benjamini-Hochberg value among the tests of its family
    "p": pl.Float64,
    "q": pl.Float64,
    "method": pl.String,
    "target": pl.Float64,
    "status": pl.String,
    "reason": pl.String,
    "data_cutoff": pl.Datetime("us"),
    **dict.fromkeys(EXTRA, pl.String),
}
_ORDER = ("measure_id", *TEXT, *EXTRA)


def rows(
    measure_id: str,
    strata: pl.DataFrame,
    estimate: Estimate,
    *,
    numerator: Any = None,
    denominator: Any = None,
    scale: float = 1.0,
    target: Any = None,
    p: Any = None,
    q: Any = None,
) -> pl.DataFrame:
    """Rows of one measure: the strata's dimensions with the estimate; NaN becomes NULL.

    Args:
        measure_id: Entry of the catalogue.
        strata: One row per stratum; columns that the table has are kept.
        estimate: Estimate of as many strata.
        numerator: Counted events, or None where the measure has none.
        denominator: Cases counted out of, or None.
        scale: Factor from the statistic's unit to the measure's (1/60 for seconds to minutes).
        target: Target per stratum, or None.
        p: p-value of the row's test, or None where it has none.
        q: The same, adjusted for the tests of its family.
    """

    def part(values: Any, factor: float = 1.0) -> pl.Series:
        if values is None:
            return pl.Series([None] * strata.height, dtype=pl.Float64)
        array = np.broadcast_to(np.asarray(values, dtype=np.float64) * factor, (strata.height,))
        return pl.Series(array).fill_nan(None)

    present = [name for name in (*TEXT, *EXTRA) if name in strata.columns]
    frame = strata.select(pl.col(present).cast(pl.String)).with_columns(
        measure_id=pl.lit(measure_id),
        definition_version=pl.lit(CATALOGUE[measure_id].version, pl.Int64),
        n=part(estimate.n),
        numerator=part(numerator),
        denominator=part(denominator),
        value=part(estimate.value, scale),
        low=part(estimate.low, scale),
        high=part(estimate.high, scale),
        method=pl.lit(estimate.method),
        target=part(target),
        p=part(p),
        q=part(q),
        status=pl.Series(list(estimate.status), dtype=pl.String),
        reason=pl.Series(list(estimate.reason), dtype=pl.String),
    )
    absent = [
        pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in frame.columns
    ]
    return frame.with_columns(absent).select(list(SCHEMA))


def write(
    connection: duckdb.DuckDBPyConnection,
    parts: Iterable[pl.DataFrame],
    cutoff: datetime | None,
    standing: str = "false",
    told: Months = None,
) -> int:
    """Replace the `measure` table; a held month's rows are blocked with the check's name.

    Args:
        connection: The warehouse.
        parts: Rows, the families one after the other.
        cutoff: Data cut-off (UTC).
        standing: Condition of the rows of single months that stand where months are told.
        told: Months that were computed anew, None = every.

    Returns:
        The rows.
    """
    frame = pl.concat(list(parts)).with_columns(data_cutoff=pl.lit(cutoff, pl.Datetime("us")))
    held = dict(
        connection.execute(
            "SELECT month, string_agg(check_name || ': ' || message, '; ' ORDER BY check_name) "
            "FROM held_month GROUP BY ALL"
        ).fetchall()
    )
    blocked = pl.col("period").is_in(list(held))
    numbers = [
        pl.when(blocked).then(None).otherwise(pl.col(c)).alias(c)
        for c in ("value", "low", "high", "p", "q")
    ]
    frame = frame.with_columns(
        *numbers,
        status=pl.when(blocked).then(pl.lit("blocked")).otherwise(pl.col("status")),
        reason=pl.when(blocked)
        .then(pl.col("period").replace_strict(held, default=None, return_dtype=pl.String))
        .otherwise(pl.col("reason")),
    )
    frame = frame[_order(frame)]
    if frame.filter((pl.col("status") == OK) & pl.col("value").is_null()).height:
        raise ValueError("a measure is ok without a value")
    connection.register("measured", frame.to_arrow())
    query = "SELECT * FROM measured"
    if told is not None:
        query += (
            " UNION ALL BY NAME SELECT * REPLACE ($cutoff::TIMESTAMP AS data_cutoff) FROM measure "
            f"WHERE ({standing}) AND period IS NOT NULL AND NOT list_contains($told::VARCHAR[], period)"
        )
    known = {} if told is None else {"cutoff": cutoff, "told": list(told)}
    connection.execute(f"CREATE OR REPLACE TABLE measure AS {query}", known)
    connection.unregister("measured")
    found = connection.execute("SELECT count(*) FROM measure").fetchall()
    return int(found[0][0])


def _order(frame: pl.DataFrame) -> pl.Series:
    """Places of the rows in the order of the table: by measure, then by stratum, NULL first.

    The two dozen texts of a row are sorted as one number made of their ranks, or a few where they do not fit in one.
    """
    keys, bits, key = [], 0, np.zeros(frame.height, dtype=np.uint64)
    for name in _ORDER:
        texts = frame[name].drop_nulls().unique().sort()
        rank = frame[name].cast(pl.Enum(texts)).to_physical().cast(pl.Int64) + 1
        width = texts.len().bit_length()
        if bits + width > np.iinfo(np.uint64).bits:
            keys.append(key)
            bits, key = 0, np.zeros(frame.height, dtype=np.uint64)
        key = (key << np.uint64(width)) | rank.fill_null(0).to_numpy().astype(np.uint64)
        bits += width
    return pl.Series(np.lexsort([key, *reversed(keys)]))
