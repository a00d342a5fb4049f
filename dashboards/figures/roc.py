"""ROC curve of an algorithm's version, its threshold as a cross, the version before it dashed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.algorithms import Version, asked_words
from dashboards.edition import Edition
from dashboards.figures.figure import Figure, plot_text
from dashboards.figures.square import CurveFigure, diagonal, share_text, square
from dashboards.figures.version_lines import answered
from dashboards.numerals import count
from dashboards.reading import read
from dashboards.release import Cell
from dashboards.scores import Threshold, thresholds


def _line(
    points: Sequence[Threshold], colour: str, dash: str, words_of: bool, text: str
) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "x": [1 - p.specificity for p in points],
        "y": [p.sensitivity for p in points],
        "line": {"color": colour, "width": 2 if dash == "solid" else 1.5, "dash": dash},
        "hoverinfo": "skip",
    }
    if words_of:
        trace["hoverinfo"] = "text"
        trace["customdata"] = [
            [
                plot_text(text.format(threshold="–" if p.score is None else f"{p.score:.2g}")),
                p.sensitivity, None, None, p.tp, p.tp + p.fn,
            ]
            for p in points
        ]  # fmt: skip
        trace["meta"] = {"unit": "share", "clock": "min", "target": None}
    return trace


def _cross(sensitivity: Cell, specificity: Cell) -> dict[str, Any]:
    """The algorithm's own calls, with both intervals."""
    x = 1 - (specificity.value or 0)
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [sensitivity.value],
        "marker": {
            "symbol": "cross-thin-open",
            "size": 16,
            "color": "@ink",
            "line": {"width": 2.5},
        },
        "hoverinfo": "skip",
    }
    bars = {"type": "data", "symmetric": False, "color": "@ink2", "thickness": 1.5, "width": 0}
    if specificity.low is not None and specificity.high is not None:
        trace["error_x"] = {
            **bars,
            "array": [max(1 - specificity.low - x, 0)],
            "arrayminus": [max(x - (1 - specificity.high), 0)],
        }
    if (
        sensitivity.low is not None
        and sensitivity.high is not None
        and sensitivity.value is not None
    ):
        trace["error_y"] = {
            **bars,
            "array": [max(sensitivity.high - sensitivity.value, 0)],
            "arrayminus": [max(sensitivity.value - sensitivity.low, 0)],
        }
    return trace


def roc(
    edition: Edition, version: Version, place: Mapping[str, str], rival: Version | None
) -> CurveFigure | None:
    """The curve of a version, None where its scores are not told."""
    words = edition.words
    points = thresholds(edition, version, place)
    if len(points) < 2:
        return None
    other = thresholds(edition, rival, place) if rival else []
    traces = [_line(other, "@ink2", "dash", False, "")] if len(other) > 1 else []
    traces.append(_line(points, "@ink", "solid", True, words.text("threshold {threshold}")))
    area = read(words, version.total(edition.released, "auc", place))
    notes: list[dict[str, Any]] = []
    sensitivity = version.total(edition.released, "sensitivity", place)
    specificity = version.total(edition.released, "specificity", place)
    if (
        sensitivity is not None
        and specificity is not None
        and sensitivity.drawn
        and specificity.drawn
    ):
        traces.append(_cross(sensitivity, specificity))
        notes.append(
            {
                "x": 1 - (specificity.value or 0), "y": sensitivity.value, "xanchor": "left", "yanchor": "top",
                "xshift": 10, "yshift": -6, "showarrow": False, "bgcolor": "@page",
                "text": plot_text(words.text("its own threshold")),
            }
        )  # fmt: skip
    if len(other) > 1 and rival:
        middle = other[len(other) // 2]
        notes.append(
            {
                "x": 1 - middle.specificity, "y": middle.sensitivity, "xanchor": "left", "yanchor": "bottom",
                "showarrow": False, "text": plot_text(rival.number), "font": {"color": "@ink2"},
            }
        )  # fmt: skip
    title = (
        words.text("{who}: AUC {value}, {n}", who=version.name, value=area.text, n=area.evidence)
        if area.value
        else words.text("{who}: AUC, {state}", who=version.name, state=area.note)
    )
    how = words.text(
        "Each point of the line is a threshold: how many diseased it calls, and how many healthy falsely. The cross is "
        "the algorithm's own calls with their 95% intervals; the dotted diagonal is chance."
    )
    if rival and len(other) > 1:
        how += " " + words.text("The dashed line is version {version}.", version=rival.number)
    arranged, narrow = square(
        words.text("healthy cases called"), words.text("diseased cases called"), notes, diagonal()
    )
    figure = Figure(
        anchor=f"roc-{version.anchor}",
        title=title,
        subtitle=words.listed(
            [asked_words(words, version.asked), answered(edition, version, place) or edition.span]
        ),
        how=how,
        foot=words.text("AUC with DeLong's interval; the thresholds' own counts are in the table."),
        measure_id="auc",
        heads=(),
        rows=(),
        spec={"data": traces, "layout": arranged, "narrow": narrow},
    )
    heads = (
        words.text("Threshold"),
        words.text("Diseased called"),
        words.text("Diseased missed"),
        words.text("Healthy called"),
        words.text("Healthy spared"),
        words.text("Sensitivity"),
        words.text("Specificity"),
    )
    table = tuple(
        (
            ("–", "") if p.score is None else (f"{p.score:.3g}", p.score),
            *((count(getattr(p, name)), getattr(p, name)) for name in ("tp", "fn", "fp", "tn")),
            share_text(p.sensitivity),
            share_text(p.specificity),
        )
        for p in points
    )
    return CurveFigure(figure, heads, table)
