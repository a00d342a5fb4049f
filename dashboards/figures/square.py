"""Square figures of two shares: ROC and calibration. Their data table holds plain points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboards.figures.figure import Figure, axis, layout, plot_text
from dashboards.numerals import show
from dashboards.words import Words

Point = tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class CurveFigure:
    """A chart of a curve with its data: (text, raw value) per column."""

    figure: Figure
    heads: tuple[str, ...]
    points: tuple[Point, ...]


def share_text(value: float | None) -> tuple[str, object]:
    """A share as text with its raw value; a dash where there is none."""
    return ("–", "") if value is None else (show("share", value).value, value)


def interval_words(words: Words, value: float, low: float | None, high: float | None) -> str:
    """A share with its interval."""
    shown = show("share", value, low, high)
    if shown.low is None:
        return shown.value
    interval = words.text("{low} to {high}", low=shown.low, high=shown.high)
    return words.text("{value} ({interval})", value=shown.value, interval=interval)


def square(
    x_title: str, y_title: str, notes: list[dict[str, Any]], diagonal: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Layout of a square from 0 to 1 on both axes, and what differs on a phone."""

    def titled(text: str) -> dict[str, Any]:
        return {"title": {"text": plot_text(text), "standoff": 8, "font": {"size": 13}}}

    shares = {"range": [-0.01, 1.01], "nticks": 6, "constrain": "domain"}
    return (
        layout(
            420,
            xaxis={**axis("share"), **titled(x_title), **shares},
            yaxis={
                **axis("share"),
                **titled(y_title),
                **shares,
                "scaleanchor": "x",
                "scaleratio": 1,
            },
            annotations=notes,
            shapes=[diagonal],
        ),
        {"height": 400},
    )


def diagonal() -> dict[str, Any]:
    """What chance alone would give, or perfect calibration."""
    return {
        "type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1,
        "line": {"color": "@mute", "width": 1, "dash": "dot"},
    }  # fmt: skip
