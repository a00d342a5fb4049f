"""Which months an algorithm's versions answered in, and where they begin on an axis of months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboards.algorithms import Version
from dashboards.edition import Edition
from dashboards.figures.figure import plot_text
from dashboards.release import Cell

# what tells in which months a version answered
_ANSWERED: Final = ("ai_failure_rate", "sensitivity", "specificity")
VersionMonths = list[tuple[Version, list[Cell]]]


def months_of(
    edition: Edition,
    measure_id: str,
    listed: Sequence[Version],
    place: Mapping[str, str],
    **more: str,
) -> VersionMonths:
    """Monthly cells of each version that has any."""
    found = []
    for version in listed:
        held, alone = version.topics(measure_id, **more)
        cells = edition.released.months(held, place) or edition.released.months(alone, place)
        if cells:
            found.append((version, cells))
    return found


def answered(edition: Edition, version: Version, place: Mapping[str, str]) -> str:
    """First to last month of a version's answers, "" where none is known."""
    months = {
        cell.period
        for measure_id in _ANSWERED
        for _, cells in months_of(edition, measure_id, [version], place)
        for cell in cells
        if cell.period
    }
    return edition.words.months(sorted(months))


def version_lines(
    edition: Edition, months: VersionMonths
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """An upright line and a label where a version begins, the first one without a line."""
    shapes, notes = [], []
    for at, (version, cells) in enumerate(months):
        first = edition.periods.index(cells[0].period or "")
        if at:
            shapes.append(
                {
                    "type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": first - 0.5, "x1": first - 0.5,
                    "line": {"color": "@ink2", "width": 1.5, "dash": "dot"},
                }
            )  # fmt: skip
        notes.append(
            {
                "x": max(first - 0.5, -0.4), "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "bottom",
                "showarrow": False, "text": plot_text(version.number or version.asked.algorithm),
            }
        )  # fmt: skip
    return shapes, notes
