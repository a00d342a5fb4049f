"""What limits the numbers: coverage, held months, checks, rows set aside. It stands beside them."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.changes import compared
from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.numerals import count, share_of
from dashboards.pages.revisions import summary
from dashboards.reading import read
from dashboards.release import Topic


@dataclass(frozen=True, slots=True)
class Limit:
    """One line of the card.

    Attributes:
        label: What it is about.
        text: What limits the numbers.
        state: data-status: ok | blocked | warning | none.
        row: Released row of the number, "" where it is no measure.
        value: Value of that row.
    """

    label: str
    text: str
    state: str = "ok"
    row: str = ""
    value: float | None = None


def _coverage(edition: Edition) -> Limit | None:
    words = edition.words
    # the random sample speaks for all reports: how far it came back limits every rate
    routes = (frozenset({("route", "random")}), frozenset[tuple[str, str]]())
    topics = (Topic("review_completion", keys) for keys in routes)
    cell = next((c for topic in topics if (c := edition.released.total(topic))), None)
    if cell is None:
        return None
    reading = read(words, cell)
    text = (
        words.text("{value}, {n}", value=reading.text, n=reading.evidence)
        if reading.value
        else reading.note
    )
    return Limit(name(words, "review_completion"), text, "ok", reading.row, cell.value)


def _held(edition: Edition) -> Limit:
    words = edition.words
    if not edition.held:
        return Limit(words.text("Held months"), words.text("none"))
    months = sorted({month for month, _, _ in edition.held})
    first = edition.held[0]
    text = words.plural(
        "{number} month is held and stands in no total: {months} ({why})",
        "{number} months are held and stand in no total: {months} ({why})",
        len(months),
        months=words.listed([words.month(month, short=True) for month in months]),
        why=words.text(first[2]),
    )
    return Limit(words.text("Held months"), text, "blocked")


def _checks(edition: Edition) -> Limit:
    words = edition.words
    failed, concerned, apart = edition.connection.execute(
        "SELECT count(*) FILTER (status = 'failed'), count(*) FILTER (status IN ('passed', 'failed')), "
        "count(*) FILTER (status = 'not_applicable') FROM check_result"
    ).fetchone() or (0, 0, 0)
    if concerned == 0:
        return Limit(words.text("Checks"), words.text("no check has run"), "warning")
    text = words.text(
        "{failed} of {all} failed; {apart} more did not apply",
        failed=count(failed),
        all=count(concerned),
        apart=count(apart),
    )
    return Limit(words.text("Checks"), text, "warning" if failed else "ok")


def _rows(edition: Edition) -> Limit:
    words = edition.words
    read_rows, aside = edition.connection.execute(
        "SELECT coalesce(sum(rows_read), 0), coalesce(sum(rows_quarantined), 0) FROM ledger"
    ).fetchone() or (0, 0)
    text = words.text(
        "{aside} of {all} delivered rows ({share}) could not be read and are set aside",
        aside=count(aside),
        all=count(read_rows),
        share=share_of(aside, read_rows),
    )
    return Limit(words.text("Delivered rows"), text, "warning" if aside else "ok")


def _change(edition: Edition) -> Limit:
    words = edition.words
    if not edition.judges_change:
        return Limit(
            words.text("Change"),
            words.text("no control chart was made: lines show months, no verdict"),
        )
    followed = [moved for moved in edition.movements.values() if moved.current]
    text = words.plural(
        "{changed} of {number} monthly series followed has changed by the run rules",
        "{changed} of {number} monthly series followed have changed by the run rules",
        len(followed),
        changed=count(sum(moved.changed for moved in followed)),
    )
    return Limit(words.text("Change"), text)


def limits(edition: Edition) -> list[Limit]:
    """The lines of the card."""
    words = edition.words
    cutoff = edition.cutoff_words
    lines: list[Limit | None] = [
        Limit(words.text("Cut-off"), cutoff[0].upper() + cutoff[1:]),
        _coverage(edition),
        _held(edition),
        _checks(edition),
        _rows(edition),
    ]
    lines.append(Limit(words.text("Revisions"), summary(edition, compared(edition))))
    if any(("route", "random") in column.keys for column in edition.columns):
        lines.append(
            Limit(
                words.text("Reviews"),
                words.text("discrepancy rates come from the random sample alone"),
            )
        )
    if edition.periods:
        lines.append(_change(edition))
    return [line for line in lines if line]
