"""XLSX, Parquet and NDJSON through the mapping that reads CSV."""

from datetime import datetime

import polars as pl
import pytest
import xlsxwriter

from overread.feeds.mapping import Mapping
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

KEY = b"0" * 32


@pytest.fixture
def load(tmp_path, configuration, mapping):
    def one(file_format):
        reading = Mapping.model_validate(
            {
                **mapping.model_dump(),
                "files": [f"*.{file_format}"],
                "format": file_format,
                "timestamps": ["iso", "%d.%m.%Y %H:%M"],
            }
        )
        connection = open_warehouse()
        return connection, ingest(connection, configuration, [reading], tmp_path, KEY)

    return one


def workbook(path, cells, **options):
    """Cells by (row, column); moments are real date cells."""
    book = xlsxwriter.Workbook(str(path), options)
    sheet = book.add_worksheet()
    dates = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, ["acc", "site", "mod", "done"])
    for (row, column), value in cells.items():
        if isinstance(value, datetime):
            sheet.write_datetime(row, column, value, dates)
        elif isinstance(value, str):
            sheet.write_string(row, column, value)
        else:
            sheet.write_number(row, column, value)
    book.close()


def exam(row, acc, done=None):
    cells = {(row, 0): acc, (row, 1): "nyc", (row, 2): "CT"}
    return cells | ({(row, 3): done} if done is not None else {})


def test_identifiers_keep_their_zeros_and_late_text_is_kept(load, tmp_path):
    """ING-07, XLS-01: 1,500 numeric ids, then A77; 00123 and 123 are two."""
    cells = {}
    for row in range(1, 1501):
        cells |= exam(row, row)
    workbook(tmp_path / "a.xlsx", cells | exam(1501, "A77") | exam(1502, "00123"))
    connection, loads = load("xlsx")
    assert (loads[0].rows_read, loads[0].rows_accepted) == (1502, 1502)
    assert connection.sql("SELECT count(DISTINCT exam_id) FROM exam").fetchall() == [(1502,)]


def test_blank_rows_keep_excels_row_numbers(load, tmp_path):
    """XLS-03."""
    workbook(tmp_path / "a.xlsx", exam(1, "1") | exam(3, "2") | exam(6, "3") | {(6, 2): "QQ"})
    connection, loads = load("xlsx")
    assert (loads[0].rows_read, loads[0].rows_quarantined) == (3, 1)
    assert connection.sql("SELECT line, row_number, value FROM quarantine").fetchall() == [
        (7, 3, "QQ")
    ]


@pytest.mark.parametrize("options", [{}, {"date_1904": True}])
def test_dates_of_both_systems_and_mixed_cells(load, tmp_path, options):
    """XLS-05, XLS-06: each cell by its own rule; a number without date format is no date."""
    workbook(
        tmp_path / "a.xlsx",
        exam(1, "1", datetime(2026, 3, 1, 10))
        | exam(2, "2", "01.03.2026 10:00")
        | exam(3, "3", 45000.5)
        | exam(4, "4", datetime(2026, 3, 1, 23, 59, 59, 999999)),
        **options,
    )
    connection, _ = load("xlsx")
    times = connection.sql("SELECT completed_at FROM exam ORDER BY row_number").fetchall()
    assert times == [
        (datetime(2026, 3, 1, 15),),
        (datetime(2026, 3, 1, 15),),
        (datetime(2026, 3, 2, 5),),
    ]
    assert connection.sql("SELECT line, reason FROM quarantine").fetchall() == [(4, "bad_time")]


def test_parquet(load, tmp_path):
    frame = pl.DataFrame(
        {
            "acc": ["0001", "2"],
            "site": ["nyc", "nyc"],
            "mod": ["CT", None],
            "done": [datetime(2026, 3, 1, 10), None],
        }
    )
    frame.write_parquet(tmp_path / "a.parquet")
    connection, loads = load("parquet")
    assert (loads[0].rows_read, loads[0].rows_accepted, loads[0].rows_quarantined) == (2, 1, 1)
    assert connection.sql("SELECT completed_at FROM exam").fetchall() == [
        (datetime(2026, 3, 1, 15),)
    ]


def test_parquet_moments_with_a_zone_keep_their_instant(load, tmp_path):
    frame = pl.DataFrame(
        {"acc": ["1"], "site": ["nyc"], "mod": ["CT"], "done": [datetime(2026, 3, 1, 10)]}
    ).with_columns(pl.col("done").dt.replace_time_zone("Asia/Taipei"))
    frame.write_parquet(tmp_path / "a.parquet")
    connection, _ = load("parquet")
    assert connection.sql("SELECT completed_at FROM exam").fetchall() == [
        (datetime(2026, 3, 1, 2),)
    ]


def test_ndjson(load, tmp_path):
    (tmp_path / "a.ndjson").write_text(
        '{"acc": "1", "site": "nyc", "mod": "CT", "done": null}\n\n'
        '{"acc": "2", "site": "nyc"\n'
        '{"acc": "3", "site": "nyc", "mod": "MR", "done": "2026-03-01T10:00:00Z", "more": [1]}\n'
        "[1, 2]\n"
    )
    connection, loads = load("ndjson")
    assert (loads[0].rows_read, loads[0].rows_accepted, loads[0].rows_quarantined) == (4, 2, 2)
    assert connection.sql("SELECT line, reason FROM quarantine ORDER BY 1").fetchall() == [
        (3, "bad_json"),
        (5, "bad_json"),
    ]


def test_ndjson_without_one_good_line_is_refused_and_its_rows_are_counted(load, tmp_path):
    (tmp_path / "a.ndjson").write_text('{"acc": \n{"acc": "2", "site"\n')
    _, loads = load("ndjson")
    assert (loads[0].status, loads[0].rows_read, loads[0].rows_quarantined) == ("refused", 2, 2)
    assert loads[0].message.endswith("is not in the header; it has none that can be read")


@pytest.mark.parametrize("file_format", ["xlsx", "parquet"])
def test_a_file_that_is_not_what_its_name_says_is_refused(load, tmp_path, file_format):
    (tmp_path / f"a.{file_format}").write_bytes(b"this is neither")
    connection, loads = load(file_format)
    assert [f.status for f in loads] == ["refused"]
    assert f"a.{file_format}" in loads[0].message
    assert connection.sql("SELECT status FROM ledger").fetchall() == [("refused",)]
