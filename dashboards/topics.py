"""Which measures a site shows: up to six that have results, in the order a committee asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboards.definitions import name
from dashboards.labels import label
from dashboards.populations import population_words
from dashboards.release import Cell, Released, Topic
from dashboards.words import Words

MOST: Final = 6
# Asked first: the hospital's clock, then the vendor's, then what is left.
_INTERVALS: Final = (
    "completed_to_final",
    "received_to_final",
    "completed_to_preliminary",
    "received_to_preliminary",
    "preliminary_to_final",
    "pace",
)
_CASES: Final = ("algorithm", "algorithm_version", "finding", "reference")
REVIEW: Final = ("discrepancy_rate", "significant_discrepancy_rate", "review_completion")


@dataclass(frozen=True, slots=True)
class Column:
    """A measure as a column of tiles and matrices.

    Attributes:
        measure_id: Entry of the catalogue.
        keys: Categories fixed for every row of the column.
        subject: "" for measures of work, "algorithm" or "readers" for measures of answers: there each row shows
            the algorithm version, finding and reference with the most cases.
    """

    measure_id: str
    keys: frozenset[tuple[str, str]] = frozenset()
    subject: str = ""

    @property
    def slug(self) -> str:
        """Name for anchors."""
        return "-".join(part for part in (self.measure_id.replace("_", "-"), self.subject) if part)


_ASKED: Final = (
    ("significant_discrepancy_rate", ""),
    ("discrepancy_rate", ""),
    ("turnaround_p90_completed_only", ""),
    ("sla_attainment", ""),
    ("sensitivity", "algorithm"),
    ("gwet_ac1", "algorithm"),
    ("auc", "algorithm"),
    ("auc", "readers"),
    ("sensitivity", "readers"),
    ("specificity", "readers"),
    ("gwet_ac1", "readers"),
    ("turnaround_median_completed_only", ""),
    ("specificity", "algorithm"),
    ("agreement_percent", "readers"),
    ("cohen_kappa", "algorithm"),
)

# Measures in the order in which a committee asks for them.
ASKED_FIRST: Final = tuple(dict.fromkeys(measure_id for measure_id, _ in _ASKED))


def _concerns(cell: Cell, subject: str) -> bool:
    if subject == "algorithm":
        # of agreement, that of readers who had not seen the answer: the others follow it
        told = (None, "reader:did_not", "reader:(unknown)")
        return cell.topic.key("algorithm") is not None and cell.topic.key("population") in told
    if subject == "readers":
        return cell.topic.key("population") == "readers"
    return not any(cell.topic.key(key) for key in (*_CASES, "population", "category"))


def _columns(released: Released, measure_id: str, subject: str) -> Column | None:
    """The column of a measure at the widest place that has it, None where nothing is released."""
    cells = [
        cell
        for place in ({}, *({"vendor": v} for v in vendors_of(released, measure_id)))
        for cell in released.topics(measure_id, place)
        if _concerns(cell, subject)
    ]
    if not cells:
        return None
    if subject:
        return Column(measure_id, subject=subject)
    routes = {cell.topic.key("route") for cell in cells}
    intervals = {cell.topic.key("interval") for cell in cells}
    keys = {}
    if "random" in routes:
        keys["route"] = "random"
    if intervals != {None}:
        ranked = [name for name in _INTERVALS if name in intervals]
        keys["interval"] = ranked[0] if ranked else min(filter(None, intervals))
    return Column(measure_id, frozenset(keys.items()))


def vendors_of(released: Released, measure_id: str) -> list[str]:
    """Vendors with rows of a measure."""
    return released.values(measure_id, "vendor")


def columns(released: Released) -> list[Column]:
    """Up to six columns that have results.

    A network of readers gets discrepancies, turnaround and SLA; a reader study its AUC, agreement and pace.
    """
    there = set(released.measures())
    found = []
    for measure_id, subject in _ASKED:
        column = _columns(released, measure_id, subject) if measure_id in there else None
        if column:
            found.append(column)
    # a study is about its answers; the pace of reading comes after them
    return (sorted(found, key=lambda column: not column.subject) if is_study(found) else found)[
        :MOST
    ]


def is_study(chosen: list[Column]) -> bool:
    """Whether this is a reader study: answers are measured, but no review and no contract."""
    work = (*REVIEW, "sla_attainment")
    return bool(chosen) and not any(column.measure_id in work for column in chosen)


def topic_at(released: Released, column: Column, place: Mapping[str, str]) -> Topic:
    """The topic that a column shows at a place.

    For answers the newest algorithm version is not guessed from its name: of the topics that have rows in the
    last month with rows, the one with the most cases over all months.
    """
    if not column.subject:
        return Topic(column.measure_id, column.keys)
    cells = [c for c in released.topics(column.measure_id, place) if _concerns(c, column.subject)]
    if not cells:
        return Topic(column.measure_id, column.keys)

    def last_month(cell: Cell) -> str:
        months = released.months(cell.topic, place)
        return months[-1].period or "" if months else ""

    newest = max(map(last_month, cells))
    recent = [cell for cell in cells if last_month(cell) == newest]
    # the version with the most cases; of several references always the same one, so that columns fit together
    reference = min(cell.topic.key("reference") or "" for cell in recent)
    same = [cell for cell in recent if (cell.topic.key("reference") or "") == reference]
    return max(same, key=lambda cell: (cell.n or 0, sorted(cell.topic.keys))).topic


def qualifiers(words: Words, topic: Topic) -> str:
    """The categories of a topic in words, e.g. "completed to final" or "KestrelBleed 2.0, …"."""
    parts = []
    algorithm, version = topic.key("algorithm"), topic.key("algorithm_version")
    if algorithm:
        parts.append(f"{algorithm} {version}" if version else algorithm)
    for key in ("interval", "route", "finding", "population", "reference", "category"):
        code = topic.key(key)
        if not code or (key == "route" and topic.measure_id.endswith("_weighted")):
            # its name says from which sample a weighted rate comes
            continue
        parts.append(
            population_words(words, code) if key == "population" else label(words, key, code)
        )
    return words.listed(parts)


def title(words: Words, topic: Topic) -> str:
    """A topic's name with its qualifiers."""
    extra = qualifiers(words, topic)
    measure = name(words, topic.measure_id)
    return words.text("{measure} ({extra})", measure=measure, extra=extra) if extra else measure
