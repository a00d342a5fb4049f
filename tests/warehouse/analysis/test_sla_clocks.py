"""SLA by business time and with pauses, on rows of a small believable hospital."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest


def test_business_time_leaves_out_nights_weekends_and_holidays(hospital):
    """Friday 17:00 in Berlin; Monday is a holiday: due on Tuesday at 9:00."""
    hospital.term()
    hospital.task(1, received_at="2026-06-12 15:00", final_at="2026-06-16 07:00")
    hospital.task(2, received_at="2026-06-12 15:00", final_at="2026-06-16 07:01")
    hospital.task(
        3,
        received_at="2026-06-12 15:00",
        information_complete_at="2026-06-16 06:00",
        final_at="2026-06-16 07:01",
    )
    hospital.task(4, received_at="2026-06-19 11:00")
    hospital.task(5, received_at="2026-06-19 08:00")
    assert hospital.fact("sla_due_at, sla_outcome, sla_at_risk") == [
        (datetime(2026, 6, 16, 7), "met", False),
        (datetime(2026, 6, 16, 7), "breach", False),
        (datetime(2026, 6, 16, 8), "met", False),
        (datetime(2026, 6, 19, 13), "not_due", True),
        (datetime(2026, 6, 19, 10), "breach", False),
    ]


def test_the_terms_calendar_comes_before_the_sites(hospital):
    hospital.term(calendar="office")
    hospital.task(1, received_at="2026-06-12 15:00", final_at="2026-06-12 15:30")
    # 11:00 in New York
    hospital.task(2, "nyc", received_at="2026-06-12 15:00", final_at="2026-06-12 15:30")
    assert hospital.fact("sla_due_at") == [
        (datetime(2026, 6, 16, 7),),
        (datetime(2026, 6, 12, 17),),
    ]


def test_a_business_clock_without_a_calendar_is_not_judged(hospital):
    hospital.term()
    hospital.task(1, "nyc", received_at="2026-06-12 15:00", final_at="2026-06-12 15:30")
    assert hospital.fact("sla_due_at, sla_outcome") == [(None, "no_calendar")]
    hospital.connection.execute("UPDATE contract_term SET calendar = 'bank'")
    assert hospital.fact("sla_outcome") == [("no_calendar",)]


@pytest.mark.parametrize(
    ("interval", "owner", "due"),
    [
        ("received_to_final", "hospital", datetime(2026, 6, 9, 12)),
        ("received_to_final", "vendor", datetime(2026, 6, 9, 10)),
        ("completed_to_final", "hospital", datetime(2026, 6, 9, 9)),
    ],
)
def test_only_the_vendors_clock_stops_and_only_for_the_hospitals_pauses(
    hospital, interval, owner, due
):
    hospital.term(interval=interval, clock=None)
    hospital.task(
        1,
        completed_at="2026-06-09 07:00",
        received_at="2026-06-09 08:00",
        final_at="2026-06-09 11:30",
    )
    hospital.pause(1, "2026-06-09 09:00", "2026-06-09 10:00", owner)
    # overlaps the first by half an hour, and goes on for an hour
    hospital.pause(1, "2026-06-09 09:30", "2026-06-09 11:00", owner)
    outcome = "met" if due > datetime(2026, 6, 9, 11) else "breach"
    assert hospital.fact("sla_due_at, sla_outcome") == [(due, outcome)]
    stopped = 2 * 3600 if owner == "hospital" else 0
    assert hospital.fact("received_to_final, information_to_final") == [(12600, 12600 - stopped)]


@pytest.mark.parametrize("interval", ["received_to_final", "completed_to_final"])
def test_clocks_and_owners_against_a_count_of_minutes(hospital, interval):
    """Sixty tasks around a change of the clock and a holiday, with pauses of either owner: due where the count says."""
    draw = Random(7)
    hospital.term(interval=interval, target_minutes=900)
    minute, expected = timedelta(minutes=1), []
    for number in range(1, 61):
        first = datetime(2026, 3, 26) if number % 2 else datetime(2026, 6, 11)
        start = first + draw.randrange(5 * 1440) * minute
        hospital.task(number, completed_at=str(start), received_at=str(start))
        stops = []
        for _ in range(draw.randrange(4)):
            low = start + draw.randrange(-200, 2500) * minute
            high, owner = low + draw.randrange(1, 900) * minute, draw.choice(["hospital", "vendor"])
            hospital.pause(number, str(low), str(high), owner)
            if owner == "hospital" and interval == "received_to_final":
                stops.append((low, high))
        moment, left = start, 900
        while left:
            local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
            works = (
                local.weekday() < 5
                and 8 <= local.hour < 18
                and str(local.date()) not in hospital.holidays
            )
            left -= works and not any(low <= moment < high for low, high in stops)
            moment += minute
        expected.append((moment,))
    assert hospital.fact("sla_due_at") == expected


def test_a_pause_that_has_not_ended_keeps_a_task_from_being_due(hospital):
    hospital.term(clock=None)
    hospital.task(1, received_at="2026-06-09 08:00")
    hospital.task(2, received_at="2026-06-09 08:00")
    hospital.task(3, received_at="2026-06-09 08:00", final_at="2026-06-12 08:00")
    hospital.pause(1, "2026-06-09 09:00")
    # begins after the time was used up
    hospital.pause(2, "2026-06-09 10:30")
    hospital.pause(3, "2026-06-09 09:00")
    assert hospital.fact("sla_due_at, sla_outcome, information_to_final") == [
        (None, "not_due", None),
        (datetime(2026, 6, 9, 10), "breach", None),
        (None, "met", 3600),
    ]


def test_a_term_without_a_time_judges_nothing(hospital):
    hospital.term(clock=None, target_minutes=None)
    hospital.task(1, received_at="2026-06-09 08:00", final_at="2026-06-12 08:00")
    assert hospital.fact("sla_due_at, sla_outcome") == [(None, "none")]


def test_open_tasks_have_an_age(hospital):
    for number, start in enumerate(("19 11:00", "18 12:00", "16 12:01", "12 12:01", "12 12:00"), 1):
        hospital.task(number, received_at=f"2026-06-{start}")
    hospital.task(6, received_at="2026-06-01 12:00", final_at="2026-06-02 12:00")
    hospital.task(7)
    ages = ["<1 d", "1-3 d", "1-3 d", "3-7 d", ">7 d", None, "(unknown)"]
    assert hospital.fact("open_age") == [(age,) for age in ages]
