"""The good rows of a converted file as rows of a fact table: tokens of people, UTC times, flags."""

from __future__ import annotations

from datetime import datetime

import duckdb

from overread.feeds.mapping import Mapping
from overread.model.facts import TABLES
from overread.model.tables import Kind
from overread.warehouse.convert import given_columns
from overread.warehouse.quoting import literal
from overread.warehouse.staging import POSITION
from overread.warehouse.values import is_person
from overread.warehouse.zones import Change, changes, flags, utc


def ready(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    index: int,
    area: str,
    *,
    sequential: bool,
) -> None:
    """Make the view `ready_<index>`: the target's good rows with row number, tokens, UTC times and flags.

    Args:
        connection: The warehouse, with `place` of the file.
        mapping: How the file is read.
        index: Which target of the mapping.
        area: Database that holds the converted file.
        sequential: Whether every record is well-formed, so that position and row number are one.
    """
    target = mapping.rows[index]
    given = {column.name: column for column in given_columns(target)}
    times = [name for name, column in given.items() if column.kind is Kind.TIME]
    fixed = mapping.time_zone if mapping.time_zone != "site" else None
    zone = fixed or "zone_of_row"
    spans = _spans(connection, f"{area}.target_{index}", times, fixed)
    columns, joins = [f"{POSITION} AS row_number"], ""
    if not sequential:
        columns, joins = ["row_number"], f" JOIN place USING ({POSITION})"
    for column in TABLES[target.table].columns:
        name = column.name
        if name not in given:
            columns.append(f"NULL::{column.duckdb_type} AS {name}")
        elif name in times:
            moment = utc(f"{name}_local", zone, spans)
            columns.append(
                f"CASE WHEN {name}_local IS NULL THEN {name}_utc ELSE {moment} END AS {name}"
            )
        elif is_person(column):
            columns.append(f"{name}_person.token AS {name}")
            joins += (
                f" LEFT JOIN {area}.person_{index} {name}_person ON {name}_person.name = t.{name} "
                f"AND {name}_person.namespace = {literal(column.token or '')}"
            )
        else:
            columns.append(f"t.{name}")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW ready_{index} AS SELECT {POSITION}, {', '.join(columns)}, "
        f"{flags(times, zone, spans)} AS time_flags FROM {area}.target_{index} t{joins} "
        f"WHERE {POSITION} NOT IN (SELECT {POSITION} FROM {area}.fault)"
    )


def _spans(
    connection: duckdb.DuckDBPyConnection, table: str, times: list[str], fixed: str | None
) -> dict[str, tuple[int, tuple[Change, ...]]]:
    """Offsets of the zones that occur, over the local times that occur."""
    if not times:
        return {}
    ends = connection.execute(
        f"SELECT least({', '.join(f'min({t}_local)' for t in times)}), "
        f"greatest({', '.join(f'max({t}_local)' for t in times)}) FROM {table}"
    ).fetchall()[0]
    first, last = ends
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return {}
    names = [fixed] if fixed else [
        name
        for (name,) in connection.execute(
            f"SELECT DISTINCT zone_of_row FROM {table} WHERE zone_of_row IS NOT NULL ORDER BY 1"
        ).fetchall()
    ]  # fmt: skip
    return {name: changes(name, first, last) for name in names}
