"""A measure month by month: points with their intervals, the target dashed, held months marked as gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

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
    scale_of,
    whiskers,
)
from dashboards.figures.line_ends import End, month_ends
from dashboards.numerals import Clock
from dashboards.reading import column_clock, read
from dashboards.release import Cell
from dashboards.sentences import finding, who
from dashboards.topics import Column, qualifiers, topic_at
from dashboards.verdict import verdict_of
from dashboards.words import Words

HEIGHT: Final = 300
NARROW: Final = 260


def top_of(cells: list[Cell], target: float | None, scale: float) -> float:
    """Upper end of an axis: values and target fit; a sparse month's whisker may leave the frame."""
    highs = sorted(cell.high for cell in cells if cell.high is not None)
    ends = [cell.value for cell in cells if cell.value is not None]
    ends += highs[: max(1, len(highs) * 3 // 4)][-1:] + ([target] if target is not None else [])
    return max(ends) / scale * 1.12 or 1.0


def below_zero(bottom: float, top: float) -> float:
    """Lower end of an axis that begins at zero: a month without any case is drawn whole."""
    return bottom if bottom else -0.03 * top


def unit_title(words: Words, unit: str, clock: Clock) -> str:
    """Title of a value axis: the unit of time, "" where the ticks say it."""
    if unit != "minutes":
        return ""
    units = {"s": words.text("seconds"), "min": words.text("minutes"), "h": words.text("hours")}
    return units.get(clock, words.text("days"))


def month_axis(edition: Edition, labels: int) -> dict[str, Any]:
    """Months as categories, never as dates: no browser's zone can move them. At most so many are labelled."""
    periods = edition.periods
    every = max(1, -(-len(periods) // labels))
    ticks = periods[::-1][::every][::-1]
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": periods,
        "range": [-0.5, len(periods) - 0.5],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [plot_text(edition.words.month(period, short=True)) for period in ticks],
        "tickangle": 0,
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "linecolor": "@mute",
        "tickcolor": "@mute",
        "ticks": "outside",
    }


def held_notes(edition: Edition, months: Sequence[Cell]) -> list[dict[str, Any]]:
    """Labels of held months."""
    words = edition.words
    return [
        {
            "x": cell.period,
            "yref": "paper",
            "y": 0,
            "yanchor": "bottom",
            "text": "◆ " + plot_text(words.text("held")),
            "textangle": -90,
            "showarrow": False,
            "font": {"color": "@ink2"},
        }
        for cell in months
        if cell.status == "blocked"
    ]


def _ends(edition: Edition, drawn: list[Cell], clock: Clock, scale: float) -> list[End]:
    """The last value, and the target."""
    words = edition.words
    last = drawn[-1]
    told = words.text("target {target}", target=read(words, last).target)
    ends = [(last.value, read(words, last, clock).value, True), (last.target, told, False)]
    return [
        End(at, text, loud)
        for value, text, loud in ends
        if (at := drawn_at(value, scale)) is not None
    ]


def series(
    edition: Edition, column: Column, place: Mapping[str, str] | None = None, anchor: str = ""
) -> Figure | None:
    """The months of a measure at a place, None where fewer than two have a value."""
    words, where = edition.words, place or {}
    topic = topic_at(edition.released, column, where)
    months = edition.released.months(topic, where)
    drawn = [cell for cell in months if cell.drawn]
    total = edition.released.total(topic, where)
    if len(drawn) < 2 or total is None:
        return None
    measure = definition(column.measure_id)
    clock = column_clock(drawn)
    scale = scale_of(measure.unit, clock)
    by_month = {cell.period: cell for cell in months}
    verdicts = [verdict_of(cell) for cell in drawn]
    target = drawn[-1].target
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [cell.period for cell in drawn],
        "y": [drawn_at(cell.value, scale) for cell in drawn],
        "error_y": whiskers(drawn, scale),
        "marker": {
            "size": 9,
            "symbol": [SYMBOLS[verdict][0] for verdict in verdicts],
            "color": [SYMBOLS[verdict][1] for verdict in verdicts],
        },
        "customdata": [hover(words.month(cell.period or ""), cell) for cell in drawn],
        "meta": {"unit": measure.unit, "clock": clock, "target": target},
        "cliponaxis": True,
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": edition.periods,
        "y": [
            drawn_at(cell.value, scale) if cell is not None and cell.drawn else None
            for cell in map(by_month.get, edition.periods)
        ],
        "line": {"color": "@mute", "width": 1.5},
        "hoverinfo": "skip",
        "connectgaps": False,
    }
    shapes = []
    if target is not None:
        shapes.append(
            {
                "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": drawn_at(target, scale),
                "y1": drawn_at(target, scale), "line": {"color": "@ink2", "width": 1.5, "dash": "dash"},
            }
        )  # fmt: skip
    # a coefficient has no natural floor worth showing; shares and times start at zero
    floor = min(cell.low if cell.low is not None else cell.value or 0 for cell in drawn)
    bottom = min(floor, 0.0) if measure.unit != "coefficient" else floor - 0.02
    high_share = measure.unit == "share" and min(cell.value or 0 for cell in drawn) > 0.5
    if high_share:
        bottom = max(0.0, min([floor, *([target] if target is not None else [])]) - 0.03)
    top = top_of(drawn, target, scale)
    if measure.unit in ("share", "coefficient"):
        top = min(top, 1.02)
    bottom = below_zero(bottom, top)
    value_axis = {
        **axis(measure.unit, unit_title(words, measure.unit, clock)),
        "range": [bottom, top],
    }
    named = _ends(edition, drawn, clock, scale)
    ends, narrow_ends = (month_ends(named, bottom, top, height) for height in (HEIGHT, NARROW))
    notes = held_notes(edition, months)
    reading = read(words, total)
    left_out = [cell.period for cell in months if cell.status == "blocked"]
    foot = words.text("95% intervals ({method}).", method=words.text(measure.interval_method))
    if left_out:
        foot += " " + words.text(
            "Held by a check and left out of the total: {months}.",
            months=words.listed([words.month(period or "") for period in left_out]),
        )
    return Figure(
        anchor=anchor or f"series-{column.slug}",
        title=finding(words, who(words, edition.network, total), reading, topic),
        subtitle=words.text(
            "{measure} by month, {span}, {cutoff}",
            measure=words.listed(
                [p for p in (name(words, measure.id), qualifiers(words, topic)) if p]
            ),
            span=edition.span,
            cutoff=edition.cutoff_words,
        ),
        how=words.text(
            "Each point is one month; the line through it is its 95% interval. A diamond lies beyond the target "
            "with its whole interval, a filled circle within it; an open square cannot be told from it. A gap is "
            "a month without a published value."
        ),
        foot=foot,
        measure_id=measure.id,
        heads=(words.text("Month"),),
        rows=tuple(
            DataRow((words.month(cell.period or ""),), read(words, cell, clock)) for cell in months
        ),
        spec={
            "data": [line, trace],
            "layout": layout(
                HEIGHT,
                margin=ends["margin"],
                xaxis=month_axis(edition, 5),
                yaxis=value_axis,
                shapes=shapes,
                annotations=[*notes, *ends["annotations"]],
            ),
            "narrow": {
                "xaxis": month_axis(edition, 3),
                "height": NARROW,
                "annotations": [*notes, *narrow_ends["annotations"]],
            },
        },
    )
