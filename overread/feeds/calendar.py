"""The working hours that a contract counts: spans per weekday, and holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from pydantic import Field, field_validator

from overread.feeds.yaml_model import Strict

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")

# Weekday (1 = Monday), opening and closing minute of the day.
Span = tuple[int, int, int]


def _days(text: str) -> range:
    """Weekdays of `mon` or `mon-fri`, 1 = Monday.

    Raises:
        ValueError: It is neither.
    """
    first, dash, last = text.partition("-")
    names = (first, last if dash else first)
    if not set(names) <= set(WEEKDAYS) or WEEKDAYS.index(names[0]) > WEEKDAYS.index(names[1]):
        raise ValueError(
            f"{text!r} is no weekday; write one such as mon, or a span such as mon-fri"
        )
    return range(WEEKDAYS.index(names[0]) + 1, WEEKDAYS.index(names[1]) + 2)


def _minutes(text: str) -> Iterator[tuple[int, int]]:
    """Opening and closing minutes of `08:00-12:00, 13:00-18:00`.

    Raises:
        ValueError: It is no such list, or a span does not end after it starts.
    """
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"{part.strip()!r} are no hours; write them as 08:00-18:00")
        opens, closes = (int(found[i]) * 60 + int(found[i + 1]) for i in (1, 3))
        if not opens < closes <= 24 * 60:
            raise ValueError(
                f"{part.strip()!r} does not end after it starts on the same day; hours over midnight are two spans, "
                "such as fri: 22:00-24:00 and sat: 00:00-06:00"
            )
        yield opens, closes


class Calendar(Strict):
    """Working hours in the local time of each site that the calendar is used for."""

    hours: dict[str, str] = Field(min_length=1)
    holidays: tuple[date, ...] = ()

    @field_validator("hours")
    @classmethod
    def _hours(cls, value: dict[str, str]) -> dict[str, str]:
        spans = _spans(value)
        for (day, _, closes), (next_day, opens, _) in pairwise(spans):
            if day == next_day and opens < closes:
                raise ValueError(f"hours on {WEEKDAYS[day - 1]} overlap; give each hour once")
        return value

    def spans(self) -> list[Span]:
        """Every span of the week, in order."""
        return _spans(self.hours)


def _spans(hours: dict[str, str]) -> list[Span]:
    return sorted(
        (day, opens, closes)
        for days, text in hours.items()
        for day in _days(days)
        for opens, closes in _minutes(text)
    )
