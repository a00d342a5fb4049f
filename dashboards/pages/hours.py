"""Turnaround by hour of the week, in the site's own time: a table of 7 days and 24 hours, in greys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboards.edition import Edition
from dashboards.intervals import main_interval
from dashboards.labels import label
from dashboards.numerals import Clock, clock_of, count, duration
from dashboards.reading import Reading, read
from dashboards.release import Cell
from dashboards.verdict import few
from dashboards.words import Words, marked
from overread.measures.catalogue import CATALOGUE

MEASURE: Final = "turnaround_by_hour_of_week"
DAYS: Final = {
    "mon": marked("Mon"),
    "tue": marked("Tue"),
    "wed": marked("Wed"),
    "thu": marked("Thu"),
    "fri": marked("Fri"),
    "sat": marked("Sat"),
    "sun": marked("Sun"),
}
_SHADES: Final = 5


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the week.

    Attributes:
        reading: Its cell in words.
        text: The value in few characters, "" where too few tasks began in it.
        n: Tasks, as text.
        shade: Grey from 1 (shortest fifth of the hours) to 5 (longest), 0 without a value.
        state: Why there is no value, "" where there is one.
    """

    reading: Reading
    text: str
    n: str
    shade: int
    state: str


@dataclass(frozen=True, slots=True)
class Week:
    """The table.

    Attributes:
        caption: What it shows, and in which unit.
        title: Slowest and quickest hour, where their intervals lie apart.
        days: (day, its 24 hours).
    """

    caption: str
    title: str
    days: tuple[tuple[str, tuple[Hour, ...]], ...]


def compact(minutes: float, clock: Clock) -> str:
    """A duration in the few characters of a narrow cell: hours as h:mm, other units as a bare number."""
    if clock == "h":
        whole = round(minutes)
        return f"{whole // 60}:{whole % 60:02d}"
    return duration(minutes, clock, bare=True)


def _unit(words: Words, clock: Clock) -> str:
    return {
        "s": words.text("in seconds"),
        "min": words.text("in minutes"),
        "h": words.text("in hours and minutes"),
        "d": words.text("in days"),
    }[clock]


def _hour(words: Words, cell: Cell | None, clock: Clock, bounds: list[float]) -> Hour:
    reading = read(words, cell, clock)
    if cell is None or not cell.n:
        return Hour(reading, "", "", 0, words.text("none"))
    n = count(cell.n)
    if not cell.drawn or cell.value is None or few(cell):
        return Hour(reading, "", n, 0, words.text("few"))
    shade = 1 + sum(cell.value > bound for bound in bounds)
    return Hour(reading, compact(cell.value, clock), n, shade, "")


def _title(words: Words, cells: Mapping[str, Cell], clock: Clock) -> str:
    """Slowest and quickest hour where their whole intervals lie apart."""
    limited = [
        (cell.value, cell.low, cell.high, code)
        for code, cell in cells.items()
        if cell.value is not None and cell.low is not None and cell.high is not None
    ]
    if len(limited) < 2:
        return words.text("Time to report by hour of the week")
    slow = max(limited)
    quick = min(limited)
    if slow[1] <= quick[2]:
        return words.text("Hours of the week cannot be told apart")
    return words.text(
        "Longest median: {slow}, {most}; shortest: {quick}, {least}",
        slow=_named(words, slow[3]),
        most=read(words, cells[slow[3]], clock).text,
        quick=_named(words, quick[3]),
        least=read(words, cells[quick[3]], clock).text,
    )


def _named(words: Words, code: str) -> str:
    day, _, hour = code.partition("-")
    return words.text("{day} {hour}:00", day=words.text(DAYS[day]), hour=hour)


def week(edition: Edition, place: Mapping[str, str]) -> Week | None:
    """The hours of a place, None where none are released."""
    if MEASURE not in CATALOGUE:
        return None
    words = edition.words
    found = edition.released.topics(MEASURE, place)
    interval = main_interval({cell.topic.key("interval") for cell in found})
    cells = {
        cell.topic.key("category") or "": cell
        for cell in found
        if cell.topic.key("interval") == interval
    }
    if not cells:
        return None
    shown = {
        code: cell
        for code, cell in cells.items()
        if cell.drawn and cell.value is not None and not few(cell)
    }
    values = sorted(cell.value for cell in shown.values() if cell.value is not None)
    clock = clock_of(values)
    bounds = [values[len(values) * part // _SHADES] for part in range(1, _SHADES)] if values else []
    days = tuple(
        (
            words.text(name),
            tuple(
                _hour(words, cells.get(f"{day}-{hour:02d}"), clock, bounds) for hour in range(24)
            ),
        )
        for day, name in DAYS.items()
    )
    caption = words.text(
        "Median time, {interval}, by the site's own hour, {unit}",
        interval=label(words, "interval", interval) if interval else words.text("all intervals"),
        unit=_unit(words, clock),
    )
    return Week(caption, _title(words, shown, clock), days)
