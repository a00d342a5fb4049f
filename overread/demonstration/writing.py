"""From a delivery to bytes: DuckDB's COPY, a workbook or a register, and parts put together to one file."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import xlsxwriter

from overread.demonstration import registers
from overread.demonstration.delivery import Delivery

FOLDERS = ("exams", "reads", "pauses", "reviews", "findings", "ai", "registers")


@dataclass(frozen=True, slots=True)
class Part:
    """A written part of a file.

    Attributes:
        path: Path of the file in the data folder.
        written: Where the part lies.
        opens: It begins the file.
        rows: Its data rows.
    """

    path: str
    written: Path
    opens: bool
    rows: int


def write_parts(
    connection: duckdb.DuckDBPyConnection, deliveries: Iterable[Delivery], scratch: Path
) -> list[Part]:
    """Write the planned rows of each delivery.

    Args:
        connection: The database with the plans.
        deliveries: Files or parts of files.
        scratch: Where the parts are written.
    """
    return [
        _write(connection, delivery, scratch / f"{number}")
        for number, delivery in enumerate(deliveries)
    ]


def _write(connection: duckdb.DuckDBPyConnection, delivery: Delivery, target: Path) -> Part:
    ending = delivery.path.rpartition(".")[2]
    if ending == "xlsx":
        frame = connection.sql(delivery.query).pl()
        _write_workbook(target, frame)
        return Part(delivery.path, target, delivery.opens, frame.height)
    form = {
        "csv": f"FORMAT csv, HEADER {delivery.opens}, DELIMITER '{delivery.delimiter}'",
        "parquet": "FORMAT parquet",
        "ndjson": "FORMAT json",
    }[ending]
    literal = str(target).replace("'", "''")
    copied = connection.execute(f"COPY ({delivery.query}) TO '{literal}' ({form})").fetchall()
    return Part(delivery.path, target, delivery.opens, int(copied[0][0]))


def _write_workbook(path: Path, frame: pl.DataFrame) -> None:
    """A sheet of text cells; a fixed creation date keeps the bytes the same."""
    with xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_numbers": False}
    ) as book:
        book.set_properties({"created": datetime(2026, 7, 3)})
        sheet = book.add_worksheet()
        for number, row in enumerate([tuple(frame.columns), *frame.iter_rows()]):
            for at, value in enumerate(row):
                if value is not None:
                    sheet.write_string(number, at, str(value))


def put(part: Part, folder: Path) -> None:
    """Put a part where it belongs: as the file, or at its end."""
    target = folder / part.path
    if part.opens:
        part.written.replace(target)
        return
    with part.written.open("rb") as source, target.open("ab") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    part.written.unlink()


def write_registers(folder: Path) -> Iterator[tuple[str, int]]:
    """Write the small registers; gives the path and data rows of each."""
    for name, header, lines in (
        ("registers/roster.csv", registers.ROSTER, registers.roster()),
        ("registers/terms.csv", registers.TERMS, registers.terms()),
        ("registers/claims.csv", registers.CLAIMS, registers.claims()),
    ):
        yield name, _write_register(folder / name, header, list(lines))


def _write_register(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return len(rows)
