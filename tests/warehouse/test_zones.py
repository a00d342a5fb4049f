"""Local times as UTC: our own cases over a zone's changes equal the zone database, hour by hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.warehouse.zones import changes, flags, utc

ZONES = (
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
)


@given(
    st.sampled_from(ZONES),
    st.lists(st.datetimes(datetime(2008, 1, 1), datetime(2027, 1, 1)), min_size=1, max_size=5),
)
def test_utc_equals_the_zone_database(zone, moments):
    """PEP 495: fold=0 is the earlier of two instants, and the offset before a gap."""
    times = [moment.replace(microsecond=0) for moment in moments]
    spans = {zone: changes(zone, min(times), max(times))}
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {utc('t_local', zone, spans)} FROM (SELECT unnest($times) AS t_local)",
            {"times": times},
        ).fetchall()
    expected = [
        t.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None) for t in times
    ]
    assert [moment for (moment,) in found] == expected


@pytest.mark.parametrize(
    ("zone", "local", "flag"),
    [
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 45), "t:ambiguous"),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), "t:nonexistent"),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 30), None),
        ("Pacific/Apia", datetime(2011, 12, 30, 12), "t:nonexistent"),
        ("Asia/Kolkata", datetime(2026, 4, 5, 1, 45), None),
    ],
)
def test_flags(zone, local, flag):
    """Half an hour on Lord Howe Island; a whole day that Samoa never had."""
    spans = {zone: changes(zone, local - timedelta(days=300), local + timedelta(days=300))}
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {flags(['t'], 'zone', spans)} FROM (SELECT $local AS t_local, $zone AS zone)",
            {"local": local, "zone": zone},
        ).fetchall()
    assert found == [(flag,)]
