"""Public numbers that changed since the release before: before, now, and why; nothing beyond what both releases told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboards.changes import changes_of, compared
from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.labels import label
from dashboards.pages.revisions import HEADS, WHY, summary
from dashboards.reading import read
from dashboards.release import Cell
from dashboards.words import Words
from overread.release.public_tables import PARTS, PUBLIC_TABLES
from overread.release.revisions import REASONS, SHOWN


@dataclass(frozen=True, slots=True)
class ChangedNumber:
    """A public number before and after, in words."""

    what: str
    where: str
    period: str
    before: str
    now: str
    reason: str


@dataclass(frozen=True, slots=True)
class PublicChanges:
    """What the page says of changes.

    Attributes:
        finding: How many numbers changed, or that none did, or that this is the first release.
        first: Whether nothing was published before.
        numbers: The changed numbers: by table, newest period first, total before parts.
        reasons: (reason, what it means) of those that occur.
    """

    finding: str
    first: bool
    numbers: tuple[ChangedNumber, ...]
    reasons: tuple[tuple[str, str], ...]


_PARTS: Final = {part: at for parts in PARTS.values() for at, part in enumerate(parts)}


def _place(cell: Cell) -> tuple[int, int]:
    """Where a cell stands among those of its table and period: total, then breakdown by breakdown."""
    for at, dimension in enumerate(PARTS, 1):
        if dimension in cell.place:
            return at, _PARTS[cell.place[dimension]]
    return 0, 0


def _in_words(words: Words, cell: Cell) -> str:
    reading = read(words, cell)
    if not reading.value:
        return words.text("no cases")
    return words.text("{value}, {n}", value=reading.text, n=reading.evidence)


def public_changes(edition: Edition) -> PublicChanges:
    """The changes of public numbers, in words."""
    words, found = edition.words, compared(edition)
    numbers = []
    for table in PUBLIC_TABLES:
        changes = sorted(changes_of(edition, [table.measure_id]), key=lambda c: _place(c.before))
        for change in sorted(changes, key=lambda c: c.before.period or "", reverse=True):
            cell = change.before
            # a number that either release leaves out is no row of `revision`
            if change.after is None:
                continue
            parts = [label(words, dimension, part) for dimension, part in cell.place.items()]
            numbers.append(
                ChangedNumber(
                    name(words, table.measure_id),
                    words.listed(parts) if parts else words.text("All"),
                    words.period(cell.period or ""),
                    _in_words(words, cell),
                    _in_words(words, change.after),
                    words.text(HEADS[change.reason]),
                )
            )
    reasons = tuple(
        (words.text(HEADS[reason]), words.text(WHY[reason]))
        for reason in REASONS
        if reason in found.counts
    )
    return PublicChanges(summary(edition, found), found.first, tuple(numbers), reasons)


def write_csv(edition: Edition, path: Path) -> None:
    """Every changed public number, for a spreadsheet."""
    names = dict.fromkeys(key for table in PUBLIC_TABLES for key, _ in table.keys)
    numbers = [f"before_{name}, after_{name}" for name in SHOWN if name not in {"status", "shown"}]
    listed = ", ".join(["measure_id", *names, "period", *PARTS, *numbers, "reason"])
    edition.connection.execute(
        f"""COPY (SELECT {listed} FROM revision WHERE audience = 'public' ORDER BY ALL NULLS FIRST)
        TO '{str(path).replace("'", "''")}' (HEADER, DELIMITER ',')"""
    )
