"""What changed between two releases of a small hospital, and why."""

from datetime import date

import polars as pl
import pytest

from overread import release
from overread.feeds.configuration import Configuration
from overread.feeds.mapping import Mapping
from overread.measures.table import SCHEMA
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

CONFIGURATION = Configuration.model_validate(
    {
        "network": "n",
        "title": "n",
        "sites": [
            {"id": site, "name": site, "country": "DE", "region": "emea", "zone": "Europe/Berlin",
             "facility_type": "hospital"}
            for site in ("ber", "ham")
        ],
        "vendors": [{"id": "v1", "name": "One"}, {"id": "v2", "name": "Two"}],
        "mappings": ["tasks.yaml"],
    }
)  # fmt: skip
MAPPING = Mapping.model_validate(
    {
        "source": "tasks",
        "files": ["*.csv"],
        "rows": [
            {
                "table": "exam",
                "columns": {
                    "exam_id": "acc", "site": "site", "modality": {"value": "ct"}, "completed_at": "done",
                },
            },
            {
                "table": "read_task",
                "columns": {
                    "task_id": "acc", "exam_id": "acc", "site": "site", "vendor": "vendor", "reader_id": "reader",
                    "role": {"value": "final"}, "service": {"value": "reporting"}, "final_at": "final",
                },
            },
        ],
    }
)  # fmt: skip


def rows(month, *, minutes=60, first=1, last=20, vendor="v1", site="ber"):
    return "".join(
        f"{site}{month}{day},{site},{vendor},2026-{month}-{day:02d} 10:00:00,"
        f"2026-{month}-{day:02d} {10 + (minutes + day) // 60}:{(minutes + day) % 60:02d}:00,r{day % 3}\n"
        for day in range(first, last + 1)
    )


MEDIAN = "turnaround_median_completed_only"
VERSION = {MEDIAN: 1, "turnaround_mean_completed_only": 1}


def measure(connection, held):
    """Two measures of the current rows by month and vendor: enough to see what moves, and fast."""
    connection.register("empty", pl.DataFrame(schema=SCHEMA).to_arrow())
    connection.execute("CREATE OR REPLACE TABLE measure AS SELECT * FROM empty")
    for measure_id, version in VERSION.items():
        value = "median(took)" if measure_id == MEDIAN else "avg(took)"
        connection.execute(
            f"""INSERT INTO measure BY NAME
            WITH read AS (
                SELECT strftime(e.completed_at, '%Y-%m') AS period, vendor, epoch(final_at - completed_at) / 60 AS took
                FROM read_task_current t JOIN exam_current e USING (exam_id)
            ), every AS (
                SELECT period, vendor, took FROM read UNION ALL
                SELECT NULL, vendor, took FROM read WHERE NOT list_contains($held, period)
            )
            SELECT $id AS measure_id, $version AS definition_version, period, vendor, count(*) AS n,
                CASE WHEN NOT coalesce(list_contains($held, period), false) THEN {value} END AS value,
                CASE WHEN coalesce(list_contains($held, period), false) THEN 'blocked' ELSE 'ok' END AS status
            FROM every GROUP BY GROUPING SETS ((period, vendor), (period))""",
            {"id": measure_id, "version": version, "held": list(held)},
        )
    connection.execute(
        "UPDATE measure SET data_cutoff = (SELECT max(final_at) FROM read_task_current)"
    )


@pytest.fixture
def hospital(tmp_path):
    connection = open_warehouse()

    def deliver(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text("acc,site,vendor,done,final,reader\n" + text)
        ingest(connection, CONFIGURATION, [MAPPING], tmp_path, b"0" * 32)

    def publish(held=(), together=""):
        measure(connection, held)
        # a measure in which each vendor's number moves with the others'
        connection.execute("UPDATE measure SET value = value + 1 WHERE measure_id = ?", [together])
        release.build(connection, CONFIGURATION, date(2026, 6, 1))
        told = release.compare(connection)
        release.remember(connection)
        return told

    deliver(jan=rows("01"), feb=rows("02"), other=rows("02", vendor="v2", site="ham"))
    return connection, deliver, publish


def revised(connection, columns="reason", where="true"):
    return connection.execute(
        f"SELECT DISTINCT {columns} FROM revision WHERE {where} ORDER BY ALL"
    ).fetchall()


def test_the_first_release_says_so(hospital):
    connection, _, publish = hospital
    told = publish()
    assert (told.first, told.rows) == (True, 0)
    assert connection.execute("SELECT first, before_cutoff FROM revision_of").fetchall() == [
        (True, None)
    ]


def test_nothing_new_no_revision(hospital):
    connection, _, publish = hospital
    publish()
    assert publish().rows == 0
    assert revised(connection) == []


def test_a_late_file_is_new_data(hospital):
    connection, deliver, publish = hospital
    publish()
    deliver(late=rows("01", minutes=180, first=21, last=28))
    assert publish().rows > 0
    assert revised(connection) == [("new data",)]
    # only January and the totals move; another vendor's numbers stay
    assert revised(connection, "period") == [("2026-01",), (None,)]
    assert revised(connection, "vendor") == [("v1",), (None,)]
    where = f"measure_id = '{MEDIAN}' AND audience = 'committee' AND period = '2026-01' AND vendor = 'v1'"
    assert revised(connection, "before_n, after_n", where) == [(20, 28)]


def test_a_new_month_is_no_revision_of_the_old_ones(hospital):
    connection, deliver, publish = hospital
    publish()
    deliver(mar=rows("03", minutes=30))
    publish()
    assert revised(connection, "period") == [(None,)]


def test_a_corrected_file_is_a_correction_and_is_named(hospital):
    connection, deliver, publish = hospital
    publish()
    deliver(again=rows("02", minutes=120, last=5), late=rows("01", first=21, last=22))
    publish()
    assert revised(
        connection, "reason, files", "period = '2026-02' AND audience = 'committee'"
    ) == [("correction", ["again.csv"])]
    assert revised(connection, "reason", "period = '2026-01'") == [("new data",)]
    # a vendor reads of no file: it may be named after another one
    assert revised(connection, "files", "audience = 'vendor'") == [([],)]
    assert revised(connection, "recipient, vendor", "audience = 'vendor'") == [("v1", "v1")]


def test_a_vendor_compared_with_a_corrected_one_is_corrected(hospital, monkeypatch):
    connection, deliver, publish = hospital
    monkeypatch.setitem(VERSION, "rank", 1)
    publish()
    deliver(again=rows("02", minutes=120, last=5))
    publish(together="rank")
    where = "measure_id = 'rank' AND audience = 'committee' AND vendor = 'v2'"
    assert revised(connection, "reason, files", where) == [("correction", ["again.csv"])]


def test_a_month_that_a_correction_leaves_is_corrected(hospital):
    connection, deliver, publish = hospital
    publish()
    moved = rows("02", last=3).replace("2026-02", "2026-03")
    deliver(moved=moved)
    publish()
    where = f"audience = 'committee' AND measure_id = '{MEDIAN}' AND period = '2026-02'"
    assert revised(connection, "reason, files", where) == [("correction", ["moved.csv"])]


def test_a_held_month_is_a_check(hospital):
    connection, _, publish = hospital
    publish()
    publish(held=["2026-02"])
    # the same delivery, so still the first release
    assert revised(connection) == []
    connection.execute("UPDATE release_mark SET load_id = 0")
    publish()
    assert revised(connection) == [("check",)]
    assert revised(connection, "before_status, after_status", "period IS NOT NULL") == [
        ("blocked", "ok")
    ]
    assert revised(connection, "period") == [("2026-02",), (None,)]


def test_another_version_is_a_definition(hospital, monkeypatch):
    connection, deliver, publish = hospital
    publish()
    monkeypatch.setitem(VERSION, MEDIAN, 2)
    deliver(again=rows("02", minutes=120, last=5))
    publish()
    assert revised(connection, "reason", f"measure_id = '{MEDIAN}'") == [("definition",)]
    assert ("correction",) in revised(connection, "reason", f"measure_id <> '{MEDIAN}'")


def test_publishing_twice_keeps_the_list(hospital):
    connection, deliver, publish = hospital
    publish()
    deliver(again=rows("02", minutes=120, last=5))
    publish()
    every = "SELECT * FROM revision"
    once = connection.execute(every).fetchall(), connection.execute("FROM revision_of").fetchall()
    publish()
    twice = connection.execute(every).fetchall(), connection.execute("FROM revision_of").fetchall()
    assert once == twice
    assert once[0]


def test_months_published_one_by_one_are_one_release(hospital):
    connection, deliver, publish = hospital
    publish()
    deliver(again=rows("02", minutes=120, last=5), late=rows("01", first=21, last=22))
    publish(held=["2026-02"])
    publish()
    assert revised(connection, "period, reason", "period IS NOT NULL") == [
        ("2026-01", "new data"), ("2026-02", "correction"),
    ]  # fmt: skip


def test_a_load_that_changes_nothing_keeps_the_list(hospital):
    connection, deliver, publish = hospital
    publish()
    deliver(again=rows("02", minutes=120, last=5))
    publish()
    once = connection.execute("SELECT * FROM revision").fetchall()
    deliver(same=rows("02", minutes=120, last=5) + " ")
    publish()
    assert connection.execute("SELECT * FROM revision").fetchall() == once


def test_what_an_agreement_ends_is_no_revision(hospital):
    connection, _, publish = hospital
    publish()
    connection.execute("UPDATE release_mark SET load_id = 0")
    connection.execute("DELETE FROM measure_release WHERE audience = 'vendor' AND recipient = 'v1'")
    assert release.compare(connection).rows == 0
