"""Which months a load touches."""

from pathlib import Path
from random import Random
from uuid import UUID

import polars as pl
import pytest

from overread.demonstration.generate import generate
from overread.feeds.configuration import load_configuration
from overread.warehouse import analysis, due
from overread.warehouse.analysis import touched_months
from overread.warehouse.analysis.build import FACTS
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

DEMO = Path(__file__).resolve().parents[3] / "examples" / "demo" / "overread.yaml"

READER = UUID(int=9)


def test_a_later_cutoff_touches_the_months_with_open_work(hospital):
    """A delivery of July leaves May alone, whose tasks are done, and ages the open task of April."""
    hospital.task(1, received_at="2026-04-09 08:00")
    hospital.task(2, received_at="2026-05-09 08:00", final_at="2026-05-09 09:00")
    hospital.task(3, received_at="2026-06-09 08:00", final_at="2026-06-09 09:00")
    hospital.fact("month")
    hospital.load("read_task", 3, load_id=3)
    # nothing is newer than it was, without load 4
    hospital.load("exam", 2, load_id=4)
    assert touched_months(hospital.connection, [4]) == ["2026-05"]
    assert touched_months(hospital.connection, [3]) == ["2026-04", "2026-06"]


def test_a_pause_touches_the_month_of_its_task(hospital):
    hospital.task(1, received_at="2026-06-09 08:00")
    hospital.task(2, received_at="2026-05-09 08:00")
    hospital.pause(2, "2026-05-09 09:00", load_id=7)
    assert touched_months(hospital.connection, [7]) == ["2026-05"]


def test_the_pace_of_the_next_read_in_a_sitting_follows_its_month(hospital):
    """A late read on the last of May stands before the first of June in one sitting; it moves to another hour later."""
    hospital.task(1, received_at="2026-05-31 08:00", read_at="2026-05-31 21:50", reader_id=READER)
    hospital.task(2, received_at="2026-06-01 08:00", read_at="2026-05-31 22:10", reader_id=READER)
    hospital.task(3, received_at="2026-04-01 08:00", read_at="2026-05-31 23:10", reader_id=READER)
    hospital.fact("month")
    hospital.task(4, received_at="2026-05-31 08:00", read_at="2026-05-31 22:00", reader_id=READER)
    hospital.load("read_task", 4, load_id=2)
    assert touched_months(hospital.connection, [2]) == ["2026-05", "2026-06"]
    hospital.fact("month")
    hospital.connection.execute("UPDATE read_task SET superseded_by_load = 3 WHERE load_id = 2")
    assert touched_months(hospital.connection, [3]) == ["2026-05", "2026-06"]


def test_a_version_of_before_and_a_task_without_an_exam_do_not_come_between_two_reads(hospital):
    hospital.task(1, received_at="2026-06-01 08:00", read_at="2026-05-31 22:10", reader_id=READER)
    hospital.task(2, received_at="2026-04-01 08:00", read_at="2026-05-31 22:05", reader_id=READER)
    hospital.task(3, received_at="2026-04-01 08:00", read_at="2026-05-31 22:06", reader_id=READER)
    hospital.connection.execute(
        "UPDATE read_task SET superseded_by_load = 2 WHERE task_id = ?", [UUID(int=2)]
    )
    hospital.connection.execute("DELETE FROM exam WHERE exam_id = ?", [UUID(int=3)])
    hospital.fact("month")
    hospital.task(4, received_at="2026-05-31 08:00", read_at="2026-05-31 22:00", reader_id=READER)
    hospital.load("read_task", 4, load_id=3)
    assert touched_months(hospital.connection, [3]) == ["2026-05", "2026-06"]


def taken_out(path, count, draw):
    """Take rows out of a file; they come later, in a file of their own."""
    rows = pl.read_parquet(path)
    late = set(draw.sample(range(rows.height), count))
    place = pl.Series([number in late for number in range(rows.height)])
    rows.filter(~place).write_parquet(path)
    return rows.filter(place)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """The demonstration network but for a few rows of each kind, which are delivered late: (warehouse, late months)."""
    folder, draw = tmp_path_factory.mktemp("late"), Random(5)
    generate(folder, 2_000, seed=1, form="parquet")
    late = {}
    for kind in ("exams", "reads", "reviews", "ai", "findings", "pauses"):
        path = draw.choice(sorted((folder / kind).glob("*.parquet")))
        late[path.with_stem(f"{path.stem}_late")] = taken_out(path, 3, draw)
    described = load_configuration(DEMO)
    with open_warehouse() as connection:
        ingest(connection, *described, folder, b"0" * 32)
        analysis.note_touched(connection, "as it is")
        analysis.build(connection, analysis.data_cutoff(connection))
        for path, rows in late.items():
            rows.write_parquet(path)
        loads = ingest(connection, *described, folder, b"0" * 32)
        assert {load.rows_accepted for load in loads if load.status == "loaded"} <= {1, 2, 3}
        yield connection, analysis.note_touched(connection, "as it is")


def facts(connection):
    return {
        name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in FACTS
    }


def test_the_touched_months_built_anew_are_everything_built_anew(network):
    connection, touched = network
    before = facts(connection)
    assert 0 < len(touched) < len(analysis.months(connection))
    cutoff = analysis.data_cutoff(connection)
    analysis.build(connection, cutoff, touched)
    in_parts = facts(connection)
    analysis.build(connection, cutoff)
    whole = facts(connection)
    for name in FACTS:
        assert in_parts[name] == whole[name], name
    assert {name for name in FACTS if before[name] != whole[name]} >= {"task_fact", "pair_fact"}


def test_what_is_described_otherwise_touches_every_month(network):
    connection, _ = network
    # a month that the new description leaves without rows still has some in the facts
    connection.execute("UPDATE local_review_fact SET month = '2024-01'")
    assert analysis.note_touched(connection, "as it is") == []
    noted = analysis.note_touched(connection, "another zone")
    assert set(noted) >= {"2024-01", *analysis.months(connection)}
    assert set(due.due(connection, due.Stage.FACTS)) == set(noted)
    assert analysis.note_touched(connection, "another zone") == []
