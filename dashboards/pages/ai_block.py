"""An algorithm's task: its versions side by side, month by month, and each version in depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.algorithms import Asked, Version, asked_words, maker
from dashboards.edition import Edition
from dashboards.figures.calibration import calibration, summaries
from dashboards.figures.drift import DRIFT, drift
from dashboards.figures.figure import Figure
from dashboards.figures.populations import populations
from dashboards.figures.rate_by_month import rate_by_month
from dashboards.figures.roc import roc
from dashboards.figures.square import CurveFigure
from dashboards.grid import Grid, Head, Line, grid
from dashboards.labels import label
from dashboards.pages.two_by_two import TwoByTwo, two_by_two
from dashboards.pages.version_pairs import version_pairs
from dashboards.reading import Reading
from dashboards.release import Cell
from dashboards.words import marked
from overread.measures.catalogue import CATALOGUE

_SUMMARY: Final = (
    ("sensitivity", marked("Sensitivity"), ""),
    ("specificity", marked("Specificity"), ""),
    ("auc", marked("AUC"), ""),
    ("false_alerts_per_true_alert", marked("False alerts per true alert"), ""),
    ("ai_failure_rate", marked("Failed runs"), ""),
    ("ai_exclusion_rate", marked("Excluded runs"), ""),
    ("ai_turnaround_median", marked("Median time to the result"), "started_to_ended"),
    ("ai_turnaround_median", marked("Median time to the result"), "completed_to_ended"),
)
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


@dataclass(frozen=True, slots=True)
class VersionBlock:
    """One version in depth; a part is None or empty where the data do not hold it."""

    version: Version
    title: str
    table: TwoByTwo | None
    roc: CurveFigure | None
    calibration: CurveFigure | None
    summaries: tuple[tuple[str, Reading], ...]
    populations: tuple[Figure, ...]
    corrected: Grid | None
    is_corrected: bool
    readers: Grid | None


@dataclass(frozen=True, slots=True)
class TaskBlock:
    """One algorithm and task.

    Attributes:
        anchor: Id on the page.
        title: Algorithm and task.
        vendor: Name of its vendor, "" where that is not told.
        href: Its page, "" where there is none.
        summary: Versions side by side.
        pairs: Versions on the same cases.
        months: Charts month by month.
        drifts: Whether one of them tells how scores drift.
        versions: Newest version first.
    """

    anchor: str
    title: str
    vendor: str
    href: str
    summary: Grid | None
    pairs: Grid | None
    months: tuple[Figure, ...]
    drifts: bool
    versions: tuple[VersionBlock, ...]

    @property
    def figures(self) -> list[object]:
        """Everything that needs the charts' script."""
        parts: list[object | None] = [*self.months]
        for block in self.versions:
            parts += [block.roc, block.calibration, *block.populations]
        return [part for part in parts if part]


def _summary(
    edition: Edition, asked: Asked, listed: Sequence[Version], place: Mapping[str, str]
) -> Grid | None:
    words = edition.words
    heads = [
        Head(words.text(text), measure_id, label(words, "interval", interval) if interval else "")
        for measure_id, text, interval in _SUMMARY
    ]
    lines = [
        Line(
            version.name,
            tuple(
                version.total(
                    edition.released, measure_id, place, **({"interval": key} if key else {})
                )
                for measure_id, _, key in _SUMMARY
            ),
            f"#{version.anchor}",
        )
        for version in listed
    ]
    return grid(
        words,
        words.text("Versions of {algorithm}, {span}", algorithm=asked.algorithm, span=edition.span),
        words.text("Version"),
        heads,
        lines,
    )


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


def _depth(
    edition: Edition, version: Version, before: Version | None, place: Mapping[str, str]
) -> VersionBlock:
    words = edition.words
    table = two_by_two(edition, version, place)
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
    forests = (
        populations(edition, version, place, name) for name in ("sensitivity", "specificity")
    )
    fixed = version.total(edition.released, "sensitivity_corrected", place)
    return VersionBlock(
        version=version,
        title=title,
        table=table,
        roc=roc(edition, version, place, before),
        calibration=calibration(edition, version, place),
        summaries=tuple(summaries(edition, version, place)),
        populations=tuple(forest for forest in forests if forest),
        corrected=_corrected(edition, version, place) if fixed else None,
        is_corrected=fixed is not None,
        readers=_readers(edition, version, place),
    )


def task_block(
    edition: Edition, asked: Asked, listed: Sequence[Version], place: Mapping[str, str]
) -> TaskBlock:
    """The block of an algorithm's task at a place."""
    words = edition.words
    vendor = next((v for v in edition.vendors if v.id == maker(edition, asked)), None)
    rates = [
        rate_by_month(edition, asked, listed, place, name)
        for name in ("sensitivity", "specificity")
    ]
    drifts = [drift(edition, asked, listed, place, name) for name in DRIFT]
    blocks = [
        _depth(edition, version, listed[at - 1] if at else None, place)
        for at, version in enumerate(listed)
    ]
    return TaskBlock(
        anchor=listed[0].anchor + "-all",
        title=words.text(
            "{algorithm}: {task}", algorithm=asked.algorithm, task=asked_words(words, asked)
        ),
        vendor=vendor.name if vendor else "",
        href=edition.link(f"vendor-{vendor.slug}") if vendor else "",
        summary=_summary(edition, asked, listed, place),
        pairs=version_pairs(edition, asked, listed, place),
        months=tuple(figure for figure in (*rates, *drifts) if figure),
        drifts=any(drifts),
        versions=tuple(blocks[::-1]),
    )


def task_blocks(
    edition: Edition, found: Mapping[Asked, Sequence[Version]], place: Mapping[str, str]
) -> list[TaskBlock]:
    """Blocks of every algorithm and task at a place."""
    return [task_block(edition, asked, listed, place) for asked, listed in found.items()]
