"""A rate of an algorithm by population: a forest in fixed order against the rate of all, marked only after FDR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboards.algorithms import Version, asked_words
from dashboards.definitions import name, name_inside
from dashboards.discovery import FOUND_BELOW, tested
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
from dashboards.figures.version_lines import answered
from dashboards.populations import order, population_words, split
from dashboards.reading import Reading, read
from dashboards.release import Cell
from dashboards.verdict import few
from overread.measures.catalogue import CATALOGUE

_SYMBOLS: Final = {
    "worse": ("diamond", "@worse"),
    "better": ("circle", "@better"),
    "none": ("circle-open", "@ink2"),
    "untested": ("circle-open", "@ink2"),
    "few": ("square-open", "@mute"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """A population's row.

    Attributes:
        population: Its code.
        label: Its name.
        cell: Its rate.
        gap: Whether its gap to the rest was found: "worse", "better", "none"; "untested" where no gap was tested,
            "few" where too few cases stand behind the rate.
    """

    population: str
    label: str
    cell: Cell
    gap: str


def _gaps(
    edition: Edition, version: Version, place: Mapping[str, str], measure_id: str
) -> dict[str, str] | None:
    """Populations whose gap to the rest survives the false discovery rate; None where none was tested."""
    told = tested(edition, f"population_gap_{measure_id}", version.keys(), place, "population")
    if not told:
        return None
    return {
        population: "worse" if value < 0 else "better"
        for population, (value, q) in told.items()
        if q < FOUND_BELOW and value
    }


def groups(
    edition: Edition, version: Version, place: Mapping[str, str], measure_id: str
) -> list[Group]:
    """Populations of a version in fixed order, [] where none are told apart."""
    found = _gaps(edition, version, place, measure_id)
    without = "untested" if found is None else "none"
    own = version.topics(measure_id)[0].keys
    cells = {}
    for cell in edition.released.topics(measure_id, place):
        population = cell.topic.key("population")
        if not population or not split(population)[0]:
            continue
        if cell.topic.keys - {("population", population)} == own:
            cells[population] = cell
    return [
        Group(
            population,
            population_words(edition.words, population),
            cells[population],
            "few" if few(cells[population]) else (found or {}).get(population, without),
        )
        for population in sorted(cells, key=order)
    ]


def _title(
    edition: Edition, version: Version, measure_id: str, rows: list[Group], told: list[Reading]
) -> str:
    """Populations whose gap was found; without one that none was."""
    words = edition.words
    measure = name_inside(words, measure_id)
    named = [
        words.text("{population} {value}, {n}", population=g.label, value=r.text, n=r.evidence)
        for g, r in zip(rows, told, strict=True)
        if g.gap == "worse"
    ]
    if named:
        return words.text(
            "{who}: {measure} is lower in part of the exams: {populations}",
            who=version.name,
            measure=measure,
            populations=words.text("; ").join(named),
        )
    if any(g.gap == "better" for g in rows):
        return words.text(
            "{who}: no population has a lower {measure} than the others",
            who=version.name,
            measure=measure,
        )
    if all(g.gap == "few" for g in rows):
        return words.text(
            "{who}, {measure} by population: too few cases to judge",
            who=version.name,
            measure=measure,
        )
    if not any(g.gap == "none" for g in rows):
        return words.text(
            "{who}, {measure} by population: gaps were not tested",
            who=version.name,
            measure=measure,
        )
    return words.text(
        "{who}, {measure}: no gap between populations was found",
        who=version.name,
        measure=measure,
    )


def populations(
    edition: Edition, version: Version, place: Mapping[str, str], measure_id: str
) -> Figure | None:
    """The forest of a rate, None where fewer than two populations have a value."""
    words = edition.words
    rows = groups(edition, version, place, measure_id)
    drawn = [(f"row {at}", group) for at, group in enumerate(rows) if group.cell.drawn]
    if len(drawn) < 2:
        return None
    readings = [read(words, group.cell) for group in rows]
    cells = [group.cell for _, group in drawn]
    symbols = [_SYMBOLS[group.gap] for _, group in drawn]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "y": [key for key, _ in drawn],
        "x": [drawn_at(cell.value, 1) for cell in cells],
        "error_x": whiskers(cells, 1),
        "marker": {
            "size": 11,
            "symbol": [symbol for symbol, _ in symbols],
            "color": [colour for _, colour in symbols],
        },
        "customdata": [hover(group.label, group.cell) for _, group in drawn],
        "meta": {"unit": "share", "clock": "min", "target": None},
    }
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    whole = version.total(edition.released, measure_id, place)
    if whole is not None and whole.drawn:
        line = {"yref": "paper", "y0": 0, "y1": 1}
        shapes.append(
            {
                "type": "line", **line, "x0": whole.value, "x1": whole.value,
                "line": {"color": "@ink2", "width": 1.5, "dash": "dash"},
            }
        )  # fmt: skip
        notes.append(
            {
                "x": whole.value, "yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False,
                "xanchor": "right" if (whole.value or 0) > 0.5 else "left",
                "text": plot_text(words.text("all: {value}", value=read(words, whole).value)),
            }
        )  # fmt: skip
    keys = [f"row {at}" for at in range(len(rows))]
    ticks = [
        f"<b>{wrapped(g.label)}</b><br>{wrapped(f'{r.text} · {r.evidence}' if r.value else r.note, 34)}"
        for g, r in zip(rows, readings, strict=True)
    ]
    height = 70 + (LINE * max(tick.count("<br>") + 1 for tick in ticks) + 8) * len(rows)
    return Figure(
        anchor=f"population-{measure_id}-{version.anchor}",
        title=_title(edition, version, measure_id, rows, readings),
        subtitle=words.listed(
            [
                name(words, measure_id),
                asked_words(words, version.asked),
                answered(edition, version, place) or edition.span,
            ]
        ),
        how=words.text(
            "Each mark is one population with its 95% interval, in a fixed order; the dashed line is all cases together. "
            "A diamond is drawn only where the gap to all others of its kind holds after the false discovery rate over "
            "all populations (5%); an open square has too few cases to judge."
        ),
        foot=words.text("95% intervals ({method}).", method=words.text("Wilson")),
        measure_id=f"population_gap_{measure_id}"
        if f"population_gap_{measure_id}" in CATALOGUE
        else measure_id,
        heads=(words.text("Population"),),
        rows=tuple(DataRow((g.label,), r) for g, r in zip(rows, readings, strict=True)),
        spec={
            "data": [trace],
            "layout": layout(
                height,
                xaxis={**axis("share"), "rangemode": "normal"},
                yaxis=places_axis(keys, ticks),
                shapes=shapes,
                annotations=notes,
            ),
            "narrow": {},
        },
        signal=any(group.gap == "worse" for group in rows),
    )
