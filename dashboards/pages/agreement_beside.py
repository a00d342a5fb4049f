"""Agreement beyond chance: percent, kappa, AC1 and PABAK of the same answers side by side."""

from __future__ import annotations

from typing import Final

from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.grid import Grid, Head, Line, grid
from dashboards.release import Cell, Items, Topic
from dashboards.topics import qualifiers
from overread.measures.catalogue import CATALOGUE

_MEASURES: Final = ("agreement_percent", "cohen_kappa", "fleiss_kappa", "gwet_ac1", "pabak")


def agreement_beside(edition: Edition) -> Grid | None:
    """Rows of answers that carry both kappa and another coefficient; None where there are none."""
    words = edition.words
    there = [measure_id for measure_id in _MEASURES if measure_id in CATALOGUE]
    lines = []
    for vendor in edition.vendors:
        place, named = {"vendor": vendor.id}, vendor.name
        found: dict[Items, dict[str, Cell]] = {}
        for measure_id in there:
            for cell in edition.released.topics(measure_id, place):
                found.setdefault(cell.topic.keys, {})[measure_id] = cell
        for keys, cells in sorted(found.items(), key=lambda pair: sorted(pair[0])):
            if len(cells) > 1:
                told = qualifiers(words, Topic("", keys))
                row = tuple(cells.get(measure_id) for measure_id in there)
                lines.append(Line(named, row, note=told))
    return grid(
        words,
        words.text("Agreement between algorithm and reader, and among readers"),
        words.text("Who answered"),
        [Head(name(words, measure_id), measure_id) for measure_id in there],
        lines,
        words.text(
            "Where a finding is rare, kappa is low although nearly all answers agree: AC1 and PABAK stand beside it, "
            "and the percentage before all."
        ),
    )
