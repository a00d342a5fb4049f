from datetime import datetime

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.feeds.mapping import Mapping
from overread.feeds.yaml_model import ConfigurationError
from overread.warehouse.ingest import ingest, matched_files, unmapped_files
from overread.warehouse.pseudonyms import (
    know_tokens,
    load_key,
    seal,
    token,
    token_key,
    token_sql,
    unseal,
)
from overread.warehouse.schema import open_warehouse

HEAD = "acc,site,mod,done\n"


def accounts(loads):
    return [
        (f.status, f.rows_read, f.rows_accepted, f.rows_quarantined, f.rows_duplicate)
        for f in loads
    ]


def quarantine(connection):
    return connection.sql(
        "SELECT line, field, value, reason FROM quarantine ORDER BY line"
    ).fetchall()


def test_each_row_is_accounted_for(load):
    connection, loads = load(
        a=HEAD + "00123,ber,CT,2026-01-05 10:00:00\n"
        "123,ber,MR,2026-01-05 11:00:00\n"
        "A3,ber,QQ,2026-01-05 11:00:00\n"
        "A4,atlantis,CT,2026-01-05 11:00:00\n"
        "A5,ber,CT,05.01.2026\n"
        ",ber,CT,2026-01-05 11:00:00\n"
        "TOTAL\n"
        "00123,ber,CT,2026-01-05 10:00:00\n"
    )
    assert accounts(loads) == [("loaded", 8, 2, 5, 1)]
    assert quarantine(connection) == [
        (4, "modality", "QQ", "unknown_code"),
        (5, "site", "atlantis", "unknown_site"),
        (6, "completed_at", "05.01.2026", "bad_time"),
        (7, "exam_id", "(sealed)", "missing"),
        (8, None, None, "ragged_row"),
    ]
    # ING-07: 00123 and 123 stay two exams
    assert connection.sql("SELECT count(DISTINCT exam_id) FROM exam_current").fetchall() == [(2,)]
    assert connection.sql("SELECT row_number, first_row_number FROM duplicate").fetchall() == [
        (8, 1)
    ]


def test_loading_twice_changes_nothing(load):
    text = HEAD + "A1,ber,CT,2026-01-05 10:00:00\n"
    connection, _ = load(a=text)
    before = connection.sql("SELECT * FROM exam").fetchall()
    _, loads = load(a=text, again=text)
    assert [f.status for f in loads] == ["known", "known"]
    assert connection.sql("SELECT * FROM exam").fetchall() == before


def test_a_corrected_row_supersedes_and_history_stays(load):
    connection, _ = load(a=HEAD + "A1,ber,CT,2026-01-05 10:00:00\nA2,ber,CT,2026-01-05 10:00:00\n")
    _, loads = load(b=HEAD + "A1,ber,MR,2026-02-01 10:00:00\nA2,ber,CT,2026-01-05 10:00:00\n")
    assert accounts(loads)[1] == ("loaded", 2, 1, 0, 1)
    now = connection.sql("SELECT modality FROM exam_current ORDER BY modality").fetchall()
    assert now == [("ct",), ("mri",)]
    was = connection.sql("SELECT modality FROM exam_as_of(1)").fetchall()
    assert was == [("ct",), ("ct",)]


def test_two_versions_in_one_file_the_later_wins(load):
    connection, loads = load(
        a=HEAD + "A1,ber,CT,2026-01-05 10:00:00\nA1,ber,MR,2026-01-05 10:00:00\n"
    )
    assert accounts(loads) == [("loaded", 2, 2, 0, 0)]
    assert connection.sql("SELECT modality FROM exam_current").fetchall() == [("mri",)]


@pytest.mark.parametrize(
    ("site", "text", "utc", "flag"),
    [
        ("ber", "2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30), "completed_at:ambiguous"),
        ("ber", "2026-03-29 02:30:00", datetime(2026, 3, 29, 1, 30), "completed_at:nonexistent"),
        ("ber", "2026-01-01T08:00:00+08", datetime(2026, 1, 1), None),
        ("ber", "2026-01-01T00:00:00-0330", datetime(2026, 1, 1, 3, 30), None),
        ("ber", "2026-10-25 12:00:00", datetime(2026, 10, 25, 11), None),
        ("nyc", "2026-02-28 22:30:00", datetime(2026, 3, 1, 3, 30), None),
        ("ber", "2026-01-05 23:59:59.999999", datetime(2026, 1, 5, 23), None),
    ],
)
def test_times(load, site, text, utc, flag):
    """TIM-01, TIM-02, TIM-03, TIM-09, XLS-05."""
    connection, loads = load(a=HEAD + f"A1,{site},CT,{text}\n")
    assert accounts(loads) == [("loaded", 1, 1, 0, 0)]
    assert connection.sql("SELECT completed_at, time_flags FROM exam").fetchall() == [(utc, flag)]


@pytest.mark.parametrize(
    "text", ["epoch", "infinity", "2026-01-05 24:00:00", "03/04/2026", "2026-02-30 10:00:00"]
)
def test_no_time_is_guessed(load, text):
    """ING-04, ING-05: only the declared formats."""
    connection, _ = load(a=HEAD + f"A1,ber,CT,{text}\n")
    assert quarantine(connection) == [(2, "completed_at", text, "bad_time")]


def test_columns_match_by_name_and_an_empty_file_is_fine(load):
    """ING-16."""
    connection, loads = load(a=HEAD + "A1,ber,CT,\n", b="done,mod,site,acc\n,CT,ber,A1\n", c=HEAD)
    assert accounts(loads) == [
        ("loaded", 1, 1, 0, 0),
        ("loaded", 1, 0, 0, 1),
        ("loaded", 0, 0, 0, 0),
    ]
    assert connection.sql("SELECT count(*) FROM exam").fetchall() == [(1,)]


def test_a_file_without_a_mapped_column_is_set_aside_whole_and_the_others_load(load):
    connection, loads = load(a="acc,site,done\nA1,ber,\nA2,ber,\n", b=HEAD + "A1,ber,CT,\n")
    assert [f.status for f in loads] == ["refused", "loaded"]
    assert "column mod" in loads[0].message
    ledger = "SELECT path, status, rows_read, rows_quarantined FROM ledger ORDER BY path"
    expected = [("a.csv", "refused", 2, 2), ("b.csv", "loaded", 1, 0)]
    assert connection.sql(ledger).fetchall() == expected
    assert connection.sql("SELECT line, reason FROM quarantine").fetchall() == [
        (2, "refused_file"),
        (3, "refused_file"),
    ]
    # tried anew each time, told once
    _, again = load()
    assert [f.status for f in again] == ["refused", "known"]
    assert connection.sql(ledger).fetchall() == expected


@pytest.mark.parametrize("content", [b"", b"id,id\n1,2\n"])
def test_a_file_without_a_usable_header_is_refused(load, content):
    connection, loads = load(a=content)
    assert [f.status for f in loads] == ["refused"]
    assert connection.sql("SELECT status, rows_read FROM ledger").fetchall() == [("refused", 0)]


def test_no_identifier_in_clear(load, tmp_path):
    connection, _ = load(a=HEAD + "SECRET77,ber,CT,\nSECRET78,ber,QQ,\n")
    connection.sql(f"EXPORT DATABASE '{tmp_path}/dump' (FORMAT csv)")
    for file in (tmp_path / "dump").glob("*.csv"):
        assert b"SECRET" not in file.read_bytes(), file.name


def test_equal_numbers_of_two_issuers_are_two_exams(load):
    connection, _ = load(a=HEAD + "A1,ber,CT,\nA1,nyc,CT,\n")
    assert connection.sql("SELECT count(*) FROM exam_current").fetchall() == [(2,)]


def test_files_that_no_mapping_takes_are_told(tmp_path, mapping):
    for name in ("a.csv", "late/b.csv", "c.XLSX", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(HEAD)
    assert unmapped_files([mapping], tmp_path) == ["c.XLSX", "late/b.csv"]


def test_seal_and_key(tmp_path):
    key = load_key(tmp_path / "keys" / "pseudonym.key")
    assert key == load_key(tmp_path / "keys" / "pseudonym.key")
    assert unseal(key, seal(key, "row")) == "row"
    assert token(key, "exam", "ber", "1") != token(key, "exam", "nyc", "1")


@pytest.mark.parametrize("body", [b"short", b"\xff" * 40])
def test_a_key_that_is_too_short_or_no_text_is_refused(tmp_path, body):
    (tmp_path / "pseudonym.key").write_bytes(body)
    with pytest.raises(ValueError, match="delete the file to have one made"):
        load_key(tmp_path / "pseudonym.key")


def test_what_names_nobody_has_no_token():
    with duckdb.connect() as connection:
        know_tokens(connection)
        know_tokens(connection)
        made = connection.execute(
            f"SELECT {token_sql('exam', chr(39) * 2, 'name')} FROM (VALUES ('A'), (NULL), ('A')) t(name)",
            token_key(b"k" * 32),
        ).fetchall()
    assert made == [(token(b"k" * 32, "exam", "", "A"),), (None,), made[0]]


def test_a_file_taken_by_two_mappings_is_an_error(tmp_path, mapping):
    (tmp_path / "a.csv").write_text(HEAD)
    other = Mapping.model_validate({**mapping.model_dump(), "source": "other"})
    with pytest.raises(ConfigurationError, match="both take it"):
        matched_files([mapping, other], tmp_path)
    with pytest.raises(ConfigurationError, match="no file"):
        ingest(open_warehouse(), None, [], tmp_path, b"")


@given(
    st.text(max_size=40),
    st.sampled_from(["exam", "patient", "reader"]),
    st.text(min_size=32, max_size=80).map(str.encode),
)
def test_tokens_made_in_sql_are_hmac(text, namespace, key):
    """RFC 2104, with a key shorter and longer than a block."""
    with duckdb.connect() as connection:
        know_tokens(connection)
        made = connection.execute(
            f"SELECT {token_sql(namespace, chr(39) + 'ber' + chr(39), '$text')}",
            {"text": text, **token_key(key)},
        ).fetchall()[0][0]
    assert made == token(key, namespace, "" if namespace == "reader" else "ber", text)


def test_a_record_that_only_the_parser_refuses_is_found_by_the_exact_search(load):
    """A short and a long record whose delimiters add up: each is set aside, the others load."""
    connection, loads = load(a=HEAD + "A1,ber,CT,\nA2,ber,CT\nA3,ber,CT,,\nA4,ber,MR,\n")
    assert accounts(loads) == [("loaded", 4, 2, 2, 0)]
    assert quarantine(connection) == [(3, None, None, "ragged_row"), (4, None, None, "ragged_row")]


def test_a_column_of_the_file_may_bear_the_name_of_another_column_of_the_fact(
    tmp_path, configuration, mapping
):
    body = mapping.model_dump()
    body["rows"][0]["columns"]["technique"] = {"column": "modality"}
    (tmp_path / "a.csv").write_text("acc,site,mod,done,modality\nA1,ber,CT,,spiral\n")
    connection = open_warehouse()
    ingest(connection, configuration, [Mapping.model_validate(body)], tmp_path, b"k" * 32)
    found = connection.sql("SELECT modality, technique FROM exam").fetchall()
    assert found == [("ct", "spiral")]


def test_a_missing_value_can_choose_the_target(tmp_path, configuration, mapping):
    """Missing values are NULL when `when` and `unless` look at them."""
    body = mapping.model_dump()
    first = body["rows"][0]
    body["rows"] = [{**first, "when": {"mark": ["NA", "x"]}}]
    (tmp_path / "a.csv").write_text(
        "acc,site,mod,done,mark\nA1,ber,CT,,\nA2,ber,CT,,x\nA3,ber,CT,,y\n"
    )
    connection = open_warehouse()
    loads = ingest(connection, configuration, [Mapping.model_validate(body)], tmp_path, b"k" * 32)
    assert accounts(loads) == [("loaded", 3, 2, 1, 0)]
    assert quarantine(connection) == [(4, "", None, "no_target")]


@pytest.mark.parametrize("head", [HEAD, '"acc","site","mod","done"\n'])
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_byte_order_mark_is_no_part_of_the_first_column(load, head, end):
    """The file is parsed as it lies there, mark and all."""
    text = f"{head}A1,ber,CT,2026-01-05 10:00:00\nA2,ber,QQ,\nA3,ber,MR,{end}"
    connection, loads = load(a=text.encode("utf-8-sig"))
    assert accounts(loads) == [("loaded", 3, 2, 1, 0)]
    assert connection.sql("SELECT encoding FROM ledger").fetchall() == [("utf-8-sig",)]
    assert quarantine(connection) == [(3, "modality", "QQ", "unknown_code")]
    found = connection.sql("SELECT exam_id, row_number, modality FROM exam ORDER BY 2").fetchall()
    key = b"0123456789abcdef0123456789abcdef"
    assert found == [
        (token(key, "exam", "ber", "A1"), 1, "ct"),
        (token(key, "exam", "ber", "A3"), 3, "mri"),
    ]
