"""A rate of an algorithm month by month over its versions, each month with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboards.algorithms import Asked, Version, asked_words
from dashboards.definitions import definition, name
from dashboards.edition import Edition
from dashboards.figures.figure import (
    SYMBOLS,
    DataRow,
    Figure,
    axis,
    drawn_at,
    hover,
    layout,
    whiskers,
)
from dashboards.figures.series import month_axis, top_of
from dashboards.figures.version_lines import VersionMonths, months_of, version_lines
from dashboards.reading import read
from dashboards.release import Cell
from dashboards.verdict import few, verdict_of

# Shapes of the versions, oldest first; more than three versions start again.
_SHAPES: Final = ("circle", "square", "triangle-up")


def _mark(cell: Cell, shape: str) -> tuple[str, str]:
    """Shape and hue of a month: its verdict where there is a target, else its version."""
    if cell.target is None:
        return (f"{shape}-open" if few(cell) else shape), "@ink2"
    return SYMBOLS[verdict_of(cell)]


def _points(edition: Edition, cells: Sequence[Cell], shape: str) -> dict[str, Any]:
    shown = [cell for cell in cells if cell.drawn]
    marks = [_mark(cell, shape) for cell in shown]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [cell.period for cell in shown],
        "y": [drawn_at(cell.value, 1) for cell in shown],
        "error_y": whiskers(shown, 1),
        "marker": {
            "size": 9,
            "symbol": [symbol for symbol, _ in marks],
            "color": [hue for _, hue in marks],
        },
        "customdata": [hover(edition.words.month(cell.period or ""), cell) for cell in shown],
        "meta": {"unit": "share", "clock": "min", "target": None},
    }


def _target(edition: Edition, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """The target month by month as a dashed line."""
    targets = {cell.period: cell.target for cell in cells if cell.target is not None}
    if not targets:
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": edition.periods,
            "y": [targets.get(period) for period in edition.periods],
            "line": {"color": "@ink2", "width": 1.5, "dash": "dash"},
            "hoverinfo": "skip",
        }
    ]


def _title(
    edition: Edition, measure_id: str, months: VersionMonths, place: Mapping[str, str]
) -> str:
    words = edition.words
    readings = [
        (version, read(words, version.total(edition.released, measure_id, place)))
        for version, _ in months
    ]
    return words.text(
        "{measure} by version: {versions}",
        measure=name(words, measure_id),
        versions=words.text("; ").join(
            words.text(
                "{version} {value}, {n}",
                version=version.number or version.asked.algorithm,
                value=reading.text or reading.note,
                n=reading.evidence,
            )
            for version, reading in readings
        ),
    )


def rate_by_month(
    edition: Edition,
    asked: Asked,
    listed: Sequence[Version],
    place: Mapping[str, str],
    measure_id: str,
) -> Figure | None:
    """A share month by month over the versions, None where fewer than two months have a value."""
    words = edition.words
    months = months_of(edition, measure_id, listed, place)
    drawn = [cell for _, cells in months for cell in cells if cell.drawn]
    if len(drawn) < 2:
        return None
    measure = definition(measure_id)
    shapes, notes = version_lines(edition, months)
    targets = _target(edition, drawn)
    top = top_of(drawn, max((c.target for c in drawn if c.target is not None), default=None), 1)
    how = words.text(
        "Each point is one month with its 95% interval; dotted upright lines are the first months of a new version, "
        "whose points have another shape. An open point has too few cases to judge."
    )
    if targets:
        how += " " + words.text(
            "The dashed line is the target; a diamond misses it with its whole interval, a filled circle meets it."
        )
    return Figure(
        anchor=f"{measure_id.replace('_', '-')}-{listed[0].anchor}",
        title=_title(edition, measure_id, months, place),
        subtitle=words.listed(
            [name(words, measure_id), asked_words(words, asked), edition.span, edition.cutoff_words]
        ),
        how=how,
        foot=words.text("95% intervals ({method}).", method=words.text("Wilson")),
        measure_id=measure_id,
        heads=(words.text("Month"), words.text("Version")),
        rows=tuple(
            DataRow((words.month(cell.period or ""), version.number), read(words, cell))
            for version, cells in months
            for cell in cells
        ),
        spec={
            "data": [
                *targets,
                *(
                    _points(edition, cells, _SHAPES[at % len(_SHAPES)])
                    for at, (_, cells) in enumerate(months)
                ),
            ],
            "layout": layout(
                300,
                xaxis=month_axis(edition, 5),
                yaxis={**axis(measure.unit), "range": [0, min(top, 1.02)]},
                shapes=shapes,
                annotations=notes,
            ),
            "narrow": {"xaxis": month_axis(edition, 3), "height": 280},
        },
    )
