"""The records of an Excel sheet, every cell as the text that it shows in ISO form."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import fastexcel
import numpy as np
import polars as pl

from overread.feeds.records import Records, unique_header

_ROW = re.compile(rb"<row\b[^>]*?(?:/>|>(.*?)</row>)", re.DOTALL)
_FILLED = re.compile(rb"<v>[^<]|<is>")


def filled_rows(path: Path) -> int:
    """Rows of the first sheet with a filled cell, counted in the file's XML, apart from the Excel reader."""
    with zipfile.ZipFile(path) as book:
        sheets = sorted(
            (
                name
                for name in book.namelist()
                if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)
            ),
            key=lambda name: int(re.sub(r"\D", "", name)),
        )
        xml = book.read(sheets[0])
    return sum(bool(_FILLED.search(row.group(1) or b"")) for row in _ROW.finditer(xml))


def read_xlsx_records(path: Path) -> Records:
    """Read the first sheet of a workbook.

    Identifiers keep their zeros (text cells) and dates become ISO text to the second, in the 1900 and in the 1904
    system; a number without a date format stays a number. Row numbers are Excel's, blank rows are none.

    Args:
        path: The workbook.

    Returns:
        The records as a table of text.

    Raises:
        ValueError: No header, a repeated name, or the reader gives another number of rows than the XML holds.
    """
    sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string")
    frame = sheet.to_polars()
    filled = ~frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    if (found := int(filled.sum())) != (counted := filled_rows(path)):
        raise ValueError(
            f"{path.name}: the sheet holds {counted} filled rows, the reader gave {found}; save the workbook anew"
        )
    rows = np.flatnonzero(filled.to_numpy())
    if rows.size == 0:
        raise ValueError(
            f"{path.name}: the sheet is empty; a header row with column names is needed"
        )
    header = unique_header(
        path.name, tuple(str(name or "").strip() for name in frame.row(int(rows[0])))
    )
    data = frame[rows[1:].tolist()]
    # names by position: an unnamed column cannot be mapped, but must not clash either
    named = data.rename(
        {
            old: new or f"column {i + 1}"
            for i, (old, new) in enumerate(zip(data.columns, header, strict=True))
        }
    )
    return Records(
        "xlsx",
        tuple(named.columns),
        np.arange(1, rows.size, dtype=np.int64),
        rows[1:] + 1,
        table=named.to_arrow(),
    )
