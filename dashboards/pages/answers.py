"""Answers against truth and against each other: every algorithm version and finding of a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.flags import Flag, states
from dashboards.labels import label
from dashboards.reading import Reading, read
from dashboards.verdict import Verdict
from dashboards.words import Words

_MEASURES: Final = (
    "sensitivity",
    "specificity",
    "auc",
    "sensitivity_difference",
    "specificity_difference",
    "auc_difference",
    "sensitivity_variance_share",
    "specificity_variance_share",
    "auc_variance_share",
    "agreement_percent",
    "cohen_kappa",
    "gwet_ac1",
    "pabak",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One measure of one algorithm version, or of readers, for one finding."""

    subject: str
    finding: str
    measure: str
    measure_id: str
    reference: str
    reading: Reading


def answers(edition: Edition, place: Mapping[str, str]) -> list[Answer]:
    """Rows of a table, [] where a place has no answers."""
    words = edition.words
    found = []
    for order, measure_id in enumerate(_MEASURES):
        for cell in edition.released.topics(measure_id, place):
            key = cell.topic.key
            population = key("population") or ""
            if population not in ("", "readers") and not population.startswith("reader:"):
                continue
            extra = (
                label(words, "population", population)
                if population.startswith("reader:")
                else label(words, "category", key("category") or "")
                if key("category")
                else ""
            )
            algorithm = " ".join(filter(None, (key("algorithm"), key("algorithm_version"))))
            reference = key("reference")
            found.append(
                (
                    (algorithm or "~", key("finding") or "", order),
                    Answer(
                        subject=algorithm or words.text("readers"),
                        finding=label(words, "finding", key("finding") or ""),
                        measure=words.text(
                            "{measure} ({extra})",
                            measure=name(words, measure_id),
                            extra=extra,
                        )
                        if extra
                        else name(words, measure_id),
                        measure_id=measure_id,
                        reference=label(words, "reference", reference)
                        if reference
                        else words.text("against readers")
                        if algorithm
                        else words.text("among readers"),
                        reading=read(words, cell),
                    ),
                )
            )
    return [answer for _, answer in sorted(found, key=lambda pair: pair[0])]


def answer_flags(words: Words, told: Sequence[Answer]) -> tuple[Flag, ...]:
    """What stands outside where the answers are folded."""
    return states(
        words,
        (
            (words.listed([answer.subject, answer.finding, answer.measure]), answer.reading)
            if answer.reading.standing.verdict is Verdict.MISSES
            else (words.listed([answer.subject, answer.finding]), answer.reading)
            for answer in told
        ),
    )
