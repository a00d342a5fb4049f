"""Open tasks past their contract's time, and those that soon will be: how many, what share, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.edition import Edition
from dashboards.flags import Flag, overdue
from dashboards.labels import label
from dashboards.pages.sla import intervals_of, topic_of
from dashboards.reading import evidence, read, row_of
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


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """Open tasks of a region, modality or site.

    Attributes:
        label: The place.
        dimension: What kind of place it is.
        overdue: Tasks past their contract's time.
        soon: Tasks due within 24 hours, () where none waits.
    """

    label: str
    dimension: str
    overdue: tuple[Due, ...]
    soon: tuple[Due, ...]


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


@dataclass(frozen=True, slots=True)
class OpenPlaces:
    """Where open tasks are overdue or soon will be.

    Attributes:
        rows: The places.
        flags: What their fold on a phone may not hide.
    """

    rows: tuple[OpenPlace, ...]
    flags: tuple[Flag, ...]


def overdue_places(
    edition: Edition, place: Mapping[str, str], dimensions: Sequence[str]
) -> OpenPlaces | None:
    """Where open tasks are overdue or soon will be: each value of the dimensions that has some open under a term.

    Args:
        edition: The edition.
        place: The network ({}) or a vendor.
        dimensions: "region", "modality" or "site".

    Returns:
        The places; None where nothing is open under a term.
    """
    words = edition.words
    sites = {site.id: site.name for site in edition.network.sites}
    kinds = {
        "region": words.text("Region"),
        "modality": words.text("Modality"),
        "site": words.text("Site"),
    }
    found = []
    for dimension in dimensions:
        order = REGION.codes if dimension == "region" else tuple(sites)
        codes = {
            code
            for interval in intervals_of(edition, "tasks_overdue")
            for code, cell in edition.released.across(
                topic_of("tasks_overdue", interval), dimension, place
            ).items()
            if cell.denominator
        }
        found += [
            OpenPlace(
                sites.get(code) or label(words, dimension, code),
                kinds[dimension],
                dues(edition, "tasks_overdue", {**place, dimension: code}),
                dues(edition, "tasks_at_risk", {**place, dimension: code}),
            )
            for code in sorted(codes, key=lambda code: ((*order, code).index(code), code))
        ]
    if not found:
        return None
    late = [row.label for row in found if any(due.number for due in row.overdue)]
    few_open = [row.label for row in found if any(due.few for due in (*row.overdue, *row.soon))]
    return OpenPlaces(tuple(found), overdue(words, late, few_open))
