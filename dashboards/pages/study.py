"""A reader study told as what it is: who read what, against which truth."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.definitions import definition, name
from dashboards.edition import Edition
from dashboards.figures.figure import Figure
from dashboards.figures.readers import readers
from dashboards.labels import label
from dashboards.numerals import show
from dashboards.topics import Column


@dataclass(frozen=True, slots=True)
class Study:
    """What a study is.

    Attributes:
        lead: One sentence.
        facts: (what, value) pairs.
    """

    lead: str
    facts: tuple[tuple[str, str], ...]


def _main(edition: Edition) -> Column:
    return edition.columns[0]


def study_title(edition: Edition) -> tuple[str, str]:
    """The range of the first measure over groups; a range is no ranking."""
    words = edition.words
    column = _main(edition)
    values = [
        cell.value
        for vendor in edition.vendors
        if (cell := edition.total(column, {"vendor": vendor.id})) and cell.drawn
        if cell.value is not None
    ]
    measure = name(words, column.measure_id)
    if len(values) < 2:
        return edition.network.title(words.language), ""
    unit = definition(column.measure_id).unit
    low, high = (show(unit, value).value for value in (min(values), max(values)))
    title = words.text(
        "{measure}: {low} to {high} in {number} groups",
        measure=measure,
        low=low,
        high=high,
        number=len(values),
    )
    return title, edition.network.title(words.language)


def describe(edition: Edition) -> Study:
    """Readers, groups, findings, reference, modalities and techniques of a study."""
    words = edition.words
    cells = [
        cell for column in edition.columns for cell in edition.released.topics(column.measure_id)
    ]

    def listed(key: str) -> str:
        found = sorted({code for cell in cells if (code := cell.topic.key(key))})
        return words.listed([label(words, key, code) for code in found])

    algorithms = sorted(
        {
            " ".join(
                filter(None, (cell.topic.key("algorithm"), cell.topic.key("algorithm_version")))
            )
            for cell in cells
            if cell.topic.key("algorithm")
        }
    )
    facts = [
        (
            words.text("Readers"),
            f"{edition.released.readers():,}" if edition.released.readers() else "",
        ),
        (words.text("Algorithms"), words.listed(algorithms)),
        (words.text("Groups"), words.listed([vendor.name for vendor in edition.vendors])),
        (words.text("Finding"), listed("finding")),
        (words.text("Reference"), listed("reference")),
        (
            words.text("Modality"),
            words.listed([label(words, "modality", m) for m in edition.values("modality")]),
        ),
        (
            words.text("Technique"),
            words.listed([label(words, "technique", t) for t in edition.values("technique")]),
        ),
        (words.text("Period"), edition.span),
    ]
    return Study(
        words.text(
            "This is a reader study, not a service: readers and algorithms answered the same cases, whose truth is "
            "known. There are no contracts, no reviews and no targets."
        ),
        tuple(fact for fact in facts if fact[1]),
    )


def reader_strip(edition: Edition) -> Figure | None:
    """Every reader's result by group, None without readers' rows."""
    column = next((c for c in edition.columns if c.subject == "readers"), None)
    return readers(edition, column) if column else None
