"""Late reviews: how many of each month are in after so many months, and what the open months will come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.edition import Edition
from dashboards.flags import Flag, blocked, states
from dashboards.numerals import count, share_of
from dashboards.reading import Reading, read
from dashboards.release import Cell, Topic
from dashboards.stored import columns_of
from dashboards.words import Words
from overread.measures.catalogue import CATALOGUE

MONTHS: Final = 12
DELAYS: Final = 5


@dataclass(frozen=True, slots=True)
class LateMonth:
    """A month of reports.

    Attributes:
        month: The month.
        shares: Share of the expected reviews that were in after 0, 1, ... months; "" for what is still to come.
        reviews: Reviews in.
        discrepant: Share of them that are discrepant, as text.
        expected: Nowcast of the number of reviews, None without one.
        rate: Nowcast of the discrepancy rate, None without one.
        held: Whether a check holds the month, so that nothing of it is told.
        open: Whether the nowcast is an estimate rather than what is in.
    """

    month: str
    shares: tuple[str, ...]
    reviews: str
    discrepant: str
    expected: Reading | None
    rate: Reading | None
    held: bool
    open: bool


@dataclass(frozen=True, slots=True)
class Late:
    """The triangle with its nowcast.

    Attributes:
        delays: Headings of the delays.
        months: The months.
        flags: What stands outside where the triangle is folded.
    """

    delays: tuple[str, ...]
    months: tuple[LateMonth, ...]
    flags: tuple[Flag, ...]


def _triangle(edition: Edition) -> dict[str, dict[int, tuple[float, float]]]:
    """Month -> months of delay -> (reviews, discrepant ones) of the random sample, {} where there is no such table."""
    there = columns_of(edition.connection, "review_triangle")
    if not {"route", "vendor", "origin_month", "delay", "outcome", "n"} <= there:
        return {}
    found: dict[str, dict[int, tuple[float, float]]] = {}
    for origin, delay, n, discrepant in edition.connection.execute(
        "SELECT origin_month, delay, coalesce(sum(n) FILTER (outcome IN ('discrepant', 'concordant')), 0), "
        "coalesce(sum(n) FILTER (outcome = 'discrepant'), 0) FROM review_triangle "
        "WHERE vendor IS NULL AND route = 'random' GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        delays = found.setdefault(origin, {})
        if delay is not None:
            delays[int(delay)] = (float(n), float(discrepant))
    return found


def _nowcast(edition: Edition, measure_id: str) -> dict[str, Cell]:
    if measure_id not in CATALOGUE:
        return {}
    for keys in (frozenset({("route", "random")}), frozenset[tuple[str, str]]()):
        months = edition.released.months(Topic(measure_id, keys))
        if months:
            return {cell.period or "": cell for cell in months}
    return {}


def _flags(words: Words, rows: Sequence[LateMonth]) -> tuple[Flag, ...]:
    held = [row.month for row in rows if row.held]
    told = [
        (row.month, reading)
        for row in rows
        if not row.held
        for reading in (row.expected, row.rate)
        if reading
    ]
    return (*blocked(words, held), *states(words, told))


def late_reviews(edition: Edition) -> Late | None:
    """The last twelve months, None where no triangle was made."""
    words = edition.words
    triangle = _triangle(edition)
    if not triangle:
        return None
    expected, rates = (
        _nowcast(edition, "nowcast_reviews"),
        _nowcast(edition, "nowcast_discrepancy_rate"),
    )
    last = max(origin for origin in triangle)
    year, month = map(int, last.split("-"))
    held = {month for month, _, _ in edition.held}
    rows = []
    for origin in sorted(triangle)[-MONTHS:]:
        delays = triangle[origin]
        reviews = sum(n for n, _ in delays.values())
        bad = sum(x for _, x in delays.values())
        awaited = expected.get(origin)
        all_of_them = reviews
        if awaited is not None and awaited.drawn and awaited.value is not None:
            all_of_them = max(awaited.value, reviews)
        age = (year - int(origin[:4])) * 12 + month - int(origin[5:7])
        shares = []
        for delay in range(DELAYS + 1):
            seen = sum(n for at, (n, _) in delays.items() if at <= delay)
            shares.append(share_of(seen, all_of_them) if delay <= age else "")
        rate = rates.get(origin)
        rows.append(
            LateMonth(
                month=words.month(origin, short=True),
                shares=tuple(shares),
                reviews=count(reviews),
                discrepant=share_of(bad, reviews),
                expected=read(words, awaited) if awaited is not None else None,
                rate=read(words, rate) if rate is not None else None,
                held=origin in held,
                open=all_of_them > reviews + 0.5,
            )
        )
    heads = tuple(
        words.text("in the same month")
        if delay == 0
        else words.plural("after {number} month", "after {number} months", delay)
        for delay in range(DELAYS + 1)
    )
    return Late(heads, tuple(rows), _flags(words, rows))
