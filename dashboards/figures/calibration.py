"""Calibration: observed share against the mean score, in ten bins of equal counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboards.algorithms import Version, asked_words
from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.figures.figure import Figure, plot_text
from dashboards.figures.square import CurveFigure, diagonal, interval_words, share_text, square
from dashboards.figures.version_lines import answered
from dashboards.numerals import count
from dashboards.reading import Reading, read
from dashboards.scores import bins

_SUMMARIES: Final = ("brier", "calibration_error", "calibration_slope", "calibration_intercept")


def summaries(
    edition: Edition, version: Version, place: Mapping[str, str]
) -> list[tuple[str, Reading]]:
    """Released summaries of calibration of a version, each with its name."""
    words = edition.words
    cells = ((m, version.total(edition.released, m, place)) for m in _SUMMARIES)
    return [(name(words, m), read(words, cell)) for m, cell in cells if cell is not None]


def _gap(value: float, limit: float, sign: int) -> float:
    return round(max(sign * (limit - value), 0.0), 9)


def calibration(edition: Edition, version: Version, place: Mapping[str, str]) -> CurveFigure | None:
    """The bins of a version, None where its scores are not told."""
    words = edition.words
    drawn = bins(edition, version, place)
    if len(drawn) < 2:
        return None
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": [row.predicted for row in drawn],
        "y": [row.value for row in drawn],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [_gap(row.value, row.high, 1) for row in drawn],
            "arrayminus": [_gap(row.value, row.low, -1) for row in drawn],
            "color": "@mute",
            "thickness": 1.5,
            "width": 0,
        },
        "marker": {"size": 10, "symbol": "circle", "color": "@ink2"},
        "customdata": [
            [
                plot_text(words.text("mean score {score}", score=share_text(row.predicted)[0])),
                row.value, row.low, row.high, row.positives, row.n,
            ]
            for row in drawn
        ],
        "meta": {"unit": "share", "clock": "min", "target": None},
    }  # fmt: skip
    off = [row for row in drawn if not row.low <= row.predicted <= row.high]
    cases = sum(row.n for row in drawn)
    if not off:
        title = words.text(
            "{who}: scores cannot be told from the observed shares, {n} cases",
            who=version.name,
            n=count(cases),
        )
    else:
        worst = max(off, key=lambda row: abs(row.value - row.predicted))
        title = words.text(
            "{who}: scores near {score} stand for {share}, {n} cases; {off} of {all} bins lie off the line",
            who=version.name,
            score=share_text(worst.predicted)[0],
            share=interval_words(words, worst.value, worst.low, worst.high),
            n=count(worst.n),
            off=len(off),
            all=len(drawn),
        )
    arranged, narrow = square(
        words.text("mean score of the bin"), words.text("share with the finding"), [], diagonal()
    )
    figure = Figure(
        anchor=f"calibration-{version.anchor}",
        title=title,
        subtitle=words.listed(
            [asked_words(words, version.asked), answered(edition, version, place) or edition.span]
        ),
        how=words.text(
            "The cases stand in ten bins of equal size by their score. Each point is a bin: its mean score against the "
            "share that has the finding, with its 95% interval. On the dotted diagonal a score of 30% means 30%."
        ),
        foot=words.text("95% intervals (Wilson); bins of equal counts."),
        measure_id="",
        heads=(),
        rows=(),
        spec={"data": [trace], "layout": arranged, "narrow": narrow},
    )
    heads = (
        words.text("Bin"),
        words.text("Cases"),
        words.text("With the finding"),
        words.text("Mean score"),
        words.text("Share"),
        words.text("Low"),
        words.text("High"),
    )
    table = tuple(
        (
            (str(row.number), row.number),
            (count(row.n), row.n),
            (count(row.positives), row.positives),
            share_text(row.predicted),
            share_text(row.value),
            share_text(row.low),
            share_text(row.high),
        )
        for row in drawn
    )
    return CurveFigure(figure, heads, table)
