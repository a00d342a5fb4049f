"""Parts that several pages share: tiles, the matrix, signals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboards.alerts import Alert, by_turns, grouped
from dashboards.applicability import inapplicable
from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.flags import Flag, changes, states
from dashboards.icons import Icons, icons
from dashboards.reading import Reading, column_clock, read
from dashboards.sentences import alert_sentence, where
from dashboards.sparkline import Sparkline, sparkline
from dashboards.topics import Column, qualifiers, topic_at
from dashboards.verdict import Verdict
from dashboards.words import PART


@dataclass(frozen=True, slots=True)
class Tile:
    """A measure at a place: number, interval, evidence, standing, months.

    Attributes:
        anchor: Name for links.
        measure_id: Entry of the catalogue.
        name: Name of the measure.
        extra: Its categories.
        reading: Over all months.
        line: The months, None where there are fewer than two.
        last: The last month in words, "" without months.
        icons: Whether it changed and whether it keeps its target, None where its months are not followed.
    """

    anchor: str
    measure_id: str
    name: str
    extra: str
    reading: Reading
    line: Sparkline | None
    last: str
    icons: Icons | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a matrix: readings, their categories and their icons, column by column."""

    label: str
    note: str
    href: str
    readings: tuple[Reading, ...]
    extras: tuple[str, ...]
    icons: tuple[Icons | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Places down, measures across.

    Attributes:
        caption: What the table shows.
        corner: Heading of the first column.
        heads: (name, categories, measure_id) per column.
        rows: Rows.
        followed: Whether any cell carries icons, so that they need their legend.
        flags: What stands outside where the table is folded.
    """

    caption: str
    corner: str
    heads: tuple[tuple[str, str, str], ...]
    rows: tuple[Row, ...]
    followed: bool
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A signal in words.

    Attributes:
        alert: The signal.
        reading: Its value.
        sentence: The finding.
        note: Since when where the finding does not say it, and how many narrower cuts say the same.
        href: Page to go to.
        line: Months of the same cut.
    """

    alert: Alert
    reading: Reading
    sentence: str
    note: str
    href: str
    line: Sparkline | None


def _column_extra(edition: Edition, column: Column, place: Mapping[str, str]) -> str:
    return qualifiers(edition.words, topic_at(edition.released, column, place))


def tile(edition: Edition, column: Column, place: Mapping[str, str] | None = None) -> Tile:
    """A column's tile at a place."""
    words, where = edition.words, place or {}
    cell, months = edition.total(column, where), edition.months(column, where)
    drawn = [month for month in months if month.drawn]
    last = ""
    if drawn:
        reading = read(words, drawn[-1])
        month = words.month(drawn[-1].period or "", short=True)
        told = words.text("{value}, {n}", value=reading.text, n=reading.evidence)
        last = words.text("{month}: {value}", month=month, value=told)
    return Tile(
        anchor=column.slug,
        measure_id=column.measure_id,
        name=name(words, column.measure_id),
        extra=_column_extra(edition, column, where),
        reading=read(words, cell),
        line=sparkline(months, edition.periods, cell.target if cell else None),
        last=last,
        icons=icons(edition, cell),
    )


def tiles(edition: Edition, place: Mapping[str, str] | None = None) -> list[Tile]:
    """Tiles of every shown measure that exists at a place."""
    return [
        tile(edition, column, place)
        for column in edition.columns
        if edition.total(column, place) is not None or edition.months(column, place)
    ]


def _flags(
    edition: Edition, heads: Sequence[tuple[str, str, str]], rows: Sequence[Row]
) -> tuple[Flag, ...]:
    """Cells that miss their target or have become worse by name, the others by row."""
    words = edition.words
    named: list[tuple[str, Reading]] = []
    worse: list[str] = []
    for row in rows:
        for (head, extra, _), reading, pair in zip(heads, row.readings, row.icons, strict=True):
            cell = words.listed([part for part in (row.label, head, extra) if part])
            missed = reading.standing.verdict is Verdict.MISSES
            named.append((cell if missed else row.label, reading))
            if pair and pair.mark == "worse":
                worse.append(cell)
    old = (
        Flag(words.text("{which}: {note}", which=row.label, note=row.note), state="stale")
        for row in rows
        if row.note
    )
    return (*changes(words, worse), *states(words, named), *old)


def matrix(
    edition: Edition,
    places_down: Sequence[tuple[Mapping[str, str], str, str, str]],
    caption: str,
    corner: str,
) -> Matrix:
    """Shown measures at several places; durations of one column share one unit.

    Args:
        edition: The edition.
        places_down: (place, label, note, address) per row.
        caption: What the table shows.
        corner: Heading of the first column.
    """
    words = edition.words
    cells = {
        (row, at): edition.total(column, where) or inapplicable(edition, column, where)
        for row, (where, *_) in enumerate(places_down)
        for at, column in enumerate(edition.columns)
    }
    kept = [
        at
        for at in range(len(edition.columns))
        if any(
            (cell := cells[row, at]) is not None and cell.status != "not_applicable"
            for row in range(len(places_down))
        )
    ]
    clocks = {at: column_clock(cells[row, at] for row in range(len(places_down))) for at in kept}
    rows = [
        Row(
            label,
            note,
            href,
            tuple(read(words, cells[row, at], clocks[at]) for at in kept),
            tuple(
                _column_extra(edition, edition.columns[at], where)
                if edition.columns[at].subject
                else ""
                for at in kept
            ),
            tuple(icons(edition, cells[row, at]) for at in kept),
        )
        for row, (where, label, note, href) in enumerate(places_down)
    ]
    heads = tuple(
        (
            name(words, edition.columns[at].measure_id),
            words.text("readers")
            if edition.columns[at].subject == "readers"
            else words.text("AI")
            if edition.columns[at].subject
            else _column_extra(edition, edition.columns[at], {}),
            edition.columns[at].measure_id,
        )
        for at in kept
    )
    followed = any(pair for row in rows for pair in row.icons)
    return Matrix(caption, corner, heads, tuple(rows), followed, _flags(edition, heads, rows))


def told_by_turns(edition: Edition, alerts: Iterable[Alert], most: int) -> tuple[list[Told], int]:
    """The worst signals of each vendor in words, at most so many, and how many more there are."""
    heads = by_turns(grouped(alerts))
    return _in_words(edition, heads[:most]), max(len(heads) - most, 0)


def told(edition: Edition, alerts: Iterable[Alert]) -> list[Told]:
    """Signals in words, one per vendor and measure, worst first."""
    return _in_words(edition, grouped(alerts))


def _in_words(edition: Edition, heads: Iterable[Alert]) -> list[Told]:
    words = edition.words
    slugs = {vendor.id: vendor.slug for vendor in edition.network.vendors}
    result = []
    for alert in heads:
        cell = alert.cell
        notes = []
        if alert.since and not alert.changed:
            # the sentence of a change says it itself
            notes.append(words.text("since {month}", month=words.month(alert.since, short=True)))
        if alert.narrower:
            narrow = min(alert.narrower, key=lambda other: other.severity).cell
            own = where(words, edition.network, cell.place)
            more = [p for p in where(words, edition.network, narrow.place) if p not in own]
            # a cut may differ in what is measured alone
            cut = words.listed(more or [qualifiers(words, narrow.topic)])
            notes.append(
                words.plural(
                    "also in {number} narrower cut, worst {cut}",
                    "also in {number} narrower cuts, worst {cut}",
                    len(alert.narrower),
                    cut=cut,
                )
            )
        vendor = cell.place.get("vendor")
        months = edition.released.months(cell.topic, cell.place)
        result.append(
            Told(
                alert=alert,
                reading=read(words, cell),
                sentence=alert_sentence(words, edition.network, alert, edition.span),
                note=words.text(PART).join(notes),
                # a bundle is one page: there is none to go to
                href=edition.link(f"vendor-{slugs[vendor]}")
                if vendor in slugs and edition.released.audience == "committee"
                else "",
                line=sparkline(months, edition.periods, cell.target),
            )
        )
    return result
