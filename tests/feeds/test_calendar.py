"""Calendars of the configuration: what is read, and what is refused where."""

from datetime import date

import pytest

from overread.feeds.calendar import Calendar
from overread.feeds.configuration import Configuration
from overread.feeds.yaml_model import ConfigurationError, read_yaml

NETWORK = """network: small
title: "Small"
calendars:
  office:
    hours:
      mon-fri: "08:00-12:00, 13:00-18:00"
      sat: {sat}
    holidays: [2026-12-25, {holiday}]
sites:
  - {{id: ber, name: B, country: DE, region: emea, zone: Europe/Berlin, facility_type: clinic, calendar: {calendar}}}
vendors: [{{id: v1, name: V}}]
mappings: [none.yaml]
"""


def read(tmp_path, sat='"09:00-24:00"', holiday="2026-12-26", calendar="office"):
    path = tmp_path / "overread.yaml"
    path.write_text(NETWORK.format(sat=sat, holiday=holiday, calendar=calendar))
    return read_yaml(path, Configuration)


def test_hours_and_holidays_are_read(tmp_path):
    office = read(tmp_path).calendars["office"]
    assert office.spans()[:3] == [(1, 480, 720), (1, 780, 1080), (2, 480, 720)]
    assert office.spans()[-1] == (6, 540, 1440)
    assert office.holidays == (date(2026, 12, 25), date(2026, 12, 26))


@pytest.mark.parametrize(
    ("wrong", "line", "message"),
    [
        ({"sat": '"9-13"'}, 5, "'9-13' are no hours"),
        ({"sat": '"22:00-06:00"'}, 5, "hours over midnight are two spans"),
        ({"sat": '"23:00-24:30"'}, 5, "does not end after it starts on the same day"),
        ({"sat": '"09:00-13:00, 12:00-14:00"'}, 5, "hours on sat overlap"),
        ({"holiday": "2026-02-30"}, 8, "calendars.office.holidays.1"),
        ({"calendar": "bank"}, 9, "site 'ber' names calendar 'bank'"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path, wrong, line, message):
    with pytest.raises(ConfigurationError) as error:
        read(tmp_path, **wrong)
    assert f"overread.yaml:{line}: " in str(error.value)
    assert message in str(error.value)


@pytest.mark.parametrize("days", ["monday", "fri-mon", "mon-", "-fri", ""])
def test_days_that_are_none_are_refused(days):
    with pytest.raises(ValueError, match="is no weekday"):
        Calendar(hours={days: "08:00-18:00"})
