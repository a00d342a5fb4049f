"""What was ever told to everybody: `public_release`, one row per version, period, part and vendor. It stays inside.

It cannot be computed anew, so it has to outlive the tables around it: a warehouse without it would tell differences
between its first release and those made before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.release.public_tables import PARTS, PublicTable
from overread.release.suppression import Counts, Flags

_TABLE: Final = """CREATE TABLE IF NOT EXISTS public_release (
    table_id VARCHAR, period VARCHAR, version INTEGER, dimension VARCHAR, part VARCHAR, vendor VARCHAR,
    events BIGINT, rest BIGINT, told BOOLEAN, definition_version BIGINT, data_cutoff TIMESTAMP, load_id BIGINT)"""
# The history outlives the code that wrote it: versions of before it kept the load do not know theirs.
_LOADS: Final = "ALTER TABLE public_release ADD COLUMN IF NOT EXISTS load_id BIGINT"


@dataclass(frozen=True, slots=True)
class Version:
    """One published version of a period.

    Attributes:
        breakdowns: Dimension -> counts per vendor and part, shape (vendors, parts, 2).
        hidden: Dimension -> untold parts, shape (parts,).
        definition_version: Version of the measure.
        data_cutoff: Cut-off of the data (UTC).
    """

    breakdowns: Mapping[str, Counts]
    hidden: Mapping[str, Flags]
    definition_version: int
    data_cutoff: datetime


def vendors_told(connection: duckdb.DuckDBPyConnection, table: PublicTable) -> list[str]:
    """Vendors that stand in any version of a table; makes the history where there is none."""
    connection.execute(_TABLE)
    connection.execute(_LOADS)
    query = "SELECT DISTINCT vendor FROM public_release WHERE table_id = ?"
    return [vendor for (vendor,) in connection.execute(query, [table.id]).fetchall()]


def versions(
    connection: duckdb.DuckDBPyConnection, table: PublicTable, vendors: Sequence[str]
) -> dict[str, list[Version]]:
    """Versions of every period of a table, oldest data first.

    Args:
        connection: The warehouse.
        table: A public table.
        vendors: Order of the vendors in the counts; all those of the history among them.
    """
    query = "SELECT * FROM public_release WHERE table_id = ? ORDER BY data_cutoff, version"
    found = connection.sql(query, params=[table.id]).pl()
    told: dict[str, list[Version]] = {}
    for (period, *_), frame in found.group_by(
        "period", "data_cutoff", "version", maintain_order=True
    ):
        counts: dict[str, Counts] = {}
        hidden: dict[str, Flags] = {}
        for name in table.by:
            here = frame.filter(pl.col("dimension") == name)
            counts[name] = np.zeros((len(vendors), len(PARTS[name]), 2), dtype=np.int64)
            part = [PARTS[name].index(p) for p in here["part"]]
            counts[name][[vendors.index(v) for v in here["vendor"]], part] = here.select(
                "events", "rest"
            ).to_numpy()
            hidden[name] = np.zeros(len(PARTS[name]), dtype=np.bool_)
            hidden[name][part] = ~here["told"].to_numpy()
        version, cutoff = frame["definition_version"][0], frame["data_cutoff"][0]
        told.setdefault(str(period), []).append(Version(counts, hidden, version, cutoff))
    return told


def record(
    connection: duckdb.DuckDBPyConnection,
    table: PublicTable,
    period: str,
    vendors: Sequence[str],
    version: Version,
    number: int,
    load_id: int,
) -> None:
    """Add a version to the history.

    Args:
        connection: The warehouse.
        table: A public table.
        period: Its period.
        vendors: Order of the vendors in the counts.
        version: What is told.
        number: Its number, from 1.
        load_id: Last load that it holds.
    """
    rows = [
        [
            *(table.id, period, number, name, part, vendor),
            *map(int, counts[v, p]),
            *(
                not version.hidden[name][p],
                version.definition_version,
                version.data_cutoff,
                load_id,
            ),
        ]
        for name, counts in version.breakdowns.items()
        for p, part in enumerate(PARTS[name])
        for v, vendor in enumerate(vendors)
    ]
    connection.executemany(f"INSERT INTO public_release VALUES ({', '.join('?' * 12)})", rows)


def load_of(
    connection: duckdb.DuckDBPyConnection,
    table: PublicTable,
    period: str,
    cutoff: datetime | None,
    known: int,
) -> int:
    """The last load in the version of a period that a release told.

    Args:
        connection: The warehouse, its public rows released.
        table: A public table.
        period: Its period.
        cutoff: Cut-off of the release.
        known: The last load that the release holds; returned where the version does not say its own.
    """
    found = connection.execute(
        """SELECT coalesce(load_id, $known) FROM public_release WHERE table_id = $table AND period = $period
            AND data_cutoff <= $cutoff AND coalesce(load_id, 0) <= $known
        ORDER BY data_cutoff DESC, version DESC LIMIT 1""",
        {"known": known, "table": table.id, "period": period, "cutoff": cutoff},
    ).fetchall()
    return int(found[0][0]) if found else known
