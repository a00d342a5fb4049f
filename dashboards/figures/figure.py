"""What every chart carries: a finding, how to read it, its data as a table, and a specification for plotly.js.

Colours are names of the style sheet's tokens ("@ink2"); the browser resolves them and draws again when the theme
changes. Texts of a specification are escaped, since plotly.js reads tags in them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from dashboards.icons import Icons
from dashboards.numerals import Clock
from dashboards.reading import Reading
from dashboards.release import Cell
from dashboards.verdict import Verdict

# Judgement by shape and by hue; amounts without judgement stay grey.
SYMBOLS = {
    Verdict.MISSES: ("diamond", "@worse"),
    Verdict.MEETS: ("circle", "@better"),
    Verdict.UNSURE: ("square-open", "@ink2"),
    Verdict.NO_TARGET: ("circle", "@ink2"),
    None: ("square-open", "@mute"),
}
MINUTES = {"s": 1 / 60, "min": 1.0, "h": 60.0, "d": 1440.0}


@dataclass(frozen=True, slots=True)
class DataRow:
    """A row of a figure's table: its heading(s) and the cell."""

    heads: tuple[str, ...]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart.

    Attributes:
        anchor: Id on the page.
        title: Finding.
        subtitle: Measure, population, period, cut-off.
        how: How to read it.
        foot: Method, and what is left out.
        measure_id: Entry of the catalogue, for "how is this computed".
        heads: Headings of the table's first columns.
        rows: The data.
        spec: `data`, `layout` and `narrow` (layout on a phone) for plotly.js.
        icons: Whether the series changed and keeps its target, None where it is not followed.
        signal: Whether the title is a signal, which no fold may hide.
    """

    anchor: str
    title: str
    subtitle: str
    how: str
    foot: str
    measure_id: str
    heads: tuple[str, ...]
    rows: tuple[DataRow, ...]
    spec: dict[str, Any] = field(default_factory=dict)
    icons: Icons | None = None
    signal: bool = False

    @property
    def json(self) -> str:
        """The specification for a script block; nothing in it can end the block."""
        text = json.dumps(_told(self.spec), sort_keys=True, ensure_ascii=False, allow_nan=False)
        for character, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            text = text.replace(character, code)
        return text


def _told(part: Any) -> Any:
    """A specification with 12 digits of each number: the last bits of a sum depend on the engine and its threads."""
    if isinstance(part, float):
        return float(f"{part:.12g}")
    if isinstance(part, dict):
        return {name: _told(value) for name, value in part.items()}
    return [_told(value) for value in part] if isinstance(part, list | tuple) else part


def plot_text(text: str) -> str:
    """A text that plotly.js shows as it is, tags and all."""
    return escape(text, quote=False)


# A number with its unit, a word, or one Chinese character, each with the space before it.
_CHINESE = r"\u2e80-\u9fff\uff00-\uffef"
_WORD = re.compile(rf"\s*(?:[\d.,:%]+ ?[{_CHINESE}]|[^\s{_CHINESE}]+|[{_CHINESE}])")


def wide(text: str) -> int:
    """Width in letters; a Chinese character takes two."""
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def wrapped(text: str, width: int = 24) -> str:
    """A name over several lines, escaped; lines break at spaces, and between Chinese characters."""
    lines, line = [], ""
    for word in _WORD.findall(text):
        # a line does not begin with a mark that closes something
        if line and wide(line) + wide(word) > width and word not in "，。；：、）)":
            lines.append(line)
            line = word.strip()
        else:
            line += word if line else word.strip()
    return "<br>".join(plot_text(part) for part in [*lines, line])


def scale_of(unit: str, clock: Clock) -> float:
    """What a measure's values are divided by to stand on an axis."""
    return MINUTES[clock] if unit == "minutes" else 1.0


def drawn_at(value: float | None, scale: float) -> float | None:
    """A value on an axis, None as a gap."""
    return None if value is None else round(value / scale, 9)


def hover(label: str, cell: Cell) -> list[Any]:
    """Label, value, limits, numerator and n of a point; the browser puts them into words."""
    return [plot_text(label), cell.value, cell.low, cell.high, cell.numerator, cell.n]


def whiskers(cells: Sequence[Cell], scale: float) -> dict[str, Any]:
    """Error bars that are the interval; none where the interval is withheld."""

    def gap(cell: Cell, limit: float | None, sign: int) -> float | None:
        if limit is None or cell.value is None:
            return None
        return drawn_at(max(sign * (limit - cell.value), 0.0), scale)

    return {
        "type": "data",
        "symmetric": False,
        "array": [gap(cell, cell.high, 1) for cell in cells],
        "arrayminus": [gap(cell, cell.low, -1) for cell in cells],
        "color": "@mute",
        "thickness": 1.5,
        "width": 0,
    }


def places_axis(keys: Sequence[str], ticks: Sequence[str]) -> dict[str, Any]:
    """The axis of rows in a fixed order, the first on top.

    Args:
        keys: What the traces name the rows by.
        ticks: What the reader sees of each.
    """
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": list(keys[::-1]),
        "range": [-0.6, len(keys) - 0.4],
        "tickmode": "array",
        "tickvals": list(keys),
        "ticktext": list(ticks),
        "fixedrange": True,
        "automargin": True,
        "gridcolor": "@grid",
        "linecolor": "@page",
    }


def axis(unit: str, title: str = "") -> dict[str, Any]:
    """A value axis."""
    return {
        "title": {"text": plot_text(title), "standoff": 8},
        "tickformat": ",.2~%"
        if unit == "share"
        else ",.3~r"
        if unit in ("coefficient", "ratio")
        else ",.2~f",
        "gridcolor": "@grid",
        "zeroline": False,
        "linecolor": "@mute",
        "tickcolor": "@mute",
        "fixedrange": True,
        "automargin": True,
        "nticks": 6,
    }


def layout(height: int, **more: Any) -> dict[str, Any]:
    """What all charts share: no legend, no drag, no transition."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 24, "b": 8, "pad": 4},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "autotypenumbers": "strict",
        "font": {"size": 13, "color": "@ink2"},
        "paper_bgcolor": "@page",
        "plot_bgcolor": "@page",
        "hoverlabel": {
            "bgcolor": "@card",
            "bordercolor": "@mute",
            "font": {"size": 13, "color": "@ink"},
            "align": "left",
        },
        **more,
    }
