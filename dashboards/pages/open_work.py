"""Open work: how long tasks have waited that are not read yet, in counts, and which of them are overdue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.edition import Edition
from dashboards.numerals import count
from dashboards.reading import row_of
from dashboards.release import Cell, Released, Topic
from dashboards.stored import columns_of
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
        overdue: Sentence on overdue tasks, "" where none is known.
        late: Whether any is overdue.
        soon: Sentence on tasks due within 24 hours.
    """

    label: str
    href: str
    tasks: str
    ages: tuple[Waiting, ...]
    overdue: str
    late: bool
    soon: str


@dataclass(frozen=True, slots=True)
class OpenWork:
    """The table: its ages in words with their greys, its rows, and its title."""

    title: str
    heads: tuple[tuple[str, int], ...]
    rows: tuple[OpenRow, ...]


def _sum(released: Released, measure_id: str, place: dict[str, str]) -> Cell | None:
    """A count over all intervals; where several are released the one with the most tasks speaks."""
    if measure_id not in CATALOGUE:
        return None
    cells = [cell for cell in released.topics(measure_id, place) if cell.numerator is not None]
    return max(cells, key=lambda cell: cell.denominator or 0, default=None)


def _overdue(edition: Edition) -> dict[str, int]:
    """Open tasks past the time of their contract's term, by vendor; {} where the warehouse does not tell them."""
    if not {"state", "sla_outcome", "vendor"} <= columns_of(edition.connection, "task_fact"):
        return {}
    rows = edition.connection.execute(
        "SELECT vendor, count(*) FILTER (sla_outcome = 'breach') FROM task_fact "
        "WHERE state = 'open' AND NOT list_contains(?, month) GROUP BY vendor",
        [[month for month, _, _ in edition.held]],
    ).fetchall()
    return dict(rows)


def _row(
    edition: Edition,
    place: dict[str, str],
    name: str,
    href: str,
    longest: float,
    ages: list[str],
    overdue: int | None,
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
    soon = _sum(edition.released, "tasks_at_risk", place)
    return OpenRow(
        name,
        href,
        count(there[0].denominator or 0),
        waiting,
        ""
        if overdue is None
        else words.text("{n} overdue", n=count(overdue))
        if overdue
        else words.text("none overdue"),
        bool(overdue),
        ""
        if soon is None
        else words.text(
            "{x} of {n} not yet due",
            x=count(soon.numerator or 0),
            n=count(soon.denominator or 0),
        ),
    )


def open_work(edition: Edition) -> OpenWork | None:
    """Open tasks by age, None where none are released."""
    words, released = edition.words, edition.released
    if "open_tasks" not in CATALOGUE:
        return None
    there = {
        cell.topic.key("category")
        for vendor in ({}, *({"vendor": v.id} for v in edition.vendors))
        for cell in released.topics("open_tasks", vendor)
    }
    ages = [age for age in AGES if age in there]
    everything = [
        (vendor.name, {"vendor": vendor.id}, edition.link(f"vendor-{vendor.slug}"))
        for vendor in edition.vendors
    ]
    totals = [
        cells[0].denominator or 0.0
        for _, place, _ in everything
        if (cells := released.topics("open_tasks", place))
    ]
    longest = max(totals, default=0.0)
    overdue = _overdue(edition)
    rows = [
        row
        for name, place, href in everything
        if (row := _row(edition, place, name, href, longest, ages, overdue.get(place["vendor"])))
    ]
    if not rows:
        return None
    whole = released.topics("open_tasks", {})
    old = sum(cell.numerator or 0 for cell in whole if cell.topic.key("category") == OLDEST)
    title = words.plural(
        "{number} task is open at the cut-off; {old} of them for more than 7 days",
        "{number} tasks are open at the cut-off; {old} of them for more than 7 days",
        int(whole[0].denominator or 0) if whole else 0,
        old=count(old),
    )
    heads = tuple((words.text(_WORDS[age]), min(at + 1, 5)) for at, age in enumerate(ages))
    return OpenWork(title, heads, tuple(rows))
