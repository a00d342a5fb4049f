"""What a month's checks say of SLA clocks that judge nothing, and that they hold no month."""

from uuid import UUID

import pytest

from checks.months import judge, record
from overread.warehouse.analysis import build
from overread.warehouse.schema import open_warehouse

MONTH = "2026-03"
# what a task's SLA is -> outcome, whether it has a moment at which it falls due
TASKS = {"kept": ("met", True), "waits": ("not_due", True)}


def checked(**tasks):
    """Results by name of a month with these tasks, and whether it is held."""
    connection = open_warehouse()
    build(connection, None)
    for number, (outcome, dated) in enumerate({**TASKS, **tasks}.values(), 1):
        connection.execute(
            "INSERT INTO task_fact BY NAME SELECT ? AS month, ? AS task_id, 'ct' AS modality, 'reporting' AS service, "
            "'(unknown)' AS patient_class, ? AS reader_id, false AS order_violation, ? AS sla_outcome, "
            "CASE WHEN ? THEN 'received_to_final' END AS sla_interval, "
            "CASE WHEN ? THEN TIMESTAMP '2026-03-09' END AS sla_due_at",
            [MONTH, UUID(int=number), UUID(int=9), outcome, outcome != "none", dated],
        )
    held = record(connection, MONTH, judge(connection, MONTH))
    rows = connection.execute(
        "SELECT check_name, status, n_failed, n_checked, severity, message, failing_keys FROM check_result"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}, held


def test_clocks_that_run_out_pass():
    results, held = checked(none=("none", False))
    assert results["pauses_end"][:3] == ("passed", 0, 1)
    assert results["working_hours_known"][:3] == ("passed", 0, 2)
    assert held == []
    assert {status for status, *_ in results.values()} == {"passed"}


@pytest.mark.parametrize(
    ("name", "outcome", "concerned", "remedy"),
    [
        ("pauses_end", "not_due", 2, "deliver when the clock started again"),
        ("working_hours_known", "no_calendar", 3, "describe it under calendars"),
        ("one_term_in_force", "tie", 3, "narrow one in the contract terms"),
    ],
)
def test_a_clock_that_judges_nothing_is_told_with_its_remedy_and_holds_no_month(
    name, outcome, concerned, remedy
):
    results, held = checked(wrong=(outcome, False))
    status, failed, n, severity, message, keys = results.pop(name)
    assert (status, failed, n, severity) == ("failed", 1, concerned, "warning")
    assert keys == [str(UUID(int=3))]
    assert message.startswith(f"1 of {concerned:,} rows fail")
    assert remedy in message
    assert held == []
    assert {other for other, *_ in results.values()} == {"passed"}
