"""The demonstration network loads, and its row accounting equals the answer key."""

from hashlib import sha256
from pathlib import Path

import pytest

from overread.demonstration import generate
from overread.feeds.configuration import load_configuration
from overread.model.codes import CODE_LISTS
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse
from overread.warehouse.values import REMEDY

CONFIGURATION = Path(__file__).resolve().parents[2] / "examples" / "demo" / "overread.yaml"


def hashes(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    key = generate(folder, exams=3_000, seed=7)
    connection = open_warehouse()
    loads = ingest(connection, *load_configuration(CONFIGURATION), folder, b"k" * 32)
    return folder, key, connection, loads


def test_same_seed_same_bytes(network, tmp_path):
    folder, _, _, _ = network
    generate(tmp_path / "again", exams=3_000, seed=7)
    assert hashes(tmp_path / "again") == hashes(folder)


def test_every_broken_row_is_quarantined_and_no_other(network):
    _, key, connection, _ = network
    found = connection.sql("SELECT path, line, reason FROM quarantine").fetchall()
    assert sorted(found) == sorted((b["file"], b["line"], b["reason"]) for b in key["broken_rows"])


def test_every_reason_is_planted(network):
    _, key, _, _ = network
    assert {b["reason"] for b in key["broken_rows"]} == set(REMEDY)


def test_every_repeated_row_is_a_duplicate_of_what_it_repeats(network):
    _, key, connection, _ = network
    found = connection.sql("SELECT path, line FROM duplicate").fetchall()
    assert sorted(found) == sorted((r["file"], r["line"]) for r in key["repeated_rows"])
    # row numbers and lines differ by the header alone: the files hold no blank or many-lined record
    repeats = connection.sql(
        "SELECT d.path, d.line, l.path, d.first_row_number + 1 FROM duplicate d "
        "JOIN ledger l ON l.load_id = d.first_load_id"
    ).fetchall()
    assert sorted(repeats) == sorted(
        (r["file"], r["line"], r["repeats"]["file"], r["repeats"]["line"])
        for r in key["repeated_rows"]
    )


def test_the_identity_holds_for_every_file(network):
    _, key, connection, loads = network
    ledger = connection.sql(
        "SELECT path, rows_read, rows_accepted + rows_quarantined + rows_duplicate FROM ledger"
    ).fetchall()
    assert all(read == told for _, read, told in ledger)
    resent = set(key["resent_files"])
    assert {f.path for f in loads if f.status == "known"} == resent
    assert {path: read for path, read, _ in ledger} == {
        path: rows for path, rows in key["files"].items() if path not in resent
    }


def test_every_code_of_the_design_occurs(network):
    _, _, connection, _ = network
    for name, column, table in (
        ("service", "service", "read_task_current"),
        ("modality", "modality", "exam_current"),
        ("engagement", "engagement", "contract_term_current"),
        ("deployment", "deployment", "contract_term_current"),
        ("facility_type", "facility_type", "site"),
        ("region", "region", "site"),
        ("patient_class", "patient_class", "exam_current"),
        ("priority", "priority", "exam_current"),
        ("age_band", "age_band", "exam_current"),
        ("route", "route", "review_current"),
        ("role", "role", "read_task_current"),
    ):
        found = connection.sql(f"SELECT DISTINCT {column} FROM {table}").fetchall()
        assert {value for (value,) in found} >= set(CODE_LISTS[name].codes), name


def test_everything_joins(network):
    _, _, connection, _ = network
    for child, parent, column in (
        ("read_task", "exam", "exam_id"),
        ("review_assignment", "read_task", "task_id"),
        ("review", "review_assignment", "assignment_id"),
        ("ai_result", "exam", "exam_id"),
        ("reader_call", "read_task", "task_id"),
        ("reference_standard", "ai_result", "exam_id"),
    ):
        lost = connection.sql(
            f"SELECT count(*) FROM {child}_current c ANTI JOIN {parent}_current p USING ({column})"
        ).fetchall()
        assert lost == [(0,)], child


def test_site_time_becomes_the_planned_months(network):
    _, _, connection, _ = network
    months = connection.sql(
        "SELECT DISTINCT strftime(timezone(zone, timezone('UTC', completed_at)), '%Y-%m') "
        "FROM exam_current JOIN site USING (site) ORDER BY 1"
    ).fetchall()
    assert [month for (month,) in months] == [
        f"{y}-{m:02d}" for y in (2025, 2026) for m in range(1, 13)
    ][:18]


def test_only_the_planted_clock_breaks_the_order(network):
    _, key, connection, _ = network
    clock = key["problems"]["shifted_clock"]
    broken = connection.sql(
        "SELECT t.site, count(*) FROM read_task_current t JOIN exam_current e USING (exam_id) "
        "WHERE received_at < completed_at GROUP BY 1"
    ).fetchall()
    counted = clock["counted"][clock["where"]["held_month"]]["out_of_order"]
    assert broken == [(clock["where"]["site"], counted)]


def test_too_few_exams_are_refused(tmp_path):
    with pytest.raises(ValueError, match="1000 to 100000000"):
        generate(tmp_path, exams=10)
