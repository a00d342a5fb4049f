"""Contract clocks against a minute-by-minute count."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from overread.feeds.configuration import Configuration
from overread.warehouse.schema import describe_network, open_warehouse
from overread.warehouse.working_time import due_query, elapsed_query, write_open_hours

ZONES = {
    "ber": "Europe/Berlin",
    "nyc": "America/New_York",
    "lhi": "Australia/Lord_Howe",
    "tpe": "Asia/Taipei",
}
CALENDARS = {
    "office": {
        "hours": {"mon-fri": "08:00-12:00, 13:00-18:00", "sat": "09:00-13:00"},
        "holidays": [date(2026, 3, 30), date(2026, 10, 26), date(2026, 12, 25), date(2026, 12, 26)],
    },
    "always": {"hours": {"mon-sun": "00:00-24:00"}},
    # shut on the very days on which a clock changes: these have 23 or 25 hours, or half an hour more or less
    "feast": {
        "hours": {"mon-sun": "00:00-24:00"},
        "holidays": [
            date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5),
            date(2026, 10, 4), date(2026, 10, 25), date(2026, 11, 1),
        ],
    },
    # shut and opened inside the hours that a change of the clock skips or repeats
    "night": {"hours": {"sat-sun": "00:00-02:30, 02:45-06:00", "wed": "22:00-24:00"}},
}  # fmt: skip
MINUTE = timedelta(minutes=1)
FIRST, LAST = datetime(2026, 1, 1), datetime(2026, 12, 31)


@pytest.fixture(scope="module")
def connection():
    connection = open_warehouse()
    describe_network(
        connection,
        Configuration.model_validate(
            {
                "network": "clocks",
                "title": "Clocks",
                "calendars": CALENDARS,
                "sites": [
                    {"id": site, "name": site, "country": "DE", "region": "emea", "zone": zone, "facility_type": "clinic"}
                    for site, zone in ZONES.items()
                ],
                "vendors": [{"id": "v1", "name": "Vendor"}],
                "mappings": ["unused.yaml"],
            }
        ),
    )  # fmt: skip
    write_open_hours(connection, FIRST, LAST)
    return connection


def is_open(calendar, zone, moment):
    """Whether the minute that begins at a UTC moment is worked, from the clock on the wall."""
    if calendar is None:
        return True
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    if local.date() in CALENDARS[calendar].get("holidays", ()):
        return False
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    for days, text in CALENDARS[calendar]["hours"].items():
        first, _, last = days.partition("-")
        if names.index(first) <= local.weekday() <= names.index(last or first):
            for span in text.split(", "):
                opens, closes = span.split("-")
                if opens <= local.strftime("%H:%M") < closes:
                    return True
    return False


def runs(calendar, zone, moment, pauses):
    stopped = any(low <= moment and (high is None or moment < high) for low, high in pauses)
    return not stopped and is_open(calendar, zone, moment)


def slow_elapsed(calendar, zone, start, end, pauses):
    minutes = int((end - start) / MINUTE)
    return 60 * sum(runs(calendar, zone, start + n * MINUTE, pauses) for n in range(minutes))


def slow_due(calendar, zone, start, allowed, pauses):
    """The end of the minute in which the time was used up; None where the clock does not get there in 60 days."""
    run, moment = 0, start
    while run < allowed:
        if moment > start + timedelta(days=60):
            return None
        run += 60 * runs(calendar, zone, moment, pauses)
        moment += MINUTE
    return moment


def tables(connection, calendar, zone, start, end, allowed, pauses):
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE asked AS SELECT 1 AS clock, ?::VARCHAR AS calendar, ? AS zone, "
        "?::TIMESTAMP AS started_at, ?::TIMESTAMP AS ended_at, ?::BIGINT AS allowed",
        [calendar, zone, start, end, allowed],
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE stopped (clock INTEGER, paused_at TIMESTAMP, resumed_at TIMESTAMP)"
    )
    if pauses:
        connection.executemany("INSERT INTO stopped VALUES (1, ?, ?)", pauses)


def elapsed(connection, calendar, zone, start, end, pauses=()):
    tables(connection, calendar, zone, start, end, 0, pauses)
    ((_, told),) = connection.execute(elapsed_query("FROM asked", "FROM stopped")).fetchall()
    return told / 1e6


def due(connection, calendar, zone, start, allowed, pauses=()):
    tables(connection, calendar, zone, start, start, allowed, pauses)
    ((_, told),) = connection.execute(due_query("FROM asked", "FROM stopped")).fetchall()
    return told


# around both changes of the clock in each zone, Christmas, and an ordinary week
NEAR = [
    datetime(2026, 3, 7), datetime(2026, 3, 28), datetime(2026, 4, 4), datetime(2026, 10, 3),
    datetime(2026, 10, 24), datetime(2026, 10, 31), datetime(2026, 12, 23), datetime(2026, 6, 9),
]  # fmt: skip
starts = st.builds(
    lambda day, minutes: day + minutes * MINUTE, st.sampled_from(NEAR), st.integers(0, 3 * 1440)
)
pauses = st.lists(
    st.tuples(st.integers(-600, 4000), st.one_of(st.none(), st.integers(0, 2000))), max_size=4
)
places = {"calendar": st.sampled_from([None, *CALENDARS]), "zone": st.sampled_from(list(ZONES.values()))}  # fmt: skip


def placed(start, stops):
    """Pauses given as minutes after the start and length."""
    return [
        (start + low * MINUTE, None if long is None else start + (low + long) * MINUTE)
        for low, long in stops
    ]


@pytest.mark.parametrize(
    ("zone", "start", "days"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 20), 2),
        ("Europe/Berlin", datetime(2026, 10, 24, 20), 2),
        ("America/New_York", datetime(2026, 3, 7, 20), 2),
        ("America/New_York", datetime(2026, 10, 31, 20), 2),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 10), 2),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 10), 2),
    ],
)
def test_a_holiday_on_the_day_of_a_change(connection, zone, start, days):
    """The whole of the short or long day is left out, and not an hour of its neighbours."""
    end, stops = (
        start + timedelta(days=days),
        [(start + timedelta(hours=2), start + timedelta(hours=9))],
    )
    for pauses in ([], stops):
        told = elapsed(connection, "feast", zone, start, end, pauses)
        assert told == slow_elapsed("feast", zone, start, end, pauses)
        assert told < 86_400 * days - 22 * 3600
        assert due(connection, "feast", zone, start, 36_000, pauses) == slow_due(
            "feast", zone, start, 36_000, pauses
        )


@effort(max_examples=60)
@given(start=starts, minutes=st.integers(0, 4 * 1440), stops=pauses, **places)
@example(
    start=datetime(2026, 3, 28, 12), minutes=2880, stops=[], calendar="night", zone="Europe/Berlin"
)
@example(
    start=datetime(2026, 10, 24, 12), minutes=2880, stops=[], calendar="night", zone="Europe/Berlin"
)
@example(
    start=datetime(2026, 10, 24, 12),
    minutes=0,
    stops=[(0, None)],
    calendar="always",
    zone="Asia/Taipei",
)
def test_elapsed_is_the_count_of_minutes(connection, start, minutes, stops, calendar, zone):
    end, stopped = start + minutes * MINUTE, placed(start, stops)
    told = elapsed(connection, calendar, zone, start, end, stopped)
    assert told == slow_elapsed(calendar, zone, start, end, stopped)


@effort(max_examples=60)
@given(start=starts, allowed=st.integers(0, 1200), stops=pauses, **places)
@example(
    start=datetime(2026, 3, 28, 12), allowed=300, stops=[], calendar="night", zone="Europe/Berlin"
)
@example(
    start=datetime(2026, 6, 9, 6),
    allowed=540,
    stops=[(600, 60)],
    calendar="office",
    zone="Europe/Berlin",
)
@example(
    start=datetime(2026, 6, 9, 6),
    allowed=60,
    stops=[(30, 60), (60, None)],
    calendar=None,
    zone="Asia/Taipei",
)
def test_due_is_the_minute_in_which_the_time_is_used_up(
    connection, start, allowed, stops, calendar, zone
):
    stopped = placed(start, stops)
    told = due(connection, calendar, zone, start, allowed * 60, stopped)
    assert told == slow_due(calendar, zone, start, allowed * 60, stopped)


def test_by_hand(connection):
    berlin = "Europe/Berlin"
    # Friday 17:00 in Berlin + 3 h: one hour that day, two on Saturday from 9
    assert due(connection, "office", berlin, datetime(2026, 6, 12, 15), 10800) == datetime(
        2026, 6, 13, 9
    )
    # time used up at the close of a day is due then, not at the next opening
    assert due(connection, "office", berlin, datetime(2026, 6, 12, 15), 3600) == datetime(
        2026, 6, 12, 16
    )
    # the day of the change has 23 hours
    whole = (datetime(2026, 3, 28, 23), datetime(2026, 3, 29, 22))
    assert elapsed(connection, "always", berlin, *whole) == 23 * 3600
    # 24 December 17:30 + 1 h: both holidays and Sunday are left out
    start = datetime(2026, 12, 24, 16, 30)
    assert due(connection, "office", berlin, start, 3600) == datetime(2026, 12, 28, 7, 30)


def test_seconds_and_their_parts_count(connection):
    start = datetime(2026, 6, 9, 5, 59, 59, 500_000)
    assert (
        elapsed(
            connection, "office", "Europe/Berlin", start, datetime(2026, 6, 9, 6, 0, 0, 250_000)
        )
        == 0.25
    )
    assert due(connection, None, "Europe/Berlin", start, 1) == start + timedelta(seconds=1)


def test_a_time_that_is_never_used_up(connection):
    start = datetime(2026, 6, 9)
    assert due(connection, "unheard of", "Europe/Berlin", start, 60) is None
    assert due(connection, "office", "Europe/Berlin", start, 2**60) is None
    assert due(connection, "always", "Europe/Berlin", start, 2**31) is None
