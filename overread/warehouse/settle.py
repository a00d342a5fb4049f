"""New versions into the facts: only keys that occur twice are compared."""

from __future__ import annotations

import duckdb

from overread.feeds.mapping import Mapping
from overread.model.facts import TABLES
from overread.model.tables import Table
from overread.warehouse.quoting import literal
from overread.warehouse.staging import POSITION


def _same(table: Table, left: str, right: str) -> str:
    """Join condition on the business key; a key column that may be empty compares empty to empty."""
    required = {column.name for column in table.columns if column.required}
    return " AND ".join(
        f"{left}.{name} {'=' if name in required else 'IS NOT DISTINCT FROM'} {right}.{name}"
        for name in table.key
    )


def settle(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, index: int, load_id: int
) -> int:
    """Append the rows of `ready_<index>`, supersede older versions; rows that change nothing go to `unchanged`.

    Args:
        connection: The warehouse.
        mapping: How the file is read.
        index: Which target of the mapping.
        load_id: Number of this load.

    Returns:
        Rows appended.
    """
    table = TABLES[mapping.rows[index].table]
    listed = ", ".join(column.name for column in table.columns)
    keys = ", ".join(table.key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS "
        f"SELECT {keys} FROM ready_{index} GROUP BY ALL HAVING count(*) > 1 UNION "
        f"SELECT {keys} FROM {table.name}_current t SEMI JOIN ready_{index} k ON {_same(table, 't', 'k')}"
    )
    any_repeated = bool(connection.execute("SELECT 1 FROM repeated LIMIT 1").fetchall())
    alone = f" ANTI JOIN repeated k ON {_same(table, 'r', 'k')}" if any_repeated else ""
    appended = connection.execute(
        f"INSERT INTO {table.name} ({listed}, load_id, row_number, time_flags) "
        f"SELECT {listed}, {load_id}, row_number, time_flags FROM ready_{index} r{alone}"
    ).fetchall()[0][0]
    return int(appended) + (_compare(connection, table, index, load_id) if any_repeated else 0)


def _compare(connection: duckdb.DuckDBPyConnection, table: Table, index: int, load_id: int) -> int:
    """Each repeated key's versions in order: equal to the one before = unchanged, else a new version, appended."""
    names = [column.name for column in table.columns]
    listed, keys = ", ".join(names), ", ".join(table.key)
    content = "row(" + ", ".join([*names, "time_flags"]) + ")"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE version AS WITH every AS ("
        f"SELECT load_id, row_number, NULL::BIGINT AS line, {listed}, time_flags, false AS is_new "
        f"FROM {table.name}_current t SEMI JOIN repeated k ON {_same(table, 't', 'k')} "
        f"UNION ALL SELECT {load_id}, r.row_number, line, {listed}, time_flags, true "
        f"FROM (SELECT * FROM ready_{index} r SEMI JOIN repeated k ON {_same(table, 'r', 'k')}) r "
        f"JOIN place USING ({POSITION})) "
        f"SELECT *, lag({content}) OVER w IS NOT DISTINCT FROM {content} AND lag(load_id) OVER w IS NOT NULL AS same, "
        f"lag(load_id) OVER w AS first_load_id, lag(row_number) OVER w AS first_row_number "
        f"FROM every WINDOW w AS (PARTITION BY {keys} ORDER BY is_new, row_number)"
    )
    connection.execute(
        f"INSERT INTO unchanged SELECT row_number, line, {literal(table.name)}, first_load_id, first_row_number, "
        f"{index} FROM version WHERE is_new AND same"
    )
    connection.execute(
        f"UPDATE {table.name} t SET superseded_by_load = {load_id} FROM "
        f"(SELECT DISTINCT {keys} FROM version WHERE is_new AND NOT same) k "
        f"WHERE {_same(table, 't', 'k')} AND t.superseded_by_load IS NULL AND t.deleted_by_load IS NULL"
    )
    appended = connection.execute(
        f"INSERT INTO {table.name} ({listed}, load_id, row_number, superseded_by_load, time_flags) "
        f"SELECT {listed}, {load_id}, row_number, CASE WHEN row_number() OVER (PARTITION BY {keys} "
        f"ORDER BY row_number DESC) > 1 THEN {load_id} END, time_flags FROM version WHERE is_new AND NOT same "
        "ORDER BY row_number"
    ).fetchall()[0][0]
    connection.execute("DROP TABLE version")
    return int(appended)
