"""Places side by side: a dot with its interval per row, in a fixed order, against one target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    places_axis,
    plot_text,
    scale_of,
    whiskers,
    wrapped,
)
from dashboards.figures.series import unit_title
from dashboards.reading import Reading, column_clock, read
from dashboards.release import Cell, Topic
from dashboards.topics import qualifiers
from dashboards.verdict import Verdict, verdict_of

ROW = 46
LINE = 19


def _tick(label: str, reading: Reading) -> str:
    detail = f"{reading.text} · {reading.evidence}" if reading.value else reading.note
    return f"<b>{wrapped(label)}</b><br>{wrapped(detail, 34)}"


def _title(edition: Edition, topic: Topic, cells: Sequence[Cell], kind: str) -> str:
    words = edition.words
    verdicts = [verdict_of(cell) for cell in cells if cell.drawn]
    missing, meeting = verdicts.count(Verdict.MISSES), verdicts.count(Verdict.MEETS)
    measure = name(words, topic.measure_id)
    if not missing and not meeting:
        return words.text("{measure} by {kind}", measure=measure, kind=kind)
    return words.text(
        "{measure} by {kind}: {missing} of {all} miss the target, {meeting} meet it",
        measure=measure,
        kind=kind,
        missing=missing,
        meeting=meeting,
        all=len(verdicts),
    )


def dots(
    edition: Edition, topic: Topic, rows: Sequence[tuple[str, Cell]], *, anchor: str, kind: str
) -> Figure | None:
    """Rows with their intervals.

    Args:
        edition: The edition.
        topic: What is measured.
        rows: (label, cell), top first: a fixed order, since order by value would rank noise.
        anchor: Id on the page.
        kind: What the rows are, e.g. "vendor".

    Returns:
        None where fewer than two rows have a value.
    """
    words = edition.words
    measure = definition(topic.measure_id)
    drawn = [(str(at), label, cell) for at, (label, cell) in enumerate(rows) if cell.drawn]
    if len(drawn) < 2:
        return None
    cells = [cell for _, _, cell in drawn]
    clock = column_clock(cells)
    scale = scale_of(measure.unit, clock)
    readings = [read(words, cell, clock) for _, cell in rows]
    keys = [f"row {at}" for at in range(len(rows))]
    verdicts = [verdict_of(cell) for cell in cells]
    targets = {cell.target for cell in cells if cell.target is not None}
    trace = {
        "type": "scatter",
        "mode": "markers",
        "y": [f"row {at}" for at, _, _ in drawn],
        "x": [drawn_at(cell.value, scale) for cell in cells],
        "error_x": whiskers(cells, scale),
        "marker": {
            "size": 11,
            "symbol": [SYMBOLS[verdict][0] for verdict in verdicts],
            "color": [SYMBOLS[verdict][1] for verdict in verdicts],
        },
        "customdata": [hover(label, cell) for _, label, cell in drawn],
        "meta": {"unit": measure.unit, "clock": clock, "target": next(iter(targets), None)},
    }
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    if len(targets) == 1:
        at = drawn_at(targets.pop(), scale)
        shapes.append(
            {
                "type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": at, "x1": at,
                "line": {"color": "@ink2", "width": 1.5, "dash": "dash"},
            }
        )  # fmt: skip
        target = next(r.target for r in readings if r.target)
        notes.append(
            {
                "x": at, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False,
                "text": plot_text(words.text("target {target}", target=target)),
            }
        )  # fmt: skip
    unit = unit_title(words, measure.unit, clock)
    ticks = [_tick(label, r) for (label, _), r in zip(rows, readings, strict=True)]
    row_height = max(ROW, LINE * max(tick.count("<br>") + 1 for tick in ticks) + 10)
    category = places_axis(keys, ticks)
    values = {**axis(measure.unit, unit), "rangemode": "tozero"}
    if measure.unit == "coefficient" or min(cell.value or 0 for cell in cells) > 0.5:
        values["rangemode"] = "normal"
    return Figure(
        anchor=anchor,
        title=_title(edition, topic, [cell for _, cell in rows], kind),
        subtitle=words.listed(
            [p for p in (qualifiers(words, topic), edition.span, edition.cutoff_words) if p]
        ),
        how=words.text(
            "Each dot is a result over all months; the line through it is its 95% interval, so two results whose "
            "lines overlap may not differ. A diamond misses the target with its whole interval, a filled circle "
            "meets it, an open square cannot be told from it. The order is fixed, it is no ranking."
        ),
        foot=words.text("95% intervals ({method}).", method=words.text(measure.interval_method)),
        measure_id=measure.id,
        heads=(kind.capitalize(),),
        rows=tuple(
            DataRow((label,), reading) for (label, _), reading in zip(rows, readings, strict=True)
        ),
        spec={
            "data": [trace],
            "layout": layout(
                70 + row_height * len(rows),
                yaxis=category,
                xaxis=values,
                shapes=shapes,
                annotations=notes,
            ),
            "narrow": {"height": 70 + (row_height + 20) * len(rows)},
        },
    )
