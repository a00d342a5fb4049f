"""The benchmarks on a tiny network: both sides of each comparison give the same numbers."""

import shutil
from pathlib import Path
from statistics import median

import duckdb
import pytest

from bench import against_loops, against_pandas, huge, ingest, statistics, strata
from bench.__main__ import PAGE
from bench.child import in_child
from bench.network import CONFIGURATION, load, write_files
from bench.peers import pandas_script
from bench.table import compared, document, in_seconds, machine, peak
from overread.feeds.configuration import load_configuration
from overread.warehouse.ingest import matched_files

EXAMS = 1_000


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    write_files(folder / "files", EXAMS)
    return folder


@pytest.fixture(scope="module")
def warehouse(network):
    path = network / "warehouse.duckdb"
    load(network / "files", path)
    statistics.compute(path, None)
    return path


@pytest.fixture(scope="module")
def tables(network, warehouse):
    folder = network / "tables"
    tasks, pairs = against_pandas.export(warehouse, folder)
    assert tasks > EXAMS
    assert pairs > EXAMS / 10
    return folder


@pytest.fixture(scope="module")
def ours(tables):
    return strata.run(tables)


@pytest.fixture(scope="module")
def theirs(tables):
    return pandas_script.run(tables)


def test_the_script_and_ours_give_the_same_numbers(ours, theirs):
    counts, numbers, seconds = ours
    equal = against_pandas.compare(counts, numbers, theirs)
    assert equal["kappas"] > 10
    assert equal["AUCs"] > 0
    assert equal["quantiles"] > 3_000
    assert seconds > 0


def test_a_number_that_differs_stops_the_benchmark(ours, theirs):
    counts, numbers, _ = ours
    kappa, auc, quantiles = theirs
    with pytest.raises(ValueError, match="kappas of"):
        against_pandas.compare(counts, numbers, (kappa + 1e-8, auc, quantiles))
    with pytest.raises(ValueError, match="1 strata are on one side only"):
        against_pandas.compare(counts, numbers, (kappa, auc.iloc[1:], quantiles))


def test_our_quantiles_are_those_of_the_measure_table(ours, warehouse):
    counts, numbers, _ = ours
    row = counts.intervals.index("completed_to_final")
    medians = dict(zip(counts.timed, numbers.quantiles[0.5].value[row], strict=True))
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        told = connection.execute(
            "SELECT vendor, region, modality, period, value * 60 FROM measure "
            "WHERE measure_id = 'turnaround_median_completed_only' AND interval = 'completed_to_final' "
            "AND vendor IS NOT NULL AND region IS NOT NULL AND modality IS NOT NULL AND period IS NOT NULL "
            "AND patient_class IS NULL AND status = 'ok'"
        ).fetchall()
    assert len(told) > 200
    for *stratum, value in told:
        assert medians[tuple(stratum)] == pytest.approx(value, abs=1e-6)


def test_duckdb_loads_the_rows_that_ingest_reads(network, warehouse):
    own = ingest.own_load(network / "files", network / "own.duckdb")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        read, refused = connection.execute(
            "SELECT sum(rows_read) FILTER (path LIKE '%.csv'), sum(rows_quarantined) FROM ledger"
        ).fetchall()[0]
    # it drops what it cannot read, and it cannot know that a file was sent twice
    assert read - refused <= own
    assert own <= read + EXAMS


def test_the_network_as_parquet_is_taken_by_the_same_mappings(tmp_path):
    write_files(tmp_path, EXAMS)
    _, mappings = load_configuration(CONFIGURATION)
    before = {path: mapping.source for path, mapping in matched_files(mappings, tmp_path)}
    assert huge.to_parquet(tmp_path) > 40
    after = {
        path: mapping.source for path, mapping in matched_files(huge.as_parquet(mappings), tmp_path)
    }
    assert {(p.stem, source) for p, source in before.items()} == {
        (p.stem, source) for p, source in after.items()
    }
    assert not list(tmp_path.glob("*/*.csv"))
    # a few files are enough to see that they load
    for folder in ("exams", "reads", "findings", "ai"):
        shutil.rmtree(tmp_path / folder)
    read = huge.load(tmp_path, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        reviews = connection.execute("SELECT count(*) FROM review_current").fetchall()[0][0]
    assert 0.1 * EXAMS < reviews < read


def test_one_month_recomputed_is_what_everything_gives(warehouse):
    export = "SELECT * FROM measure ORDER BY ALL"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        before = connection.execute(export).fetchall()
    rows = statistics.compute(warehouse, [statistics.last_month(warehouse)])
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.execute(export).fetchall() == before
    assert rows == len(before)


def test_the_loops_and_ours_give_the_same_numbers():
    found = against_loops.runs(1, strata=20)
    assert set(found) == {"irrCAC", "krippendorff"}
    assert all(len(loop.theirs) == len(loop.counted) == 1 for loop in found.values())


def test_a_child_reports_its_own_memory_not_its_parents():
    # the median sorts a list of its own: about 40 bytes a number
    small, large = in_child(median, range(5)), in_child(median, range(6_000_001))
    assert (small.result, large.result) == (2, 3_000_000)
    assert large.peak - small.peak > 150_000_000
    assert large.seconds > small.seconds


def test_a_goal_is_met_on_its_own_side():
    fast = compared("a : b", [1.0, 2.0, 9.0], [1.0, 1.0, 3.0], goal=2, at_most=True)
    assert (fast.ratio, fast.first, fast.met) == ("2 : 1", "2 s", True)
    assert not compared("a : b", [5.0], [2.0], goal=2, at_most=True).met
    slow = compared("a : b", [0.2], [2.0], goal=1 / 8, at_most=True)
    assert (slow.ratio, slow.goal, slow.met) == ("1 : 10", "at most 1 : 8", True)
    assert not compared("a : b", [299.0], [1.0], goal=300, at_most=False).met
    assert peak("memory", 2_500_000_000, 3_000_000_000).markdown().endswith("| yes |")
    assert [in_seconds(s) for s in (75.0, 0.25, 0.0000042)] == ["75 s", "250 ms", "4.2 µs"]


def test_the_page_tells_the_command_the_machine_and_the_table():
    line = compared("a : b", [1300.0], [1.0], goal=1000, at_most=False)
    page = document("python -m bench --exams 7", 7, 1, machine(), [line], ["**a**: all of it"])
    assert "| a : b | 1,300 s | 1 s | 1,300 : 1 | at least 1,000 : 1 | yes |" in page
    assert "`python -m bench --exams 7`: the demonstration network with 7 exams, one run" in page
    assert f"duckdb {duckdb.__version__}" in page
    assert Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md" == PAGE
