"""Time to report: cumulative incidence, rising over a logarithmic time, with its band and those still followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any, Final

from dashboards.curves import Row, curve
from dashboards.edition import Edition
from dashboards.figures.figure import Figure, axis, layout, plot_text
from dashboards.figures.time_axis import tick_text
from dashboards.intervals import main_interval
from dashboards.labels import label, places
from dashboards.numerals import clock_of, count, duration, show
from dashboards.release import KEYS, PLACES
from dashboards.stored import columns_of
from dashboards.words import Words

TABLE: Final = "report_curve"
_VALUES: Final = ("seconds", "at_risk", "reported", "competing", "censored", "value", "low", "high")
# Below it the curve says more of chance than of the vendor.
FOLLOWED: Final = 10
_TICKS: Final = (1, 5, 15, 60, 240, 1440, 4320, 10080, 43200)
_HORIZONS: Final = (60, 240, 1440, 4320, 10080)
_TERMS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Followed:
    """The table under the curve: per time, tasks at risk, reported and unread."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ReportCurve:
    """The chart, its table of those followed, and every point for the data table."""

    figure: Figure
    followed: Followed
    heads: tuple[str, ...]
    points: tuple[tuple[tuple[str, object], ...], ...]


def _time(words: Words, minutes: float) -> str:
    return duration(minutes, clock_of([minutes]), language=words.language)


def intervals(edition: Edition) -> list[str]:
    """Intervals that have curves."""
    if "interval" not in columns_of(edition.connection, TABLE):
        return []
    return [
        name
        for (name,) in edition.connection.execute(
            f"SELECT DISTINCT interval FROM {TABLE} WHERE interval IS NOT NULL ORDER BY 1"
        ).fetchall()
    ]


def _terms(edition: Edition, vendor: str, interval: str) -> list[tuple[float, float, str]]:
    """(minutes, share, whom it concerns) of the vendor's terms in force at the cut-off, broadest first."""
    narrow = ("region", "site", "modality", "patient_class", "priority", "service")
    if not {*narrow, "target_minutes", "valid_to"} <= columns_of(
        edition.connection, "contract_term_current"
    ):
        return []
    rows = edition.connection.execute(
        f"SELECT target_minutes, target_share, {', '.join(narrow)} FROM contract_term_current "
        "WHERE vendor = ? AND interval = ? AND target_minutes IS NOT NULL AND target_share IS NOT NULL "
        "AND (valid_from IS NULL OR valid_from <= ?) AND (valid_to IS NULL OR valid_to >= ?::DATE) "
        "ORDER BY ALL NULLS FIRST",
        [vendor, interval, edition.cutoff, edition.cutoff],
    ).fetchall()
    found: dict[tuple[float, float], list[str]] = {}
    for minutes, share, *cut in rows:
        place = {n: v for n, v in zip(narrow, cut, strict=True) if v is not None}
        whom = edition.words.listed(places(edition.words, place))
        found.setdefault((float(minutes), float(share)), []).append(
            whom or edition.words.text("general term")
        )
    return [(*key, whom[0]) for key, whom in found.items()]


def _last(points: Sequence[Row], minutes: float) -> Row | None:
    """The newest point at or before a time."""
    return next((p for p in reversed(points) if p["seconds"] <= minutes * 60), None)


def _followed(words: Words, points: Sequence[Row]) -> Followed:
    """Per time: still followed, reported, withdrawn, and unread at the cut-off, all counted up to it."""
    total = points[0]["at_risk"]
    end = points[-1]["seconds"] / 60
    times = [minutes for minutes in _HORIZONS if minutes <= end] or [end]
    columns = []
    for minutes in times:
        point = _last(points, minutes)
        ended = [point[name] if point else 0 for name in ("reported", "competing", "censored")]
        columns.append((total - sum(ended), *ended))
    names = (
        words.text("still followed"),
        words.text("reported"),
        words.text("cancelled or returned"),
        words.text("unread at the cut-off"),
    )
    return Followed(
        tuple(tick_text(words, minutes) for minutes in times),
        tuple(
            (name, tuple(count(column[at]) for column in columns)) for at, name in enumerate(names)
        ),
    )


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
                    plot_text(words.text("within {time}", time=_time(words, p["seconds"] / 60))),
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
    words: Words, terms: Sequence[tuple[float, float, str]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Points of the contract's terms with their labels."""
    if not terms:
        return [], []
    mark = {
        "type": "scatter",
        "mode": "markers",
        "x": [minutes for minutes, _, _ in terms],
        "y": [share for _, share, _ in terms],
        "marker": {"symbol": "cross-thin-open", "size": 15, "color": "@ink2", "line": {"width": 2}},
        "hoverinfo": "skip",
    }
    notes = [
        {
            "x": log10(minutes), "y": share, "xanchor": "right", "yanchor": "top", "showarrow": False,
            "xshift": -8, "bgcolor": "@page", "align": "right",
            "text": plot_text(
                words.text(
                    "{share} in {time}: {whom}", share=show("share", share).value, time=_time(words, minutes), whom=whom
                )
            ),
        }
        for minutes, share, whom in terms
    ]  # fmt: skip
    return [mark], notes


def _point(words: Words, point: Row) -> tuple[tuple[str, object], ...]:
    """A row of the data table: (text, raw value) per column."""
    shown = show("share", point["value"], point["low"], point["high"])
    counts = [
        (count(point[name]), point[name])
        for name in ("at_risk", "reported", "competing", "censored")
    ]
    return (
        (_time(words, point["seconds"] / 60), point["seconds"]),
        *counts,
        (shown.value, point["value"]),
        (shown.low or "–", "" if point["low"] is None else point["low"]),
        (shown.high or "–", "" if point["high"] is None else point["high"]),
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
    terms: list[tuple[float, float, str]] = []
    interval = main_interval(there)
    for agreed in there if contract and "vendor" in place else []:
        if found := _terms(edition, place["vendor"], agreed):
            interval, terms = agreed, found[:_TERMS_SHOWN]
            break
    keys: dict[str, str | None] = {**dict.fromkeys((*PLACES, *KEYS)), **place, "interval": interval}
    rows = curve(edition.connection, TABLE, _VALUES, keys, "seconds")
    points = [p for p in rows if p["at_risk"] >= FOLLOWED and p["value"] is not None]
    if interval is None or len(points) < 2:
        return None
    ends = log10(max(points[0]["seconds"] / 60, 0.5)), log10(points[-1]["seconds"] / 60)
    marks, notes = _agreed(words, [t for t in terms if ends[0] <= log10(t[0]) <= ends[1]])
    at = next((m for m in (1440, 240, 60) if m * 60 <= points[-1]["seconds"]), None)
    point = _last(points, at) if at else points[-1]
    last = point or points[-1]
    shown = show("share", last["value"], last["low"], last["high"])
    title = words.text(
        "{who}: {share} of {n} tasks are reported within {time}",
        who=who,
        share=shown.value
        if shown.low is None
        else words.text(
            "{value} ({interval})",
            value=shown.value,
            interval=words.text("{low} to {high}", low=shown.low, high=shown.high),
        ),
        n=count(points[0]["at_risk"]),
        time=tick_text(words, at) if at else _time(words, last["seconds"] / 60),
    )
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
        figure, _followed(words, points), heads, tuple(_point(words, p) for p in points)
    )
