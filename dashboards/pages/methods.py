"""Methods: every measure's definition from the catalogue, how to read the marks, and a glossary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboards.definitions import definition, name
from dashboards.edition import Edition, Page
from dashboards.pages.glossary import glossary
from dashboards.words import Words


@dataclass(frozen=True, slots=True)
class Method:
    """A measure's entry in words: its name, its question and (what, how) pairs."""

    id: str
    name: str
    question: str
    parts: tuple[tuple[str, str], ...]


def method(words: Words, measure_id: str) -> Method:
    """A measure's entry in words."""
    measure = definition(measure_id)
    _ = words.text
    directions = {"lower": _("lower"), "higher": _("higher"), "neutral": _("neither")}
    parts = (
        (_("Formula"), _(getattr(measure, "formula", ""))),
        (_("Numerator"), _(measure.numerator)),
        (_("Denominator"), _(measure.denominator)),
        (_("Left out"), _(measure.exclusions)),
        (_("Better"), directions[measure.direction]),
        (_("Interval"), _(measure.interval_method)),
        (_("Judged from"), _("{n} cases", n=measure.minimum_n)),
        (_("Input columns"), ", ".join(measure.input_columns)),
        (_("Source"), _(measure.source)),
        (_("Definition"), _("version {version}", version=measure.version)),
    )
    return Method(
        measure_id,
        name(words, measure_id),
        _(measure.question),
        tuple(part for part in parts if part[1]),
    )


def methods_of(words: Words, measure_ids: Iterable[str]) -> list[Method]:
    """Entries of several measures, by name."""
    return sorted((method(words, i) for i in measure_ids), key=lambda m: (m.name.lower(), m.id))


def methods(edition: Edition) -> Page:
    """The page `methods`."""
    words = edition.words
    shown = methods_of(words, edition.released.measures())
    return Page(
        "methods",
        "methods.html",
        {
            "title": words.plural(
                "How {number} measure is computed",
                "How {number} measures are computed",
                len(shown),
            ),
            "subtitle": words.text(
                "Definitions come from the catalogue that also computes the numbers."
            ),
            "methods": shown,
            "glossary": glossary(words),
        },
    )
