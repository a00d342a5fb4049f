"""A file that cannot be read as its mapping says: its rows are set aside as a whole, until it or the mapping changes."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from overread.feeds.records import Records

REMEDY = "correct the file or its mapping and run again: the file is tried anew each time"


def refuse(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    sha256: str,
    source: str,
    message: str,
    records: Records | None,
) -> int:
    """Write a refused file to ledger and quarantine; an earlier refusal of the same bytes is replaced.

    Args:
        connection: The warehouse.
        path: Path relative to the data folder.
        sha256: Hash of the file.
        source: Its mapping.
        message: Why it was refused.
        records: Its records, None where not even they could be told apart (then no row was read).

    Returns:
        Number of rows that were set aside.
    """
    earlier = "(SELECT load_id FROM ledger WHERE sha256 = ? AND status = 'refused')"
    connection.begin()
    try:
        connection.execute(f"DELETE FROM quarantine WHERE load_id IN {earlier}", [sha256])
        connection.execute("DELETE FROM ledger WHERE sha256 = ? AND status = 'refused'", [sha256])
        load_id = int(connection.sql("SELECT nextval('load_number')").fetchall()[0][0])
        rows = records.rows_read if records is not None else 0
        if records is not None:
            numbers = [*records.row_number.tolist(), *(bad.row_number for bad in records.bad)]
            lines = [*records.line.tolist(), *(bad.line for bad in records.bad)]
            connection.register("refused_rows", pa.table({"number": numbers, "line": lines}))
            connection.execute(
                "INSERT INTO quarantine SELECT ?, ?, number, line, NULL, NULL, 'refused_file', ?, NULL "
                "FROM refused_rows ORDER BY number",
                [load_id, path, REMEDY],
            )
            connection.unregister("refused_rows")
        encoding = records.encoding if records is not None else None
        connection.execute(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, 'refused', ?)",
            [load_id, path, sha256, source, encoding, rows, rows, message],
        )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return rows
