"""A measure by modality: small multiples of the months on shared axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from dashboards.definitions import definition, name
from dashboards.edition import Edition
from dashboards.figures.figure import (
    DataRow,
    Figure,
    axis,
    drawn_at,
    hover,
    layout,
    plot_text,
    scale_of,
)
from dashboards.figures.series import month_axis, top_of
from dashboards.labels import label
from dashboards.numerals import Clock
from dashboards.reading import column_clock, read
from dashboards.release import Cell
from dashboards.topics import Column, qualifiers, topic_at
from overread.model.codes import MODALITY

PANEL = 190


def _suffix(at: int) -> str:
    return "" if at == 0 else str(at + 1)


def _grid(count: int, across: int) -> dict[str, Any]:
    """Domains of the panels, row by row."""
    down = ceil(count / across)
    axes: dict[str, Any] = {}
    for at in range(count):
        row, column = divmod(at, across)
        left, top = column / across, 1 - row / down
        axes[f"xaxis{_suffix(at)}"] = {"domain": [left + 0.02, left + 1 / across - 0.02]}
        axes[f"yaxis{_suffix(at)}"] = {
            "domain": [max(top - 1 / down + 0.22 / down, 0.0), top - 0.2 / down]
        }
    return axes


def _outline(
    periods: Sequence[str], lows: Sequence[float | None], highs: Sequence[float | None]
) -> tuple[list[str | None], list[float | None]]:
    """Outline of the band, one closed piece per run of months: a filled line would bridge the gaps."""
    xs: list[str | None] = []
    ys: list[float | None] = []
    run: list[tuple[str, float, float]] = []
    for period, low, high in [*zip(periods, lows, highs, strict=True), ("", None, None)]:
        if low is not None and high is not None:
            run.append((period, low, high))
            continue
        if run:
            xs += [p for p, _, _ in run] + [p for p, _, _ in reversed(run)] + [run[0][0], None]
            ys += [h for _, _, h in run] + [w for _, w, _ in reversed(run)] + [run[0][2], None]
        run = []
    return xs, ys


def _panel(
    edition: Edition, at: int, months: list[Cell], clock: Clock, unit: str, scale: float
) -> list[dict[str, Any]]:
    """Band of the intervals and line of the values; runs end at a gap."""
    by_month = {cell.period: cell for cell in months if cell.drawn}
    axes = {"xaxis": f"x{_suffix(at)}", "yaxis": f"y{_suffix(at)}"}
    cells = [by_month.get(period) for period in edition.periods]

    def limit(side: str) -> list[float | None]:
        return [drawn_at(getattr(cell, side), scale) if cell else None for cell in cells]

    edge = {"type": "scatter", "mode": "lines", "x": edition.periods, "hoverinfo": "skip", **axes}
    xs, ys = _outline(edition.periods, limit("low"), limit("high"))
    return [
        {
            **edge, "x": xs, "y": ys, "line": {"color": "@grid", "width": 1}, "fill": "toself",
            "fillcolor": "@grid",
        },
        {
            **edge,
            "mode": "lines+markers",
            "hoverinfo": "text",
            "y": limit("value"),
            "line": {"color": "@ink2", "width": 1.5},
            "marker": {"size": 5, "color": "@ink2"},
            "customdata": [
                hover(edition.words.month(period), cell) if cell else None
                for period, cell in zip(edition.periods, cells, strict=True)
            ],
            "meta": {"unit": unit, "clock": clock, "target": None},
        },
    ]  # fmt: skip


def modalities(
    edition: Edition, column: Column, place: Mapping[str, str] | None = None
) -> Figure | None:
    """Small multiples by modality at a place, None where fewer than two modalities have months."""
    words, where = edition.words, place or {}
    topic = topic_at(edition.released, column, where)
    measure = definition(column.measure_id)
    totals = edition.released.across(topic, "modality", where)
    shown = [
        (code, totals[code], edition.released.months(topic, {**where, "modality": code}))
        for code in MODALITY.codes
        if code in totals and totals[code].drawn
    ]
    shown = [part for part in shown if sum(cell.drawn for cell in part[2]) > 1]
    if len(shown) < 2:
        return None
    drawn = [cell for _, _, months in shown for cell in months if cell.drawn]
    clock = column_clock(drawn)
    scale = scale_of(measure.unit, clock)
    targets = [cell.target for _, cell, _ in shown]
    # months of a modality are sparse: half of their limits may leave the frame, no value does
    settled = sorted(cell.high for cell in drawn if cell.high is not None)
    middle = [
        replace(cell, high=min(cell.high, settled[len(settled) // 2])) if cell.high else cell
        for cell in drawn
    ]
    top = top_of(middle, targets[0], scale)
    traces: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    for at, (code, total, months) in enumerate(shown):
        x, y = f"x{_suffix(at)}", f"y{_suffix(at)}"
        traces += _panel(edition, at, months, clock, measure.unit, scale)
        axes[f"xaxis{_suffix(at)}"] = {**month_axis(edition, 3), "anchor": y}
        axes[f"yaxis{_suffix(at)}"] = {
            **axis(measure.unit), "range": [0, min(top, 1.02) if measure.unit in ("share", "coefficient") else top],
            "nticks": 4, "anchor": x, "automargin": True,
        }  # fmt: skip
        reading = read(words, total, clock)
        notes.append(
            {
                "xref": f"{x} domain", "x": 0, "xanchor": "left", "yref": f"{y} domain", "y": 1, "yanchor": "bottom",
                "align": "left", "showarrow": False, "font": {"color": "@ink", "size": 13},
                "text": f"<b>{plot_text(label(words, 'modality', code))}</b> {plot_text(reading.text)}"
                f"<br>{plot_text(reading.evidence)}",
            }
        )  # fmt: skip
        if total.target is not None:
            goal = drawn_at(total.target, scale)
            shapes.append(
                {
                    "type": "line", "xref": f"{x} domain", "x0": 0, "x1": 1, "yref": y, "y0": goal, "y1": goal,
                    "line": {"color": "@ink2", "width": 1, "dash": "dash"},
                }
            )  # fmt: skip
    across = min(3, len(shown))
    wide = {key: {**axes[key], **part} for key, part in _grid(len(shown), across).items()}
    narrow = {key: {**axes[key], **part} for key, part in _grid(len(shown), 1).items()}
    target = read(words, shown[0][1]).target
    return Figure(
        anchor=f"modalities-{column.slug}",
        title=_title(edition, column, shown),
        subtitle=words.listed(
            [p for p in (qualifiers(words, topic), edition.span, edition.cutoff_words) if p]
        ),
        how=words.text(
            "One panel per modality, all on the same scale. The line is the month's value, the band its 95% "
            "interval; above each panel stand the total over all months and its cases."
        )
        + (
            " " + words.text("The dashed line is the target of {target}.", target=target)
            if target
            else ""
        ),
        foot=words.text("95% intervals ({method}).", method=words.text(measure.interval_method)),
        measure_id=measure.id,
        heads=(words.text("Modality"), words.text("Month")),
        rows=tuple(
            DataRow(
                (
                    label(words, "modality", code),
                    words.month(cell.period) if cell.period else words.text("all months"),
                ),
                read(words, cell, clock),
            )
            for code, total, months in shown
            for cell in (total, *months)
        ),
        spec={
            "data": traces,
            "layout": layout(
                PANEL * ceil(len(shown) / across), shapes=shapes, annotations=notes, **wide
            ),
            "narrow": {**narrow, "height": (PANEL + 10) * len(shown)},
        },
    )


def _title(edition: Edition, column: Column, shown: list[tuple[str, Cell, list[Cell]]]) -> str:
    """Highest and lowest are named only where their whole intervals lie apart."""
    words = edition.words
    measure = name(words, column.measure_id)
    limited = [
        (cell.low, cell.high, cell.value or 0.0, code)
        for code, cell, _ in shown
        if cell.low is not None and cell.high is not None
    ]
    if len(limited) > 1:
        top, bottom = max(limited, key=lambda p: p[2]), min(limited, key=lambda p: p[2])
        if top[0] > bottom[1]:
            totals = {code: cell for code, cell, _ in shown}
            return words.text(
                "{measure} differs by modality: {high} {most}, {low} {least}",
                measure=measure,
                high=label(words, "modality", top[3]),
                most=read(words, totals[top[3]]).text,
                low=label(words, "modality", bottom[3]),
                least=read(words, totals[bottom[3]]).text,
            )
    return words.text("{measure}: modalities cannot be told apart", measure=measure)
