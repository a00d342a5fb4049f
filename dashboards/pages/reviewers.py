"""Reviewers by pseudonym: how severe they are, and how often they find nothing. For the committee only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.grid import Grid, Head, Line, grid
from dashboards.release import Cell
from overread.measures.catalogue import CATALOGUE

_MEASURES: Final = ("reviewer_severity", "reviewer_zero_rate", "reviewer_zero_probability")


def _cells(edition: Edition, measure_id: str) -> Mapping[str, Cell]:
    """Reviewer -> cell over all months, of the network as a whole."""
    if measure_id not in CATALOGUE:
        return {}
    found: dict[str, Cell] = {}
    for cell in edition.released.rows(
        "measure_id = ? AND period IS NULL AND reader IS NOT NULL AND category IS NULL",
        [measure_id],
    ):
        reviewer = cell.topic.key("reader")
        if reviewer is not None and not cell.place:
            found.setdefault(reviewer, cell)
    return found


def reviewers(edition: Edition) -> Grid | None:
    """A row per reviewer in the order of the pseudonyms; None for other audiences and without such rows."""
    if edition.released.audience != "committee":
        return None
    words = edition.words
    there = [measure_id for measure_id in _MEASURES if measure_id in CATALOGUE]
    columns = {measure_id: _cells(edition, measure_id) for measure_id in there}
    everybody = sorted({reviewer for cells in columns.values() for reviewer in cells})
    lines = [
        Line(reviewer[:12], tuple(columns[measure_id].get(reviewer) for measure_id in there))
        for reviewer in everybody
    ]
    return grid(
        words,
        words.text("Reviewers, by pseudonym"),
        words.text("Reviewer"),
        [Head(name(words, measure_id), measure_id) for measure_id in there],
        lines,
        words.text(
            "For the committee only; the order is that of the pseudonyms, it is no ranking. A severe reviewer is not a "
            "wrong one: the adjusted rates above take severity out."
        ),
    )
