"""What a stored number rests on, as SQL over the fact table that its counts were made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.explain.facts import Fact
from overread.warehouse.quoting import literal

# A row of the table `measure`: column -> value.
Stored = Mapping[str, Any]
Steps = tuple[tuple[str, str], ...]

_PLACE: Final = {
    "period": "month",
    **{name: name for name in DIMENSIONS if name != "month"},
}


@dataclass(frozen=True, slots=True)
class Statistic:
    """What turns the contributing rows into a value that SQL does not give.

    Attributes:
        name: How it is called in the library.
        value: Contributing rows -> value, NaN where they give none.
    """

    name: str
    value: Callable[[pl.DataFrame], float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a stored number is made from the rows of a fact.

    All SQL reads the step `stratum`: the fact's rows of the stratum with `row`, their number, and `n`, which is 1,
    so that sums of counts are the same text over facts.

    Attributes:
        fact: Fact table.
        conditions: SQL conditions of the stratum beyond its dimensions.
        steps: Named steps (name, SQL) before the result.
        result: SQL of the one row that gives the parts: `n`, `numerator`, `denominator`, `value` as far as there
            are any, and the counts that they are made of.
        contributing: Steps of which the last one is `contributing`: `row` of every row that enters the number, and
            what else is to be listed of it.
        left_out: (reason, condition): the first condition that holds tells why a row of the stratum does not
            contribute.
        holds: Whether held months are left out where the number is over all months.
        statistic: What gives the value where SQL does not.
    """

    fact: Fact
    conditions: tuple[str, ...]
    steps: Steps
    result: str
    contributing: Steps
    left_out: tuple[tuple[str, str], ...]
    holds: bool = True
    statistic: Statistic | None = None


# A stored row -> its evidence; the warehouse tells what the row does not.
Explain = Callable[[duckdb.DuckDBPyConnection, Stored], Evidence]


def of_row(evidence: Callable[[Stored], Evidence]) -> Explain:
    """Evidence that the stored row alone tells."""

    def explain(_: duckdb.DuckDBPyConnection, row: Stored) -> Evidence:
        return evidence(row)

    return explain


def same(row: Stored, *names: str, **columns: str) -> tuple[str, ...]:
    """Conditions of the dimensions that are told, not rolled up: each a column of the fact, or named otherwise."""
    told = {**{name: name for name in names}, **columns}
    return tuple(
        f"{column} = {literal(str(row[name]))}"
        for name, column in told.items()
        if row[name] is not None
    )


def placed(row: Stored) -> tuple[str, ...]:
    """Conditions of the row's month and place."""
    return same(row, **_PLACE)


def from_sums(
    fact: Fact,
    conditions: tuple[str, ...],
    sums: str,
    numerator: str,
    denominator: str,
    left_out: tuple[tuple[str, str], ...],
    where: str = "",
    value: str | None = None,
) -> Evidence:
    """Evidence of a number that is made of sums over rows, by the very sums that its measure takes over counts.

    A row contributes where it adds to the denominator.

    Args:
        fact: Fact table.
        conditions: Conditions of the stratum.
        sums: SQL of the sums over `n`, each with its name.
        numerator: SQL over the names of the sums; "" for none.
        denominator: SQL over the names of the sums.
        left_out: As of `Evidence`.
        where: Rows that the measure keeps; "" for all.
        value: SQL over the names of the sums; None = numerator / denominator.
    """
    top = f"coalesce({numerator}, 0)"
    parts = [f"coalesce({denominator}, 0)::DOUBLE AS n"]
    if numerator:
        parts += [
            f"{top}::DOUBLE AS numerator",
            f"coalesce({denominator}, 0)::DOUBLE AS denominator",
        ]
    parts.append(f"({value or f'{top} / nullif({denominator}, 0)'})::DOUBLE AS value")
    kept = f"FROM stratum WHERE {where}" if where else "FROM stratum"
    mark = f", {top}::BIGINT AS in_numerator" if numerator else ""
    return Evidence(
        fact,
        conditions,
        (("counted", f"SELECT {sums} {kept}"),),
        f"SELECT {', '.join(parts)}, COLUMNS(lambda c: c <> 'n') FROM counted",
        (
            ("each", f"SELECT row, {sums} {kept} GROUP BY row"),
            ("contributing", f"SELECT row{mark} FROM each WHERE {denominator} > 0"),
        ),
        left_out,
    )
