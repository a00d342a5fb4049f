"""RADPEER per 100 reviews as a diverging bar: unlikely to be significant to the left, likely to the right."""

from __future__ import annotations

from typing import Any, Final

from dashboards.definitions import definition
from dashboards.edition import Edition
from dashboards.figures.figure import (
    DataRow,
    Figure,
    axis,
    drawn_at,
    hover,
    layout,
    plot_text,
    whiskers,
    wrapped,
)
from dashboards.pages.review_tables import network_and_vendors
from dashboards.reading import read
from dashboards.release import Cell, Topic

# Score 3 lies at zero, score 2 outside; the side tells whether it is likely to matter.
_STACK: Final = (("3a", -1), ("2a", -1), ("3b", 1), ("2b", 1))
_ROW: Final = 44
_LINE: Final = 18


def _score(edition: Edition, code: str, place: dict[str, str]) -> Cell | None:
    cell = edition.released.total(Topic("radpeer_share", frozenset({("category", code)})), place)
    return cell if cell is not None and cell.drawn else None


def _whiskers(edition: Edition, places: list[dict[str, str]]) -> dict[str, Any]:
    """The rate of 2b and 3b together with its interval, at the right end of its bar."""
    topic = Topic("significant_discrepancy_rate")
    cells = [
        (f"row {at}", cell)
        for at, place in enumerate(places)
        if (cell := edition.released.total(topic, place)) is not None and cell.drawn
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [drawn_at(cell.value, 0.01) for _, cell in cells],
        "y": [row for row, _ in cells],
        "marker": {"size": 5, "color": "@ink"},
        "error_x": {**whiskers([cell for _, cell in cells], 0.01), "color": "@ink", "width": 4},
        "customdata": [hover(edition.words.text("2b and 3b together"), cell) for _, cell in cells],
        "meta": {"unit": "share", "clock": "min", "target": None},
    }


def radpeer_bars(edition: Edition) -> Figure | None:
    """The network and each vendor, None where no score above 1 is released."""
    words = edition.words
    rows = [
        (place, named)
        for place, named, _ in network_and_vendors(edition)
        if any(_score(edition, code, dict(place)) for code in ("1", *(s for s, _ in _STACK)))
    ]
    if not rows:
        return None
    places = [dict(place) for place, _ in rows]
    keys = [f"row {at}" for at in range(len(rows))]
    traces: list[dict[str, Any]] = []
    for code, side in _STACK:
        cells = [_score(edition, code, place) for place in places]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "y": keys,
                "x": [round(100 * side * (cell.value or 0.0), 6) if cell else 0 for cell in cells],
                "marker": {
                    "color": "@amount5" if code[0] == "3" else "@amount3",
                    "pattern": {"shape": "" if code[0] == "3" else "/", "fgcolor": "@ink2"},
                    "line": {"color": "@mute", "width": 1},
                },
                "customdata": [
                    hover(words.text("score {code}", code=code), cell) if cell else None
                    for cell in cells
                ],
                "meta": {"unit": "share", "clock": "min", "target": None},
            }
        )
    ticks = []
    for place, (_, named) in zip(places, rows, strict=True):
        concur = _score(edition, "1", place)
        detail = (
            words.text("score 1: {value}, {n}", value=told.value, n=told.evidence)
            if concur and (told := read(words, concur))
            else words.text("score 1: none")
        )
        ticks.append(f"<b>{wrapped(named, 34)}</b><br>{wrapped(detail, 34)}")
    row_height = max(_ROW, _LINE * max(tick.count("<br>") + 1 for tick in ticks) + 8)
    measure = definition("radpeer_share")
    both = edition.released.total(Topic("significant_discrepancy_rate"), {})
    title = words.text("RADPEER scores above 1")
    if both is not None and both.drawn:
        told = read(words, both)
        title = words.text(
            "Likely significant in the network (2b and 3b): {value}, {n}",
            value=told.text,
            n=told.evidence,
        )
    captions = [
        {
            "xref": "paper", "yref": "paper", "x": x, "y": 1, "xanchor": anchor, "yanchor": "bottom",
            "showarrow": False, "text": plot_text(text),
        }
        for x, anchor, text in (
            (0, "left", words.text("← unlikely to be significant (a)")),
            (1, "right", words.text("likely to be significant (b) →")),
        )
    ]  # fmt: skip
    codes = ("1", "2", "2a", "2b", "3", "3a", "3b", "4")
    # the same on both sides of zero, whatever the side
    values = {**axis("count", words.text("per 100 reviews")), "tickformat": ",.1~f", "zeroline": True,
              "zerolinecolor": "@ink"}  # fmt: skip
    largest = max(
        abs(sum(trace["x"][at] for trace in traces if (trace["x"][at] < 0) == left))
        for at in range(len(rows))
        for left in (True, False)
    )
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50) if largest / s <= 4)
    marks = [step * k for k in range(-5, 6)]
    values |= {"tickvals": marks, "ticktext": [f"{abs(mark):g}" for mark in marks]}
    return Figure(
        anchor="radpeer-bars",
        title=title,
        subtitle=words.listed([words.text("all routes"), edition.span, edition.cutoff_words]),
        how=words.text(
            "Bars grow from the middle: scores 3 (should be made most of the time) are solid and stand at zero, scores "
            "2 (understandable) are hatched outside. To the right lies what is likely to matter clinically, with the "
            "95% interval of 2b and 3b together. Score 1, concur, is a number, since its bar would hide the rest."
        ),
        foot=words.text("95% intervals ({method}).", method=measure.interval_method),
        measure_id="radpeer_share",
        heads=(words.text("Vendor"), words.text("Score")),
        rows=tuple(
            DataRow((named, code), read(words, cell))
            for place, (_, named) in zip(places, rows, strict=True)
            for code in codes
            if (cell := _score(edition, code, place))
        ),
        spec={
            "data": [*traces, _whiskers(edition, places)],
            "layout": layout(
                80 + row_height * len(rows),
                barmode="relative",
                bargap=0.35,
                xaxis=values,
                yaxis={
                    "type": "category", "categoryorder": "array", "categoryarray": keys[::-1],
                    "range": [-0.6, len(keys) - 0.4], "tickmode": "array", "tickvals": keys, "ticktext": ticks,
                    "fixedrange": True, "automargin": True, "gridcolor": "@grid", "linecolor": "@page",
                },
                annotations=captions,
            ),
            "narrow": {"height": 100 + (row_height + 8) * len(rows)},
        },
    )  # fmt: skip
