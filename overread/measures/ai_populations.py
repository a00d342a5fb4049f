"""Algorithms by population, and the gap of each population to the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import polars as pl

from overread.measures.accuracy import ANSWERED, CALLED, RATES, VALID
from overread.measures.ai_two_by_two import JUDGED, numbers
from overread.measures.families import adjusted
from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.model.codes import UNKNOWN
from overread.stats.shares.proportion import newcombe_difference, wilson
from overread.stats.shares.two_shares import fisher_doubled

POPULATIONS: Final = ("age_band", "sex", "scanner_maker", "patient_class")
GAPS: Final = {
    "population_gap_sensitivity": "sensitivity",
    "population_gap_specificity": "specificity",
}
# Each row once per population that it belongs to.
_LISTED: Final = ", ".join(f"'{name}:' || {name}" for name in POPULATIONS)
_BY_POPULATION: Final = f"(SELECT *, unnest([{_LISTED}]) AS population FROM count_population)"
# Where populations are told apart: all months together.
_PLACES: Final = ((), ("vendor",), ("region",), ("site",))
_PLACE: Final = ("vendor", "region", "site")
# Where gaps are tested: of the network, and of a vendor, whose bundle must not depend on its peers' results.
TESTED: Final = pl.col("region").is_null() & pl.col("site").is_null()


def ai_populations(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Sensitivity and specificity of each population, and their gaps to all others of the same kind."""
    strata = roll_up(
        connection,
        _BY_POPULATION,
        (*JUDGED, "population"),
        CALLED,
        where=f"{VALID} AND {ANSWERED} AND population IS NOT NULL",
        months=False,
        places=_PLACES,
    ).sort(*_PLACE, *JUDGED, "population", nulls_last=False)
    for measure_id, parts in RATES.items():
        x, n = numbers(strata, *parts)
        yield rows(measure_id, strata, wilson(x, n), numerator=x, denominator=n)
    yield from _gaps(strata)


def _gaps(strata: pl.DataFrame) -> Iterator[pl.DataFrame]:
    kind = pl.col("population").str.splitn(":", 2).struct.field("field_0").alias("kind")
    known = ~pl.col("population").str.ends_with(f":{UNKNOWN}")
    named = strata.filter(TESTED, known).with_columns(kind)
    own = [*_PLACE, *JUDGED, "kind"]
    tests = []
    for measure_id, rate in GAPS.items():
        events, cases = (pl.col(name) for name in RATES[rate])
        told = named.with_columns(
            x=events,
            size=cases,
            rest_x=events.sum().over(own) - events,
            rest_size=cases.sum().over(own) - cases,
            measure=pl.lit(measure_id),
        )
        tests.append(told)
    together = pl.concat(tests)
    p = fisher_doubled(*numbers(together, "x", "size", "rest_x", "rest_size"))
    q = adjusted(together, p, *_PLACE)
    for measure_id in GAPS:
        mask = (together["measure"] == measure_id).to_numpy()
        told = together.filter(pl.Series(mask))
        x, size, rest_x, rest_size = numbers(told, "x", "size", "rest_x", "rest_size")
        estimate = newcombe_difference(x, size, rest_x, rest_size)
        yield rows(measure_id, told, estimate, p=p[mask], q=q[mask])
