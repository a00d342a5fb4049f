"""The same network in parts and as Parquet: another delivery, the same rows."""

import json
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from overread.demonstration import generate
from overread.demonstration.delivery import deliveries
from overread.demonstration.periods import ALL, HALVES, MONTHS
from overread.feeds.configuration import load_configuration
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "overread.yaml"
EXAMS = 2_000
FACTS = (
    "exam",
    "read_task",
    "review_assignment",
    "review",
    "local_review",
    "ai_result",
    "reader_call",
    "reference_standard",
)
ONE_PLACE = {"load_id", "row_number"}


def in_parts(monkeypatch):
    monkeypatch.setitem(generate.__globals__, "IN_PARTS_FROM", 1_000)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    return folder, generate(folder, exams=EXAMS)


def facts(folder):
    connection = open_warehouse()
    loads = ingest(connection, *load_configuration(DEMO), folder, b"k" * 32)
    assert {load.status for load in loads} == {"loaded", "known"}
    found = {}
    for table in FACTS:
        columns = connection.execute(
            f"SELECT column_name FROM (DESCRIBE {table}_current) ORDER BY 1"
        ).fetchall()
        kept = ", ".join(name for (name,) in columns if name not in ONE_PLACE)
        found[table] = connection.execute(
            f"SELECT {kept} FROM {table}_current ORDER BY ALL"
        ).fetchall()
    return found, len(loads)


def test_parquet_loads_the_same_facts_as_text(text, tmp_path):
    folder, key = text
    parquet = generate(tmp_path, exams=EXAMS, form="parquet")
    ours, loads = facts(tmp_path)
    theirs, _ = facts(folder)
    assert loads == len(parquet["files"])
    for table in FACTS:
        assert len(ours[table]) > 0, table
        assert ours[table] == theirs[table], table
    assert parquet["problems"] == key["problems"]
    assert (key["form"], parquet["form"]) == ("csv", "parquet")
    assert {row["file"].partition("/")[0] for row in parquet["broken_rows"]} == {"registers"}


def rows(folder, name):
    """The rows of a file in any order; of a text file its lines."""
    path = folder / name
    if path.suffix == ".parquet":
        return sorted(
            duckdb.execute(f"SELECT COLUMNS(*)::VARCHAR FROM read_parquet('{path}')").fetchall(),
            key=repr,
        )
    return sorted(path.read_bytes().split(b"\n"))


def test_in_parts_the_text_files_hold_the_same_rows(text, tmp_path, monkeypatch):
    folder, key = text
    in_parts(monkeypatch)
    parts = generate(tmp_path, exams=EXAMS)
    assert parts["problems"] == key["problems"]
    spoilt = {row["file"] for row in (*key["broken_rows"], *key["repeated_rows"])}
    alike = [
        name
        for name in key["files"]
        if name in parts["files"] and name not in spoilt and name.endswith(("csv", "ndjson"))
    ]
    assert len(alike) > 25
    for name in alike:
        assert rows(tmp_path, name) == rows(folder, name), name
    # the header stands once, and first
    lon = (tmp_path / "exams/emea_lon.csv").read_bytes()
    assert lon.startswith(b"\xef\xbb\xbfAuftrag")
    assert lon.count(b"Auftrag") == 1
    # what a workbook held is text, and Parquet comes by month
    assert key["files"]["exams/emea_jnb.xlsx"] == parts["files"]["exams/emea_jnb.csv"]
    dubai = [name for name in parts["files"] if name.startswith("exams/emea_dxb_")]
    assert sorted(dubai) == [f"exams/emea_dxb_{month.label}.parquet" for month in MONTHS]
    whole = rows(folder, "exams/emea_dxb.parquet")
    assert sorted((row for name in dubai for row in rows(tmp_path, name)), key=repr) == whole


@pytest.mark.parametrize(("form", "parted"), [("csv", True), ("parquet", False)])
def test_the_same_seed_gives_the_same_bytes(tmp_path, monkeypatch, form, parted):
    if parted:
        in_parts(monkeypatch)
    keys = [generate(tmp_path / name, exams=1_000, seed=3, form=form) for name in ("one", "two")]
    assert keys[0] == keys[1]
    for name in (*keys[0]["files"], "answer_key.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), (
            name
        )
    assert generate(tmp_path / "three", exams=1_000, seed=4, form=form) != keys[0]


def test_parquet_comes_by_site_and_month():
    months = {name for span in MONTHS for name in (d.path for d in deliveries("parquet", span))}
    assert "reads/apac_tpe_2026-06.parquet" in months
    assert len(months) == len(MONTHS) * len(tuple(deliveries("parquet", ALL)))
    typed = next(d.query for d in deliveries("parquet", MONTHS[0]))
    assert "strftime" not in typed


def test_another_form_leaves_no_file_of_the_first(tmp_path):
    generate(tmp_path, exams=1_000)
    (tmp_path / "exams" / "notes.txt").write_text("mine")
    key = generate(tmp_path, exams=1_000, form="parquet")
    left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {*key["files"], "answer_key.json", "exams/notes.txt"}


def test_a_key_that_points_outside_removes_nothing(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "data" / "answer_key.json").write_text(json.dumps({"files": {"../mine.txt": 1}}))
    generate(tmp_path / "data", exams=1_000)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_an_unknown_form_is_refused(tmp_path):
    with pytest.raises(ValueError, match="form xml: ask for csv or parquet"):
        generate(tmp_path, exams=1_000, form="xml")


def test_every_exam_belongs_to_one_span():
    for exams in (1_000, 1_234, 100_000_000):
        ends = [span.exams(exams) for span in MONTHS]
        assert ends[0][0] == 0
        assert ends[-1][1] == exams
        assert all(before[1] == after[0] for before, after in pairwise(ends))
    assert [half.label for half in HALVES] == ["2025-H1", "2025-H2", "2026-H1"]


def test_accession_numbers_repeat_between_sites_but_not_in_one(text):
    folder, _ = text
    files = [f"{folder}/exams/americas_{month.label}.csv" for month in MONTHS[2:3] + MONTHS[9:]]
    exams, keys, numbers = duckdb.execute(
        "SELECT count(*), count(DISTINCT (Facility, Accession)), count(DISTINCT Accession) "
        "FROM read_csv($files, all_varchar = true)",
        {"files": files},
    ).fetchone()
    assert exams == keys
    assert numbers < exams


def test_planted_rows_stand_at_their_lines_in_files_of_many_blocks(tmp_path, monkeypatch):
    """Blocks of a few bytes end inside rows; the files must not depend on them."""
    key = generate(tmp_path / "one", exams=1_000)
    monkeypatch.setattr("overread.demonstration.spoiling._BLOCK", 7)
    assert generate(tmp_path / "two", exams=1_000) == key
    for name in {row["file"] for row in (*key["broken_rows"], *key["repeated_rows"])}:
        spoilt = (tmp_path / "one" / name).read_bytes()
        assert (tmp_path / "two" / name).read_bytes() == spoilt
        assert spoilt.count(b"\n") == key["files"][name] + (not name.endswith(".ndjson"))
    for row in key["repeated_rows"]:
        lines = (tmp_path / "one" / row["file"]).read_bytes().split(b"\n")
        before = (tmp_path / "one" / row["repeats"]["file"]).read_bytes().split(b"\n")
        assert lines[row["line"] - 1] == before[row["repeats"]["line"] - 1]
