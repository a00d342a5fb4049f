"""Published numbers that changed since the release before: what pages read of the tables `revision` and `revision_of`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from dashboards.definitions import definition
from dashboards.edition import Edition
from dashboards.numerals import count
from dashboards.reading import evidence, read
from dashboards.release import KEYS, PLACES, Cell, Topic
from dashboards.topics import topic_at
from dashboards.words import Words
from overread.release.revisions import REASONS, SHOWN

_HEADLINE_PLACES: Final = ("vendor", "region")


@dataclass(frozen=True, slots=True)
class Compared:
    """The releases that are compared.

    Attributes:
        first: Whether nothing was published before.
        before: Cut-off of the release before, None where its data carried no time.
        counts: Reason -> published numbers that changed.
        files: Files that corrected some of them.
    """

    first: bool
    before: datetime | None
    counts: Mapping[str, int]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A headline number before and after.

    Attributes:
        before: The cell as it was published.
        after: The cell as it is now, None where it is told no more.
        reason: Why it changed.
    """

    before: Cell
    after: Cell | None
    reason: str

    @property
    def size(self) -> float:
        """How far the value moved, in half-widths of its interval before; a state that changed comes first."""
        old, new = self.before.value, self.after.value if self.after else None
        if old is None or new is None:
            return float("inf")
        width = (self.before.high or 0) - (self.before.low or 0)
        return abs(new - old) / (width / 2 or abs(old) or 1)


def compared(edition: Edition) -> Compared:
    """How many numbers of this audience changed, by reason."""
    ((first, before),) = edition.connection.execute(
        "SELECT first, before_cutoff FROM revision_of"
    ).fetchall()
    scope = [edition.released.audience, edition.released.recipient]
    where = "audience = ? AND recipient IS NOT DISTINCT FROM ?"
    found = dict(
        edition.connection.execute(
            f"SELECT reason, count(*) FROM revision WHERE {where} GROUP BY reason", scope
        ).fetchall()
    )
    files = edition.connection.execute(
        f"SELECT DISTINCT unnest(files) FROM revision WHERE {where} ORDER BY 1", scope
    ).fetchall()
    return Compared(
        first,
        before,
        {reason: found[reason] for reason in REASONS if reason in found},
        tuple(path for (path,) in files),
    )


def headlines(edition: Edition) -> list[Change]:
    """Changes of the numbers that pages lead with: every month, all places together, by vendor and by region."""
    places: list[Mapping[str, str]] = [{}]
    for name in _HEADLINE_PLACES:
        places += [{name: value} for value in edition.values(name)]
    wanted = {
        (topic_at(edition.released, column, place), frozenset(place.items()))
        for column in edition.columns
        for place in places
    }
    narrow = " AND ".join(f'"{name}" IS NULL' for name in PLACES if name not in _HEADLINE_PLACES)
    changes = [
        change
        for change in changes_of(edition, [c.measure_id for c in edition.columns], narrow)
        if (change.before.topic, frozenset(change.before.place.items())) in wanted
    ]
    return sorted(changes, key=lambda change: -change.size)


def changes_of(edition: Edition, measures: Iterable[str], narrow: str = "true") -> list[Change]:
    """Changed numbers of this audience, in the order of their places and periods.

    Args:
        edition: The edition.
        measures: Measures.
        narrow: SQL over a row of `revision` that has to hold.
    """
    names = ", ".join(f'"{name}"' for name in ("period", *PLACES, *KEYS))
    shown = ", ".join(f"{when}_{name}" for when in ("before", "after") for name in SHOWN)
    rows = edition.connection.execute(
        f"""SELECT reason, measure_id, {names}, {shown} FROM revision
        WHERE audience = ? AND recipient IS NOT DISTINCT FROM ? AND measure_id IN (SELECT unnest(?))
            AND reader IS NULL AND {narrow} ORDER BY ALL NULLS FIRST""",
        [
            edition.released.audience,
            edition.released.recipient,
            sorted(set(measures)),
        ],
    ).fetchall()
    changes = []
    keys_at, values_at = 3 + len(PLACES), 3 + len(PLACES) + len(KEYS)
    for row in rows:
        reason, measure_id, period = row[:3]
        place = {n: v for n, v in zip(PLACES, row[3:keys_at], strict=True) if v is not None}
        keys = zip(KEYS, row[keys_at:values_at], strict=True)
        topic = Topic(measure_id, frozenset((n, v) for n, v in keys if v is not None))
        middle = values_at + len(SHOWN)
        before = _cell(topic, place, period, row[values_at:middle])
        after = _cell(topic, place, period, row[middle:])
        if before is not None:
            changes.append(Change(before, after, reason))
    return changes


def _cell(
    topic: Topic, place: Mapping[str, str], period: str | None, row: Sequence[Any]
) -> Cell | None:
    """A published row as a cell, None where there was none."""
    value, low, high, n, numerator, denominator, status, shown = row
    if status is None:
        return None
    return Cell(
        topic, place, period, definition(topic.measure_id).version, n, numerator, denominator, value, low, high, None,
        None, status, None, shown, None, None, None, None,
    )  # fmt: skip


def in_words(words: Words, cell: Cell | None) -> str:
    """A published number with what stood behind it, or the state that it was in."""
    _ = words.text
    if cell is None:
        return _("no longer told")
    if cell.drawn:
        reading = read(words, cell)
        return _("{value}, {n}", value=reading.text, n=reading.evidence)
    states = {
        "blocked": _("held by a check"),
        "not_applicable": _("not applicable"),
        "insufficient": _("too few to judge"),
    }
    if cell.shown == "withheld":
        return _("no judgement: {n}", n=evidence(words, cell))
    if cell.n and cell.status == "insufficient":
        return _("too few to judge: n = {n}", n=count(cell.n))
    return states.get(cell.status, _("not shown"))


def write_csv(edition: Edition, path: Path) -> None:
    """Every changed number of this audience, for a spreadsheet."""
    names = [f'"{name}"' for name in ("measure_id", "period", *PLACES, *KEYS)]
    numbers = [f"before_{name}, after_{name}" for name in SHOWN]
    edition.connection.execute(
        f"""COPY (SELECT reason, {", ".join([*names, *numbers])}, array_to_string(files, '; ') AS files
            FROM revision WHERE audience = '{edition.released.audience}' AND recipient IS NULL ORDER BY ALL)
        TO '{str(path).replace("'", "''")}' (HEADER, DELIMITER ',')"""
    )
