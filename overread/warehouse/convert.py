"""The staged texts of a file as typed rows of one fact table, the faulty ones told apart."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary

import duckdb

from overread.feeds.mapping import Mapping, Target
from overread.model.facts import TABLES
from overread.model.tables import Column, Kind
from overread.warehouse.pseudonyms import token_key, token_sql
from overread.warehouse.quoting import cell, literal
from overread.warehouse.staging import POSITION
from overread.warehouse.values import Conversion, conversion, faults, is_person, text_of


def applies(target: Target, missing: tuple[str, ...]) -> str:
    """Condition on a staged row that the target takes it."""

    def among(column: str, values: tuple[str, ...]) -> str:
        listed = f"coalesce({cell(column)} IN ({', '.join(map(literal, values))}), false)"
        # a missing value is NULL by now
        return f"({listed} OR {cell(column)} IS NULL)" if set(values) & set(missing) else listed

    parts = [among(column, values) for column, values in target.when.items()]
    parts += [f"NOT {among(column, values)}" for column, values in target.unless.items()]
    return " AND ".join(parts) or "true"


def given_columns(target: Target) -> list[Column]:
    """The columns of the target's table that the mapping fills."""
    return [column for column in TABLES[target.table].columns if column.name in target.columns]


def convert(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, index: int, key: bytes
) -> None:
    """Make `target_<index>` from `staged`: position, typed columns, local times, and the texts of faulty rows.

    Args:
        connection: The area of the file, which knows the network's sites and vendors.
        mapping: How the file is read.
        index: Which target of the mapping.
        key: The network's key.
    """
    target = mapping.rows[index]
    given = given_columns(target)
    vendors = [v for (v,) in connection.execute("SELECT vendor FROM vendor ORDER BY 1").fetchall()]
    converted = {
        column.name: conversion(column, target.columns[column.name], mapping, vendors)
        for column in given
    }
    site = target.columns.get("site")
    site_text = text_of(site) if site is not None else "NULL"
    texts = ", ".join(f"{part.text} AS {name}_text" for name, part in converted.items())
    locals_ = "".join(
        f", {part.local} AS {name}_local" for name, part in converted.items() if part.local
    )
    values = "".join(
        f", {value} AS {name}"
        for part in converted.values()
        for name, value in part.values.items()
        if name != value
    )
    kept = ", ".join(name for part in converted.values() for name in part.values)
    parameters = token_key(key) if "$key" in values else {}
    connection.execute(
        f"CREATE OR REPLACE TABLE target_{index} AS WITH texts AS ("
        f"SELECT s.*, z.site AS site_known, z.zone AS zone_of_row, coalesce(z.issuer, '') AS issuer_of_row, {texts} "
        f"FROM staged s LEFT JOIN site z ON z.site = {site_text} WHERE {applies(target, mapping.missing)}), "
        f"locals AS (SELECT *{locals_} FROM texts), parsed AS (SELECT *{values} FROM locals) "
        f"SELECT {POSITION}, zone_of_row, {kept}, {_fault_texts(mapping, given, converted)} AS fault_texts FROM parsed",
        parameters,
    )
    if any(map(is_person, given)):
        _name_people(connection, index, [c for c in given if is_person(c)], key)


def _fault_texts(
    mapping: Mapping, given: list[Column], converted: Dictionary[str, Conversion]
) -> str:
    """The texts of a row with a fault and, last, the raw row; NULL for a good row.

    One list, since a column for each text would cost every good row its empty places.
    """
    wrong = " OR ".join(
        f"({condition})" for c in given for _, condition in faults(c, converted[c.name])
    )
    raw = ", ".join(f"coalesce({cell(name)}, '')" for name in sorted(mapping.source_columns()))
    texts = ", ".join([*(f"{c.name}_text" for c in given), f"concat_ws(',', {raw or literal('')})"])
    return f"CASE WHEN {wrong or 'false'} THEN [{texts}] END"


def _name_people(
    connection: duckdb.DuckDBPyConnection, index: int, columns: list[Column], key: bytes
) -> None:
    """Tokens of the readers of a target, each made once, in `person_<index>`."""
    wanted = " UNION ".join(
        f"SELECT DISTINCT {literal(c.token or '')} AS namespace, {c.name} AS name FROM target_{index} "
        f"WHERE {c.name} IS NOT NULL"
        for c in columns
    )
    spaces = sorted({c.token or "" for c in columns})
    cases = " ".join(
        f"WHEN {literal(space)} THEN {token_sql(space, '', 'name')}" for space in spaces
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE person_{index} AS SELECT namespace, name, "
        f"CASE namespace {cases} END AS token FROM ({wanted})",
        token_key(key),
    )


def report_faults(connection: duckdb.DuckDBPyConnection, mapping: Mapping, index: int) -> None:
    """Add the faults of a target's rows to `fault`; identifiers are named without their text."""
    found = connection.execute(
        f"SELECT 1 FROM target_{index} WHERE fault_texts IS NOT NULL LIMIT 1"
    ).fetchall()
    if not found:
        return
    target = mapping.rows[index]
    vendors: list[str] = []
    told = []
    given = given_columns(target)
    for column in given:
        shown = literal("(sealed)") if column.kind is Kind.TOKEN else f"{column.name}_text"
        part = conversion(column, target.columns[column.name], mapping, vendors)
        for reason, condition in faults(column, part):
            told.append(
                f"CASE WHEN {condition} THEN {{field: {literal(column.name)}, value: {shown}, "
                f"reason: {literal(reason)}}} END"
            )
    texts = ", ".join(f"fault_texts[{i}] AS {c.name}_text" for i, c in enumerate(given, start=1))
    connection.execute(
        f"INSERT INTO fault SELECT {POSITION}, f.field, f.value, f.reason, raw FROM ("
        f"SELECT {POSITION}, fault_texts[-1] AS raw, unnest([{', '.join(told)}]) AS f FROM ("
        f"SELECT *, {texts} FROM target_{index} WHERE fault_texts IS NOT NULL)) WHERE f IS NOT NULL"
    )
