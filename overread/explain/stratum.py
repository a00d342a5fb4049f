"""The stored row that is asked about, or a clear word on why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import duckdb
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.catalogue import CATALOGUE
from overread.measures.table import EXTRA, TEXT

# Dimensions of the table `measure` that may be asked for; `period` is asked for as the month.
ASKED: Final = tuple("month" if name == "period" else name for name in (*TEXT, *EXTRA))
# Left out they are rolled up over; the others may be left out where only one is there.
_PLACE: Final = ("period", *(name for name in DIMENSIONS if name != "month"))
_SHOWN: Final = 12


class NotExplainedError(ValueError):
    """What was asked cannot be explained; the message says why and what can be asked."""


def option(name: str) -> str:
    """A dimension as the option of the command line."""
    return "--" + ("month" if name == "period" else name.replace("_", "-"))


def _listed(names: Iterable[object]) -> str:
    told = [str(name) for name in names]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return ", ".join(told[:_SHOWN]) + more


def _near(word: str, words: Sequence[str]) -> str:
    near = get_close_matches(word, words, n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def check_measure(measure_id: str) -> None:
    """Make sure that the catalogue has a measure.

    Raises:
        NotExplainedError: It has none of that name; near names are told.
    """
    if measure_id not in CATALOGUE:
        raise NotExplainedError(
            f"There is no measure {measure_id}.{_near(measure_id, list(CATALOGUE))} "
            f"The measures are {', '.join(CATALOGUE)}."
        )


def _check_values(
    connection: duckdb.DuckDBPyConnection, told: pl.DataFrame, asked: Mapping[str, str]
) -> None:
    """Each dimension is one that the measure has, with a value that occurs."""
    for name, value in asked.items():
        if name == "vendor":
            found = connection.execute("SELECT vendor FROM vendor ORDER BY 1").fetchall()
            known = [row[0] for row in found]
        else:
            known = told[name].drop_nulls().unique().sort().to_list()
            if not known:
                have = [option(each) for each in told.columns if told[each].count()]
                raise NotExplainedError(
                    f"The measure is not told by {option(name)} here; it is told by {', '.join(have)}."
                )
        if value not in known:
            what = "month" if name == "period" else name
            raise NotExplainedError(
                f"There is no {what} {value} here.{_near(value, known)} There are {_listed(known)}."
            )


def _matching(
    told: pl.DataFrame, asked: Mapping[str, str], rolled_up: Iterable[str] = ()
) -> pl.DataFrame:
    """Rows with the values asked for that are rolled up over some other dimensions."""
    conditions = [
        *(pl.col(name) == value for name, value in asked.items()),
        *(pl.col(name).is_null() for name in rolled_up if name not in asked),
    ]
    return told.filter(conditions) if conditions else told


def _with_grain(rows: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """The rows with `grain`: which of some dimensions are told, their names with a blank between."""
    parts = [pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in names]
    return rows.with_columns(grain=pl.concat_str(parts, separator=" ", ignore_nulls=True))


def _absent(told: pl.DataFrame, asked: Mapping[str, str]) -> str:
    """Which dimensions would have a row."""
    hints = []
    places = [name for name in _PLACE if name not in asked]
    grains = _with_grain(_matching(told, asked), places)["grain"].unique().to_list()
    if grains:
        short = sorted(grains, key=lambda grain: (grain.count(" "), grain))
        ways = [" ".join(option(name) for name in grain.split()) for grain in short[:_SHOWN]]
        hints.append(f"rows with also {'; or '.join(ways)}")
    for name in asked:
        others = {key: value for key, value in asked.items() if key != name}
        found = _matching(told, others, [each for each in places if each != name])[name].unique()
        if found.null_count():
            hints.append(f"a row without {option(name)}")
        if found.count():
            hints.append(f"rows with {option(name)} {_listed(found.drop_nulls().sort())}")
    return "; ".join(hints) or "none near it"


def stored_row(
    connection: duckdb.DuckDBPyConnection, measure_id: str, asked: Mapping[str, str]
) -> dict[str, Any]:
    """The row of the table `measure` that is asked about.

    A place or month that is not asked for is rolled up over. Another dimension (finding, interval, ...) may be left
    out where the measure has a row without it, or with one value of it only.

    Args:
        connection: The warehouse, with its measures computed.
        measure_id: Measure of the catalogue.
        asked: Dimension of `ASKED` -> value.

    Returns:
        The row, column -> value.

    Raises:
        NotExplainedError: No measure, dimension, value or row of that name, or several rows; the message tells
            what there is.
    """
    check_measure(measure_id)
    wanted = {"period" if name == "month" else name: value for name, value in asked.items()}
    names = ", ".join((*TEXT, *EXTRA))
    told = connection.sql(
        f"SELECT {names} FROM measure WHERE measure_id = ?", params=[measure_id]
    ).pl()
    if told.height == 0:
        needs = ", ".join(CATALOGUE[measure_id].input_columns)
        raise NotExplainedError(
            f"No file brought what {measure_id} needs ({needs}): it has no row in this warehouse."
        )
    _check_values(connection, told, wanted)
    found = _matching(told, wanted, _PLACE)
    what = ", ".join(f"{option(name)} {value}" for name, value in wanted.items()) or "the whole"
    if found.height == 0:
        raise NotExplainedError(
            f"{measure_id} has no row for {what}. There would be: {_absent(told, wanted)}."
        )
    found = _with_grain(found, [name for name in told.columns if name not in wanted])
    grains = {grain: set(grain.split()) for grain in found["grain"].unique()}
    least = [g for g, own in grains.items() if not any(other < own for other in grains.values())]
    chosen = found.filter(pl.col("grain").is_in(least)).drop("grain")
    if chosen.height > 1:
        apart = [name for name in chosen.columns if chosen[name].n_unique() > 1]
        choices = "; ".join(
            f"{option(name)} {_listed(chosen[name].drop_nulls().unique().sort())}" for name in apart
        )
        raise NotExplainedError(
            f"{measure_id} has {chosen.height} rows for {what}; say which: {choices}."
        )
    stratum = chosen.row(0, named=True)
    same = " AND ".join(f"{name} IS NOT DISTINCT FROM ?" for name in stratum)
    query = f"SELECT * FROM measure WHERE measure_id = ? AND {same}"
    row: dict[str, Any] = (
        connection.sql(query, params=[measure_id, *stratum.values()]).pl().row(0, named=True)
    )
    return row
