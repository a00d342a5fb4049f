"""Half and nine of ten: median and 90th percentile of each vendor on one logarithmic axis, in a fixed order."""

from __future__ import annotations

from math import log10
from typing import Any

from dashboards.definitions import definition
from dashboards.edition import Edition
from dashboards.figures.dots import LINE
from dashboards.figures.figure import (
    DataRow,
    Figure,
    axis,
    drawn_at,
    hover,
    layout,
    places_axis,
    plot_text,
    whiskers,
    wrapped,
)
from dashboards.figures.time_axis import tick_text
from dashboards.labels import label
from dashboards.reading import Reading, column_clock, read
from dashboards.release import Cell, Topic

TICKS = (0.1, 0.25, 0.5, 1, 2, 5, 15, 30, 60, 120, 240, 480, 1440, 2880, 4320, 10080, 20160, 43200)


def _measures(edition: Edition) -> tuple[str, str]:
    """All tasks where they are released, else the finished ones."""
    there = set(edition.released.measures())
    wanted = ("turnaround_median", "turnaround_p90")
    if there.issuperset(wanted):
        return wanted
    return "turnaround_median_completed_only", "turnaround_p90_completed_only"


def _trace(measure_id: str, rows: list[tuple[str, str, Cell]], symbol: str) -> dict[str, Any]:
    cells = [cell for _, _, cell in rows]
    return {
        "type": "scatter",
        "mode": "markers",
        "y": [key for key, _, _ in rows],
        "x": [drawn_at(cell.value, 1) for cell in cells],
        "error_x": whiskers(cells, 1),
        "marker": {"size": 10, "symbol": symbol, "color": "@ink2"},
        "customdata": [hover(name, cell) for _, name, cell in rows],
        "meta": {"unit": definition(measure_id).unit, "clock": column_clock(cells), "target": None},
    }


def quantiles(edition: Edition, interval: str) -> Figure | None:
    """Median and 90th percentile per vendor, None where fewer than two vendors have both."""
    words = edition.words
    median, most = _measures(edition)
    keys = frozenset({("interval", interval)})
    pairs: list[tuple[str, Cell, Cell]] = []
    for vendor in edition.vendors:
        place = {"vendor": vendor.id}
        half = edition.released.total(Topic(median, keys), place)
        nine = edition.released.total(Topic(most, keys), place)
        if half is not None and nine is not None and half.drawn and nine.drawn:
            pairs.append((vendor.name, half, nine))
    values = [
        number
        for _, half, nine in pairs
        for cell in (half, nine)
        for number in (cell.value, cell.low, cell.high)
        if number is not None and number > 0
    ]
    if len(pairs) < 2 or not values:
        return None
    read_rows: list[tuple[str, Reading, Reading]] = [
        (name, read(words, half), read(words, nine)) for name, half, nine in pairs
    ]
    at = [f"row {number}" for number in range(len(pairs))]

    def labels(width: int) -> list[str]:
        return [
            f"<b>{wrapped(name, width)}</b><br>{wrapped(half.text, width)}<br>{wrapped(nine.text, width)}"
            for name, half, nine in read_rows
        ]

    def height(texts: list[str]) -> int:
        return 70 + (LINE * max(text.count("<br>") + 1 for text in texts) + 12) * len(pairs)

    low, high = log10(min(values)), log10(max(values))
    ticks = [tick for tick in TICKS if low - 0.1 <= log10(tick) <= high + 0.1]
    every = max(1, -(-len(ticks) // 6))

    def time_axis(step: int) -> dict[str, Any]:
        shown = ticks[::step]
        return {
            **axis("minutes"),
            "type": "log",
            "tickmode": "array",
            "tickvals": shown,
            "ticktext": [plot_text(tick_text(words, tick)) for tick in shown],
            "tickangle": 0,
            "range": [low - 0.1, high + 0.15],
        }

    broad, tight = labels(44), labels(22)
    finished = median.endswith("completed_only")
    return Figure(
        anchor="quantiles",
        title=words.text(
            "By vendor, half of the tasks are reported within {quick} to {slow}, nine of ten within {most} to {least}",
            quick=min(read_rows, key=lambda row: _value(row[1]))[1].value,
            slow=max(read_rows, key=lambda row: _value(row[1]))[1].value,
            most=min(read_rows, key=lambda row: _value(row[2]))[2].value,
            least=max(read_rows, key=lambda row: _value(row[2]))[2].value,
        ),
        subtitle=words.listed(
            [
                label(words, "interval", interval),
                words.text("finished tasks only") if finished else words.text("all tasks"),
                edition.span,
                edition.cutoff_words,
            ]
        ),
        how=words.text(
            "Per vendor the circle is the time within which half of its tasks were reported, the upright bar that of "
            "nine of ten, each with its 95% interval; time runs on a logarithmic scale. The order is fixed, it is no "
            "ranking: vendors read different work."
        ),
        foot=words.text(
            "95% intervals ({method}).", method=words.text(definition(median).interval_method)
        ),
        measure_id=median,
        heads=(words.text("Vendor"), words.text("Measure")),
        rows=tuple(
            DataRow((name, text), reading)
            for name, half, nine in read_rows
            for text, reading in (
                (words.text("Median"), half),
                (words.text("90th percentile"), nine),
            )
        ),
        spec={
            "data": [
                _trace(
                    median,
                    [(key, name, half) for key, (name, half, _) in zip(at, pairs, strict=True)],
                    "circle",
                ),
                _trace(
                    most,
                    [(key, name, nine) for key, (name, _, nine) in zip(at, pairs, strict=True)],
                    "line-ns-open",
                ),
            ],
            "layout": layout(
                height(broad),
                xaxis=time_axis(every),
                yaxis=places_axis(at, broad),
            ),
            "narrow": {
                "xaxis": time_axis(every * 2),
                "yaxis": {"ticktext": tight},
                "height": height(tight),
            },
        },
    )


def _value(reading: Reading) -> float:
    return 0.0 if reading.cell is None else reading.cell.value or 0.0
