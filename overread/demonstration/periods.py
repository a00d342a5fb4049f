"""The days of the network: the span that is planned at a time, the months and the half-years of the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from overread.demonstration.problems import DAYS, FIRST_DAY


@dataclass(frozen=True, slots=True)
class Span:
    """Days on end, counted from `FIRST_DAY`.

    Attributes:
        label: Its name in file names.
        first: First day.
        end: First day after it.
    """

    label: str
    first: int
    end: int

    def exams(self, exams: int) -> tuple[int, int]:
        """First exam of the span and first exam after it, of exams spread evenly over all days."""
        return -(-self.first * exams // DAYS), -(-self.end * exams // DAYS)

    def meets(self, other: Span) -> bool:
        """Whether the two have a day in common."""
        return self.first < other.end and other.first < self.end

    def among(self, planned: Span) -> str:
        """SQL condition that leaves this span's rows of a plan."""
        if self.first <= planned.first and planned.end <= self.end:
            return "TRUE"
        return f"day >= DATE '{_date(self.first)}' AND day < DATE '{_date(self.end)}'"


def _date(day: int) -> date:
    return date.fromisoformat(FIRST_DAY) + timedelta(days=day)


def _month(day: int) -> str:
    return f"{_date(day):%Y-%m}"


def _half(day: int) -> str:
    return f"{_date(day):%Y}-H{1 if _date(day).month < 7 else 2}"


def _spans(label_of_day: dict[int, str]) -> tuple[Span, ...]:
    grouped = [
        (label, [day for day, _ in days])
        for label, days in groupby(label_of_day.items(), key=lambda item: item[1])
    ]
    return tuple(Span(label, days[0], days[-1] + 1) for label, days in grouped)


MONTHS = _spans({day: _month(day) for day in range(DAYS)})
HALVES = _spans({day: _half(day) for day in range(DAYS)})
ALL = Span("all", 0, DAYS)
