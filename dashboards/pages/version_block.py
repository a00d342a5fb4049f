"""One version of an algorithm: what stands of it at a glance, and what it is in depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.algorithms import Version
from dashboards.edition import Edition
from dashboards.figures.calibration import calibration, summaries
from dashboards.figures.figure import Figure
from dashboards.figures.populations import populations
from dashboards.figures.roc import roc
from dashboards.figures.square import CurveFigure
from dashboards.figures.version_lines import answered
from dashboards.flags import Flag, signals, states
from dashboards.grid import Grid, Head, Line, grid
from dashboards.labels import label
from dashboards.pages.two_by_two import TwoByTwo, two_by_two
from dashboards.pages.version_changes import Change
from dashboards.reading import Reading, read
from dashboards.release import Cell
from dashboards.words import marked
from overread.measures.catalogue import CATALOGUE

_READERS: Final = (
    ("agreement_percent", marked("Agreement of AI and reader")),
    ("gwet_ac1", marked("AC1")),
    ("reader_sensitivity", marked("Reader's sensitivity")),
    ("reader_specificity", marked("Reader's specificity")),
    ("sensitivity_less_reader", marked("AI's sensitivity less the reader's")),
    ("specificity_less_reader", marked("AI's specificity less the reader's")),
    ("discordance_yield", marked("AI right where they differ")),
)
_KNEW: Final = ("reader:did_not", "reader:saw_ai_first", "reader:(unknown)")
_CORRECTED: Final = (
    ("sensitivity", "sensitivity_corrected", marked("Sensitivity")),
    ("specificity", "specificity_corrected", marked("Specificity")),
)


_HEADLINE: Final = (
    ("sensitivity", marked("Sensitivity")),
    ("specificity", marked("Specificity")),
)
_INSIDE: Final = (
    marked("calls against the reference"),
    marked("ROC curve"),
    marked("calibration"),
    marked("populations"),
    marked("correction for verification"),
    marked("readers beside it"),
)


@dataclass(frozen=True, slots=True)
class VersionBlock:
    """One version; a part is None or empty where the data do not hold it.

    Attributes:
        version: The version.
        title: Its name with sensitivity and specificity.
        period: The months in which it answered, "" where none is known.
        flags: Signals and states of what is folded.
        inside: What its fold holds, in words.
        by_population: The same of the fold of its populations.
        table: Calls against the reference.
        roc: ROC curve.
        calibration: Calibration of its scores.
        summaries: Numbers of the calibration.
        populations: Rates by population.
        corrected: Rates corrected for verification.
        is_corrected: Whether a correction is told.
        readers: Readers of the same cases.
    """

    version: Version
    title: str
    period: str
    flags: tuple[Flag, ...]
    inside: str
    by_population: str
    table: TwoByTwo | None
    roc: CurveFigure | None
    calibration: CurveFigure | None
    summaries: tuple[tuple[str, Reading], ...]
    populations: tuple[Figure, ...]
    corrected: Grid | None
    is_corrected: bool
    readers: Grid | None


def _readers(edition: Edition, version: Version, place: Mapping[str, str]) -> Grid | None:
    """Reader and algorithm on the same cases; readers who saw the AI first stand apart."""
    words = edition.words

    def cell(measure_id: str, population: str) -> Cell | None:
        return version.total(edition.released, measure_id, place, population=population)

    lines = [
        Line(label(words, "population", population), cells)
        for population in _KNEW
        if any(cells := tuple(cell(measure_id, population) for measure_id, _ in _READERS))
    ]
    if not lines:
        whole = tuple(
            version.total(edition.released, measure_id, place) for measure_id, _ in _READERS
        )
        lines = [Line(words.text("all readers, not told apart"), whole)] if any(whole) else []
    return grid(
        words,
        words.text("{who} beside the reader of the same cases", who=version.name),
        words.text("Readers"),
        [
            Head(words.text(text), measure_id if measure_id in CATALOGUE else "")
            for measure_id, text in _READERS
        ],
        lines,
        words.text(
            "A reader who saw the AI's answer first tends to follow it: their agreement says little of either. "
            "The two groups are never put together."
        ),
    )


def _corrected(edition: Edition, version: Version, place: Mapping[str, str]) -> Grid | None:
    """Rates among verified cases, and with verification bias taken out."""
    words = edition.words
    lines = [
        Line(
            words.text(text),
            (
                version.total(edition.released, naive, place),
                version.total(edition.released, fixed, place),
            ),
        )
        for naive, fixed, text in _CORRECTED
    ]
    return grid(
        words,
        words.text("Verified cases alone, and corrected for verification"),
        words.text("Rate"),
        [
            Head(words.text("Verified cases alone"), "sensitivity"),
            Head(
                words.text("Corrected for verification"),
                "sensitivity_corrected" if "sensitivity_corrected" in CATALOGUE else "",
            ),
        ],
        lines,
        words.text(
            "Cases that the algorithm calls are verified more often than the others, which flatters its sensitivity. "
            "The correction weighs verified cases by how often cases like them are verified."
        ),
    )


def _undeclared(edition: Edition, version: Version, told: Sequence[Change]) -> tuple[Flag, ...]:
    words = edition.words
    own = (version.asked.algorithm, label(words, "finding", version.asked.finding), version.number)
    return tuple(
        Flag(
            words.text(
                "Changed in {month} without a declaration: {evidence}",
                month=change.month,
                evidence=change.evidence,
            ),
            mark="worse",
            href=edition.link("ai", "changes"),
        )
        for change in told
        if not change.declared and own == (change.algorithm, change.finding, change.version)
    )


def version_block(
    edition: Edition,
    version: Version,
    before: Version | None,
    place: Mapping[str, str],
    told: Sequence[Change],
) -> VersionBlock:
    """A version at a place.

    Args:
        edition: The edition.
        version: The version.
        before: The one before it, None for the first.
        place: The place.
        told: Changes of versions that are known.
    """
    words = edition.words
    table = two_by_two(edition, version, place)
    headline = [
        (words.text(text), read(words, version.total(edition.released, measure_id, place)))
        for measure_id, text in _HEADLINE
    ]
    title = words.text("{who}: no calls against the reference", who=version.name)
    if table:
        title = words.text(
            "{who}: sensitivity {sensitivity}, {sick}; specificity {specificity}, {well}",
            who=version.name,
            sensitivity=table.sensitivity.text or table.sensitivity.note,
            sick=table.sensitivity.evidence,
            specificity=table.specificity.text or table.specificity.note,
            well=table.specificity.evidence,
        )
    forests = tuple(
        forest
        for measure_id, _ in _HEADLINE
        if (forest := populations(edition, version, place, measure_id))
    )
    fixed = version.total(edition.released, "sensitivity_corrected", place)
    curves = roc(edition, version, place, before), calibration(edition, version, place)
    corrected = _corrected(edition, version, place) if fixed else None
    readers = _readers(edition, version, place)
    tables = [known for known in (corrected, readers) if known]
    deep = [(row.heads[0], row.reading) for forest in forests for row in forest.rows]
    inside = [
        words.text(text)
        for text, part in zip(_INSIDE, (table, *curves, forests, corrected, readers), strict=True)
        if part
    ]
    return VersionBlock(
        version=version,
        title=title,
        period=answered(edition, version, place),
        flags=(
            *_undeclared(edition, version, told),
            *signals(forests),
            *states(words, headline),
            *states(words, deep),
            *(flag for known in tables for flag in known.flags),
        ),
        inside=words.text("In depth: {parts}", parts=words.listed(inside)),
        by_population=words.plural(
            "By population: {number} chart", "By population: {number} charts", len(forests)
        ),
        table=table,
        roc=curves[0],
        calibration=curves[1],
        summaries=tuple(summaries(edition, version, place)),
        populations=forests,
        corrected=corrected,
        is_corrected=fixed is not None,
        readers=readers,
    )
