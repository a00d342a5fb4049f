"""Scores as probabilities: how well they agree with the reference, and the curves of an algorithm for its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.accuracy import RATED, SCORED, VALID
from overread.measures.ai_two_by_two import JUDGED, numbers
from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.stats.accuracy.calibration import ROUNDING, calibration_line
from overread.stats.durations.quantiles import mean
from overread.stats.estimate import INSUFFICIENT, NOT_APPLICABLE, Estimate, make_estimate
from overread.stats.shares.proportion import wilson
from overread.warehouse.analysis.calls import SCORE_SCALE

BINS: Final = 10
# A curve is drawn: more points than that nobody sees.
POINTS: Final = 200
SETTLED: Final = f"{VALID} AND {RATED} AND truth IN ('present', 'absent')"
NO_PROBABILITY: Final = "scores outside 0 to 1 are no probabilities"
_KEYS: Final = ", ".join(("vendor", *JUDGED))
_UNHELD: Final = "month NOT IN (SELECT month FROM held_month)"
_ROC: Final = f"""
CREATE OR REPLACE TABLE roc_curve AS
WITH bins AS (
    SELECT {_KEYS}, score_key, {SCORED} FROM count_score WHERE {SETTLED} AND {_UNHELD} GROUP BY {_KEYS}, score_key
), running AS (
    SELECT *, sum(sick) OVER down AS tp, sum(well) OVER down AS fp, sum(sick) OVER whole AS positives,
        sum(well) OVER whole AS negatives, row_number() OVER down AS place, count(*) OVER whole AS places
    FROM bins WINDOW whole AS (PARTITION BY {_KEYS}), down AS (PARTITION BY {_KEYS} ORDER BY score_key DESC)
)
SELECT {_KEYS}, score_key / {SCORE_SCALE} AS threshold, tp::BIGINT AS tp, fp::BIGINT AS fp,
    positives::BIGINT AS positives, negatives::BIGINT AS negatives, tp / positives AS sensitivity,
    fp / negatives AS false_positive_rate
FROM running WHERE positives > 0 AND negatives > 0
    AND (place % ceil(places / {POINTS})::BIGINT = 0 OR place = 1 OR place = places)
ORDER BY ALL
"""
_CURVE: Final = f"""
WITH bins AS (
    SELECT {_KEYS}, score_key, {SCORED} FROM count_score
    WHERE {SETTLED} AND {_UNHELD} AND score_key BETWEEN 0 AND {SCORE_SCALE} GROUP BY {_KEYS}, score_key
), placed AS (
    SELECT *, sick + well AS n, sum(sick + well) OVER (PARTITION BY {_KEYS} ORDER BY score_key) AS reached,
        sum(sick + well) OVER (PARTITION BY {_KEYS}) AS total FROM bins
)
SELECT {_KEYS}, least(floor({BINS} * (reached - n / 2) / total), {BINS - 1})::BIGINT AS bin, sum(n)::BIGINT AS n,
    sum(sick)::BIGINT AS events, sum(n * score_key) / sum(n) / {SCORE_SCALE} AS mean_probability
FROM placed GROUP BY ALL ORDER BY ALL
"""


def _judged(estimate: Estimate, outside: np.ndarray) -> Estimate:
    """Not applicable, and no number, where scores are no probabilities."""
    gone = make_estimate(
        estimate.value,
        n=estimate.n,
        method=estimate.method,
        se=estimate.se,
        low=estimate.low,
        high=estimate.high,
        insufficient=[
            (outside, NO_PROBABILITY),
            *(
                (estimate.reason == why, why)
                for why in sorted(set(estimate.reason[estimate.status == INSUFFICIENT]))
            ),
        ],
        withheld=[(estimate.reason == why, why) for why in sorted(set(estimate.reason) - {""})],
    )
    return replace(gone, status=np.where(outside, NOT_APPLICABLE, gone.status).astype(object))


def score_calibration(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Brier score, expected calibration error, and the calibration line, by version over all months."""
    place = ["period", *DIMENSIONS[1:], *JUDGED]
    bins = roll_up(
        connection,
        "count_score",
        (*JUDGED, "score_key"),
        SCORED,
        where=SETTLED,
        months=False,
        places=((), ("vendor",)),
    ).with_columns(pl.col("score_key").cast(pl.Int64))
    if bins.height == 0:
        return
    bins = bins.sort([*place, "score_key"], nulls_last=False)
    at = bins.select(pl.struct(place).rle_id()).to_series().to_numpy().astype(np.int64)
    strata = bins.select(place).unique(maintain_order=True)
    size = strata.height
    sick, well = numbers(bins, "sick", "well")
    score = bins["score_key"].to_numpy() / SCORE_SCALE
    outside = np.bincount(at, (score < 0) | (score > 1), size) > 0
    p = np.clip(score, 0, 1)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(at, values, size)

    n = total(sick + well)
    errors = ((p - 1) ** 2, sick), (p**2, well)
    sums = np.sum([total(weight * error) for error, weight in errors], axis=0)
    centre = (sums / n)[at]
    spread, cubes = (
        np.sum([total(weight * (error - centre) ** power) for error, weight in errors], axis=0)
        for power in (2, 3)
    )
    yield rows("brier", strata, _judged(mean(n, sums, spread, cubes=cubes), outside))
    cell = at * BINS + np.minimum(np.floor(p * BINS + ROUNDING).astype(np.int64), BINS - 1)
    gaps = np.abs(np.bincount(cell, sick - (sick + well) * p, size * BINS)).reshape(size, BINS)
    error = make_estimate(gaps.sum(axis=-1) / n, n=n, method=f"ECE, {BINS} equal-width bins")
    yield rows("calibration_error", strata, _judged(error, outside))
    grid, column = np.unique(p, return_inverse=True)
    positives, negatives = np.zeros((2, size, grid.size))
    np.add.at(positives, (at, column), sick)
    np.add.at(negatives, (at, column), well)
    line = calibration_line(positives, negatives, grid)
    yield rows("calibration_slope", strata, _judged(line.slope, outside))
    yield rows("calibration_intercept", strata, _judged(line.intercept, outside))


def write_curves(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the tables `roc_curve` and `calibration_curve`: per algorithm version and reference, over all months.

    A ROC curve has at most 200 points; a calibration curve ten bins of about as many cases each, with Wilson's limits
    of the share of the diseased.

    Args:
        connection: The warehouse, with its counts built.
    """
    connection.execute(_ROC)
    curve = connection.sql(_CURVE).pl()
    share = wilson(*(curve[name].cast(pl.Float64).to_numpy() for name in ("events", "n")))
    told = curve.with_columns(
        share=pl.Series(share.value), low=pl.Series(share.low), high=pl.Series(share.high)
    )
    connection.register("curve_points", told.to_arrow())
    connection.execute("CREATE OR REPLACE TABLE calibration_curve AS FROM curve_points")
    connection.unregister("curve_points")
