"""From the plans to the files: which file holds which rows, written by DuckDB's COPY."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import xlsxwriter

from overread.demonstration import registers
from overread.demonstration.dialects import DIALECTS, EXAM_FIELDS, READ_FIELDS
from overread.demonstration.network import ALGORITHMS, SITES

MONTHS = tuple(f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 13))[:18]
# Dubai delivers Parquet, Johannesburg Excel; a sheet holds a million rows, so a larger network gets CSV there too.
PARQUET_SITE, EXCEL_SITE = "dxb", "jnb"
# One algorithm's vendor delivers one JSON object a line.
NDJSON_VENDOR = "mammavision"
EXCEL_ROWS = 200_000
HALVES = ("2025-H1", "2025-H2", "2026-H1")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file.

    Attributes:
        path: Path in the data folder.
        query: Its rows.
        delimiter: Field delimiter.
    """

    path: str
    query: str
    delimiter: str = ","


def _half(moment: str) -> str:
    return f"strftime({moment}, '%Y') || CASE WHEN month({moment}) < 7 THEN '-H1' ELSE '-H2' END"


def _utc(moment: str) -> str:
    return f"strftime({moment}, '%Y-%m-%dT%H:%M:%SZ')"


def _regional() -> Iterator[Delivery]:
    """Exams and reads: monthly in the Americas, by site in EMEA, by half-year in APAC."""
    months = [("americas", m, f"region = 'americas' AND month = '{m}'") for m in MONTHS]
    sites = [("emea", s.id, f"site = '{s.id}'") for s in SITES if s.region == "emea"]
    halves = [("apac", h, f"region = 'apac' AND {_half('day')} = '{h}'") for h in HALVES]
    for region, part, where in (*months, *sites, *halves):
        dialect = DIALECTS[region]
        exam = dialect.select(EXAM_FIELDS, dialect.exam_headers)
        read = dialect.select(READ_FIELDS, dialect.read_headers)
        yield Delivery(
            f"exams/{region}_{part}.csv",
            f"SELECT {exam} FROM exam_plan WHERE {where} ORDER BY exam",
            dialect.delimiter,
        )
        yield Delivery(
            f"reads/{region}_{part}.csv",
            f"SELECT {read} FROM task_plan WHERE {where} ORDER BY exam, number",
            dialect.delimiter,
        )


def _central() -> Iterator[Delivery]:
    """Reviews and findings by half-year from the network's own systems, AI results by vendor; times in UTC."""
    for half in HALVES:
        of_half = f"WHERE {_half('day')} = '{half}'"
        yield Delivery(
            f"reviews/assignments_{half}.csv",
            "SELECT review_id AS assignment, task_id AS task, site, route, vendor || '/' || modality AS stratum, "
            f"inclusion_probability AS probability, reviewer, {_utc('assigned_at')} AS assigned, "
            f"{_utc('due_at')} AS due, {_utc('expired_at')} AS expired, {_utc('reviewed_at')} AS completed "
            f"FROM review_plan {of_half} ORDER BY exam",
        )
        yield Delivery(
            f"reviews/reviews_{half}.csv",
            "SELECT review_id AS review, review_id AS assignment, task_id AS task, site, route, form, reviewer, "
            "score, arbitrated_score AS arbitrated, direction, attribution, "
            f"{_utc('reviewed_at')} AS reviewed, {_utc('arbitrated_at')} AS ruled, {_utc('delivered_at')} AS told "
            f"FROM review_plan {of_half} AND reviewed_at IS NOT NULL ORDER BY exam",
        )
        yield Delivery(
            f"findings/findings_{half}.csv",
            "SELECT * FROM (SELECT 'READ' AS kind, site, accession, task_id AS task, vendor, reader, finding, "
            "CASE WHEN called THEN 'yes' ELSE 'no' END AS answer, "
            "CASE WHEN saw_ai_first THEN '1' ELSE '0' END AS ai_first, NULL AS method, NULL AS days "
            f"FROM ai_plan {of_half} AND was_read UNION ALL "
            "SELECT 'TRUTH', site, accession, NULL, NULL, NULL, finding, CASE WHEN diseased THEN 'yes' ELSE 'no' END, "
            "NULL, CASE WHEN finding = 'cancer' THEN 'follow_up' ELSE 'adjudicated' END, "
            f"CASE WHEN finding = 'cancer' THEN '365' END FROM ai_plan {of_half} AND truth_known) "
            "ORDER BY site, accession, finding, kind",
        )
    for algorithm in ALGORITHMS:
        yield Delivery(
            f"ai/{algorithm.vendor}.csv",
            "SELECT site, accession, ai_vendor AS vendor, algorithm, version, finding, status, "
            "CASE WHEN status = 'ok' THEN CASE WHEN marked THEN 'positive' ELSE 'negative' END END AS call, "
            "CASE WHEN status = 'ok' THEN printf('%.4f', 1 / (1 + exp(-1.7 * z))) END AS score, "
            f"{_utc('started_at')} AS started, {_utc('ended_at')} AS ended "
            f"FROM ai_plan WHERE ai_vendor = '{algorithm.vendor}' ORDER BY exam",
        )


def _write_register(
    folder: Path, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> int:
    written = list(rows)
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *written])
    return len(written)


def _write(
    connection: duckdb.DuckDBPyConnection, folder: Path, delivery: Delivery
) -> tuple[str, int]:
    """Write one file in its site's format. Returns its path in the data folder and its data rows."""
    stem = delivery.path.removesuffix(".csv")
    # a byte order mark belongs to text files alone
    bare = delivery.query.replace("\ufeff", "")
    if stem.endswith(f"_{EXCEL_SITE}"):
        frame = connection.sql(bare).pl()
        if frame.height <= EXCEL_ROWS:
            _write_workbook(folder / f"{stem}.xlsx", frame)
            return f"{stem}.xlsx", frame.height
    path, query, form = (
        delivery.path,
        delivery.query,
        f"FORMAT csv, HEADER, DELIMITER '{delivery.delimiter}'",
    )
    if stem.endswith(f"_{PARQUET_SITE}"):
        path, query, form = f"{stem}.parquet", bare, "FORMAT parquet"
    elif stem == f"ai/{NDJSON_VENDOR}":
        path, query, form = f"{stem}.ndjson", bare, "FORMAT json"
    target = str(folder / path).replace("'", "''")
    written = connection.execute(f"COPY ({query}) TO '{target}' ({form})").fetchall()
    return path, int(written[0][0])


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


def deliver(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, int]:
    """Write every file.

    Args:
        connection: The generator's database with its plans.
        folder: The data folder.

    Returns:
        Data rows of each file, by its path in the folder.
    """
    for name in ("exams", "reads", "reviews", "findings", "ai", "registers"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows = {}
    for delivery in (*_regional(), *_central()):
        path, count = _write(connection, folder, delivery)
        rows[path] = count
    for name, header, lines in (
        ("registers/roster.csv", registers.ROSTER, registers.roster()),
        ("registers/terms.csv", registers.TERMS, registers.terms()),
        ("registers/claims.csv", registers.CLAIMS, registers.claims()),
    ):
        rows[name] = _write_register(folder, name, header, lines)
    return rows
