"""Names of lines, right of where they end: no name lies on a point or on another name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.figures.figure import plot_text, wide

# Pixels of a line of text and of a letter.
LINE: Final = 17
LETTER: Final = 6.8
# Pixels above and below the plot of a chart over months.
_AROUND: Final = 57
MONTHS_END: Final = {"xref": "paper", "x": 1, "xshift": 4}


@dataclass(frozen=True, slots=True)
class End:
    """What stands at the end of a line.

    Attributes:
        value: Where the line ends.
        name: Its name, or the value itself.
        loud: Whether it is the value that the chart is about.
    """

    value: float
    name: str
    loud: bool = False


def line_ends(
    ends: Sequence[End], low: float, pixel: float, where: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The names as annotations of plotly.js, the ones above pushed up where two would touch.

    Args:
        ends: The lines.
        low: Lower end of the axis of values.
        pixel: Value of a pixel.
        where: Where the lines end across.
    """
    notes: list[dict[str, Any]] = []
    least = float("-inf")
    for end in sorted(ends, key=lambda end: end.value):
        at = (end.value - low) / pixel
        stands = max(at, least)
        least = stands + LINE - 2
        font = {"font": {"color": "@ink", "size": 14}} if end.loud else {}
        notes.append(
            {
                "y": end.value, "text": plot_text(end.name), "showarrow": False, "xanchor": "left", "yanchor": "middle",
                "yshift": round(stands - at, 3), **where, **font,
            }
        )  # fmt: skip
    return notes


def month_ends(ends: Sequence[End], low: float, high: float, height: int) -> dict[str, Any]:
    """Annotations and right margin of a chart over months, for its layout.

    Args:
        ends: The lines.
        low: Lower end of the axis of values.
        high: Its upper end.
        height: Height of the chart in pixels.
    """
    pixel = (high - low) / (height - _AROUND)
    room = max((wide(end.name) * LETTER * (1.08 if end.loud else 1) for end in ends), default=0)
    return {
        "margin": {"l": 8, "r": round(room) + 12, "t": 24, "b": 8, "pad": 4},
        "annotations": line_ends(ends, low, pixel, MONTHS_END),
    }
