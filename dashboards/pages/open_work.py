"""Open work: how long tasks have waited that are not read yet, in counts, and which of them are overdue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.edition import Edition
from dashboards.network import Vendor
from dashboards.numerals import count
from dashboards.pages.overdue import Due, dues
from dashboards.reading import row_of
from dashboards.release import Topic
from dashboards.words import marked
from overread.measures.catalogue import CATALOGUE
from overread.warehouse.analysis.tasks import OLDEST, OPEN_AGES

_WORDS: Final = {
    "<1 d": marked("under 1 day"),
    "1-3 d": marked("1 to 3 days"),
    "3-7 d": marked("3 to 7 days"),
    ">7 d": marked("over 7 days"),
    "(unknown)": marked("unknown"),
}
AGES: Final = (*OPEN_AGES, OLDEST, "(unknown)")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open tasks of one age.

    Attributes:
        age: The age in words.
        tasks: How many, as text.
        number: How many.
        row: Released row, for `data-row`.
        width: Length of its part of the bar in percent of the longest bar.
        shade: Grey of its part, 1 (young) to 5 (old).
    """

    age: str
    tasks: str
    number: float
    row: str
    width: float
    shade: int


@dataclass(frozen=True, slots=True)
class OpenRow:
    """Open tasks of a vendor.

    Attributes:
        label: The vendor.
        href: Its page.
        tasks: All its open tasks, as text.
        ages: By age, youngest first.
        overdue: Tasks past their contract's time, () where none is known.
        soon: Tasks due within 24 hours, () where none is known.
    """

    label: str
    href: str
    tasks: str
    ages: tuple[Waiting, ...]
    overdue: tuple[Due, ...]
    soon: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class OpenWork:
    """The table: its ages in words with their greys, its rows, and its title."""

    title: str
    heads: tuple[tuple[str, int], ...]
    rows: tuple[OpenRow, ...]


def _row(
    edition: Edition,
    place: dict[str, str],
    name: str,
    href: str,
    longest: float,
    ages: list[str],
) -> OpenRow | None:
    words = edition.words
    cells = {
        age: edition.released.total(Topic("open_tasks", frozenset({("category", age)})), place)
        for age in ages
    }
    there = [cell for cell in cells.values() if cell is not None and cell.numerator is not None]
    if not there:
        return None
    waiting = tuple(
        Waiting(
            words.text(_WORDS[age]),
            "0" if cell is None else count(cell.numerator or 0),
            0.0 if cell is None else cell.numerator or 0.0,
            "" if cell is None else row_of(cell),
            0.0 if cell is None or not longest else round(100 * (cell.numerator or 0) / longest, 2),
            min(at + 1, 5),
        )
        for at, (age, cell) in enumerate(cells.items())
    )
    return OpenRow(
        name,
        href,
        count(there[0].denominator or 0),
        waiting,
        dues(edition, "tasks_overdue", place),
        dues(edition, "tasks_at_risk", place),
    )


def _title(edition: Edition, place: dict[str, str]) -> str:
    """How many tasks are open, late and old."""
    words = edition.words
    whole = edition.released.topics("open_tasks", place)
    number = int(whole[0].denominator or 0) if whole else 0
    old = count(sum(c.numerator or 0 for c in whole if c.topic.key("category") == OLDEST))
    overdue = dues(edition, "tasks_overdue", place)
    if not overdue:
        return words.plural(
            "{number} task is open at the cut-off; {old} of them for more than 7 days",
            "{number} tasks are open at the cut-off; {old} of them for more than 7 days",
            number,
            old=old,
        )
    return words.plural(
        "{number} task is open at the cut-off: {late} past the time of its contract, {old} for more than 7 days",
        "{number} tasks are open at the cut-off: {late} past the time of their contract, {old} for more than 7 days",
        number,
        late=count(sum(due.number for due in overdue)),
        old=old,
    )


def open_work(edition: Edition, vendor: Vendor | None = None) -> OpenWork | None:
    """Open tasks by age of every vendor, or of one alone; None where none are released."""
    words, released = edition.words, edition.released
    if "open_tasks" not in CATALOGUE:
        return None
    whole = {} if vendor is None else {"vendor": vendor.id}
    everything = (
        [(v.name, {"vendor": v.id}, edition.link(f"vendor-{v.slug}")) for v in edition.vendors]
        if vendor is None
        else [(vendor.name, whole, "")]
    )
    there = {
        cell.topic.key("category")
        for place in (whole, *(place for _, place, _ in everything))
        for cell in released.topics("open_tasks", place)
    }
    ages = [age for age in AGES if age in there]
    totals = [
        cells[0].denominator or 0.0
        for _, place, _ in everything
        if (cells := released.topics("open_tasks", place))
    ]
    longest = max(totals, default=0.0)
    rows = [
        row
        for name, place, href in everything
        if (row := _row(edition, place, name, href, longest, ages))
    ]
    if not rows:
        return None
    heads = tuple((words.text(_WORDS[age]), min(at + 1, 5)) for at, age in enumerate(ages))
    return OpenWork(_title(edition, whole), heads, tuple(rows))
