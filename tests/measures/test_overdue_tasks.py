"""Open tasks past their contract's time, on counts that can be added by hand."""

import pytest

from overread import measures
from overread.counts.build import build
from overread.counts.declared import DIMENSIONS
from overread.stats.shares.proportion import wilson
from overread.warehouse.analysis import build as build_facts
from overread.warehouse.schema import open_warehouse

PLACE = dict.fromkeys(DIMENSIONS, "any") | {
    "month": "2026-01", "vendor": "v1", "region": "emea", "sla_interval": "received_to_final"
}  # fmt: skip
COLUMNS = ", ".join(f"'{value}' AS {name}" for name, value in PLACE.items())
COUNT = (
    f"INSERT INTO count_sla BY NAME SELECT {COLUMNS}, "
    "0.9 AS sla_target, false AS sla_at_risk, ? AS sla_outcome, ? AS state, ? AS n"
)


@pytest.fixture
def connection():
    opened = open_warehouse()
    build_facts(opened, None)
    build(opened)
    return opened


def told(connection, measure_id, **place):
    """Rows of a place; every dimension that is not named is rolled up."""
    named = ["period" if name == "month" else name for name in DIMENSIONS]
    where = " AND ".join(f"{name} IS NOT DISTINCT FROM ?" for name in named)
    return connection.execute(
        f"SELECT numerator, denominator, value, low, high, status, reason FROM measure WHERE measure_id = ? AND {where}",
        [measure_id, *(place.get(name) for name in named)],
    ).fetchall()


def test_overdue_tasks_are_the_open_part_of_the_breaches(connection):
    for cell in (
        ("met", "finished", 80), ("breach", "finished", 12), ("breach", "open", 8), ("not_due", "open", 24),
        # read and not signed: no longer open; and those whose term is not clear
        ("not_due", "finished", 5), ("none", "cancelled", 6), ("tie", "open", 3), ("no_calendar", "open", 2),
    ):  # fmt: skip
        connection.execute(COUNT, cell)
    measures.compute(connection, None)
    place = {"vendor": "v1", "region": "emea", "period": "2026-01"}
    expected = wilson(8, 32)
    interval = (pytest.approx(float(expected.low)), pytest.approx(float(expected.high)))
    assert told(connection, "tasks_overdue", **place) == [(8, 32, 0.25, *interval, "ok", "")]
    ((late, due, *_),) = told(connection, "sla_breaches", **place)
    assert (late, due) == (12 + 8, 100)


def test_where_no_task_is_open_nothing_is_overdue_and_a_place_says_so(connection):
    connection.execute(COUNT, ("met", "finished", 40))
    measures.compute(connection, None)
    nothing = (0, 0, None, None, None, "insufficient", "no cases")
    for place in ({}, {"vendor": "v1"}, {"region": "emea"}, {"period": "2026-01"}):
        assert told(connection, "tasks_overdue", **place) == [nothing]
    assert told(connection, "tasks_overdue", vendor="v1", region="emea") == []
