"""A newer version of an algorithm against the older one on the same cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dashboards.algorithms import Asked, Version
from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.grid import Grid, Head, Line, grid
from dashboards.release import Cell
from overread.measures.catalogue import CATALOGUE

_MEASURES: Final = ("sensitivity_version_difference", "specificity_version_difference")


def version_pairs(
    edition: Edition, asked: Asked, listed: Sequence[Version], place: Mapping[str, str]
) -> Grid | None:
    """Differences of each pair of versions that answered the same cases, None where no pair did."""
    words = edition.words
    found: dict[str, dict[str, Cell]] = {}
    for measure_id in _MEASURES:
        if measure_id not in CATALOGUE:
            continue
        for cell in edition.released.topics(measure_id, place):
            key = cell.topic.key
            if (key("algorithm"), key("finding"), key("reference")) == (
                asked.algorithm,
                asked.finding,
                asked.reference,
            ):
                found.setdefault(key("category") or "", {})[measure_id] = cell
    numbers = [version.number for version in listed]
    lines = [
        Line(
            words.text("{newer} less {older}", newer=newer, older=older),
            tuple(found[f"{older}-{newer}"].get(measure_id) for measure_id in _MEASURES),
        )
        for older in numbers
        for newer in numbers
        if f"{older}-{newer}" in found
    ]
    return grid(
        words,
        words.text("A newer version less the older one, on the same cases"),
        words.text("Versions"),
        [
            Head(name(words, measure_id), measure_id)
            for measure_id in _MEASURES
            if measure_id in CATALOGUE
        ],
        lines,
        words.text(
            "Below 0 the newer version is worse; an interval that holds 0 cannot tell the two apart."
        ),
    )
