"""A control chart: months against the mean and the limits that chance allows, in segments, provisional months open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

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
    whiskers,
)
from dashboards.figures.line_ends import End, month_ends
from dashboards.figures.series import below_zero, held_notes, month_axis, series, top_of, unit_title
from dashboards.icons import Icons, icons
from dashboards.movement import Limits, Movement, better_way, limits_of
from dashboards.reading import column_clock, read
from dashboards.release import Cell, Topic
from dashboards.sentences import change_sentence, finding, who
from dashboards.topics import Column, qualifiers, topic_at

HEIGHT: Final = 320
NARROW: Final = 280
_HOLLOW = {"circle": "circle-open", "diamond": "diamond-open", "triangle-up": "triangle-up-open"}


def _symbol(cell: Cell, lines: Limits | None, moved: Movement, better: str) -> tuple[str, str]:
    """Shape and hue of a month: judged only where a change is said, open where it is provisional."""
    shape, hue = "circle", "@ink2"
    part = lines is not None and bool(lines.broken)
    if part and moved.changed and moved.since and (cell.period or "") >= moved.since:
        shape, hue = {
            "better": ("circle", "@better"),
            "worse": ("diamond", "@worse"),
        }.get(moved.variation, ("triangle-up", "@ink"))
    elif (
        part
        and lines is not None
        and lines.centre is not None
        and cell.value is not None
        and better
    ):
        shape = "square"
    if lines is not None and lines.provisional:
        return _HOLLOW.get(shape, shape + "-open"), hue
    return shape, hue


def _lines(
    periods: Sequence[str], lines: Mapping[str, Limits], trial: bool, scale: float
) -> list[dict[str, Any]]:
    """Mean and limits as steps; a new segment starts a new line."""
    traces = []
    for side, width, dash in (("lower", 1, "dot"), ("upper", 1, "dot"), ("centre", 1.5, "solid")):
        ys: list[float | None] = []
        xs: list[str | None] = []
        before: int | None = None
        for period in periods:
            at = lines.get(period)
            segment = None if at is None else at.segment
            if before is not None and segment != before:
                xs.append(None)
                ys.append(None)
            xs.append(period)
            ys.append(None if at is None else drawn_at(getattr(at, side), scale))
            before = segment
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": xs,
                "y": ys,
                "line": {
                    "color": "@mute",
                    "width": width,
                    "shape": "hvh",
                    "dash": "dot" if trial else dash if side == "centre" else "dash",
                },
                "hoverinfo": "skip",
                "connectgaps": False,
            }
        )
    return traces


def _notes(
    edition: Edition,
    months: Sequence[Cell],
    lines: Mapping[str, Limits],
) -> list[dict[str, Any]]:
    """Direct labels: held months, new segments."""
    words = edition.words
    notes = held_notes(edition, months)
    before: int | None = None
    for period in edition.periods:
        at = lines.get(period)
        if at is None or at.centre is None:
            continue
        if before is not None and at.segment != before:
            notes.append(
                {
                    "x": period, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False,
                    "text": plot_text(words.text("limits computed anew")),
                }
            )  # fmt: skip
        before = at.segment
    return notes


def _ends(
    edition: Edition, drawn: Sequence[Cell], lines: Mapping[str, Limits], scale: float
) -> list[End]:
    """The last value, and what mean, limit and target end with."""
    words = edition.words
    last = drawn[-1]
    ends = [(last.value, read(words, last, column_clock(drawn)).value, True)]
    known = [lines[p] for p in edition.periods if p in lines and lines[p].centre is not None]
    for limits in known[-1:]:
        ends += [
            (limits.centre, words.text("mean"), False),
            (limits.upper, words.text("limit"), False),
        ]
    if last.target is not None:
        told = words.text("target {target}", target=read(words, last).target)
        ends.append((last.target, told, False))
    return [
        End(at, text, loud)
        for value, text, loud in ends
        if (at := drawn_at(value, scale)) is not None
    ]


def _words_of(edition: Edition, pair: Icons | None) -> str:
    if pair is None:
        return ""
    parts = [pair.words, pair.assured, pair.note]
    told = edition.words.listed([part for part in parts if part])
    return told[:1].upper() + told[1:] + ("." if told else "")


def control(
    edition: Edition, topic: Topic, place: Mapping[str, str] | None = None, anchor: str = ""
) -> Figure | None:
    """The control chart of a series, None where none was made or fewer than two months have a value.

    Args:
        edition: The edition.
        topic: What is measured.
        place: Whom or where it concerns.
        anchor: Id on the page.
    """
    words, where = edition.words, place or {}
    months = edition.released.months(topic, where)
    drawn = [cell for cell in months if cell.drawn]
    total = edition.released.total(topic, where)
    moved = edition.movement(drawn[-1]) if drawn else None
    if len(drawn) < 2 or moved is None:
        return None
    lines = limits_of(edition.connection, topic, where)
    if not lines:
        return None
    measure = definition(topic.measure_id)
    clock = column_clock(drawn)
    scale = scale_of(measure.unit, clock)
    better = better_way(measure.id)
    trial = not moved.mark
    by_month = {cell.period: cell for cell in drawn}
    symbols = [_symbol(cell, lines.get(cell.period or ""), moved, better) for cell in drawn]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [cell.period for cell in drawn],
        "y": [drawn_at(cell.value, scale) for cell in drawn],
        "error_y": whiskers(drawn, scale),
        "marker": {
            "size": 9,
            "symbol": [shape for shape, _ in symbols],
            "color": [hue for _, hue in symbols],
        },
        "customdata": [hover(words.month(cell.period or ""), cell) for cell in drawn],
        "meta": {"unit": measure.unit, "clock": clock, "target": drawn[-1].target},
        "cliponaxis": True,
    }
    run = {
        "type": "scatter",
        "mode": "lines",
        "x": edition.periods,
        "y": [
            drawn_at(cell.value, scale) if cell else None
            for cell in map(by_month.get, edition.periods)
        ],
        "line": {"color": "@ink2", "width": 1.5},
        "hoverinfo": "skip",
        "connectgaps": False,
    }
    goals: dict[str, float | None] = {
        cell.period or "": drawn_at(cell.target, scale) for cell in drawn
    }
    goal = {
        "type": "scatter",
        "mode": "lines",
        "x": edition.periods,
        "y": [goals.get(period) for period in edition.periods],
        "line": {"color": "@ink", "width": 1.5, "dash": "dash", "shape": "hvh"},
        "hoverinfo": "skip",
        "connectgaps": True,
    }
    uppers = [at.upper for at in lines.values() if at.upper is not None]
    lowers = [at.lower for at in lines.values() if at.lower is not None]
    target = drawn[-1].target
    top = max([top_of(drawn, target, scale), *(upper / scale * 1.06 for upper in uppers)])
    values = [cell.value for cell in drawn if cell.value is not None]
    bottom = min([0.0 if measure.unit != "coefficient" else min(values) - 0.05])
    if measure.unit == "share" and min(values) > 0.5:
        floor = [*values, *lowers, *([target] if target is not None else [])]
        bottom = max(0.0, min(floor) - 0.03)
    if measure.unit in ("share", "coefficient"):
        top = min(top, 1.02)
    bottom = below_zero(bottom, top)
    named = _ends(edition, drawn, lines, scale)
    ends, narrow_ends = (month_ends(named, bottom, top, height) for height in (HEIGHT, NARROW))
    notes = _notes(edition, months, lines)
    subject = who(words, edition.network, drawn[-1])
    settled = next((cell for cell in drawn if cell.period == moved.last), drawn[-1])
    if moved.changed:
        levels = (moved.level_before, moved.level_since)
        last = read(words, settled)
        title = change_sentence(words, subject, topic, moved.went, moved.since, levels, last)
    else:
        title = finding(words, subject, read(words, total or settled), topic)
    provisional = [p for p in edition.periods if p in lines and lines[p].provisional]
    foot = words.text("95% intervals ({method}).", method=words.text(measure.interval_method))
    if provisional:
        foot += " " + words.text(
            "Provisional, may still change: {months}.",
            months=words.listed([words.month(period, short=True) for period in provisional]),
        )
    pair = icons(edition, drawn[-1])
    return Figure(
        anchor=anchor or f"control-{topic.measure_id.replace('_', '-')}",
        title=title,
        subtitle=words.text(
            "{icons} {measure} by month, {span}, {cutoff}",
            icons=_words_of(edition, pair),
            measure=words.listed(
                [p for p in (name(words, measure.id), qualifiers(words, topic)) if p]
            ),
            span=edition.span,
            cutoff=edition.cutoff_words,
        ),
        how=words.text(
            "Each point is one month with its 95% interval. The solid line is the mean, the dashed grey lines are the "
            "limits within which chance alone keeps the months (dotted while there are too few months). A diamond is "
            "part of a change for the worse, a coloured circle of one for the better, a triangle of one that is "
            "neither; a square fits a pattern that chance may explain. Open points are provisional, a gap is a month "
            "without a published value."
        )
        + (" " + words.text("The dashed dark line is the target.") if target is not None else ""),
        foot=foot,
        measure_id=measure.id,
        heads=(words.text("Month"),),
        rows=tuple(
            DataRow((words.month(cell.period or ""),), read(words, cell, clock)) for cell in months
        ),
        icons=pair,
        spec={
            "data": [*_lines(edition.periods, lines, trial, scale), goal, run, points],
            "layout": layout(
                HEIGHT,
                margin=ends["margin"],
                xaxis=month_axis(edition, 5),
                yaxis={
                    **axis(measure.unit, unit_title(words, measure.unit, clock)),
                    "range": [bottom, top],
                },
                annotations=[*notes, *ends["annotations"]],
            ),
            "narrow": {
                "xaxis": month_axis(edition, 3),
                "height": NARROW,
                "annotations": [*notes, *narrow_ends["annotations"]],
            },
        },
    )


def followed(
    edition: Edition, column: Column, place: Mapping[str, str] | None = None
) -> Figure | None:
    """The control chart of a column at a place; the plain months where no chart was made."""
    where = place or {}
    anchor = f"series-{column.slug}"
    chart = control(edition, topic_at(edition.released, column, where), where, anchor)
    return chart or series(edition, column, where, anchor)
