"""Which algorithms there are: each version, what it looks for, and the reference that it is held to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboards.edition import Edition
from dashboards.labels import label
from dashboards.release import Cell, Released, Topic
from dashboards.words import Words
from overread.measures.catalogue import CATALOGUE

_FIRST: Final = ("sensitivity", "specificity", "auc")


@dataclass(frozen=True, slots=True)
class Asked:
    """An algorithm's task: what it looks for and what it is held to.

    Attributes:
        algorithm: Its name.
        finding: What it looks for.
        reference: What it is held to.
    """

    algorithm: str
    finding: str
    reference: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an algorithm at a task."""

    asked: Asked
    number: str

    @property
    def name(self) -> str:
        """Algorithm and version, e.g. "BleedScan 2.10"."""
        return f"{self.asked.algorithm} {self.number}".strip()

    @property
    def anchor(self) -> str:
        """Name for anchors."""
        parts = (self.asked.algorithm, self.number, self.asked.finding, self.asked.reference)
        return re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")

    def keys(self) -> dict[str, str]:
        """Categories of its rows."""
        named = {
            "algorithm": self.asked.algorithm,
            "algorithm_version": self.number,
            "finding": self.asked.finding,
            "reference": self.asked.reference,
        }
        return {key: value for key, value in named.items() if value}

    def topics(self, measure_id: str, **more: str) -> tuple[Topic, Topic]:
        """A measure of this version: held to its reference, and held to none."""
        held = {**self.keys(), **more}
        alone = {key: value for key, value in held.items() if key != "reference"}
        return Topic(measure_id, frozenset(held.items())), Topic(
            measure_id, frozenset(alone.items())
        )

    def total(
        self, released: Released, measure_id: str, place: Mapping[str, str], **more: str
    ) -> Cell | None:
        """A measure of this version over all months, None where it is not released."""
        if measure_id not in CATALOGUE:
            return None
        held, alone = self.topics(measure_id, **more)
        return released.total(held, place) or released.total(alone, place)


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Order of versions as people count: 2.9 before 2.10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.findall(r"\d+|\D+", text)
    )


def versions(edition: Edition, place: Mapping[str, str]) -> dict[Asked, list[Version]]:
    """Versions of each algorithm and task at a place, oldest number first."""
    found: dict[Asked, set[str]] = {}
    for measure_id in _FIRST:
        for cell in edition.released.topics(measure_id, place):
            key = cell.topic.key
            algorithm, finding, reference = key("algorithm"), key("finding"), key("reference")
            if algorithm and finding and reference and key("population") is None:
                asked = Asked(algorithm, finding, reference)
                found.setdefault(asked, set()).add(key("algorithm_version") or "")
    return {
        asked: [Version(asked, number) for number in sorted(found[asked], key=natural)]
        for asked in sorted(found, key=lambda a: (a.algorithm, a.finding, a.reference))
    }


def maker(edition: Edition, asked: Asked) -> str:
    """Vendor of an algorithm, "" where it is not told."""
    for vendor in edition.vendors:
        for measure_id in _FIRST:
            for cell in edition.released.topics(measure_id, {"vendor": vendor.id}):
                if cell.topic.key("algorithm") == asked.algorithm:
                    return vendor.id
    return ""


def asked_words(words: Words, asked: Asked) -> str:
    """A task in words: "intracranial haemorrhage, against adjudicated truth"."""
    return words.listed(
        [label(words, "finding", asked.finding), label(words, "reference", asked.reference)]
    )
