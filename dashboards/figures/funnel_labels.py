"""Names of the units beyond a funnel, in a band that no point reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboards.figures.figure import wide, wrapped
from dashboards.figures.line_ends import LETTER, LINE

# Pixels of what is around the plot, and between two names.
_AROUND: Final = 75
_APART: Final = 5


@dataclass(frozen=True, slots=True)
class Room:
    """Where the points and lines of a funnel are drawn.

    Attributes:
        height: Height of the chart without names, in pixels.
        width: Width of the plot in pixels, as near as can be told before it is drawn.
        letters: Letters of a name in one line.
        right: End of the axis of cases.
        low: Lower end of the axis of values.
        high: Its upper end.
        below: Whether names stand below the points, else above.
    """

    height: int
    width: int
    letters: int
    right: float
    low: float
    high: float
    below: bool

    @property
    def pixel(self) -> float:
        """Value of a pixel."""
        return (self.high - self.low) / (self.height - _AROUND)


@dataclass(frozen=True, slots=True)
class Named:
    """A band of names.

    Attributes:
        height: Height of the chart with it.
        low: Lower end of the axis of values.
        high: Its upper end.
        notes: Annotations of plotly.js.
    """

    height: int
    low: float
    high: float
    notes: tuple[dict[str, Any], ...]


def _beside(room: Room, n: float, text: str) -> dict[str, Any]:
    """From where the name runs: towards the middle, and as far back as the plot asks for."""
    at = n / room.right * room.width
    size = max(wide(line) for line in text.split("<br>")) * LETTER
    if n < room.right / 2:
        return {"xanchor": "left", "align": "left", "ax": -max(at + size - room.width, 0.0)}
    return {"xanchor": "right", "align": "right", "ax": max(size - at, 0.0)}


def outside(room: Room, units: Sequence[tuple[float, float, str]]) -> Named:
    """Names of the units beyond the funnel, each with a line to its point.

    Args:
        room: Where the points are drawn.
        units: Cases, value and name of each.
    """
    # the nearer to the middle, the nearer to the points: few lines pass behind a name
    ordered = sorted(units, key=lambda unit: abs(unit[0] - room.right / 2))
    texts = [wrapped(name, room.letters) for *_, name in ordered]
    heights = [LINE * (text.count("<br>") + 1) + _APART for text in texts]
    notes = []
    for place, ((n, value, _), text) in enumerate(zip(ordered, texts, strict=True)):
        away = (sum(heights[:place]) + heights[place] / 2) * room.pixel
        notes.append(
            {
                "x": n, "y": value, "text": text, "font": {"color": "@ink"}, "bgcolor": "@page", "showarrow": True,
                "arrowhead": 0, "arrowwidth": 1, "arrowcolor": "@mute", "standoff": 6, "ayref": "y",
                "ay": room.low - away if room.below else room.high + away, **_beside(room, n, text),
            }
        )  # fmt: skip
    band = sum(heights)
    return Named(
        height=room.height + band,
        low=room.low - (band * room.pixel if room.below else 0.0),
        high=room.high + (0.0 if room.below else band * room.pixel),
        # what is drawn later lies above the lines of what is further away
        notes=tuple(reversed(notes)),
    )
