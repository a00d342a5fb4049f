"""Populations in words and in their fixed order: age, sex, scanner maker, patient class; unknown last."""

from __future__ import annotations

from typing import Final

from dashboards.labels import label
from dashboards.words import Words, marked
from overread.model.codes import UNKNOWN

_SEX: Final = {"f": marked("women"), "m": marked("men"), "o": marked("another sex")}
_KINDS: Final = {
    "age_band": marked("Age"),
    "sex": marked("Sex"),
    "scanner_maker": marked("Scanner maker"),
    "patient_class": marked("Patients"),
}


def split(population: str) -> tuple[str, str]:
    """Kind and value of a population, e.g. ("age_band", "80+"); ("", ...) where it is of none of the kinds."""
    for mark in (":", "="):
        kind, found, value = population.partition(mark)
        if found and kind in _KINDS:
            return kind, UNKNOWN if kind == "sex" and value.lower() == "u" else value
    return "", population


def order(population: str) -> tuple[int, bool, int, str]:
    """Fixed order: kinds, then values as people count, unknown last."""
    kind, value = split(population)
    digits = "".join(c if c.isdigit() else " " for c in value).split()
    return (
        list(_KINDS).index(kind) if kind else len(_KINDS),
        value == UNKNOWN,
        int(digits[0]) if kind == "age_band" and digits else 0,
        value,
    )


def population_words(words: Words, population: str) -> str:
    """A population in words, e.g. "Age 80+", "Scanner maker: unknown"."""
    kind, value = split(population)
    if not kind:
        return label(words, "population", value)
    if value == UNKNOWN:
        return words.text("{kind}: unknown", kind=words.text(_KINDS[kind]))
    if kind == "age_band":
        return words.text("Age {years}", years=value)
    if kind == "sex" and value.lower() in _SEX:
        return words.text(_SEX[value.lower()])
    return words.text(
        "{kind}: {value}", kind=words.text(_KINDS[kind]), value=label(words, kind, value)
    )
