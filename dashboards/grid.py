"""A table of readings: rows and columns of released cells, durations of one column in one unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dashboards.flags import Flag, states
from dashboards.reading import Reading, column_clock, read
from dashboards.release import Cell
from dashboards.verdict import Verdict
from dashboards.words import Words


@dataclass(frozen=True, slots=True)
class Head:
    """Heading of a column.

    Attributes:
        label: What the column holds.
        measure_id: Entry of the catalogue to link to, "" for none.
        note: A smaller line below.
    """

    label: str
    measure_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Row of a table.

    Attributes:
        label: Its name.
        cells: A cell per column.
        href: Where it leads, "" for nowhere.
        note: A smaller line.
        absent: Words for a cell that does not exist, "" for those of the table.
    """

    label: str
    cells: tuple[Cell | None, ...]
    href: str = ""
    note: str = ""
    absent: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A line with its cells in words."""

    label: str
    href: str
    note: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of readings.

    Attributes:
        caption: What it shows.
        how: How to read it.
        corner: Heading of the first column.
        heads: Headings of the other columns.
        rows: Rows.
        judged: Whether any cell has a target, so that the marks need their legend.
        flags: What stands outside where the table is folded.
    """

    caption: str
    how: str
    corner: str
    heads: tuple[Head, ...]
    rows: tuple[GridRow, ...]
    judged: bool
    flags: tuple[Flag, ...]


def grid(
    words: Words,
    caption: str,
    corner: str,
    heads: Sequence[Head],
    lines: Sequence[Line],
    how: str = "",
    *,
    absent: str = "",
    along: bool = False,
) -> Grid | None:
    """The table of some lines; columns without any cell are left out.

    Args:
        words: Language.
        caption: What it shows.
        corner: Heading of the first column.
        heads: Headings of the other columns.
        lines: Rows.
        how: How to read it.
        absent: Words for a cell that does not exist, else "No data yet".
        along: Durations share their unit along a row, not down a column.

    Returns:
        None where no column has a cell.
    """
    kept = [at for at in range(len(heads)) if any(line.cells[at] is not None for line in lines)]
    if not kept:
        return None
    down = {at: column_clock(line.cells[at] for line in lines) for at in kept}

    def told(line: Line) -> tuple[Reading, ...]:
        own = column_clock(line.cells)
        missing = line.absent or absent
        readings = [read(words, line.cells[at], own if along else down[at]) for at in kept]
        return tuple(
            replace(reading, note=missing) if missing and reading.cell is None else reading
            for reading in readings
        )

    rows = tuple(GridRow(line.label, line.href, line.note, told(line)) for line in lines)
    judged = any(reading.target for row in rows for reading in row.readings)
    named = (
        (
            words.listed([row.label, heads[at].label])
            if reading.standing.verdict is Verdict.MISSES
            else row.label,
            reading,
        )
        for row in rows
        for at, reading in zip(kept, row.readings, strict=True)
    )
    return Grid(
        caption,
        how,
        corner,
        tuple(heads[at] for at in kept),
        rows,
        judged,
        states(words, named),
    )
