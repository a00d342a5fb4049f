"""An algorithm month by month over its versions: its sensitivity, and how far its scores drift from their baseline."""

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
    plot_text,
    whiskers,
)
from dashboards.figures.series import month_axis, top_of
from dashboards.reading import column_clock, read
from dashboards.release import Cell
from dashboards.verdict import few, verdict_of
from overread.measures.catalogue import CATALOGUE

# Shapes of the versions, oldest first; more than three versions start again.
_SYMBOLS: Final = ("circle", "square", "triangle-up")
DRIFT: Final = ("score_drift_psi", "score_drift_ks")


def _months(
    edition: Edition, measure_id: str, listed: Sequence[Version], place: Mapping[str, str]
) -> list[tuple[Version, list[Cell]]]:
    """Monthly cells of each version that has any."""
    found = []
    for version in listed:
        held, alone = version.topics(measure_id)
        cells = edition.released.months(held, place) or edition.released.months(alone, place)
        if cells:
            found.append((version, cells))
    return found


def _starts(
    edition: Edition, months: Sequence[tuple[Version, list[Cell]]]
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


def _limit(edition: Edition, cells: Sequence[Cell], scale: float) -> list[dict[str, Any]]:
    """The limit of chance month by month, from the cells' targets, as a dashed line."""
    limits = {cell.period: cell.target for cell in cells if cell.target is not None}
    if not limits:
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": edition.periods,
            "y": [drawn_at(limits.get(period), scale) for period in edition.periods],
            "line": {"color": "@ink2", "width": 1.5, "dash": "dash"},
            "hoverinfo": "skip",
        }
    ]


def _mark(cell: Cell, symbol: str, drifts: bool) -> tuple[str, str]:
    """Shape and hue of a month: of drift, whether it lies above what chance reaches; of a rate, its verdict."""
    if cell.target is None:
        return (f"{symbol}-open" if few(cell) else symbol), "@ink2"
    if drifts:
        return ("diamond", "@worse") if (cell.value or 0) > cell.target else (symbol, "@ink2")
    return SYMBOLS[verdict_of(cell)]


def by_month(
    edition: Edition,
    asked: Asked,
    listed: Sequence[Version],
    place: Mapping[str, str],
    measure_id: str,
) -> Figure | None:
    """A measure month by month over the versions, None where fewer than two months have a value."""
    if measure_id not in CATALOGUE:
        return None
    words = edition.words
    months = _months(edition, measure_id, listed, place)
    drawn = [cell for _, cells in months for cell in cells if cell.drawn]
    if len(drawn) < 2:
        return None
    measure = definition(measure_id)
    clock = column_clock(drawn)
    drifts = measure_id in DRIFT
    traces: list[dict[str, Any]] = []
    for at, (_, cells) in enumerate(months):
        shown = [cell for cell in cells if cell.drawn]
        symbol = _SYMBOLS[at % len(_SYMBOLS)]
        marks = [_mark(cell, symbol, drifts) for cell in shown]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [cell.period for cell in shown],
                "y": [drawn_at(cell.value, 1) for cell in shown],
                "error_y": whiskers(shown, 1),
                "marker": {
                    "size": 9,
                    "symbol": [shape for shape, _ in marks],
                    "color": [hue for _, hue in marks],
                },
                "customdata": [hover(words.month(cell.period or ""), cell) for cell in shown],
                "meta": {"unit": measure.unit, "clock": clock, "target": None},
            }
        )
    shapes, notes = _starts(edition, months)
    limits = _limit(edition, drawn, 1)
    beyond = [cell for cell in drawn if cell.target is not None and (cell.value or 0) > cell.target]
    top = top_of(drawn, max((c.target for c in drawn if c.target is not None), default=None), 1)
    values = {
        **axis(measure.unit),
        "range": [0, min(top, 1.02) if measure.unit in ("share", "coefficient") else top],
    }
    if drifts:
        title = (
            words.plural(
                "{who}: the scores of {number} of {all} months differ from the baseline more than chance explains",
                "{who}: the scores of {number} of {all} months differ from the baseline more than chance explains",
                len(beyond),
                who=asked.algorithm,
                all=len(drawn),
            )
            if beyond
            else words.text(
                "{who}: no month's scores differ from the baseline more than chance explains, {all} months",
                who=asked.algorithm,
                all=len(drawn),
            )
        )
    else:
        totals = [
            (version, read(words, cell))
            for version, _ in months
            if (cell := version.total(edition.released, measure_id, place)) is not None
        ]
        title = words.text(
            "{measure} by version: {versions}",
            measure=name(words, measure_id),
            versions=words.text("; ").join(
                words.text(
                    "{version} {value}, {n}",
                    version=version.number or version.asked.algorithm,
                    value=reading.text or reading.note,
                    n=reading.evidence,
                )
                for version, reading in totals
            ),
        )
    how = words.text(
        "Each point is one month; dotted upright lines are the first months of a new version, whose points have "
        "another shape. An open point has too few cases to judge."
    )
    if limits and drifts:
        how += " " + words.text(
            "The dashed line is what chance alone reaches with so many cases; a diamond lies above it."
        )
    elif limits:
        how += " " + words.text(
            "The dashed line is the target; a diamond misses it with its whole interval, a filled circle meets it."
        )
    return Figure(
        anchor=f"{measure_id.replace('_', '-')}-{listed[0].anchor}",
        title=title,
        subtitle=words.listed(
            [name(words, measure_id), asked_words(words, asked), edition.span, edition.cutoff_words]
        ),
        how=how,
        foot=words.text("95% intervals ({method}).", method=measure.interval_method)
        if any(cell.low is not None for cell in drawn)
        else words.text(
            "No interval; the limit is that of chance ({method}).", method=measure.interval_method
        ),
        measure_id=measure_id,
        heads=(words.text("Month"), words.text("Version")),
        rows=tuple(
            DataRow((words.month(cell.period or ""), version.number), read(words, cell, clock))
            for version, cells in months
            for cell in cells
        ),
        spec={
            "data": [*limits, *traces],
            "layout": layout(
                300,
                xaxis=month_axis(edition, 5),
                yaxis=values,
                shapes=shapes,
                annotations=notes,
            ),
            "narrow": {"xaxis": month_axis(edition, 3), "height": 280},
        },
    )
