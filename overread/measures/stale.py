"""Which months the counts changed since the measures were computed, and whether other rows may stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import duckdb

import overread
from overread.measures.catalogue import CATALOGUE
from overread.measures.table import SCHEMA


def _basis(connection: duckdb.DuckDBPyConnection, targets: Mapping[str, float]) -> str:
    """One text for definitions, targets and held months: where it changes, every row may."""
    held = connection.execute("SELECT * FROM held_month ORDER BY ALL").fetchall()
    parts: tuple[Any, ...] = (
        overread.__version__,
        {name: asdict(entry) for name, entry in CATALOGUE.items()},
        list(SCHEMA),
        sorted(targets.items()),
        held,
    )
    return sha256(json.dumps(parts, default=str).encode()).hexdigest()


def stale_months(
    connection: duckdb.DuckDBPyConnection, targets: Mapping[str, float]
) -> list[str] | None:
    """Months whose counts changed since the measures were computed; None where every row is to be computed.

    Args:
        connection: The warehouse.
        targets: Target per measure.
    """
    known = connection.execute("SELECT basis FROM measure_basis").fetchall()
    months = [
        month for (month,) in connection.execute("SELECT DISTINCT month FROM stale_month ORDER BY 1").fetchall()
    ]  # fmt: skip
    return None if None in months or known != [(_basis(connection, targets),)] else months


def settle(connection: duckdb.DuckDBPyConnection, targets: Mapping[str, float]) -> None:
    """Note that the measures rest on the counts as they are now."""
    connection.execute("DELETE FROM stale_month")
    connection.execute("DELETE FROM measure_basis")
    connection.execute("INSERT INTO measure_basis VALUES (?)", [_basis(connection, targets)])
