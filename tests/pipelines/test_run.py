"""The command line on a small hospital whose February clocks are broken."""

import dagster as dg
import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from pipelines.cli import BAD_CONFIGURATION, FAILED, HELD, app
from pipelines.definitions import defs

CONFIGURATION = {
    "network": "elsewhere",
    "title": "St Elsewhere",
    "sites": [
        {
            "id": "ber",
            "name": "St Elsewhere",
            "country": "DE",
            "region": "emea",
            "zone": "Europe/Berlin",
            "facility_type": "hospital",
        }
    ],
    "vendors": [{"id": "v1", "name": "O'Neill & Partners"}],
    "mappings": ["tasks.yaml"],
}
EXAM = {
    "exam_id": "acc",
    "site": {"value": "ber"},
    "modality": {"value": "ct"},
    "patient_class": {"value": "emergency"},
    "completed_at": "done",
}
TASK = {
    "task_id": "acc",
    "exam_id": "acc",
    "site": {"value": "ber"},
    "vendor": {"value": "v1"},
    "reader_id": "reader",
    "role": {"value": "final"},
    "service": {"value": "reporting"},
    "final_at": "final",
}


def rows(month, broken=False, year=2026):
    days = [(day, "09" if broken and day > 10 else "11") for day in range(1, 21)]
    lines = []
    for day, hour in days:
        date = f"{year}-{month}-{day:02d}"
        lines.append(f"{date},{date} 10:00:00,{date} {hour}:{day:02d}:00,r{day % 3}\n")
    return "".join(lines)


@pytest.fixture
def hospital(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "overread.yaml").write_text(yaml.safe_dump(CONFIGURATION))
    mapping = {
        "source": "tasks",
        "files": ["*.csv"],
        "rows": [{"table": "exam", "columns": EXAM}, {"table": "read_task", "columns": TASK}],
    }
    (tmp_path / "tasks.yaml").write_text(yaml.safe_dump(mapping))

    def run(*more, **files):
        for name, text in files.items():
            (data / f"{name}.csv").write_text("acc,done,final,reader\n" + text)
        arguments = [
            "--config",
            tmp_path / "overread.yaml",
            "--data",
            data,
            "--out",
            tmp_path / "out",
        ]
        return CliRunner().invoke(app, ["run", *map(str, arguments), *more])

    def measure():
        with duckdb.connect(
            str(tmp_path / "out" / "warehouse.duckdb"), read_only=True
        ) as connection:
            return connection.execute("SELECT * FROM measure ORDER BY ALL").fetchall()

    return tmp_path, run, measure


def held(measures):
    return {row[2] for row in measures if "blocked" in row}


def test_the_graph_loads():
    keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
    assert keys == {"ledger", "facts", "counts", "measure", "signal", "measure_release", "site"}
    assert {job.name for job in defs.resolve_all_job_defs()} >= {"landing", "month", "publish"}


def test_a_broken_month_is_held_and_the_others_are_told(hospital):
    folder, run, measure = hospital
    result = run(jan=rows("01"), feb=rows("02", broken=True), mar=rows("03"))
    assert result.exit_code == HELD, result.output
    quality = (folder / "out" / "site" / "committee" / "quality.html").read_text()
    assert "10 of 20 rows fail" in quality
    assert "2026-02 is held by events_in_order: 10 of 20 rows fail" in result.output
    assert held(measure()) == {"2026-02"}
    told = {
        row[2] for row in measure() if row[0] == "turnaround_median_completed_only" and "ok" in row
    }
    assert told == {"2026-01", "2026-03", None}


def test_a_corrected_delivery_releases_the_month_and_twice_changes_nothing(hospital):
    folder, run, measure = hospital
    revisions = folder / "out" / "site" / "committee" / "revisions.html"
    assert run(jan=rows("01"), feb=rows("02", broken=True)).exit_code == HELD
    assert "This is the first release" in revisions.read_text()
    result = run(feb=rows("02"))
    assert result.exit_code == 0, result.output
    assert "feb.csv: 20 rows read = 20 accepted + 0 quarantined + 0 duplicate" in result.output
    once, told = measure(), revisions.read_text()
    assert "By a correction" in told
    assert "feb.csv" in told
    assert run().exit_code == 0
    assert measure() == once
    assert revisions.read_text() == told


def pages(folder):
    """The published files as they are, each with the moment it was written."""
    site = folder / "out" / "site"
    return {p.relative_to(site): p.stat().st_mtime_ns for p in site.rglob("*") if p.is_file()}


def test_where_nothing_is_new_nothing_is_done(hospital):
    folder, run, measure = hospital
    assert "computed every month (2)" in run(jan=rows("01"), feb=rows("02")).output
    once, written = measure(), pages(folder)
    assert "computed no month: no delivery touches one, 2 stand" in run().output
    assert measure() == once
    assert pages(folder) == written


def test_a_delivery_has_the_months_computed_that_it_touches(hospital):
    _, run, measure = hospital
    run(jan=rows("01"), feb=rows("02"), mar=rows("03"))
    late = "2026-01-21,2026-01-21 10:00:00,2026-01-21 15:00:00,r9\n"
    may = rows("05")
    assert "computed 2 of 4 months: 2026-01, 2026-05" in run(late=late, may=may).output
    in_parts = measure()
    assert "computed every month (4)" in run("--all").output
    assert measure() == in_parts


def test_a_file_without_a_usable_row_is_told_though_no_month_changes(hospital):
    folder, run, _ = hospital
    run(jan=rows("01"))
    result = run(odd="x1,sometime,2026-01-03 11:00:00,r1\n")
    assert "odd.csv: 1 rows read = 0 accepted + 1 quarantined" in result.output
    assert "computed no month: no delivery touches one, 1 stand" in result.output
    assert "odd.csv" in (folder / "out" / "site" / "committee" / "quality.html").read_text()


def test_a_run_that_broke_off_is_taken_up_where_it_was_left(hospital, monkeypatch):
    """It breaks off once the file is loaded, then halfway through the counts, then before the pages are written."""
    folder, run, measure = hospital
    run(jan=rows("01"))

    def breaks(*_, **__):
        raise dg.Failure("the machine went down", allow_retries=False)

    def due():
        with duckdb.connect(str(folder / "out" / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute("SELECT stage, month FROM due ORDER BY ALL").fetchall()

    feb, left = {"feb": rows("02")}, []
    for place in (
        "overread.warehouse.analysis.note_touched",
        "assets.stages.build_counts",
        "assets.publications.publish",
    ):
        with monkeypatch.context() as broken:
            broken.setattr(place, breaks)
            assert run(**feb).exit_code == FAILED
        left.append(due())
        feb = {}
    assert left == [[], [("counts", "2026-02")], []]
    committee = folder / "out" / "site" / "committee" / "index.html"
    assert "February 2026" not in committee.read_text()
    assert "computed no month: no delivery touches one, 2 stand" in run().output
    assert "February 2026" in committee.read_text()
    assert {row[2] for row in measure()} == {"2026-01", "2026-02", None}


def test_months_recomputed_one_by_one_equal_one_run(hospital):
    folder, run, measure = hospital

    def published():
        site = folder / "out" / "site"
        return {p.relative_to(site): p.read_bytes() for p in site.rglob("*") if p.is_file()}

    months = [(year, f"{month:02d}") for year in (2025, 2026) for month in range(1, 13)][:18]
    run(**{f"m{year}{month}": rows(month, year=year) for year, month in months})
    once, site = measure(), published()
    for year, month in reversed(months[::9]):
        told = run("--month", f"{year}-{month}").output
        assert f"computed 1 of 18 months: {year}-{month}" in told
    assert measure() == once
    assert published() == site


def test_clear_errors(hospital):
    folder, run, _ = hospital
    assert run().exit_code == FAILED
    assert "no file of the data folder matches" in run().output
    assert "the months are 2026-01" in run("--month", "2031-01", jan=rows("01")).output
    (folder / "overread.yaml").write_text("network: elsewhere\ntitle: x\nsites:\n  - {id: a}\n")
    result = run()
    assert result.exit_code == BAD_CONFIGURATION
    assert "overread.yaml:4: sites.0.zone" in result.output


def test_a_refused_file_is_named_and_the_others_are_told(hospital):
    folder, run, measure = hospital
    (folder / "data" / "bad.csv").write_text("acc,done\n1,2026-01-01 10:00:00\n")
    result = run(jan=rows("01"))
    assert result.exit_code == HELD
    assert "bad.csv: column final, reader of mapping 'tasks' is not in the header" in result.output
    assert measure()


def test_a_run_without_any_usable_row_still_says_what_became_of_the_files(tmp_path):
    (tmp_path / "overread.yaml").write_text(yaml.safe_dump(CONFIGURATION))
    mapping = {
        "source": "tasks",
        "files": ["tasks_*.csv"],
        "rows": [{"table": "read_task", "columns": TASK}],
    }
    (tmp_path / "tasks.yaml").write_text(yaml.safe_dump(mapping))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tasks_1.csv").write_text("acc,reader\nA1,r1\n")
    (tmp_path / "data" / "other.csv").write_text("acc\nA1\n")
    arguments = ["--config", "overread.yaml", "--data", "data", "--out", "out"]
    told = CliRunner().invoke(
        app,
        ["run", "--quiet", *(a if a.startswith("--") else str(tmp_path / a) for a in arguments)],
    )
    assert told.exit_code == FAILED
    for part in (
        "tasks_1.csv: 1 rows read = 0 accepted + 1 quarantined",
        "column final of mapping 'tasks' is not in the header",
        "no mapping takes other.csv",
        "no accepted task, call or AI result belongs to an accepted exam",
    ):
        assert part in told.output
