"""Revisions: which published numbers changed since the release before, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.changes import Change, Compared, compared, headlines, in_words
from dashboards.definitions import name
from dashboards.edition import Edition, Page
from dashboards.numerals import count
from dashboards.sentences import who
from dashboards.topics import qualifiers
from dashboards.words import Words, marked

MOST: Final = 15
IN_BUNDLE: Final = 8
# Files that are named; the others are counted.
NAMED: Final = 12

HEADS: Final = {
    "definition": marked("By a new definition"),
    "correction": marked("By a correction"),
    "check": marked("By a check"),
    "new data": marked("By new data"),
}
WHY: Final = {
    "definition": marked("The measure is defined anew; the catalogue's version says so."),
    "correction": marked(
        "A file replaced or took back rows that the number had been made of, or rows beside them."
    ),
    "check": marked("A check holds a month now, or holds it no more."),
    "new data": marked("Rows arrived that had not been there; none was replaced."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A headline number in words, before and after."""

    who: str
    what: str
    period: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Group:
    """Changes with one reason.

    Attributes:
        reason: Code of the reason, for links.
        head: The reason in words.
        why: What it means.
        lines: Headline numbers, largest change first.
        more: What else changed, in words; "" where nothing did.
        files: Files that corrected rows.
        more_files: Number of files that are not named.
    """

    reason: str
    head: str
    why: str
    lines: tuple[Line, ...]
    more: str
    files: tuple[str, ...]
    more_files: int


def _line(edition: Edition, change: Change) -> Line:
    words, cell = edition.words, change.before
    extra = qualifiers(words, cell.topic)
    measure = name(words, cell.topic.measure_id)
    return Line(
        who(words, edition.network, cell),
        words.text("{measure} ({extra})", measure=measure, extra=extra) if extra else measure,
        words.month(cell.period) if cell.period else words.text("all months"),
        in_words(words, cell),
        in_words(words, change.after),
    )


def groups(edition: Edition, found: Compared, most: int) -> list[Group]:
    """Changes by reason; of each the largest headline numbers.

    Args:
        edition: The edition.
        found: How many numbers changed.
        most: Headline numbers that are named per reason.
    """
    words = edition.words
    changes = headlines(edition) if found.counts else []
    result = []
    for reason, number in found.counts.items():
        mine = [change for change in changes if change.reason == reason][:most]
        rest = number - len(mine)
        if rest and mine:
            more = words.plural(
                "{number} more number changed", "{number} more numbers changed", rest
            )
        else:
            more = words.plural(
                "{number} number changed, none that a page leads with",
                "{number} numbers changed, none that a page leads with",
                rest,
            )
        files = found.files if reason == "correction" else ()
        result.append(
            Group(
                reason.replace(" ", "-"),
                words.text(HEADS[reason]),
                words.text(WHY[reason]),
                tuple(_line(edition, change) for change in mine),
                more if rest else "",
                files[:NAMED],
                max(len(files) - NAMED, 0),
            )
        )
    return result


def summary(edition: Edition, found: Compared) -> str:
    """How many published numbers changed, as a finding."""
    words = edition.words
    if found.first:
        return words.text("This is the first release: nothing had been published before")
    since = words.day(found.before) if found.before else words.text("undated data")
    total = sum(found.counts.values())
    if not total:
        return words.text("No published number has changed since the release of {day}", day=since)
    return words.plural(
        "{number} published number has changed since the release of {day}",
        "{number} published numbers have changed since the release of {day}",
        total,
        day=since,
    )


def by_reason(words: Words, found: Compared) -> str:
    """Counts by reason in one line."""
    return words.listed(
        [
            words.text("{reason}: {number}", reason=words.text(HEADS[reason]), number=count(n))
            for reason, n in found.counts.items()
        ]
    )


def revisions(edition: Edition) -> Page:
    """The page `revisions` of the committee."""
    found = compared(edition)
    return Page(
        "revisions",
        "revisions.html",
        {
            "title": summary(edition, found),
            "subtitle": by_reason(edition.words, found) or edition.cutoff_words,
            "groups": groups(edition, found, MOST),
            "first": found.first,
        },
    )
