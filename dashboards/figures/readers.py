"""Each reader's own result by group: how far readers differ. Readers carry no name."""

from __future__ import annotations

from dashboards.definitions import definition, name
from dashboards.edition import Edition
from dashboards.figures.figure import (
    DataRow,
    Figure,
    axis,
    drawn_at,
    hover,
    layout,
    places_axis,
    wrapped,
)
from dashboards.numerals import show
from dashboards.reading import read
from dashboards.topics import Column, qualifiers, topic_at


def readers(edition: Edition, column: Column) -> Figure | None:
    """Readers of each group as circles, the pooled value as a line; None without two readers."""
    words = edition.words
    measure = definition(column.measure_id)
    topic = topic_at(edition.released, column, {})
    own = edition.released.by_reader(topic)
    groups = [
        (vendor, cells)
        for vendor in edition.vendors
        if len(cells := [cell for cell in own.get(vendor.id, []) if cell.drawn]) > 1
    ]
    if not groups:
        return None
    keys = [f"group {at}" for at in range(len(groups))]
    values = [cell.value or 0.0 for _, cells in groups for cell in cells]
    low, high = (show(measure.unit, v).value for v in (min(values), max(values)))
    circles = {
        "type": "scatter",
        "mode": "markers",
        "x": [drawn_at(cell.value, 1) for _, cells in groups for cell in cells],
        "y": [key for key, (_, cells) in zip(keys, groups, strict=True) for _ in cells],
        "marker": {"size": 11, "symbol": "circle-open", "color": "@ink2", "opacity": 0.8},
        "customdata": [
            hover(words.text("{group}: one reader", group=vendor.name), cell)
            for vendor, cells in groups
            for cell in cells
        ],
        "meta": {"unit": measure.unit, "clock": "min", "target": None},
    }
    pooled = [
        (key, edition.total(column, {"vendor": vendor.id}))
        for key, (vendor, _) in zip(keys, groups, strict=True)
    ]
    there = [(key, cell) for key, cell in pooled if cell is not None and cell.drawn]
    line = {
        "type": "scatter",
        "mode": "markers",
        "x": [drawn_at(cell.value, 1) for _, cell in there],
        "y": [key for key, _ in there],
        "marker": {"size": 22, "symbol": "line-ns-open", "color": "@ink", "line": {"width": 2}},
        "customdata": [hover(words.text("readers pooled"), cell) for _, cell in there],
        "meta": circles["meta"],
    }
    return Figure(
        anchor=f"readers-{column.slug}",
        title=words.text(
            "Readers differ: {measure} {low} to {high}, {number} readers' results",
            measure=name(words, measure.id),
            low=low,
            high=high,
            number=len(values),
        ),
        subtitle=words.listed([p for p in (qualifiers(words, topic), edition.span) if p]),
        how=words.text(
            "Each circle is one reader, the upright line all readers of the group pooled. Readers carry no name, "
            "and their own intervals, in the table, are wide: neighbours may not differ."
        ),
        foot=words.text("95% intervals ({method}).", method=words.text(measure.interval_method)),
        measure_id=measure.id,
        heads=(words.text("Group"), words.text("Reader")),
        rows=tuple(
            DataRow((vendor.name, str(number)), read(words, cell))
            for vendor, cells in groups
            for number, cell in enumerate(cells, 1)
        ),
        spec={
            "data": [circles, line],
            "layout": layout(
                70 + 52 * len(groups),
                xaxis=axis(measure.unit),
                yaxis=places_axis(keys, [wrapped(vendor.name) for vendor, _ in groups]),
            ),
            "narrow": {},
        },
    )
