"""Counts of the VIPER study: parts equal the whole, and the counts say what the rows say."""

from pathlib import Path

import pytest

from overread.counts.build import build
from overread.counts.declared import COUNTS, DURATIONS
from overread.counts.plan import PLAN
from overread.feeds.configuration import load_configuration
from overread.warehouse import analysis
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

VIPER = Path(__file__).resolve().parents[2] / "examples" / "viper"


@pytest.fixture(scope="module")
def viper():
    connection = open_warehouse()
    ingest(connection, *load_configuration(VIPER / "overread.yaml"), VIPER, b"0" * 32)
    analysis.build(connection, analysis.data_cutoff(connection))
    build(connection)
    return connection


def rows(connection, name):
    columns = ", ".join(sorted(row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()))
    return connection.execute(f"SELECT {columns} FROM {name} ORDER BY ALL").fetchall()


def test_counts_add_up_to_the_rows(viper):
    for count in COUNTS:
        present = "".join(f" AND {name} IS NOT NULL" for name in count.present)
        total = viper.execute(f"SELECT coalesce(sum(n), 0) FROM {count.name}").fetchall()
        assert (
            total
            == viper.execute(f"SELECT count(*) FROM {count.fact} WHERE true{present}").fetchall()
        )


def test_months_merged_equal_the_whole(viper):
    names = [*(count.name for count in COUNTS), DURATIONS]
    whole = {name: rows(viper, name) for name in names}
    months = [
        month for (month,) in viper.execute("SELECT DISTINCT month FROM task_fact").fetchall()
    ]
    for first in range(5):
        build(viper, months[first::5])
    assert {name: rows(viper, name) for name in names} == whole


def test_rating_patterns_count_exams(viper):
    exams = viper.execute(
        "SELECT count(*) FROM (SELECT DISTINCT vendor, exam_id FROM call_fact)"
    ).fetchall()
    assert viper.execute("SELECT sum(n) FROM count_rating").fetchall() == exams
    readers = viper.execute("SELECT sum(n * readers) FROM count_rating").fetchall()
    assert readers == [(20382,)]


def test_the_document_tells_every_pass():
    told = (VIPER.parents[1] / "docs" / "spark.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1:4] for line in told.splitlines() if line.startswith("| `count_")]
    for step in PLAN:
        (row,) = [row for row in cells if f"`{step.table}`" in row[0]]
        assert row[1].strip() == f"`{step.fact}`"
        assert row[2].strip().startswith("from its own rows" if step.by_month else "whole")
