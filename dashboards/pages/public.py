"""What everybody may see: the public rows of the release as tables, and nothing besides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dashboards.definitions import name
from dashboards.edition import Edition, Page
from dashboards.labels import label
from dashboards.pages.methods import methods_of
from dashboards.pages.public_changes import public_changes
from dashboards.reading import Reading, read
from dashboards.release import Cell
from dashboards.topics import title
from dashboards.verdict import State, state_of
from dashboards.words import Words
from overread.release.public import HELD
from overread.release.public_tables import PARTS, PUBLIC_TABLES, PublicTable

# Periods side by side, the newest ones; the CSV has all.
MOST: Final = 6


@dataclass(frozen=True, slots=True)
class PublicCell:
    """A public number in words: the reading where it is told, else why it is not."""

    reading: Reading
    untold: str


@dataclass(frozen=True, slots=True)
class PublicRows:
    """A table: parts down, periods across.

    Attributes:
        anchor: Id on the page.
        caption: What it shows.
        corner: Heading of the first column.
        periods: (period, cut-off of its data) in words.
        rows: (part, cells).
    """

    anchor: str
    caption: str
    corner: str
    periods: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[PublicCell, ...]], ...]


def _cell(words: Words, cell: Cell) -> PublicCell:
    if state_of(cell) is not State.SUPPRESSED:
        return PublicCell(read(words, cell), "")
    # one wording for a small number and for its neighbour: which of them it is must not be told
    untold = (
        words.text("Not shown yet: a check holds a month of the period")
        if cell.note == HELD
        else words.text("Not shown: one of its counts is below 11, or it protects another number")
    )
    return PublicCell(read(words, cell), untold)


def _cutoffs(edition: Edition, table: PublicTable) -> dict[str, str]:
    """Period -> cut-off of its data in words; a revision may be older than the release."""
    found = edition.connection.execute(
        "SELECT period, max(data_cutoff) FROM measure_release WHERE audience = 'public' AND measure_id = ? GROUP BY 1",
        [table.measure_id],
    ).fetchall()
    return {
        period: edition.words.text("data to {day}", day=edition.words.day(cutoff))
        for period, cutoff in found
    }


def _table(
    edition: Edition, table: PublicTable, dimension: str, cells: Iterable[Cell]
) -> PublicRows:
    words = edition.words
    found = {
        (cell.place.get(dimension, ""), cell.period or ""): cell
        for cell in cells
        if set(cell.place) <= {dimension}
    }
    periods = sorted({period for _, period in found})[-MOST:]
    cutoffs = _cutoffs(edition, table)
    rows = []
    for part in ("", *PARTS[dimension]):
        mine = [found[part, period] for period in periods if (part, period) in found]
        # a kind of exam that nobody sends has no row
        if part and {cell.n for cell in mine if cell.shown == "value"} == {0}:
            continue
        head = label(words, dimension, part) if part else words.text("All")
        rows.append((head, tuple(_cell(words, cell) for cell in mine)))
    caption, corner = (
        (words.text("By region"), words.text("Region"))
        if dimension == "region"
        else (words.text("By modality"), words.text("Modality"))
    )
    return PublicRows(
        f"{table.measure_id}-{dimension}",
        caption,
        corner,
        tuple((words.period(period), cutoffs[period]) for period in periods),
        tuple(rows),
    )


def _finding(edition: Edition, table: PublicTable, cells: Iterable[Cell]) -> str:
    """The newest total that is told, as a finding."""
    words = edition.words
    totals = sorted((cell for cell in cells if not cell.place), key=lambda cell: cell.period or "")
    told = [cell for cell in totals if cell.drawn]
    measure = name(words, table.measure_id)
    if not told and totals[-1].note == HELD:
        return words.text(
            "{measure}, {period}: not shown yet, a check holds a month of the period",
            measure=measure,
            period=words.period(totals[-1].period or ""),
        )
    if not told:
        return words.text("{measure}: no total can be shown yet", measure=measure)
    reading = read(words, told[-1])
    return words.text(
        "{measure}, {period}: {value}, {n}",
        measure=measure,
        period=words.period(told[-1].period or ""),
        value=reading.text,
        n=reading.evidence,
    )


def public(edition: Edition) -> Page | None:
    """The page `index` of the public site, None where the network has no public rows."""
    words = edition.words
    sections = []
    for table in PUBLIC_TABLES:
        cells = list(edition.released.rows("measure_id = ?", [table.measure_id]))
        if cells:
            sections.append(
                {
                    "anchor": table.measure_id,
                    "finding": _finding(edition, table, cells),
                    "name": title(words, cells[0].topic),
                    "tables": [_table(edition, table, dimension, cells) for dimension in table.by],
                }
            )
    if not sections:
        return None
    return Page(
        "index",
        "public.html",
        {
            "title": words.text("Quality of reporting: what everybody may see"),
            "subtitle": words.text(
                "Peer review by calendar year and the service level by quarter, a month after the period has ended."
            ),
            "sections": sections,
            "changes": public_changes(edition),
            "methods": methods_of(words, edition.released.measures()),
        },
    )


def write_csv(edition: Edition, path: Path) -> None:
    """Every public row, for a spreadsheet."""
    names = ", ".join(dict.fromkeys(name for table in PUBLIC_TABLES for name, _ in table.keys))
    edition.connection.execute(
        f"""COPY (SELECT measure_id, {names}, period, {", ".join(PARTS)}, n, numerator, denominator, value, low, high,
            shown, note, data_cutoff FROM measure_release WHERE audience = 'public' ORDER BY ALL NULLS FIRST)
        TO '{str(path).replace("'", "''")}' (HEADER, DELIMITER ',')"""
    )
