"""Time to report: cumulative incidence, rising over a logarithmic time, with its band and those still followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any, Final

from dashboards.curves import Row, curve
from dashboards.edition import Edition
from dashboards.figures.figure import Figure, axis, layout, plot_text
from dashboards.figures.report_points import (
    TABLE,
    VALUES,
    Followed,
    data_row,
    followed,
    intervals,
    last_point,
    terms_of,
    time_words,
)
from dashboards.figures.time_axis import tick_text
from dashboards.intervals import main_interval
from dashboards.labels import label
from dashboards.numerals import count, show, show_target
from dashboards.reading import read
from dashboards.release import KEYS, PLACES, Topic
from dashboards.words import Words
from overread.measures.catalogue import CATALOGUE

# Below it the curve says more of chance than of the vendor.
FOLLOWED: Final = 10
_TICKS: Final = (1, 5, 15, 60, 240, 1440, 4320, 10080, 43200)


@dataclass(frozen=True, slots=True)
class ReportCurve:
    """The chart, its table of those followed, and every point for the data table."""

    figure: Figure
    followed: Followed
    heads: tuple[str, ...]
    points: tuple[tuple[tuple[str, object], ...], ...]


def _traces(words: Words, points: Sequence[Row]) -> list[dict[str, Any]]:
    # a logarithm has no zero: what took no time at all stands at half a minute
    x = [max(p["seconds"] / 60, 0.5) for p in points]
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "hoverinfo": "skip",
        "line": {"color": "@grid", "width": 1, "shape": "hv"},
    }
    return [
        {**edge, "y": [p["high"] for p in points]},
        {**edge, "y": [p["low"] for p in points], "fill": "tonexty", "fillcolor": "@grid"},
        {
            **edge,
            "y": [p["value"] for p in points],
            "line": {"color": "@ink", "width": 2, "shape": "hv"},
            "hoverinfo": "text",
            "customdata": [
                [
                    plot_text(words.text("within {time}", time=time_words(words, p["seconds"] / 60))),
                    p["value"], p["low"], p["high"], None, p["at_risk"],
                ]
                for p in points
            ],
            "meta": {"unit": "share", "clock": "min", "target": None},
        },
    ]  # fmt: skip


def _censored(points: Sequence[Row]) -> dict[str, Any]:
    """Small ticks where tasks are still unread at the cut-off."""
    before = [0, *(p["censored"] for p in points[:-1])]
    there = [p for p, earlier in zip(points, before, strict=True) if p["censored"] > earlier]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [max(p["seconds"] / 60, 0.5) for p in there],
        "y": [p["value"] for p in there],
        "marker": {"symbol": "line-ns-open", "size": 9, "color": "@ink", "line": {"width": 1}},
        "hoverinfo": "skip",
    }


def _agreed(
    words: Words, terms: Sequence[tuple[float, float]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Points of the contract's terms with their labels."""
    if not terms:
        return [], []
    mark = {
        "type": "scatter",
        "mode": "markers",
        "x": [minutes for minutes, _ in terms],
        "y": [share for _, share in terms],
        "marker": {"symbol": "cross-thin-open", "size": 15, "color": "@ink2", "line": {"width": 2}},
        "hoverinfo": "skip",
    }
    notes = [
        {
            "x": log10(minutes), "y": share, "xanchor": "right", "yanchor": "top", "showarrow": False,
            "xshift": -8, "bgcolor": "@page", "align": "right",
            "text": plot_text(
                words.text(
                    "contract: {share} in {time}", share=show_target("share", share), time=time_words(words, minutes)
                )
            ),
        }
        for minutes, share in terms
    ]  # fmt: skip
    return [mark], notes


def _title(
    edition: Edition, place: Mapping[str, str], who: str, interval: str, points: Sequence[Row]
) -> str:
    """The share reported within 24 hours as it is released, else the curve's own at its last full hour."""
    words = edition.words
    if "reported_within" in CATALOGUE:
        keys = frozenset({("interval", interval), ("category", "24 h")})
        reading = read(words, edition.released.total(Topic("reported_within", keys), place))
        if reading.value:
            return words.text(
                "{who}: {share} of all tasks are reported within 24 h, {n}",
                who=who,
                share=reading.text,
                n=reading.evidence,
            )
    at = next((m for m in (1440, 240, 60) if m * 60 <= points[-1]["seconds"]), None)
    point = (last_point(points, at) if at else None) or points[-1]
    shown = show("share", point["value"], point["low"], point["high"])
    share = shown.value
    if shown.low is not None:
        interval_words = words.text("{low} to {high}", low=shown.low, high=shown.high)
        share = words.text("{value} ({interval})", value=share, interval=interval_words)
    return words.text(
        "{who}: {share} of {n} tasks are reported within {time}",
        who=who,
        share=share,
        n=count(points[0]["at_risk"]),
        time=tick_text(words, at) if at else time_words(words, point["seconds"] / 60),
    )


def report_curve(
    edition: Edition, place: Mapping[str, str], who: str, anchor: str, *, contract: bool = False
) -> ReportCurve | None:
    """The curve of a place.

    Args:
        edition: The edition.
        place: The place.
        who: Whom the curve is of.
        anchor: Id on the page.
        contract: Draw the terms of the place's vendor, on the clock that they are agreed on.

    Returns:
        None where the warehouse has no curve of the place with at least 10 tasks.
    """
    words = edition.words
    there = intervals(edition)
    terms: list[tuple[float, float]] = []
    interval = main_interval(there)
    for agreed in there if contract and "vendor" in place else []:
        if found := terms_of(edition, place["vendor"], agreed):
            interval, terms = agreed, found
            break
    keys: dict[str, str | None] = {**dict.fromkeys((*PLACES, *KEYS)), **place, "interval": interval}
    rows = curve(edition.connection, TABLE, VALUES, keys, "seconds")
    points = [p for p in rows if p["at_risk"] >= FOLLOWED and p["value"] is not None]
    if interval is None or len(points) < 2:
        return None
    ends = (
        log10(max(points[0]["seconds"] / 60, 0.5)),
        log10(max([points[-1]["seconds"] / 60, *(minutes for minutes, _ in terms)])),
    )
    marks, notes = _agreed(words, terms)
    title = _title(edition, place, who, interval, points)
    ticks = [m for m in _TICKS if ends[0] - 0.01 <= log10(m) <= ends[1] + 0.01]
    time_axis = {
        **axis("minutes"),
        "type": "log",
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [plot_text(tick_text(words, m)) for m in ticks],
        "range": [ends[0], ends[1] + 0.03],
        "ticks": "outside",
        "tickangle": 0,
    }
    few_ticks = ticks[::2] if len(ticks) > 4 else ticks
    narrow = {
        "tickvals": few_ticks,
        "ticktext": [plot_text(tick_text(words, m)) for m in few_ticks],
    }
    how = words.text(
        "The line rises as tasks are reported; time runs on a logarithmic scale. The band is the 95% interval; a small "
        "upright tick is a time after which tasks are still unread at the cut-off. A task that was cancelled or "
        "returned never gets a report, so the line may stay below 100%."
    )
    if marks:
        how += " " + words.text("A cross is what the contract asks: the line should pass above it.")
    figure = Figure(
        anchor=anchor,
        title=title,
        subtitle=words.listed(
            [label(words, "interval", interval), edition.span, edition.cutoff_words]
        ),
        how=how,
        foot=words.text(
            "Cumulative incidence with competing events, 95% log-log limits. The line stops where fewer than {n} tasks "
            "are still followed.",
            n=FOLLOWED,
        ),
        measure_id="turnaround_median",
        heads=(),
        rows=(),
        spec={
            "data": [*_traces(words, points), _censored(points), *marks],
            "layout": layout(
                340,
                xaxis=time_axis,
                yaxis={**axis("share"), "range": [0, 1.02]},
                annotations=notes,
            ),
            "narrow": {"xaxis": narrow, "height": 300},
        },
    )
    heads = (
        words.text("Time"),
        words.text("Still followed"),
        words.text("Reported"),
        words.text("Cancelled or returned"),
        words.text("Unread at the cut-off"),
        words.text("Share reported"),
        words.text("Low"),
        words.text("High"),
    )
    return ReportCurve(
        figure, followed(words, points), heads, tuple(data_row(words, p) for p in points)
    )
