"""A first mapping from a sample file: what each line rests on, and what it refuses to guess."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from overread.feeds.csv_records import read_csv_records
from overread.feeds.ndjson_records import read_ndjson_records
from overread.feeds.parquet_records import read_parquet_records, text_sample
from overread.feeds.records import Records
from overread.feeds.xlsx_records import read_xlsx_records
from overread.model.codes import CODE_LISTS
from overread.model.facts import TABLES
from overread.model.tables import Kind, Table

# Words that hospitals use for a column, beside the column's own name.
SPELLINGS = {
    "exam_id": ("accession", "accessionnumber", "acc", "accno", "examid", "studyid", "caseid"),
    "site": ("site", "facility", "hospital", "location"),
    "patient_id": ("patient", "patientid", "mrn", "pid"),
    "vendor": ("vendor", "provider", "company"),
    "reader_id": ("reader", "readerid", "radiologist", "readby"),
    "task_id": ("task", "taskid", "worklistid", "orderid"),
    "modality": ("modality", "mod"),
    "patient_class": ("patientclass", "class", "patienttype"),
    "priority": ("priority", "urgency"),
    "ordered_at": ("ordered", "orderedat", "ordertime", "orderdatetime"),
    "completed_at": ("completed", "completedat", "examcompleted", "endexam", "studydatetime"),
    "received_at": ("received", "receivedat", "imagesreceived"),
    "preliminary_at": ("preliminary", "prelim", "prelimtime", "preliminaryat"),
    "final_at": ("final", "finalat", "signed", "signedat", "finalized", "reporttime"),
    "score": ("score", "rating", "radpeer", "radpeerscore"),
    "route": ("route", "reviewtype"),
    "call": ("call", "result", "answer", "recall"),
    "finding": ("finding", "target"),
    "algorithm": ("algorithm", "model"),
    "algorithm_version": ("version", "algorithmversion", "modelversion"),
    "truth": ("truth", "reference", "groundtruth"),
}
_SEPARATED = re.compile(r"^(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})")
SAMPLE_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class ProposedMapping:
    """A proposed mapping.

    Attributes:
        text: The YAML; each line says in a comment how sure it is.
        unsure: What a person must settle before the mapping loads a row.
    """

    text: str
    unsure: tuple[str, ...]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _read(sample: Path) -> tuple[Records, str, str]:
    """Records, format and delimiter of the sample."""
    name = sample.name.removesuffix(".gz")
    if name.endswith(".xlsx"):
        return read_xlsx_records(sample), "xlsx", ","
    if name.endswith(".parquet"):
        records = read_parquet_records(sample)
        return replace(records, table=text_sample(sample, SAMPLE_ROWS)), "parquet", ","
    if name.endswith((".ndjson", ".jsonl")):
        with duckdb.connect() as connection:
            fields = connection.execute(
                "SELECT DISTINCT unnest(json_keys(json)) FROM read_ndjson_objects(?)", [str(sample)]
            ).fetchall()
        return read_ndjson_records(sample, {field for (field,) in fields}), "ndjson", ","
    best = max(",;\t|", key=lambda sign: _quality(read_csv_records(sample, sign)))
    return read_csv_records(sample, best), "csv", best


def _quality(records: Records) -> tuple[int, int]:
    """More columns in the header and more rows that fit it."""
    return (records.row_number.size if len(records.header) > 1 else 0, len(records.header))


def _columns(records: Records, delimiter: str) -> dict[str, list[str]]:
    """Filled values of each column, from the first rows."""
    if records.table is not None:
        table: pa.Table = records.table.slice(0, SAMPLE_ROWS)
        return {
            n: [str(v).strip() for v in table.column(n).to_pylist() if v]
            for n in table.column_names
        }
    rows = list(
        csv.reader(io.StringIO(bytes(records.clean).decode(), newline=""), delimiter=delimiter)
    )[:SAMPLE_ROWS]
    return {n: [r[i].strip() for r in rows if r[i].strip()] for i, n in enumerate(records.header)}


def date_formats(values: Iterable[str]) -> tuple[str | None, str]:
    """Declared format of date texts, and why; None where the order of day and month cannot be told.

    A value whose first part is above 12 shows that the day stands first, one whose second part is above 12
    that the month does. Without either, nothing is guessed.
    """
    first = second = 0
    year_first, sign, tail, two_digit, seen = False, "-", "", False, False
    for value in values:
        match = _SEPARATED.match(value)
        if match is None:
            continue
        seen = True
        a, sign, b, c = match.groups()
        tail = value[match.end() :]
        if len(a) == 4:
            year_first = True
            continue
        first, second = max(first, int(a)), max(second, int(b))
        two_digit |= len(c) == 2
    if not seen:
        return None, "no date was recognised"
    clock = _clock(tail)
    if year_first:
        return f"%Y{sign}%m{sign}%d{clock}", "sure: the year stands first"
    year = "%y" if two_digit else "%Y"
    if first > 12 >= second:
        return f"%d{sign}%m{sign}{year}{clock}", f"sure: a first part of {first} can only be a day"
    if second > 12 >= first:
        return (
            f"%m{sign}%d{sign}{year}{clock}",
            f"sure: a second part of {second} can only be a day",
        )
    return (
        None,
        "day and month cannot be told apart: ask who delivers the file and write the format",
    )


def _clock(tail: str) -> str:
    """Format of what follows the date."""
    mark = "T" if tail.startswith("T") else " " if tail.strip() else ""
    text = tail.strip("T ")
    if not text:
        return ""
    half = " %p" if re.search(r"[ap]m$", text, re.IGNORECASE) else ""
    hour = "%I" if half else "%H"
    seconds = ":%S" if text.count(":") == 2 else ""
    fraction = ".%f" if "." in text else ""
    return f"{mark}{hour}:%M{seconds}{fraction}{half}"


def _table(found: dict[str, str]) -> Table:
    """The fact table whose required columns the header meets best."""

    def fit(table: Table) -> tuple[float, int]:
        required = {c.name for c in table.columns if c.required}
        present = {c.name for c in table.columns} & set(found)
        return (len(required & present) / max(len(required), 1), len(present))

    return max(TABLES.values(), key=fit)


def propose_mapping(sample: Path) -> ProposedMapping:
    """Write a first mapping from a sample file.

    Args:
        sample: A file as the hospital delivers it (CSV, XLSX, Parquet or NDJSON).

    Returns:
        The mapping with its doubts. Where day and month cannot be told apart, the line is left to be filled.

    Raises:
        ValueError: The file has no header or a repeated column name.
    """
    records, file_format, delimiter = _read(sample)
    values = _columns(records, delimiter)
    found: dict[str, str] = {}
    sure: dict[str, str] = {}
    for name in records.header:
        for column, words in SPELLINGS.items():
            if column in found:
                continue
            if _plain(name) == _plain(column):
                found[column], sure[column] = name, "sure: the same name"
            elif _plain(name) in words:
                found[column], sure[column] = name, f"likely: {name!r} is a usual name for it"
    table = _table(found)
    unsure: list[str] = []
    lines = [
        f"# Proposed from {sample.name} ({records.rows_read} rows); settle every line marked UNSURE.",
        f"source: {re.sub(r'[^a-z0-9_]', '_', sample.name.split('.')[0].lower())}",
        f'files: ["*{"".join(sample.suffixes)}"]',
        f"format: {file_format}",
    ]
    if file_format == "csv":
        lines.append(f'delimiter: "{delimiter}"  # sure: splits every row as the header')
    lines.append('missing: ["", "NA", "NULL"]')
    body = [
        f"rows:\n  - table: {table.name}  # {'likely' if found else 'UNSURE'}: by its columns\n    columns:"
    ]
    formats: list[str] = []
    for field in table.columns:
        given = found.get(field.name)
        if given is None:
            if field.required:
                unsure.append(f"{field.name}: no column of the file is recognised as it")
                body.append(
                    f"      {field.name}: FILL_IN  # UNSURE: required ({field.description})"
                )
            continue
        body.append(f"      {field.name}: {_yaml(given)}  # {sure[field.name]}")
        if field.kind is Kind.CODE:
            spellings = CODE_LISTS[field.codes or ""].spellings()
            if unknown := sorted({v for v in values.get(given, ()) if v.lower() not in spellings}):
                unsure.append(
                    f"{field.name}: {', '.join(unknown[:5])} stand in no code list; map them in `values`"
                )
        if field.kind in (Kind.TIME, Kind.DATE):
            declared, why = date_formats(values.get(given, ()))
            if declared is None:
                unsure.append(f"{field.name}: {why}")
            elif declared not in formats:
                formats.append(declared)
                lines.append(f'# {field.name}: {why} -> "{declared}"')
    stamps: Sequence[str] = formats or ["iso"]
    lines.append("timestamps: [" + ", ".join(f'"{stamp}"' for stamp in stamps) + "]")
    lines += [f"# UNSURE {doubt}" for doubt in unsure]
    return ProposedMapping("\n".join([*lines, *body]) + "\n", tuple(unsure))


def _yaml(name: str) -> str:
    return (
        name
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
        else '"' + name.replace('"', '\\"') + '"'
    )
