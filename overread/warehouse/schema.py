"""The tables of a warehouse and how it is opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import duckdb

from overread.feeds.configuration import Configuration
from overread.model.facts import TABLES

# Memory of DuckDB where OVERREAD_MEMORY says nothing else.
MEMORY: Final = "2GB"
# Size of the log at which it is merged into the warehouse file: 16 MB, the default, means every few files.
CHECKPOINT: Final = "128MB"
ACCOUNTING: Final = (
    "CREATE SEQUENCE IF NOT EXISTS load_number START 1",
    """CREATE TABLE IF NOT EXISTS ledger (
        load_id BIGINT, path VARCHAR, sha256 VARCHAR, source VARCHAR, encoding VARCHAR,
        rows_read BIGINT, rows_accepted BIGINT, rows_quarantined BIGINT, rows_duplicate BIGINT,
        status VARCHAR, message VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS quarantine (
        load_id BIGINT, path VARCHAR, row_number BIGINT, line BIGINT, field VARCHAR, value VARCHAR,
        reason VARCHAR, remedy VARCHAR, sealed_row VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS duplicate (
        load_id BIGINT, path VARCHAR, row_number BIGINT, line BIGINT, table_name VARCHAR,
        first_load_id BIGINT, first_row_number BIGINT)""",
    "CREATE TABLE IF NOT EXISTS held_month (month VARCHAR, check_name VARCHAR, message VARCHAR)",
    # what is to be computed anew (month NULL: all), and what the stages rest on besides the months
    "CREATE TABLE IF NOT EXISTS due (stage VARCHAR, month VARCHAR)",
    "CREATE TABLE IF NOT EXISTS ground (name VARCHAR, value VARCHAR)",
    """CREATE TABLE IF NOT EXISTS check_result (
        check_name VARCHAR, category VARCHAR, month VARCHAR, severity VARCHAR, status VARCHAR,
        n_checked BIGINT, n_failed BIGINT, failing_keys VARCHAR[], message VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS site (
        site VARCHAR, name VARCHAR, country VARCHAR, region VARCHAR, zone VARCHAR,
        facility_type VARCHAR, issuer VARCHAR, calendar VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS calendar_hours (
        calendar VARCHAR, weekday INTEGER, opens INTEGER, closes INTEGER)""",
    "CREATE TABLE IF NOT EXISTS calendar_holiday (calendar VARCHAR, holiday DATE)",
    """CREATE TABLE IF NOT EXISTS vendor (
        vendor VARCHAR, name VARCHAR, kind VARCHAR, engagement VARCHAR, deployment VARCHAR)""",
)


def open_warehouse(path: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Open a warehouse file (in memory without a path) and make sure that its tables stand.

    The session's zone is UTC, so that no machine's zone moves a month; nothing is installed at run time. DuckDB
    takes no more memory than OVERREAD_MEMORY (2GB).

    Args:
        path: The file `warehouse.duckdb`.

    Returns:
        An open connection; one writer at a time.
    """
    connection = duckdb.connect(str(path) if path else ":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET enable_progress_bar = false")
    if path is not None:
        connection.execute("SET checkpoint_threshold = ?", [CHECKPOINT])
        # what does not fit is spilled beside the file
        connection.execute("SET memory_limit = ?", [os.environ.get("OVERREAD_MEMORY", MEMORY)])
    for statement in ACCOUNTING:
        connection.execute(statement)
    for table in TABLES.values():
        connection.execute(table.ddl())
        connection.execute(
            f"CREATE VIEW IF NOT EXISTS {table.name}_current AS SELECT * FROM {table.name} "
            "WHERE superseded_by_load IS NULL AND deleted_by_load IS NULL"
        )
        connection.execute(
            f"CREATE MACRO IF NOT EXISTS {table.name}_as_of(load) AS TABLE SELECT * FROM {table.name} "
            "WHERE load_id <= load AND coalesce(superseded_by_load > load, true) "
            "AND coalesce(deleted_by_load > load, true)"
        )
    return connection


def describe_network(connection: duckdb.DuckDBPyConnection, configuration: Configuration) -> None:
    """Write the configured sites and vendors, the closed lists that loads are held to, and the calendars."""
    for table in ("site", "vendor", "calendar_hours", "calendar_holiday"):
        connection.execute(f"DELETE FROM {table}")
    connection.executemany(
        "INSERT INTO site VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                s.id,
                s.name,
                s.country,
                s.region,
                s.zone,
                s.facility_type,
                s.issuer or s.id,
                s.calendar,
            )
            for s in configuration.sites
        ],
    )
    calendars = configuration.calendars.items()
    hours = [(name, *span) for name, calendar in calendars for span in calendar.spans()]
    if hours:
        connection.executemany("INSERT INTO calendar_hours VALUES (?, ?, ?, ?)", hours)
    holidays = [(name, day) for name, calendar in calendars for day in set(calendar.holidays)]
    if holidays:
        connection.executemany("INSERT INTO calendar_holiday VALUES (?, ?)", holidays)
    connection.executemany(
        "INSERT INTO vendor VALUES (?, ?, ?, ?, ?)",
        [(v.id, v.name, v.kind, v.engagement, v.deployment) for v in configuration.vendors],
    )
