"""The table `measure_release`: everything for the committee, its own rows for a vendor, a few tables for everybody."""

from __future__ import annotations

from datetime import date
from typing import Final

import duckdb

from overread.feeds.configuration import Configuration
from overread.measures.catalogue import CATALOGUE
from overread.measures.table import EXTRA, TEXT
from overread.release.band import PEER_CASES, PEERS, band, blurred
from overread.release.public import release_to_public

REVIEW_MEASURES: Final = tuple(
    m.id
    for m in CATALOGUE.values()
    if any(
        c.startswith(("review.", "review_assignment.", "local_review.")) for c in m.input_columns
    )
)

# What tells a vendor of its peers: what it sees of them only among enough others, and what it never sees.
POSITIONS: Final = tuple(m.id for m in CATALOGUE.values() if m.vendor_sees == "position")
UNSEEN: Final = tuple(m.id for m in CATALOGUE.values() if m.vendor_sees == "nothing")


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values) or "NULL"


def sharing_vendors(configuration: Configuration, day: date) -> tuple[str, ...]:
    """Vendors with an information-sharing agreement in force on that day."""
    return tuple(
        vendor.id
        for vendor in configuration.vendors
        if (agreed := vendor.sharing_agreement) is not None
        and agreed.valid_from <= day
        and (agreed.valid_to is None or day <= agreed.valid_to)
    )


def build(connection: duckdb.DuckDBPyConnection, configuration: Configuration, day: date) -> int:
    """Write `measure_release` from `measure`.

    Committee: every row, small numbers with a note. Vendor: its own rows without readers; below the measure's
    minimum n counts stand and the judgement is withheld; review results only under an agreement; quartiles over
    all vendors only where at least five others have 11 cases each. What places it among its peers it sees under the same
    condition, rounded as the quartiles are and without the counts behind it. Public: the fixed tables, see `public`.

    Args:
        connection: The warehouse, with its measures computed.
        configuration: The network.
        day: Day of the release, for the agreements.

    Returns:
        Number of rows.
    """
    minimum = " ".join(f"WHEN '{m.id}' THEN {m.minimum_n}" for m in CATALOGUE.values())
    place = [name for name in (*TEXT, *EXTRA) if name not in {"vendor", "reader"}]
    same = " AND ".join(
        f"m.{name} IS NOT DISTINCT FROM b.{name}" for name in ("measure_id", *place)
    )
    shared = _listed(sharing_vendors(configuration, day))
    small = f"n < CASE measure_id {minimum} END"
    small_own = f"n < CASE m.measure_id {minimum} END"
    placed = f"o.measure_id IN ({_listed(POSITIONS)})"
    alone = f"{placed} AND o.status = 'ok' AND NOT coalesce(comparable, false)"

    def told(column: str) -> str:
        return (
            f"CASE WHEN withheld OR ({alone}) THEN NULL WHEN {placed} THEN {blurred(column)} "
            f"ELSE {column} END AS {column}"
        )

    connection.execute(
        f"""CREATE OR REPLACE TABLE measure_release AS
        WITH band AS (
            {band(["measure_id", *place])}
        ), own AS (
            SELECT m.*, m.{small_own} AND m.status = 'ok' AS withheld,
                b.peers - (m.status = 'ok' AND m.n >= {PEER_CASES})::INT >= {PEERS} AS comparable,
                b.band_low AS low_of_peers, b.band_median AS median_of_peers, b.band_high AS high_of_peers
            FROM measure m LEFT JOIN band b ON {same}
            WHERE m.vendor IS NOT NULL AND m.reader IS NULL
                AND m.measure_id NOT IN ({_listed(UNSEEN)})
                AND (m.measure_id NOT IN ({_listed(REVIEW_MEASURES)}) OR m.vendor IN ({shared}))
        )
        SELECT 'committee' AS audience, NULL::VARCHAR AS recipient, m.*, 'value' AS shown,
            CASE WHEN status = 'ok' AND {small} THEN 'small number' ELSE '' END AS note,
            NULL::DOUBLE AS band_low, NULL::DOUBLE AS band_median, NULL::DOUBLE AS band_high
        FROM measure m
        UNION ALL BY NAME
        SELECT 'vendor' AS audience, vendor AS recipient,
            o.* EXCLUDE (withheld, comparable, low_of_peers, median_of_peers, high_of_peers)
                REPLACE ({told("value")}, {told("low")}, {told("high")},
                    CASE WHEN {placed} THEN NULL ELSE numerator END AS numerator,
                    CASE WHEN {placed} THEN NULL ELSE denominator END AS denominator,
                    CASE WHEN withheld THEN NULL ELSE p END AS p,
                    CASE WHEN withheld THEN NULL ELSE q END AS q),
            CASE WHEN withheld OR ({alone}) THEN 'withheld' ELSE 'value' END AS shown,
            CASE WHEN {alone} THEN 'fewer than {PEERS} others with {PEER_CASES} cases: no position'
                WHEN withheld THEN 'fewer than ' || CASE measure_id {minimum} END || ' cases: no judgement'
                ELSE '' END AS note,
            CASE WHEN comparable AND NOT {placed} THEN low_of_peers END AS band_low,
            CASE WHEN comparable AND NOT {placed} THEN median_of_peers END AS band_median,
            CASE WHEN comparable AND NOT {placed} THEN high_of_peers END AS band_high
        FROM own o
        -- as pages read it: measure by measure
        ORDER BY audience, recipient, measure_id"""
    )
    connection.register("told", release_to_public(connection).to_arrow())
    connection.execute(
        "INSERT INTO measure_release BY NAME SELECT 'public' AS audience, * FROM told"
    )
    connection.unregister("told")
    return int(connection.execute("SELECT count(*) FROM measure_release").fetchall()[0][0])
