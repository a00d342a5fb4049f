"""Major changes from the preliminary to the final report, clustered by patient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.counts.patients import REPEATED
from overread.measures.grains import roll_up, roll_up_query
from overread.measures.table import rows
from overread.stats.shares.clustered_proportion import wilson_clustered

ROUTE: Final = "final_over_preliminary"
# Reviews of the route: those whose significance is known, and those that changed the report significantly.
CHANGED: Final = (
    "coalesce(sum(n) FILTER (right(score, 1) = 'b'), 0)::BIGINT AS major, "
    "coalesce(sum(n) FILTER (score = '1' OR right(score, 1) IN ('a', 'b')), 0)::BIGINT AS known"
)
_PLACE: Final = ("period", *DIMENSIONS[1:])


def preliminary_changes(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Rows of `preliminary_major_change`, at places of one dimension or none."""
    strata = roll_up(
        connection, "count_review", (), CHANGED, where=f"route = '{ROUTE}'", few=True
    ).filter(pl.col("known") > 0)
    if strata.height == 0:
        return
    of_patient = roll_up_query(
        REPEATED,
        ("patient_id",),
        "sum(n)::BIGINT AS n, coalesce(sum(n) FILTER (significant), 0)::BIGINT AS x",
        few=True,
    )
    repeated = connection.sql(
        f"SELECT {', '.join(_PLACE)}, count(*) AS clusters, sum(n)::BIGINT AS n, sum(x)::BIGINT AS x, "
        f"sum(x * x)::BIGINT AS xx, sum(x * n)::BIGINT AS xn, sum(n * n)::BIGINT AS nn FROM ({of_patient}) GROUP BY ALL"
    ).pl()
    parts = ("clusters", "n", "x", "xx", "xn", "nn")
    # patients with one review have x squared = x, and so on
    joined = strata.join(repeated, on=_PLACE, how="left", nulls_equal=True, maintain_order="left")
    numbers = {
        name: joined[name].cast(pl.Float64).fill_null(0.0).to_numpy()
        for name in (*parts, "known", "major")
    }
    n, x = numbers["known"], numbers["major"]
    single_n, single_x = n - numbers["n"], x - numbers["x"]
    estimate = wilson_clustered(
        x,
        n,
        numbers["clusters"] + single_n,
        numbers["xx"] + single_x,
        numbers["xn"] + single_x,
        numbers["nn"] + single_n,
    )
    told = strata.with_columns(route=pl.lit(ROUTE))
    yield rows("preliminary_major_change", told, estimate, numerator=x, denominator=n)
