"""Files are read and converted while the ones before them are written: what is kept is as if one by one."""

from __future__ import annotations

import pytest

from overread.warehouse import prepare
from overread.warehouse.prepare import RowAccountingError

HEAD = "acc,site,mod,done\n"


def rows(first, number, modality="CT"):
    return HEAD + "".join(f"A{first + i},ber,{modality},\n" for i in range(number))


def areas(connection):
    found = connection.sql("SELECT database_name FROM duckdb_databases() ORDER BY 1").fetchall()
    return [name for (name,) in found if name.startswith("overread_area")]


def test_loads_are_numbered_in_the_order_of_the_files_and_later_files_supersede(load):
    """The first file takes longest to convert, the later ones bring newer versions of its exams."""
    later = {f"b{i}": rows(i, 2, "MR" if i % 2 else "US") for i in range(6)}
    connection, loads = load(a=rows(0, 20_000), **later)
    assert [(one.path, one.load_id) for one in loads] == [
        (f"{name}.csv", i + 1) for i, name in enumerate(["a", *later])
    ]
    assert [one.rows_accepted for one in loads] == [20_000, *[2] * 6]
    in_force = connection.sql(
        "SELECT modality, count(*), max(load_id) FROM exam_current GROUP BY 1 ORDER BY 1"
    ).fetchall()
    # A0 by b0, A1 by b1, ... A5 and A6 by b5
    assert in_force == [("ct", 19_993, 1), ("mri", 4, 7), ("ultrasound", 3, 6)]
    assert areas(connection) == []


def test_the_same_bytes_under_two_names_in_one_delivery_are_loaded_once(load):
    connection, loads = load(a=rows(0, 3), b=rows(0, 3), c=rows(3, 3))
    assert [(one.status, one.load_id) for one in loads] == [
        ("loaded", 1), ("known", None), ("loaded", 2),
    ]  # fmt: skip
    assert connection.sql("SELECT count(*) FROM exam").fetchall() == [(6,)]
    assert areas(connection) == []


def test_a_refused_file_between_others_is_told_and_they_load(load):
    _, loads = load(a=rows(0, 3), b="acc,site\nA9,ber\n", c=rows(3, 3))
    assert [(one.status, one.rows_accepted) for one in loads] == [
        ("loaded", 3), ("refused", 0), ("loaded", 3),
    ]  # fmt: skip


def test_an_error_keeps_the_files_before_it_and_leaves_nothing_behind(load, monkeypatch):
    convert = prepare.convert

    def loses_a_row(connection, mapping, index, key):
        convert(connection, mapping, index, key)
        connection.execute(f"DELETE FROM target_{index} WHERE overread_position = 7")

    monkeypatch.setattr(prepare, "convert", loses_a_row)
    with pytest.raises(RowAccountingError, match="9 well-formed records were counted"):
        load(a=rows(0, 3), b=rows(3, 9), c=rows(20, 3), d=rows(30, 3), e=rows(40, 3))
    monkeypatch.undo()
    connection, loads = load()
    assert [one.status for one in loads] == ["known", *["loaded"] * 4]
    assert connection.sql("SELECT count(*) FROM exam").fetchall() == [(21,)]
    assert areas(connection) == []
