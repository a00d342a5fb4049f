"""An algorithm's task: what stands of it at a glance, its versions side by side, month by month and in depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.algorithms import Asked, Version, asked_words, maker
from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.figures.drift import DRIFT, drift
from dashboards.figures.figure import Figure
from dashboards.figures.rate_by_month import rate_by_month
from dashboards.flags import Flag, signals, states
from dashboards.grid import Grid, Head, Line, grid
from dashboards.labels import label
from dashboards.pages.version_block import VersionBlock, version_block
from dashboards.pages.version_changes import Change
from dashboards.pages.version_pairs import version_pairs
from dashboards.verdict import State
from dashboards.words import marked

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


@dataclass(frozen=True, slots=True)
class TaskBlock:
    """One algorithm and task.

    Attributes:
        anchor: Id on the page.
        title: Algorithm and task.
        vendor: Name of its vendor, "" where that is not told.
        href: Its page, "" where there is none.
        flags: Signals and states of what is folded, without those of the versions.
        inside: What the fold of the task holds, in words.
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
    flags: tuple[Flag, ...]
    inside: str
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


def _inside(edition: Edition, versions: int, charts: int) -> str:
    words = edition.words
    parts = [words.plural("{number} version", "{number} versions", versions)]
    if charts:
        parts.append(words.plural("{number} chart by month", "{number} charts by month", charts))
    return words.text("Side by side: {parts}", parts=words.listed(parts))


def task_block(
    edition: Edition,
    asked: Asked,
    listed: Sequence[Version],
    place: Mapping[str, str],
    told: Sequence[Change],
) -> TaskBlock:
    """The block of an algorithm's task at a place."""
    words = edition.words
    vendor = next((v for v in edition.vendors if v.id == maker(edition, asked)), None)
    rates = [
        rate_by_month(edition, asked, listed, place, measure_id)
        for measure_id in ("sensitivity", "specificity")
    ]
    drifts = [drift(edition, asked, listed, place, measure_id) for measure_id in DRIFT]
    months = tuple(figure for figure in (*rates, *drifts) if figure)
    summary = _summary(edition, asked, listed, place)
    monthly = [
        (
            row.heads[0]
            if row.reading.standing.state is State.BLOCKED
            else name(words, figure.measure_id),
            row.reading,
        )
        for figure in months
        for row in figure.rows
    ]
    blocks = [
        version_block(edition, version, listed[at - 1] if at else None, place, told)
        for at, version in enumerate(listed)
    ]
    return TaskBlock(
        anchor=listed[0].anchor + "-all",
        title=words.text(
            "{algorithm}: {task}", algorithm=asked.algorithm, task=asked_words(words, asked)
        ),
        vendor=vendor.name if vendor else "",
        href=edition.link(f"vendor-{vendor.slug}") if vendor else "",
        flags=(*signals(months), *(summary.flags if summary else ()), *states(words, monthly)),
        inside=_inside(edition, len(listed), len(months)),
        summary=summary,
        pairs=version_pairs(edition, asked, listed, place),
        months=months,
        drifts=any(drifts),
        versions=tuple(blocks[::-1]),
    )


def task_blocks(
    edition: Edition,
    found: Mapping[Asked, Sequence[Version]],
    place: Mapping[str, str],
    told: Sequence[Change],
) -> list[TaskBlock]:
    """Blocks of every algorithm and task at a place, with the changes of versions that are known."""
    return [task_block(edition, asked, listed, place, told) for asked, listed in found.items()]
