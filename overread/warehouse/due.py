"""What is to be computed anew, and what the rest stands on: noted before work begins, struck off once it is done.

A run that dies leaves its notes, so the next one takes up what was left; where nothing is noted nothing is to be done.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any

import duckdb


class Stage(StrEnum):
    """Stages whose months are computed one by one; a month that is due at one is due at those that follow."""

    FACTS = "facts"
    COUNTS = "counts"
    MEASURES = "measures"


class Ground(StrEnum):
    """What a stage rests on besides the months: where it changes, all of the stage is due.

    For the loads it is the last one whose months are noted.
    """

    LOADS = "loads"
    FACTS = "facts"
    MEASURES = "measures"
    SITE = "site"


def note(connection: duckdb.DuckDBPyConnection, stage: Stage, months: Sequence[str | None]) -> None:
    """Note that a stage of these months is due; no site stands on it any more.

    Args:
        connection: The warehouse.
        stage: The stage.
        months: Months "YYYY-MM" or "undated"; None among them: all months.
    """
    connection.execute(
        "INSERT INTO due SELECT ?, unnest(?::VARCHAR[]) EXCEPT SELECT stage, month FROM due",
        [stage, list(months)],
    )
    if months:
        stand_on(connection, Ground.SITE, None)


def strike(
    connection: duckdb.DuckDBPyConnection, stage: Stage, months: Sequence[str] | None = None
) -> None:
    """Strike off what was done: these months, None = the whole stage."""
    if months is None:
        connection.execute("DELETE FROM due WHERE stage = ?", [stage])
    else:
        connection.execute(
            "DELETE FROM due WHERE stage = ? AND month IN (SELECT unnest(?::VARCHAR[]))",
            [stage, list(months)],
        )


def due(connection: duckdb.DuckDBPyConnection, *stages: Stage) -> list[str] | None:
    """Months that are due at one of these stages, in order; None = all."""
    found = connection.execute(
        "SELECT DISTINCT month FROM due WHERE stage IN (SELECT unnest(?::VARCHAR[])) ORDER BY month",
        [list(stages)],
    ).fetchall()
    months = [month for (month,) in found]
    return None if None in months else months


def fingerprint(*parts: Any) -> str:
    """One text for what a stage rests on; parts are plain or say themselves as text."""
    return sha256(json.dumps(parts, default=str).encode()).hexdigest()


def stands_on(connection: duckdb.DuckDBPyConnection, ground: Ground) -> str | None:
    """Fingerprint of what a stage was last computed from, None where it never was."""
    found = connection.execute("SELECT value FROM ground WHERE name = ?", [ground]).fetchall()
    return str(found[0][0]) if found else None


def stand_on(connection: duckdb.DuckDBPyConnection, ground: Ground, value: str | None) -> None:
    """Note what a stage was computed from; None: it no longer stands."""
    connection.execute("DELETE FROM ground WHERE name = ?", [ground])
    if value is not None:
        connection.execute("INSERT INTO ground VALUES (?, ?)", [ground, value])
