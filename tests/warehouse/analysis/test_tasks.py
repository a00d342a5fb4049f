"""Months, intervals and the SLA of tasks, on rows of a small believable hospital."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from overread.warehouse.analysis import build
from overread.warehouse.schema import describe_network, open_warehouse

CUTOFF = datetime(2026, 3, 31)


@pytest.fixture
def hospital(configuration):
    connection = open_warehouse()
    describe_network(connection, configuration)
    connection.execute(
        "INSERT INTO contract_term BY NAME SELECT 'T1' AS term_id, 'v1' AS vendor, 'received_to_final' AS interval, "
        "60 AS target_minutes, 0.9 AS target_share, DATE '2025-01-01' AS valid_from UNION ALL BY NAME "
        "SELECT 'T2' AS term_id, 'v1' AS vendor, 'received_to_final' AS interval, 30 AS target_minutes, "
        "'emergency' AS patient_class, DATE '2025-01-01' AS valid_from"
    )

    def task(number, site="nyc", patient_class=None, **times):
        identity = UUID(int=number)
        moments = {name: datetime.fromisoformat(text) for name, text in times.items()}
        connection.execute(
            "INSERT INTO exam BY NAME SELECT ? AS exam_id, ? AS site, 'ct' AS modality, ? AS patient_class, "
            "? AS completed_at",
            [identity, site, patient_class, moments.pop("completed_at", None)],
        )
        columns = "".join(f", ? AS {name}" for name in moments)
        connection.execute(
            "INSERT INTO read_task BY NAME SELECT ? AS task_id, ? AS exam_id, ? AS site, 'v1' AS vendor, "
            f"'final' AS role, 'reporting' AS service{columns}",
            [identity, identity, site, *moments.values()],
        )

    def fact(columns):
        build(connection, CUTOFF)
        return connection.execute(f"SELECT {columns} FROM task_fact ORDER BY task_id").fetchall()

    return task, fact, connection


@pytest.mark.parametrize("zone", ["UTC", "Asia/Taipei", "America/New_York"])
def test_the_month_is_taken_in_site_time(hospital, zone):
    """TIM-04: whatever the session's zone."""
    task, fact, connection = hospital
    task(1, completed_at="2026-03-01 03:30")
    connection.execute(f"SET TimeZone = '{zone}'")
    assert fact("month") == [("2026-02",)]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Taipei", "America/New_York"])
def test_the_hour_of_the_week_is_taken_in_site_time(hospital, zone):
    """Around the changes of New York's clock: 8 March has no hour 2, 1 November has hour 1 twice."""
    task, fact, connection = hospital
    for number, received in enumerate(
        ("2026-03-08 06:59", "2026-03-08 07:00", "2026-11-01 05:30", "2026-11-01 06:30", "2026-03-09 03:59"), 1
    ):  # fmt: skip
        task(number, received_at=received)
    task(6, completed_at="2026-03-08 06:59")
    task(7, site="ber", received_at="2026-03-01 23:30")
    connection.execute(f"SET TimeZone = '{zone}'")
    sunday = 6 * 24
    told = [sunday + 1, sunday + 3, sunday + 1, sunday + 1, sunday + 23, None, 0]
    assert fact("hour_of_week") == [(hour,) for hour in told]


def test_month_falls_back(hospital):
    task, fact, _ = hospital
    task(1, received_at="2026-01-15 12:00")
    task(2, read_at="2026-02-15 12:00")
    task(3)
    assert fact("month") == [("2026-01",), ("2026-02",), ("undated",)]


def test_elapsed_seconds(hospital):
    """TIM-05, TIM-06, TIM-07: elapsed time, not borders, calendar months or days."""
    task, fact, _ = hospital
    task(1, completed_at="2026-01-01 08:59:59", final_at="2026-01-01 09:00:01")
    task(2, completed_at="2026-01-31 10:00", final_at="2026-03-02 10:00")
    task(3, completed_at="2026-03-07 17:00", final_at="2026-03-08 16:00")
    assert fact("completed_to_final") == [(2,), (30 * 86400,), (23 * 3600,)]


def test_an_order_violation_is_flagged_and_spoils_its_interval_only(hospital):
    task, fact, _ = hospital
    task(
        1,
        completed_at="2026-01-01 10:00",
        received_at="2026-01-01 08:30",
        final_at="2026-01-01 09:00",
    )
    assert fact("order_violation, completed_to_final, received_to_final") == [(True, None, 1800)]


def test_sla_outcomes(hospital):
    task, fact, _ = hospital
    start = "2026-01-01 10:00"
    task(1, received_at=start, final_at="2026-01-01 11:00")
    task(2, received_at=start, final_at="2026-01-01 11:01")
    task(3, received_at=start)
    task(4, received_at="2026-03-30 23:30")
    task(5, received_at=start, patient_class="emergency", final_at="2026-01-01 10:45")
    task(6, received_at=start, cancelled_at="2026-01-01 10:10")
    assert fact("sla_outcome, sla_seconds") == [
        ("met", 3600),
        ("breach", 3600),
        ("breach", 3600),
        ("not_due", 3600),
        ("breach", 1800),
        ("none", 3600),
    ]


def test_a_task_without_a_report_waited_until_it_was_withdrawn_or_until_the_cutoff(hospital):
    """Reported tasks, those without a beginning, and times out of order, tell no wait."""
    task, fact, _ = hospital
    start = "2026-03-30 10:00"
    task(1, completed_at="2026-03-30 09:00", received_at=start)
    task(2, received_at=start, returned_at="2026-03-30 10:10", cancelled_at="2026-03-30 10:05")
    task(3, received_at=start, final_at="2026-03-30 10:30", cancelled_at="2026-03-30 10:05")
    task(4, received_at=start, read_at="2026-03-30 10:30")
    task(5, received_at=start, cancelled_at="2026-03-30 09:59")
    task(6)
    task(7, received_at="2026-03-31 00:00:01")
    assert fact("state, received_to_final_waited, completed_to_final_waited") == [
        ("open", 14 * 3600, 15 * 3600),
        ("returned", 300, None),
        ("finished", None, None),
        ("finished", None, None),
        ("cancelled", None, None),
        ("open", None, None),
        ("open", None, None),
    ]


def test_two_equally_specific_terms_are_a_tie(hospital):
    task, fact, connection = hospital
    connection.execute(
        "INSERT INTO contract_term BY NAME SELECT 'T3' AS term_id, 'v1' AS vendor, 'received_to_final' AS interval, "
        "90 AS target_minutes, 'ct' AS modality, DATE '2025-01-01' AS valid_from"
    )
    task(1, received_at="2026-01-01 10:00", patient_class="emergency")
    assert fact("sla_outcome") == [("tie",)]


def test_months_built_one_by_one_equal_the_whole(hospital):
    task, fact, connection = hospital
    for number, month in enumerate(("2026-01", "2026-02", "2026-03"), 1):
        task(number, completed_at=f"{month}-10 12:00", final_at=f"{month}-10 13:00")
    whole = fact("*")
    connection.execute("UPDATE task_fact SET completed_to_final = -1")
    for month in ("2026-03", "2026-01", "2026-02"):
        build(connection, datetime(2026, 3, 31, tzinfo=UTC).replace(tzinfo=None), [month])
    assert connection.execute("SELECT * FROM task_fact ORDER BY task_id").fetchall() == whole
