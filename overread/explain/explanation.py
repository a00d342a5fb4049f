"""Everything behind one stored number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb
import polars as pl

from overread.explain.declared import EVIDENCE
from overread.explain.query import (
    files_query,
    held_query,
    left_out_query,
    rows_query,
    value_query,
)
from overread.explain.stratum import stored_row
from overread.measures.catalogue import CATALOGUE, Measure
from overread.stats.estimate import OK

# What the SQL and the stored row both tell.
_PARTS: Final = ("n", "numerator", "denominator", "value")
_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class File:
    """A delivered file behind a number.

    Attributes:
        path: Path below the folder of the delivered files.
        sha256: Hash of its bytes.
        rows: Table that its rows went to -> rows that the number was made from.
    """

    path: str
    sha256: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Held:
    """A month that a check holds, and that stands for itself.

    Attributes:
        month: The month.
        rows: Rows of the stratum in it.
        reason: The check and what it found.
    """

    month: str
    rows: int
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A stored number and what it was made from.

    Attributes:
        measure: Its definition.
        stored: Its row of the table `measure`.
        counts: What the SQL gives, the parts of the number first.
        statistic: What made the value of the contributing rows where SQL does not; "" where it does.
        fact: Table of the rows.
        entered: Rows that entered.
        left_out: Reason -> rows of the stratum that did not enter; 0 where none did not for that reason.
        held: Held months that are left out of a number over all months; a held month that was asked for.
        files: Delivered files behind the rows.
        sql: SQL that gives the counts.
        sql_rows: SQL that lists the rows.
        differs: Parts (stored, now) that the facts do not give any more; empty where the number is reproduced.
        rows: The contributing rows by pseudonymous keys, None where they were not asked for.
    """

    measure: Measure
    stored: Mapping[str, Any]
    counts: Mapping[str, Any]
    statistic: str
    fact: str
    entered: int
    left_out: Mapping[str, int]
    held: tuple[Held, ...]
    files: tuple[File, ...]
    sql: str
    sql_rows: str
    differs: Mapping[str, tuple[float, float | None]]
    rows: pl.DataFrame | None

    def plain(self) -> dict[str, Any]:
        """The same as plain values, for JSON: times are text."""
        return {
            "measure": asdict(self.measure),
            "stored": {name: _plain(value) for name, value in self.stored.items()},
            "counts": {name: _plain(value) for name, value in self.counts.items()},
            "statistic": self.statistic,
            "fact": self.fact,
            "rows_entered": self.entered,
            "rows_left_out": dict(self.left_out),
            "held_months": [asdict(month) for month in self.held],
            "files": [asdict(file) for file in self.files],
            "sql": self.sql,
            "sql_rows": self.sql_rows,
            "reproduced": not self.differs,
            "differs": {
                name: {"stored": stored, "now": now} for name, (stored, now) in self.differs.items()
            },
        } | (
            {}
            if self.rows is None
            else {"rows": self.rows.with_columns(pl.exclude(pl.Int64).cast(pl.String)).to_dicts()}
        )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _differing(
    stored: Mapping[str, Any], counts: Mapping[str, Any]
) -> dict[str, tuple[float, float | None]]:
    """Parts of the stored row that the SQL gives otherwise; a value that is withheld cannot differ."""
    return {
        name: (stored[name], counts[name])
        for name in _PARTS
        if name in counts
        and stored[name] is not None
        and (name != "value" or stored["status"] == OK)
        and (
            counts[name] is None
            or not math.isclose(stored[name], counts[name], rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
        )
    }


def explain(
    connection: duckdb.DuckDBPyConnection,
    measure_id: str,
    asked: Mapping[str, str],
    *,
    rows: bool = False,
) -> Explanation:
    """Explain a stored number.

    Args:
        connection: The warehouse, with its measures computed; it is only read.
        measure_id: Measure of the catalogue.
        asked: Dimension -> value, as of `stored_row`.
        rows: Whether to list the contributing rows: pseudonymous keys, for the committee only.

    Returns:
        The definition, the stored row, the counts and rows behind it, and the SQL that gives them.

    Raises:
        NotExplainedError: There is no such row; the message tells what there is.
    """
    stored = stored_row(connection, measure_id, asked)
    evidence = EVIDENCE[measure_id](connection, stored)
    months = stored["period"] is None
    sql, sql_rows = value_query(evidence, months), rows_query(evidence, months)
    # DuckDB sums 64 bits to 128, which arrive as decimals
    given = connection.sql(sql).pl().row(0, named=True)
    counts = {
        name: int(value) if isinstance(value, Decimal) else value for name, value in given.items()
    }
    contributing = connection.sql(sql_rows).pl() if rows or evidence.statistic else None
    if evidence.statistic and contributing is not None:
        value = evidence.statistic.value(contributing)
        counts["value"] = None if math.isnan(value) else value
    told = connection.execute(left_out_query(evidence, months)).fetchall()
    held = (
        connection.execute(held_query(evidence)).fetchall() if evidence.holds or not months else []
    )
    files = connection.execute(files_query(evidence, months)).fetchall()
    return Explanation(
        measure=CATALOGUE[measure_id],
        stored=stored,
        counts=counts,
        statistic=evidence.statistic.name if evidence.statistic else "",
        fact=evidence.fact.name,
        entered=told[0][1],
        left_out={**{reason: 0 for reason, _ in evidence.left_out}, **dict(told[1:])},
        held=tuple(Held(*month) for month in held),
        files=tuple(File(*file) for file in files),
        sql=sql,
        sql_rows=sql_rows,
        differs=_differing(stored, counts),
        rows=contributing if rows else None,
    )
