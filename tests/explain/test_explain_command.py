"""The command `overread explain`: text, JSON, rows, and clear errors."""

import json
import shutil
import subprocess
import sys

import duckdb
import pytest
from typer.testing import CliRunner

from overread.measures.catalogue import CATALOGUE
from pipelines.cli import BAD_CONFIGURATION, FAILED, app

RATE = ("discrepancy_rate", "--route", "random")


def run(out, *arguments):
    return CliRunner().invoke(app, ["explain", *arguments, "--out", str(out)])


def test_the_text_tells_everything(network, demo):
    done = run(network, *RATE)
    assert done.exit_code == 0, done.output
    measure = CATALOGUE["discrepancy_rate"]
    ((numerator, denominator, cutoff),) = demo.execute(
        "SELECT numerator, denominator, data_cutoff FROM measure WHERE measure_id = 'discrepancy_rate' "
        "AND route = 'random' AND period IS NULL AND vendor IS NULL AND region IS NULL AND modality IS NULL "
        "AND site IS NULL AND service IS NULL AND engagement IS NULL AND facility_type IS NULL "
        "AND deployment IS NULL AND patient_class IS NULL AND priority IS NULL AND technique IS NULL"
    ).fetchall()
    for told in (
        measure.question,
        measure.numerator,
        measure.denominator,
        measure.exclusions,
        measure.interval_method,
        measure.source,
        f"definition version {measure.version}",
        f"{numerator:,.6g}",
        f"{denominator:,.6g}",
        str(cutoff),
        "the number is reproduced",
        "clocks: they stood",
        "reviews without a score",
        "sha256",
        "FROM review_fact",
    ):
        assert told in done.output
    assert "pseudonymous" not in done.output


def test_the_sql_of_the_text_runs_as_it_is(network, demo):
    text = run(network, *RATE).output
    sql = text.split("SQL of the number\n")[1].split(";")[0]
    (row,) = demo.sql(sql).pl().to_dicts()
    told = json.loads(run(network, *RATE, "--json").output)
    assert row == told["counts"]
    assert told["stored"]["numerator"] == row["numerator"] > 0


def test_json_is_complete_and_lists_no_rows_unasked(network):
    told = json.loads(run(network, *RATE, "--json").output)
    assert told["measure"]["id"] == "discrepancy_rate"
    assert told["reproduced"] is True
    assert told["rows_entered"] == told["stored"]["n"]
    assert all(len(file["sha256"]) == 64 and file["rows"] for file in told["files"])
    assert "rows" not in told


def test_rows_are_for_the_committee(network, demo):
    text = run(network, *RATE, "--rows").output
    assert "for the committee only" in text
    rows = json.loads(run(network, *RATE, "--rows", "--json").output)["rows"]
    known = {str(key) for (key,) in demo.execute("SELECT review_id FROM review_fact").fetchall()}
    assert {row["review_id"] for row in rows} <= known
    assert all(row["review_id"] in text for row in rows)
    told = json.loads(run(network, *RATE, "--json").output)
    assert len(rows) == told["stored"]["denominator"]
    assert sum(row["in_numerator"] for row in rows) == told["stored"]["numerator"]


def test_a_number_that_is_not_reproduced_fails(network, tmp_path):
    shutil.copy(network / "warehouse.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE measure SET numerator = numerator + 1")
    done = run(tmp_path, *RATE)
    assert done.exit_code == FAILED
    assert "NOT REPRODUCED" in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("discrepency_rate",), "Did you mean discrepancy_rate"),
        (("discrepancy_rate", "--vendor", "nobody"), "There is no vendor nobody"),
        (("discrepancy_rate", "--reader", "x"), "not told by --reader"),
        (("discrepancy_rate", "--site", "bos", "--modality", "ct"), "a row without --modality"),
    ],
)
def test_what_is_not_there(network, arguments, told):
    done = run(network, *arguments)
    assert done.exit_code == BAD_CONFIGURATION
    assert told in done.output


def test_a_folder_without_results(tmp_path):
    done = run(tmp_path, *RATE)
    assert done.exit_code == BAD_CONFIGURATION
    assert "no warehouse.duckdb" in done.output
    assert not list(tmp_path.iterdir())  # asking makes no file


def test_a_file_that_is_no_warehouse(tmp_path):
    (tmp_path / "warehouse.duckdb").write_text("not a database" * 1000)
    done = run(tmp_path, *RATE)
    assert done.exit_code == BAD_CONFIGURATION
    assert "not a warehouse" in done.output


def test_a_warehouse_without_measures(tmp_path):
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    done = run(tmp_path, *RATE)
    assert done.exit_code == BAD_CONFIGURATION
    assert "finish `overread run` first" in done.output


def test_a_warehouse_that_is_being_written(tmp_path):
    """DuckDB admits one writer: a reader waits until the run is over."""
    path = tmp_path / "warehouse.duckdb"
    writer = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", writer, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "open\n"
        done = run(tmp_path, *RATE)
        process.stdin.close()
    assert done.exit_code == BAD_CONFIGURATION
    assert "another process writes it" in done.output
