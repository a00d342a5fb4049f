"""Which months the counts changed since the measures were computed, and whether other rows may stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import duckdb

import overread
from overread.measures.catalogue import CATALOGUE
from overread.measures.table import SCHEMA
from overread.warehouse import due


def _basis(connection: duckdb.DuckDBPyConnection, targets: Mapping[str, float]) -> str:
    """One text for definitions, targets and held months: where it changes, every row may."""
    held = connection.execute("SELECT * FROM held_month ORDER BY ALL").fetchall()
    return due.fingerprint(
        overread.__version__,
        {name: asdict(entry) for name, entry in CATALOGUE.items()},
        list(SCHEMA),
        sorted(targets.items()),
        held,
    )


def stale_months(
    connection: duckdb.DuckDBPyConnection, targets: Mapping[str, float]
) -> list[str] | None:
    """Months whose counts changed since the measures were computed; None where every row is to be computed.

    Args:
        connection: The warehouse.
        targets: Target per measure.
    """
    known = due.stands_on(connection, due.Ground.MEASURES)
    if known != _basis(connection, targets):
        return None
    return due.due(connection, due.Stage.MEASURES)


def settle(connection: duckdb.DuckDBPyConnection, targets: Mapping[str, float]) -> None:
    """Note that the measures rest on the counts as they are now."""
    due.strike(connection, due.Stage.MEASURES)
    due.stand_on(connection, due.Ground.MEASURES, _basis(connection, targets))
