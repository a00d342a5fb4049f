"""Evidence of ratios for case mix, shrunken rates and ranks: a vendor's rows beside what all vendors count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import polars as pl

from overread.explain.evidence import Evidence, Explain, Statistic, Stored, of_row, placed, same
from overread.explain.facts import DUE_TASKS, REVIEWS, Fact
from overread.measures.comparison import CELL, COMPARED, Compared, rank, shrink
from overread.model.codes import UNKNOWN
from overread.stats.estimate import FloatArray
from overread.warehouse.quoting import literal

_FACTS: Final[Mapping[str, Fact]] = MappingProxyType(
    {"count_review": REVIEWS, "count_sla": DUE_TASKS}
)
_NO_CASE: Final = MappingProxyType(
    {
        "n": "reviews without a score",
        "known": "reviews without a score whose significance is known",
        "due": "tasks not due by the data cut-off, cancelled or returned, or without one clear term",
    }
)
_CELL: Final = ", ".join(CELL)
_OWN_CELL: Final = " AND ".join(f"cell.{name} = stratum.{name}" for name in CELL)


def _compared(row: Stored) -> Compared:
    """Which comparison a stored row is of."""
    names = {row["category"], row["measure_id"]}
    return next(c for c in COMPARED if names & {c.category, c.ratio, c.shrunken})


def _conditions(row: Stored, compared: Compared) -> tuple[str, ...]:
    return (*placed(row), *same(row, **{compared.key: compared.column}))


def _counted(row: Stored, compared: Compared, keys: str) -> str:
    """SQL of the cases and events of every vendor, apart by keys, as they enter the comparison."""
    apart = f"{compared.column} = {literal(str(row[compared.key]))}"
    return (
        f"SELECT {keys}, coalesce({compared.events}, 0) AS x, coalesce({compared.cases}, 0) AS n FROM (\n"
        f"        SELECT {keys}, {compared.sums} FROM (SELECT *, 1 AS n FROM {_FACTS[compared.table].name})\n"
        f"        WHERE {apart} AND vendor <> {literal(UNKNOWN)}\n"
        f"        AND month NOT IN (SELECT month FROM held_month) GROUP BY ALL\n"
        f"    ) WHERE coalesce({compared.cases}, 0) > 0"
    )


def _each(compared: Compared) -> str:
    """SQL of the rows of the stratum that are cases, each with its event."""
    return (
        f"SELECT row, {_CELL}, coalesce({compared.events}, 0)::BIGINT AS event FROM "
        f"(SELECT row, {_CELL}, {compared.sums} FROM stratum GROUP BY ALL) WHERE {compared.cases} > 0"
    )


def _cells(row: Stored, compared: Compared) -> tuple[tuple[str, str], ...]:
    return (
        ("counted", _counted(row, compared, f"vendor, {_CELL}")),
        ("cell", f"SELECT {_CELL}, sum(x) AS x, sum(n) AS n, count(*) AS vendors FROM counted GROUP BY ALL"),
        ("each", _each(compared)),
    )  # fmt: skip


def ratio(row: Stored) -> Evidence:
    """Observed to expected events of the cases that other vendors have, too."""
    compared = _compared(row)
    steps = _cells(row, compared)
    shared = f"FROM each JOIN cell USING ({_CELL}) WHERE vendors > 1"
    result = (
        "SELECT count(*)::DOUBLE AS n, coalesce(sum(event), 0)::DOUBLE AS numerator, "
        "coalesce(sum(x / cell.n), 0)::DOUBLE AS denominator, "
        f"(sum(event) / nullif(sum(x / cell.n), 0))::DOUBLE AS value\n{shared}"
    )
    return Evidence(
        _FACTS[compared.table],
        _conditions(row, compared),
        steps,
        result,
        (*steps, ("contributing", f"SELECT row, event, x / cell.n AS expected {shared}")),
        (
            (
                "cases of a kind that no other vendor has",
                f"row IN (SELECT row FROM each) AND EXISTS (SELECT 1 FROM cell WHERE {_OWN_CELL} AND vendors = 1)",
            ),
            (_NO_CASE[compared.cases], "row NOT IN (SELECT row FROM each)"),
        ),
    )


def alone(row: Stored) -> Evidence:
    """Cases of a kind that no other vendor has."""
    compared = _compared(row)
    steps = _cells(row, compared)
    marked = f"FROM each JOIN cell USING ({_CELL})"
    return Evidence(
        _FACTS[compared.table],
        _conditions(row, compared),
        steps,
        "SELECT count(*)::DOUBLE AS n, count(*) FILTER (vendors = 1)::DOUBLE AS numerator, "
        f"count(*)::DOUBLE AS denominator, count(*) FILTER (vendors = 1) / count(*) AS value\n{marked}",
        (*steps, ("contributing", f"SELECT row, (vendors = 1)::BIGINT AS in_numerator {marked}")),
        ((_NO_CASE[compared.cases], "true"),),
    )


def _of_vendor(row: Stored, value: Callable[[FloatArray, FloatArray], FloatArray]) -> Statistic:
    """A value of all vendors' counts, of which the row's vendor takes its own."""

    def own(rows: pl.DataFrame) -> float:
        counts = [unit.rsplit(" ", 2) for unit in rows["vendors"][0].split("; ")]
        x, n = (np.array([float(unit[place]) for unit in counts]) for place in (1, 2))
        return float(value(x, n)[[unit[0] for unit in counts].index(str(row["vendor"]))])

    return Statistic("shrink_shares, then rank_beta" if row["category"] else "shrink_shares", own)


def among_vendors(row: Stored) -> Evidence:
    """A shrunken rate or a rank: the vendor's cases, with the counts of all vendors beside each."""
    compared = _compared(row)
    ranked = row["measure_id"] == "rank"
    steps = (
        ("counted", _counted(row, compared, "vendor")),
        ("each", _each(compared)),
    )
    events = "count(*) FILTER (event = 0)" if compared.good else "sum(event)"
    parts = (
        "(SELECT count(*) FROM counted)::DOUBLE AS denominator"
        if ranked
        else f"({events})::DOUBLE AS numerator, count(*)::DOUBLE AS denominator"
    )
    vendors = "(SELECT string_agg(concat_ws(' ', vendor, x, n), '; ' ORDER BY vendor) FROM counted) AS vendors"

    def value(x: FloatArray, n: FloatArray) -> FloatArray:
        return rank(x, n).value if ranked else shrink(x, n, good=compared.good).estimate.value

    return Evidence(
        _FACTS[compared.table],
        _conditions(row, compared),
        steps,
        f"SELECT count(*)::DOUBLE AS n, {parts} FROM each",
        (*steps, ("contributing", f"SELECT row, event, {vendors} FROM each")),
        ((_NO_CASE[compared.cases], "true"),),
        statistic=_of_vendor(row, value),
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {
        "standardised_ratio": of_row(ratio),
        "case_mix_alone": of_row(alone),
        "rank": of_row(among_vendors),
        **{compared.shrunken: of_row(among_vendors) for compared in COMPARED},
    }
)
