"""AI: each algorithm, version and finding against the reference, beside the reader, by population and over time."""

from __future__ import annotations

from dashboards.algorithms import Asked, Version, versions
from dashboards.definitions import name_inside
from dashboards.edition import Edition, Page
from dashboards.figures.populations import groups
from dashboards.pages.ai_block import task_blocks
from dashboards.pages.version_changes import Change, changes
from dashboards.reading import read
from dashboards.words import Words


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
    blocks = task_blocks(edition, found, {}, told or [])
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
