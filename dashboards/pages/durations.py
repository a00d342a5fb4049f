"""Turnaround in numbers: all tasks beside the finished ones, and every interval that has rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboards.edition import Edition
from dashboards.grid import Grid, Head, Line, grid
from dashboards.intervals import interval_shown
from dashboards.labels import NAMES, label
from dashboards.release import Cell, Topic
from dashboards.words import marked
from overread.measures.catalogue import CATALOGUE

_FINISHED: Final = (
    ("turnaround_median_completed_only", marked("Median")),
    ("turnaround_p75_completed_only", marked("75th percentile")),
    ("turnaround_p90_completed_only", marked("90th percentile")),
    ("turnaround_p95_completed_only", marked("95th percentile")),
    ("turnaround_mean_completed_only", marked("Mean")),
)
_BESIDE: Final = (
    ("turnaround_median_completed_only", "", marked("Median"), marked("finished tasks only")),
    ("turnaround_median", "", marked("Median"), marked("all tasks")),
    ("turnaround_p90_completed_only", "", marked("90th percentile"), marked("finished tasks only")),
    ("turnaround_p90", "", marked("90th percentile"), marked("all tasks")),
    ("reported_within", "24 h", marked("Reported within 24 hours"), marked("all tasks")),
    ("reported_within", "72 h", marked("Reported within 72 hours"), marked("all tasks")),
)


def _cell(
    edition: Edition, measure_id: str, keys: Mapping[str, str | None], place: Mapping[str, str]
) -> Cell | None:
    """A measure of an interval and category, None where it is not released."""
    if measure_id not in CATALOGUE:
        return None
    named = frozenset((key, value) for key, value in keys.items() if value)
    return edition.released.total(Topic(measure_id, named), place)


def beside(edition: Edition) -> Grid | None:
    """Finished tasks beside all tasks, vendor by vendor."""
    words = edition.words
    interval = interval_shown(edition)
    heads = [
        Head(words.text(name), measure_id, words.text(whose))
        for measure_id, _, name, whose in _BESIDE
    ]
    places: list[tuple[str, dict[str, str], str]] = [(words.text("The network"), {}, "")]
    places += [
        (vendor.name, {"vendor": vendor.id}, edition.link(f"vendor-{vendor.slug}"))
        for vendor in edition.vendors
    ]
    lines = []
    for name, place, href in places:
        cells = tuple(
            _cell(edition, measure_id, {"interval": interval, "category": category}, place)
            for measure_id, category, *_ in _BESIDE
        )
        if any(cells):
            lines.append(Line(name, cells, href))
    return grid(
        words,
        words.text(
            "Finished tasks only, and all tasks, {interval}",
            interval=label(words, "interval", interval) if interval else "",
        ),
        words.text("Vendor"),
        heads,
        lines,
        words.text(
            "Finished tasks flatter: a task that waits unread has no time yet. With all tasks, one that is still open "
            "counts as waiting at least until the cut-off, and one that was cancelled or returned never gets a report."
        ),
    )


def all_intervals(edition: Edition, place: Mapping[str, str]) -> Grid | None:
    """Every interval that has rows at a place: median, percentiles and mean of finished tasks."""
    words = edition.words
    measures = [(m, text) for m, text in _FINISHED if m in CATALOGUE]
    there = {
        cell.topic.key("interval") or ""
        for measure_id, _ in measures
        for cell in edition.released.topics(measure_id, place)
    }
    order = [*NAMES["interval"], *sorted(there - set(NAMES["interval"]))]
    lines = [
        Line(
            label(words, "interval", interval),
            tuple(
                _cell(edition, measure_id, {"interval": interval}, place)
                for measure_id, _ in measures
            ),
        )
        for interval in order
        if interval in there
    ]
    return grid(
        words,
        words.text("Every interval that the data carry, finished tasks, {span}", span=edition.span),
        words.text("Interval"),
        [Head(words.text(text), measure_id) for measure_id, text in measures],
        lines,
        along=True,
    )
