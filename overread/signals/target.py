"""One rule: the whole interval lies beyond the target, and not by the chance of having looked at many strata."""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
from scipy import stats

from overread.counts.declared import DIMENSIONS
from overread.measures.catalogue import CATALOGUE
from overread.measures.table import EXTRA, TEXT
from overread.stats.comparison.multiplicity import benjamini_hochberg

RULE: Final = "interval_beyond_target"
# Share of the signals of one measure that may be chance.
FALSE_DISCOVERY_RATE: Final = 0.05


def find(connection: duckdb.DuckDBPyConnection) -> str:
    """Signals of results beyond their target.

    A month's signal carries `since`: the first month of the unbroken run of months (of those with data) that lie
    beyond the target on the same side. `distance` is the distance of the nearer limit from the target in units of
    the interval's half-width, so that large and certain gaps come first. Only the last month and all months
    together signal: what is over is told by the months' chart. Fewer cases than the measure's minimum n give no signal.

    Of hundreds of strata some lie beyond their target by chance alone. A headline (all months, one place at most: the
    result that a vendor, a region or a site is held to) speaks by its interval, as its tile does. The months and the
    narrower cuts of a measure are one family of tests, whose false discovery rate is held at 5 % (Benjamini and
    Hochberg 1995); the p-value is read off the interval: the distance of value and target in units of the half-width
    towards the target.

    Args:
        connection: The warehouse, with its measures computed.

    Returns:
        SQL of the signals; it reads the temporary tables `candidate` and `family`.
    """
    directions = " ".join(f"WHEN '{m.id}' THEN '{m.direction}'" for m in CATALOGUE.values())
    minimum = " ".join(f"WHEN '{m.id}' THEN {m.minimum_n}" for m in CATALOGUE.values())
    fit = (
        "status = 'ok' AND target IS NOT NULL AND low IS NOT NULL AND reader IS NULL "
        f"AND n >= CASE measure_id {minimum} END"
    )
    places = " + ".join(f"({name} IS NOT NULL)::INT" for name in DIMENSIONS[1:])
    stratum = ", ".join(["measure_id", *(name for name in TEXT if name != "period"), *EXTRA])
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE candidate AS
        WITH judged AS (
            SELECT *, CASE measure_id {directions} END AS direction,
                CASE WHEN low > target THEN 1 WHEN high < target THEN -1 ELSE 0 END AS side,
                row_number() OVER (PARTITION BY {stratum} ORDER BY period) AS place
            FROM measure WHERE {fit} AND period IS NOT NULL
            UNION ALL BY NAME
            SELECT *, CASE measure_id {directions} END AS direction,
                CASE WHEN low > target THEN 1 WHEN high < target THEN -1 ELSE 0 END AS side, 0 AS place
            FROM measure WHERE {fit} AND period IS NULL
        ), runs AS (
            SELECT *, place - row_number() OVER (PARTITION BY {stratum}, side, period IS NULL ORDER BY period) AS run
            FROM judged
        ), dated AS (
            SELECT *, CASE WHEN period IS NOT NULL
                THEN min(period) OVER (PARTITION BY {stratum}, side, run, period IS NULL) END AS since
            FROM runs
        )
        SELECT row_number() OVER (ORDER BY {stratum}, period) - 1 AS place_in_family,
            period IS NULL AND {places} <= 1 AS headline, * EXCLUDE (place) FROM dated
        WHERE dated.direction <> 'neutral' AND (period IS NULL OR period = (SELECT max(period) FROM dated))
        ORDER BY 1"""
    )
    _judge(connection)
    return f"""SELECT '{RULE}' AS rule, {stratum}, period, n, value, low, high, target, since,
            CASE WHEN (side = 1) = (c.direction = 'lower') THEN 'worse' ELSE 'better' END AS direction, family.q AS q,
            CASE WHEN side = 1 THEN low - target ELSE target - high END
                / greatest((high - low) / 2, 1e-9) AS distance
        FROM candidate c JOIN family USING (place_in_family)
        WHERE side <> 0 AND (headline OR family.q <= {FALSE_DISCOVERY_RATE})"""


def _judge(connection: duckdb.DuckDBPyConnection) -> None:
    """Write `family`: the q-value of each month and cut among those of its measure."""
    found = connection.execute(
        "SELECT measure_id, headline, value, low, high, target FROM candidate ORDER BY place_in_family"
    ).fetchnumpy()
    value, low, high, target = (
        np.asarray(found[name], dtype=np.float64) for name in ("value", "low", "high", "target")
    )
    gap = value - target
    half = np.maximum(np.where(gap > 0, value - low, high - value), np.finfo(np.float64).tiny)
    p = 2 * stats.norm.sf(stats.norm.ppf(0.975) * np.minimum(np.abs(gap) / half, 1e6))
    q = np.ones(p.shape)
    for measure in np.unique(found["measure_id"]):
        own = (found["measure_id"] == measure) & ~np.asarray(found["headline"], dtype=bool)
        q[own] = benjamini_hochberg(p[own])
    connection.register("judged", pa.table({"place_in_family": np.arange(q.size), "q": q}))
    connection.execute("CREATE OR REPLACE TEMP TABLE family AS SELECT * FROM judged")
    connection.unregister("judged")
