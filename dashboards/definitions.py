"""What the pages say of a measure, from the catalogue."""

from __future__ import annotations

from dashboards.words import Words
from overread.measures.catalogue import CATALOGUE, Measure


def definition(measure_id: str) -> Measure:
    """The catalogue's entry.

    Raises:
        KeyError: The measure is released but not declared.
    """
    if measure_id not in CATALOGUE:
        raise KeyError(
            f"measure_release holds {measure_id!r}, which the catalogue does not declare: add it to "
            "overread/measures/catalogue"
        )
    return CATALOGUE[measure_id]


def name(words: Words, measure_id: str) -> str:
    """Name of a measure."""
    measure = definition(measure_id)
    return measure.name_zh_hant if words.language == "zh_Hant" else measure.name


def name_inside(words: Words, measure_id: str) -> str:
    """Name of a measure inside a sentence: a small first letter, except for proper names and acronyms."""
    text = name(words, measure_id)
    if words.language != "en":
        return text
    first = text.split()[0]
    return text[0].lower() + text[1:] if first[1:].islower() and "'" not in first else text
