"""AI: each algorithm, version and finding against the reference, beside the reader, by population and over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.algorithms import Asked, Version, natural, versions
from dashboards.definitions import name_inside
from dashboards.edition import Edition, Page
from dashboards.figures.populations import groups
from dashboards.labels import label
from dashboards.pages.ai_block import task_blocks
from dashboards.reading import read
from dashboards.stored import columns_of
from dashboards.words import Words

TABLE: Final = "version_change"
_COLUMNS: Final = (
    "algorithm",
    "finding",
    "version_before",
    "algorithm_version",
    "month",
    "declared",
    "q",
)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an algorithm's version.

    Attributes:
        algorithm: The algorithm.
        finding: What it looks for, in words.
        version: The version that began, or that changed without a word.
        month: Since when, in words.
        declared: Whether the vendor declared it.
        evidence: What shows it.
    """

    algorithm: str
    finding: str
    version: str
    month: str
    declared: bool
    evidence: str


def changes(edition: Edition, algorithms: frozenset[str]) -> list[Change] | None:
    """Changes of the versions of some algorithms, None where the warehouse does not tell them."""
    if not set(_COLUMNS) <= columns_of(edition.connection, TABLE):
        return None
    words = edition.words
    rows = edition.connection.execute(
        f"SELECT DISTINCT {', '.join(_COLUMNS)} FROM {TABLE} ORDER BY ALL"
    ).fetchall()
    return [
        Change(
            algorithm,
            label(words, "finding", finding or ""),
            version or "",
            words.month(month) if month else words.text("an unknown month"),
            bool(declared),
            words.text(
                "its version text changed from {before} to {after}", before=before, after=version
            )
            if declared
            else words.text(
                "the version text stayed, but scores or answers differ from the version's first months (q = {q})",
                q=f"{q:.2g}",
            ),
        )
        for algorithm, finding, before, version, month, declared, q in sorted(
            rows, key=lambda row: (row[0], row[1], row[4] or "", natural(row[3] or ""))
        )
        if algorithm in algorithms
    ]


def _undeclared(words: Words, told: list[Change] | None) -> str:
    hidden = [change for change in told or [] if not change.declared]
    if not hidden:
        return ""
    return words.plural(
        "{number} change of an algorithm was not declared: {what}",
        "{number} changes of algorithms were not declared: {what}",
        len(hidden),
        what=words.listed(
            [
                words.text(
                    "{algorithm} since {month}",
                    algorithm=f"{change.algorithm} {change.version}".strip(),
                    month=change.month,
                )
                for change in hidden
            ]
        ),
    )


def _gaps(edition: Edition, found: dict[Asked, list[Version]]) -> list[str]:
    """Populations whose rate is lower than that of the others, after the false discovery rate."""
    words = edition.words
    return [
        words.text(
            "{who}: {measure} is lower in part of the exams: {population} {value}, {n}",
            who=version.name,
            measure=name_inside(words, measure_id),
            population=group.label,
            value=(reading := read(words, group.cell)).text,
            n=reading.evidence,
        )
        for listed in found.values()
        for version in listed
        for measure_id in ("sensitivity", "specificity")
        for group in groups(edition, version, {}, measure_id)
        if group.gap == "worse"
    ]


def ai(edition: Edition) -> Page | None:
    """The page `ai`, None where no algorithm has answered."""
    words = edition.words
    found = versions(edition, {})
    if not found:
        return None
    told = changes(edition, frozenset(asked.algorithm for asked in found))
    findings = [text for text in (_undeclared(words, told), *_gaps(edition, found)) if text]
    number = sum(map(len, found.values()))
    if findings:
        title = findings[0]
    elif told is None:
        title = words.plural(
            "{number} algorithm version against the reference",
            "{number} algorithm versions against the reference",
            number,
        )
    else:
        title = words.plural(
            "{number} algorithm version: no gap between populations, no undeclared change found",
            "{number} algorithm versions: no gap between populations, no undeclared change found",
            number,
        )
    blocks = task_blocks(edition, found, {})
    return Page(
        "ai",
        "ai.html",
        {
            "title": title,
            "subtitle": words.text(
                "Algorithms against the reference, {span}, {cutoff}",
                span=edition.span,
                cutoff=edition.cutoff_words,
            ),
            "findings": findings[1:],
            "changes": told,
            "blocks": blocks,
            "figures": [figure for block in blocks for figure in block.figures],
        },
    )
