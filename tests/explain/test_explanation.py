"""What an explanation tells beside its SQL: rows left out, held months, files, and a number that is no longer given."""

import hashlib
import shutil

import duckdb
import pytest

from overread import measures
from overread.counts.build import build
from overread.explain import explain
from overread.warehouse.analysis.tasks import INTERVALS

HELD = "2025-06"
# A number over all months leaves the held month out.
UNHELD = f"month <> '{HELD}'"


def counted(connection, query):
    return connection.execute(query).fetchall()[0][0]


def test_reviews_of_unknown_significance_leave_the_denominator_with_their_number(network, tmp_path):
    shutil.copy(network / "warehouse.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        before = explain(connection, "significant_discrepancy_rate", {})
        # three reviews of the old form
        connection.execute(
            "UPDATE review_fact SET score = '3' WHERE rowid IN (SELECT rowid FROM review_fact "
            f"WHERE score = '1' AND {UNHELD} ORDER BY rowid LIMIT 3)"
        )
        build(connection)
        measures.compute(connection, before.stored["data_cutoff"])
        told = explain(connection, "significant_discrepancy_rate", {})
        everything = counted(connection, f"SELECT count(*) FROM review_fact WHERE {UNHELD}")
    reason = "reviews with a score of the old form, whose significance is unknown"
    assert told.differs == {}
    assert told.left_out[reason] == before.left_out[reason] + 3
    assert told.stored["denominator"] == before.stored["denominator"] - 3 == told.entered
    assert told.entered + sum(told.left_out.values()) == everything


@pytest.mark.parametrize("interval", ["completed_to_received", "completed_to_final"])
def test_tasks_out_of_order_and_open_ones_are_numbered(demo, interval):
    told = explain(demo, "turnaround_mean_completed_only", {"interval": interval})
    start, end = INTERVALS[interval]
    unordered = counted(
        demo,
        "SELECT count(*) FROM task_fact f JOIN read_task_current t USING (task_id) "
        f"JOIN exam_current e ON e.exam_id = t.exam_id WHERE {end} < {start} AND f.{UNHELD}",
    )
    reason = f"tasks whose times are out of order ({end} before {start})"
    assert told.left_out[reason] == unordered
    # the network is made with clocks that run backwards, between completion and arrival at the vendor
    assert unordered > 0 or interval == "completed_to_final"
    everything = counted(demo, f"SELECT count(*) FROM task_fact WHERE {UNHELD}")
    assert told.entered + sum(told.left_out.values()) == everything
    assert told.counts["numerator"] / told.counts["denominator"] == pytest.approx(
        told.stored["value"]
    )


def test_answers_without_a_reference_are_numbered(demo):
    ((algorithm, version, finding, reference),) = demo.execute(
        "SELECT algorithm, algorithm_version, finding, reference FROM measure WHERE measure_id = 'specificity' "
        "AND algorithm IS NOT NULL AND reference = 'follow_up_365' AND status = 'ok' ORDER BY n DESC LIMIT 1"
    ).fetchall()
    asked = {
        "algorithm": algorithm,
        "algorithm_version": version,
        "finding": finding,
        "reference": reference,
    }
    told = explain(demo, "specificity", asked)
    without = demo.execute(
        "SELECT count(*) FROM pair_fact WHERE algorithm = ? AND algorithm_version = ? AND finding = ? "
        f"AND truth IS NULL AND status = 'ok' AND {UNHELD}",
        [algorithm, version, finding],
    ).fetchall()[0][0]
    assert told.left_out["answers on exams without a reference standard"] == without > 0


def test_a_held_month_stands_for_itself(demo):
    whole = explain(demo, "turnaround_mean_completed_only", {"interval": "completed_to_final"})
    ((month, rows, reason),) = [(m.month, m.rows, m.reason) for m in whole.held]
    assert (month, reason) == (HELD, "clocks: they stood")
    assert rows == counted(demo, f"SELECT count(*) FROM task_fact WHERE month = '{HELD}'") > 0
    alone = explain(
        demo,
        "turnaround_mean_completed_only",
        {"interval": "completed_to_final", "month": HELD},
    )
    assert (alone.stored["status"], alone.stored["value"]) == ("blocked", None)
    # the committee sees what the rows would give
    assert alone.counts["n"] == alone.stored["n"]
    assert alone.counts["value"] > 0
    assert [m.month for m in alone.held] == [HELD]


def test_files_are_those_that_were_delivered(demo, network):
    """Path and hash of each file, with the rows of it that are behind the number."""
    told = explain(
        demo, "sla_attainment", {"interval": "received_to_final", "vendor": "northlight"}
    )
    assert len(told.files) > 3
    for file in told.files:
        delivered = (network / "landing" / file.path).read_bytes()
        assert hashlib.sha256(delivered).hexdigest() == file.sha256
    tables = {table for file in told.files for table in file.rows}
    assert {"read_task", "exam", "contract_term"} <= tables
    # each task came by one row of one file
    assert sum(file.rows.get("read_task", 0) for file in told.files) == told.entered


def test_a_number_that_the_facts_do_not_give_any_more_is_told(network, tmp_path):
    shutil.copy(network / "warehouse.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        before = explain(connection, "discrepancy_rate", {"route": "random"})
        assert before.differs == {}
        connection.execute(
            "UPDATE review_fact SET score = '3b' WHERE rowid = (SELECT min(rowid) FROM review_fact "
            f"WHERE route = 'random' AND score = '1' AND {UNHELD})"
        )
        after = explain(connection, "discrepancy_rate", {"route": "random"})
    numerator = before.stored["numerator"]
    assert after.differs["numerator"] == (numerator, numerator + 1)
    assert set(after.differs) == {"numerator", "value"}


def test_techniques_with_a_hyphen_are_told_apart(study, tmp_path):
    """A category names two techniques with a hyphen between, and a technique may have one of its own."""
    shutil.copy(study / "warehouse.duckdb", tmp_path)
    asked = {"reference": "follow_up_365", "category": "FFDM-SFM"}
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        before = explain(connection, "auc_difference", asked)
        connection.execute(
            "UPDATE call_fact SET technique = 'FF-DM' WHERE technique = 'FFDM'; "
            "UPDATE measure SET category = 'FF-DM-SFM' WHERE category = 'FFDM-SFM'"
        )
        after = explain(connection, "auc_difference", {**asked, "category": "FF-DM-SFM"})
    assert after.differs == {}
    assert after.counts == before.counts
