"""Drift of an algorithm's scores and of its disagreement with the reader, month by month against its first months."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.agreement import ANSWERED
from overread.measures.ai_two_by_two import ASKED, KNEW
from overread.measures.families import adjusted
from overread.measures.table import rows
from overread.stats.estimate import FloatArray, make_estimate
from overread.stats.monitoring.drift import DriftTest, ks_test, psi_test
from overread.stats.monitoring.share_cusum import share_cusum

BASELINE_MONTHS: Final = 3
BINS: Final = 10
SCORED: Final = "first_reference AND status = 'ok' AND score_key IS NOT NULL"
DATED: Final = "month <> 'undated' AND month NOT IN (SELECT month FROM held_month)"
DRIFT: Final = ("score_drift_psi", "score_drift_ks")
CUSUM: Final = "disagreement_cusum"
MORE, LESS = "more", "less"
NO_BASELINE: Final = "no baseline: the month has no case before it"
_OWN: Final = ("vendor", *ASKED)
_KEYS: Final = ", ".join(_OWN)
# The network's rows and a vendor's own: an algorithm that two vendors deliver has rows of either.
_COUNTS: Final = "(FROM {table} UNION ALL BY NAME SELECT * REPLACE (NULL AS vendor) FROM {table})"
# A version's first months with scores are its baseline; their tenths are the bins, whatever comes later.
BINNED: Final = f"""
WITH scores AS (
    SELECT {_KEYS}, month, score_key, sum(n)::BIGINT AS n,
        dense_rank() OVER (PARTITION BY {_KEYS} ORDER BY month) AS turn
    FROM {_COUNTS.format(table="count_score")} WHERE {SCORED} AND {DATED} GROUP BY {_KEYS}, month, score_key
), running AS (
    SELECT {_KEYS}, score_key, sum(sum(n)) OVER (PARTITION BY {_KEYS} ORDER BY score_key)
        / sum(sum(n)) OVER (PARTITION BY {_KEYS}) AS share
    FROM scores WHERE turn <= {BASELINE_MONTHS} GROUP BY {_KEYS}, score_key
), edges AS (
    SELECT {_KEYS}, [{", ".join(f"min(score_key) FILTER (share >= {k} / {BINS})" for k in range(1, BINS))}] AS edge
    FROM running GROUP BY {_KEYS}
)
SELECT {", ".join(f"s.{name}" for name in _OWN)}, month, turn,
    len(list_filter(edge, lambda e: e < score_key)) AS bin, sum(n)::BIGINT AS n
FROM scores s JOIN edges e ON {" AND ".join(f"s.{name} IS NOT DISTINCT FROM e.{name}" for name in _OWN)}
GROUP BY ALL
"""
_DISAGREED: Final = f"""
SELECT {_KEYS}, {KNEW} AS population, month, sum(n)::BIGINT AS n,
    coalesce(sum(n) FILTER (call <> reader_call), 0)::BIGINT AS x,
    dense_rank() OVER (PARTITION BY {_KEYS}, population ORDER BY month) AS turn
FROM {_COUNTS.format(table="count_pair")} WHERE {ANSWERED} AND {DATED} GROUP BY {_KEYS}, population, month
"""


def score_drift(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """PSI and KS of each month's scores against the version's first months, with p and q.

    What chance alone exceeds in 5 % of stable months of these sizes is left in the table `drift_limit`: the page draws
    it, and no month is judged by it.
    """
    connection.execute(
        f"CREATE OR REPLACE TABLE drift_limit (measure_id VARCHAR, {', '.join(f'{name} VARCHAR' for name in _OWN)}, "
        "period VARCHAR, threshold DOUBLE)"
    )
    binned = connection.sql(BINNED).pl()
    months = (
        binned.filter(pl.col("turn") > BASELINE_MONTHS)
        .select(*_OWN, "month")
        .unique()
        .sort(*_OWN, "month", nulls_last=False)
    )
    if months.height == 0:
        return
    base = binned.filter(pl.col("turn") <= BASELINE_MONTHS).group_by(*_OWN, "bin").agg(pl.sum("n"))
    numbered = months.with_row_index("at")
    before, now = np.zeros((2, months.height, BINS))
    for table, counts, keys in ((before, base, _OWN), (now, binned, (*_OWN, "month"))):
        cells = numbered.join(counts, on=keys, nulls_equal=True)
        table[cells["at"].to_numpy(), cells["bin"].to_numpy()] = cells["n"].to_numpy()
    tests: tuple[DriftTest, ...] = (psi_test(before, now), ks_test(before, now))
    told = months.rename({"month": "period"})
    # both statistics look at the same scores: one family per version, so that the drift of one lends nobody else's
    # months a lower bar
    q = adjusted(pl.concat([told] * 2), np.concatenate([test.p for test in tests]), *_OWN)
    for measure_id, test, own in zip(DRIFT, tests, np.split(q, 2), strict=True):
        yield rows(measure_id, told, test.statistic, p=test.p, q=own)
        limits = told.with_columns(
            measure_id=pl.lit(measure_id), threshold=pl.Series(test.threshold).fill_nan(None)
        )
        connection.register("limits", limits.to_arrow())
        connection.execute("INSERT INTO drift_limit BY NAME SELECT * FROM limits")
        connection.unregister("limits")


def disagreement_cusum(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """CUSUM of the share of cases on which the algorithm and the reader differ; more and less are two sides."""
    own = (*_OWN, "population")
    months = connection.sql(_DISAGREED).pl().sort(*own, "month", nulls_last=False)
    later = months.filter(pl.col("turn") > BASELINE_MONTHS)
    if later.height == 0:
        return
    series = later.select(*own).unique(maintain_order=True).with_row_index("at")
    base = months.filter(pl.col("turn") <= BASELINE_MONTHS).group_by(*own).agg(pl.sum("x", "n"))
    of_series = series.join(base, on=own, how="left", nulls_equal=True, maintain_order="left")
    placed = later.join(series, on=own, nulls_equal=True, maintain_order="left")
    at = placed["at"].to_numpy(), placed["turn"].to_numpy() - BASELINE_MONTHS - 1
    events, cases = np.zeros((2, series.height, int(at[1].max()) + 1))
    events[at], cases[at] = placed["x"].to_numpy(), placed["n"].to_numpy()
    found = share_cusum(events, cases, of_series["x"].to_numpy(), of_series["n"].to_numpy())
    sides: tuple[tuple[str, FloatArray, FloatArray], ...] = (
        (MORE, found.up.path[at], found.p_up[at]),
        (LESS, found.down.path[at], found.p_down[at]),
    )
    told = pl.concat([placed.with_columns(category=pl.lit(side)) for side, _, _ in sides]).rename(
        {"month": "period"}
    )
    p = np.concatenate([p for _, _, p in sides])
    estimate = make_estimate(
        np.concatenate([path for _, path, _ in sides]),
        n=told["n"].cast(pl.Float64).to_numpy(),
        method="tabular CUSUM, slack 0.5",
    )
    yield rows(CUSUM, told, estimate, p=p, q=adjusted(told, p, *_OWN))
