"""Rows of months whose counts stand are not computed anew, and nothing but that tells them from the others."""

import shutil
from pathlib import Path

import pytest

from overread import measures
from overread.counts import build as counts_of_months
from overread.counts.build import build as build_counts
from overread.demonstration.generate import generate
from overread.feeds.configuration import load_configuration
from overread.warehouse import analysis, due
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

CONFIGURATION = Path(__file__).resolve().parents[2] / "examples" / "demo" / "overread.yaml"
MONTH, OTHER = "2026-02", "2025-11"
TABLES = ("measure", "report_curve", "roc_curve", "version_change")


def refreshed(connection, months, targets=None):
    cutoff = analysis.data_cutoff(connection)
    analysis.build(connection, cutoff, months)
    build_counts(connection, months)
    measures.refresh(connection, cutoff, targets)


def told(connection):
    return {
        name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in TABLES
    }


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refresh")
    generate(folder / "files", 2_500, form="parquet")
    with open_warehouse(folder / "warehouse.duckdb") as connection:
        ingest(connection, *load_configuration(CONFIGURATION), folder / "files", b"0" * 32)
        refreshed(connection, None)
    return folder / "warehouse.duckdb"


@pytest.fixture
def network(first, tmp_path):
    shutil.copy(first, tmp_path / "warehouse.duckdb")
    with open_warehouse(tmp_path / "warehouse.duckdb") as connection:
        yield connection


def marked(connection):
    """Mark every row, so that one that stands is seen."""
    connection.execute("UPDATE measure SET method = 'stood'")


def standing(connection, measure_id, period):
    ((stood, n),) = connection.execute(
        "SELECT count(*) FILTER (method = 'stood'), count(*) FROM measure WHERE measure_id = ? "
        "AND period IS NOT DISTINCT FROM ? AND algorithm IS NULL",
        [measure_id, period],
    ).fetchall()
    assert n > 0
    return {0: "none", n: "all"}.get(stood, "some")


def late(connection):
    """Finals of one month are known an hour later than thought, their reviews find more, some AI answers turn."""
    connection.execute(
        "UPDATE read_task SET final_at = final_at + INTERVAL 1 HOUR, available_at = NULL WHERE task_id IN "
        f"(SELECT task_id FROM task_fact WHERE month = '{MONTH}')"
    )
    connection.execute(
        f"UPDATE review SET score = '3b' WHERE task_id IN (SELECT task_id FROM review_fact WHERE month = '{MONTH}' "
        "AND score = '1') AND hash(task_id) % 3 = 0"
    )
    connection.execute(
        "UPDATE ai_result SET call = 'present' WHERE call = 'absent' AND exam_id IN "
        f"(SELECT exam_id FROM pair_fact WHERE month = '{MONTH}') AND hash(exam_id) % 4 = 0"
    )


def test_a_month_that_changed_gives_what_everything_gives(network):
    before = told(network)
    late(network)
    refreshed(network, [MONTH])
    after = told(network)
    assert after["measure"] != before["measure"]
    measures.compute(network, analysis.data_cutoff(network))
    assert told(network) == after


def test_rows_of_other_months_stand_and_those_of_all_months_do_not(network):
    marked(network)
    refreshed(network, [MONTH])
    for name in ("discrepancy_rate", "turnaround_median", "turnaround_p75_completed_only", "sla_attainment"):  # fmt: skip
        assert standing(network, name, OTHER) == "all"
        assert standing(network, name, MONTH) == standing(network, name, None) == "none"
    # readers who share exams are pooled over months
    assert standing(network, "sensitivity", OTHER) == "none"


def test_months_add_up_until_they_are_told(network):
    marked(network)
    build_counts(network, [MONTH])
    build_counts(network, [OTHER])
    measures.refresh(network, analysis.data_cutoff(network))
    assert standing(network, "sla_attainment", OTHER) == standing(network, "sla_attainment", MONTH)
    assert standing(network, "sla_attainment", OTHER) == "none"
    assert standing(network, "sla_attainment", "2025-12") == "all"


def test_counts_that_broke_off_leave_no_old_row_standing(network, monkeypatch):
    marked(network)
    write = counts_of_months._write

    def breaks(connection, step, *rest):
        if step.table == "count_sla":
            raise RuntimeError("the machine went down")
        write(connection, step, *rest)

    monkeypatch.setattr(counts_of_months, "_write", breaks)
    with pytest.raises(RuntimeError):
        build_counts(network, [MONTH])
    measures.refresh(network, analysis.data_cutoff(network))
    assert standing(network, "discrepancy_rate", MONTH) == "none"
    assert standing(network, "discrepancy_rate", OTHER) == "all"


def test_everything_is_computed_where_targets_or_held_months_changed(network):
    marked(network)
    measures.refresh(network, analysis.data_cutoff(network), {"discrepancy_rate": 0.01})
    assert standing(network, "discrepancy_rate", OTHER) == "none"
    marked(network)
    network.execute(f"INSERT INTO held_month VALUES ('{OTHER}', 'check', 'why')")
    measures.refresh(network, analysis.data_cutoff(network), {"discrepancy_rate": 0.01})
    assert standing(network, "turnaround_median", MONTH) == "none"
    assert network.execute(
        f"SELECT DISTINCT status FROM measure WHERE period = '{OTHER}'"
    ).fetchall() == [("blocked",)]


def test_a_month_that_vanished_leaves_no_row(network):
    for name in ("count_sla", "count_review"):
        network.execute(f"DELETE FROM {name} WHERE month = '{MONTH}'")
    for name in ("count_duration", "count_time_to_report"):
        network.execute(
            f"DELETE FROM {name} WHERE cell IN (SELECT cell FROM task_cell WHERE month = '{MONTH}')"
        )
    due.note(network, due.Stage.MEASURES, [MONTH])
    measures.refresh(network, analysis.data_cutoff(network))
    kept = network.execute(
        "SELECT count(*) FROM measure WHERE measure_id IN ('sla_attainment', 'turnaround_median', 'discrepancy_rate') "
        f"AND period = '{MONTH}'"
    ).fetchall()
    assert kept == [(0,)]
