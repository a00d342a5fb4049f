"""Open tasks past their contract's time, and those that soon will be: how many, what share, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.edition import Edition
from dashboards.grid import Grid, Head, Line, grid
from dashboards.labels import label
from dashboards.pages.sla import intervals_of, topic_of
from dashboards.reading import evidence, read, row_of
from dashboards.release import Cell
from dashboards.verdict import few
from overread.model.codes import REGION


@dataclass(frozen=True, slots=True)
class Due:
    """Open tasks under the terms on one interval that are overdue, or soon due.

    Attributes:
        number: How many.
        counted: "8 of 32 open tasks under a term".
        share: Their share with its interval, "" where none may be shown.
        few: Whether they are too few to judge.
        clock: The interval in words, "" where all terms are on the same.
        row: Released row, for `data-row`.
    """

    number: float
    counted: str
    share: str
    few: bool
    clock: str
    row: str


def dues(edition: Edition, measure_id: str, place: Mapping[str, str]) -> tuple[Due, ...]:
    """A measure of open tasks at a place, interval by interval: a task has one term, so the counts add up."""
    words = edition.words
    cells = sorted(
        (c for c in edition.released.topics(measure_id, place) if c.numerator is not None),
        key=lambda cell: sorted(cell.topic.keys),
    )
    # of intervals without an open task one is enough to say so
    told = [cell for cell in cells if cell.denominator] or cells[:1]
    several = len(intervals_of(edition, measure_id)) > 1
    return tuple(
        Due(
            cell.numerator or 0.0,
            evidence(words, cell) if cell.denominator else words.text("no open task under a term"),
            read(words, cell).text,
            bool(cell.denominator) and few(cell),
            label(words, "interval", cell.topic.key("interval") or "")
            if several and cell.denominator
            else "",
            row_of(cell),
        )
        for cell in told
    )


def overdue_places(
    edition: Edition, place: Mapping[str, str], dimensions: Sequence[str]
) -> Grid | None:
    """Where open tasks are overdue or soon will be: a line for each value of the dimensions that has some open.

    Args:
        edition: The edition.
        place: The network ({}) or a vendor.
        dimensions: "region", "modality" or "site".

    Returns:
        None where no task is open under a term.
    """
    words = edition.words
    sites = {site.id: site.name for site in edition.network.sites}
    corners = {
        "region": words.text("Region"),
        "modality": words.text("Modality"),
        "site": words.text("Site"),
    }
    columns = [
        (measure_id, name, interval)
        for measure_id, name in (
            ("tasks_overdue", words.text("Overdue")),
            ("tasks_at_risk", words.text("Due within 24 hours")),
        )
        for interval in intervals_of(edition, measure_id)
    ]
    several = len({interval for *_, interval in columns}) > 1
    lines = []
    for dimension in dimensions:
        along = [
            edition.released.across(topic_of(measure_id, interval), dimension, place)
            for measure_id, _, interval in columns
        ]
        order = REGION.codes if dimension == "region" else tuple(sites)
        for code in sorted(
            {code for cells in along for code in cells},
            key=lambda code: ((*order, code).index(code), code),
        ):
            cells = tuple(_some(cells.get(code)) for cells in along)
            if any(cells):
                name = sites.get(code) or label(words, dimension, code)
                lines.append(Line(name, cells, note=corners[dimension]))
    return grid(
        words,
        words.text("Where open tasks are overdue or soon will be"),
        words.text("Where"),
        [
            Head(name, measure_id, label(words, "interval", interval) if several else "")
            for measure_id, name, interval in columns
        ],
        lines,
        words.text(
            "Overdue: share of the open tasks under a term whose time has passed. Each is a breach of the SLA already. "
            "Due within 24 hours: share of those whose time has not passed."
        ),
        absent=words.text("none"),
    )


def _some(cell: Cell | None) -> Cell | None:
    """A cell with a task in it; a place that has none open is left out."""
    return cell if cell is not None and cell.denominator else None
