"""Which months a load touches."""

from uuid import UUID

from overread.warehouse.analysis import touched_months

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
