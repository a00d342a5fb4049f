"""Points of the curves of the time to report, those still followed, and the terms that a curve is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.curves import Row
from dashboards.edition import Edition
from dashboards.figures.time_axis import tick_text
from dashboards.numerals import clock_of, count, duration, show
from dashboards.stored import columns_of
from dashboards.words import Words

TABLE: Final = "report_curve"
VALUES: Final = ("seconds", "at_risk", "reported", "competing", "censored", "value", "low", "high")
_HORIZONS: Final = (60, 240, 1440, 4320, 10080)


@dataclass(frozen=True, slots=True)
class Followed:
    """The table under the curve: per time, tasks at risk, reported and unread."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def time_words(words: Words, minutes: float) -> str:
    """A time in the unit that suits it."""
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


def terms_of(edition: Edition, vendor: str, interval: str) -> list[tuple[float, float]]:
    """(minutes, share) of the vendor's terms in force at the cut-off that hold for all its work.

    A term for a part of the work (a region, emergencies) is none that the curve of all tasks could be held to.
    """
    narrow = ("region", "site", "modality", "patient_class", "priority", "service")
    wanted = {*narrow, "target_minutes", "target_share", "valid_from", "valid_to"}
    if not wanted <= columns_of(edition.connection, "contract_term_current"):
        return []
    rows = edition.connection.execute(
        "SELECT DISTINCT target_minutes, target_share FROM contract_term_current "
        "WHERE vendor = ? AND interval = ? AND target_minutes IS NOT NULL AND target_share IS NOT NULL "
        "AND (valid_from IS NULL OR valid_from <= ?) AND (valid_to IS NULL OR valid_to >= ?::DATE) "
        f"AND coalesce({', '.join(narrow)}) IS NULL ORDER BY ALL",
        [vendor, interval, edition.cutoff, edition.cutoff],
    ).fetchall()
    return [(float(minutes), float(share)) for minutes, share in rows]


def last_point(points: Sequence[Row], minutes: float) -> Row | None:
    """The newest point at or before a time."""
    return next((p for p in reversed(points) if p["seconds"] <= minutes * 60), None)


def followed(words: Words, points: Sequence[Row]) -> Followed:
    """Per time: still followed, reported, withdrawn, and unread at the cut-off, all counted up to it."""
    total = points[0]["at_risk"]
    end = points[-1]["seconds"] / 60
    times = [minutes for minutes in _HORIZONS if minutes <= end] or [end]
    columns = []
    for minutes in times:
        point = last_point(points, minutes)
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


def data_row(words: Words, point: Row) -> tuple[tuple[str, object], ...]:
    """A row of the data table: (text, raw value) per column."""
    shown = show("share", point["value"], point["low"], point["high"])
    counts = [
        (count(point[name]), point[name])
        for name in ("at_risk", "reported", "competing", "censored")
    ]
    return (
        (time_words(words, point["seconds"] / 60), point["seconds"]),
        *counts,
        (shown.value, point["value"]),
        (shown.low or "–", "" if point["low"] is None else point["low"]),
        (shown.high or "–", "" if point["high"] is None else point["high"]),
    )
