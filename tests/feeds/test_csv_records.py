import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.feeds import csv_records
from overread.feeds.csv_records import read_csv_records


def records(tmp_path, content: bytes, name="a.csv", delimiter=",", exact=False):
    path = tmp_path / name
    path.write_bytes(content)
    return read_csv_records(path, delimiter, exact=exact)


def test_a_total_line_in_the_body_is_set_aside_with_its_line(tmp_path):
    """ING-02: 3 good + 1 bad = 4 read."""
    found = records(tmp_path, b"exam,min\nA1,5\nA2,6\nTOTAL\nA3,7")
    assert found.rows_read == 4
    assert found.clean == b"A1,5\nA2,6\nA3,7\n"
    assert [(b.row_number, b.line, b.reason, b.raw) for b in found.bad] == [
        (3, 4, "ragged_row", "TOTAL")
    ]
    assert found.line.tolist() == [2, 3, 5]


def test_ragged_rows_do_not_vanish(tmp_path):
    """ING-08."""
    content = b"a,b\n1,2\n3,4,5\n6\n"
    # a glance only adds up the delimiters; the parser then refuses a record, and the exact search finds it
    assert records(tmp_path, content).rows_read == 3
    found = records(tmp_path, content, exact=True)
    assert found.rows_read == 3
    assert [b.line for b in found.bad] == [3, 4]


def test_an_unbalanced_quote_costs_its_own_line_only(tmp_path):
    """ING-10: rows 2 and 3 are not inside one field."""
    found = records(tmp_path, b'a,b\n1,"x\n2,y\n3,z\n4,"w')
    assert found.clean == b"2,y\n3,z\n"
    assert [(b.line, b.reason) for b in found.bad] == [(2, "bad_quote"), (5, "bad_quote")]


def test_nul_byte(tmp_path):
    """ING-13."""
    found = records(tmp_path, b"id,m\n1,5\x00\n2,6\n")
    assert [(b.line, b.reason) for b in found.bad] == [(2, "nul_byte")]
    assert found.clean == b"2,6\n"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig", "utf-8"])
def test_encodings_are_detected(tmp_path, encoding):
    """ING-14: never U+FFFD."""
    found = records(tmp_path, "id,n\n1,José\n".encode(encoding))
    assert bytes(found.clean).decode() == "1,José\n"
    assert found.header == ("id", "n")


def test_duplicate_names_are_refused_with_both_positions(tmp_path):
    """ING-17."""
    with pytest.raises(ValueError, match="positions 1 and 2"):
        records(tmp_path, b"id,id,x\n1,2,3\n")


def test_one_column_and_a_stray_delimiter(tmp_path):
    """ING-01: nothing is taken for a preamble."""
    found = records(tmp_path, b"exam\nA1\nB2;x")
    assert found.rows_read == 2
    assert found.clean == b"A1\nB2;x\n"


def test_compressed_files_and_quoted_newlines(tmp_path):
    found = records(
        tmp_path, gzip.compress(b'a,b\r\n1,"x\r\ny"\r\n2,"say ""hi"", you"\r\n'), "a.csv.gz"
    )
    assert found.rows_read == 2
    assert found.line.tolist() == [2, 4]
    assert list(csv.reader(io.StringIO(bytes(found.clean).decode()))) == [
        ["1", "x\ny"],
        ["2", 'say "hi", you'],
    ]


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cs"]), max_size=6
)


@given(st.lists(st.tuples(CELL, CELL), max_size=8))
def test_every_written_row_is_read(tmp_path_factory, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b"])
    writer.writerows(rows)
    found = records(tmp_path_factory.mktemp("csv"), text.getvalue().encode())
    assert found.rows_read == len(rows)
    assert not found.bad
    assert [
        tuple(r) for r in csv.reader(io.StringIO(bytes(found.clean).decode(), newline=""))
    ] == rows


@pytest.mark.parametrize(
    ("content", "padded"),
    [
        (b"a,b\nx y,z\n", False),
        (b"a,b\n x,z\n", True),
        (b"a,b\nx ,z\n", True),
        (b"a,b\nx,z ", True),
        (b'a,b\n" x",z\n', True),
    ],
)
def test_blanks_at_the_edge_of_a_field_are_noticed(tmp_path, content, padded):
    assert records(tmp_path, content).padded is padded


@given(
    st.lists(
        st.sampled_from([b"1,2", b'"a\nb",2', b'"x', b"3", b"", b"4,\x00", b'5,"6"']), max_size=40
    )
)
def test_records_do_not_depend_on_the_size_of_a_piece(tmp_path_factory, lines):
    """An exact search in tiny pieces finds what one look at the whole finds."""
    content = b"a,b\n" + b"\n".join(lines)
    folder = tmp_path_factory.mktemp("csv")
    whole = records(folder, content, exact=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_records, "PIECE", 3)
        pieces = records(folder, content, exact=True)
    assert pieces.clean == whole.clean
    assert pieces.bad == whole.bad
    assert pieces.line.tolist() == whole.line.tolist()
    assert pieces.row_number.tolist() == whole.row_number.tolist()


def test_bytes_that_are_utf8_only_for_a_while_are_another_encoding(tmp_path, monkeypatch):
    """A sign may lie across two pieces; one that is cut off at the end is none."""
    monkeypatch.setattr(csv_records, "PIECE", 3)
    path = tmp_path / "a.csv"
    path.write_bytes("n,w\n1,Röntgen\n".encode())
    assert read_csv_records(path).encoding == "utf-8"
    path.write_bytes("n,w\n1,Röntgen\n2,é".encode()[:-1])
    assert read_csv_records(path).encoding == "cp1252"
