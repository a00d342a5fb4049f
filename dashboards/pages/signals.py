"""Every signal, worst first, with its evidence, what is asked next, and the line that explains it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dashboards.alerts import FUNNEL, Alert, grouped
from dashboards.asked import asked
from dashboards.command import explain_line
from dashboards.edition import Edition, Page
from dashboards.figures.control import control
from dashboards.figures.figure import Figure
from dashboards.figures.funnel import FUNNELLED, funnel
from dashboards.filters import style
from dashboards.movement import rule_words
from dashboards.numerals import probability
from dashboards.pages.multiples import multiples
from dashboards.pages.signal_filters import Tokens
from dashboards.reading import Reading, read
from dashboards.sentences import alert_sentence, where
from dashboards.sparkline import Sparkline, sparkline
from dashboards.topics import qualifiers

CHARTS: Final = 6


@dataclass(frozen=True, slots=True)
class Narrower:
    """A signal of the same vendor, measure and rule in a narrower cut."""

    cut: str
    reading: Reading
    since: str
    chance: str
    tokens: Mapping[str, str]
    command: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A signal with its evidence.

    Attributes:
        mark: Its mark.
        verdict: The mark in a word.
        changed: Whether it says that something changed over time.
        sentence: Finding.
        reading: Its value.
        evidence: (what, value) pairs beside the value: q, since, rule.
        asked: What is asked next.
        command: The line that explains it.
        line: Months of the same cut.
        href: Page of the vendor, "" for none.
        tokens: Filter -> tokens that it fits, with those of its narrower cuts.
        narrower: The same in narrower cuts.
    """

    mark: str
    verdict: str
    changed: bool
    sentence: str
    reading: Reading
    evidence: tuple[tuple[str, str], ...]
    asked: str
    command: str
    line: Sparkline | None
    href: str
    tokens: Mapping[str, str]
    narrower: tuple[Narrower, ...]


def _reading(edition: Edition, alert: Alert) -> Reading:
    """The value in words; it names a row only where there is one."""
    reading = read(edition.words, alert.cell)
    return reading if alert.stored else replace(reading, row="")


def _line(alert: Alert) -> str:
    """The line that explains it; of a vendor at a site the vendor's, where no row tells the site apart."""
    cell = alert.cell
    if not alert.stored:
        cell = replace(cell, place={n: v for n, v in cell.place.items() if n != "site"})
    return explain_line(cell)


def _joined(tokens: Iterable[Mapping[str, str]]) -> dict[str, str]:
    listed = list(tokens)
    return {name: " ".join(sorted({t[name] for t in listed})) for name in listed[0]}


def _since(edition: Edition, alert: Alert) -> str:
    words = edition.words
    if alert.since:
        return words.month(alert.since)
    return words.month(alert.cell.period) if alert.cell.period else words.text("all months")


def _chance(alert: Alert) -> str:
    """The q-value; a headline is judged by its interval alone."""
    return "" if alert.q is None or (alert.q >= 1 and not alert.changed) else probability(alert.q)


def _cut(edition: Edition, alert: Alert) -> str:
    words = edition.words
    parts = [*where(words, edition.network, alert.cell.place), qualifiers(words, alert.cell.topic)]
    if alert.cell.period:
        parts.append(words.month(alert.cell.period, short=True))
    return words.listed([part for part in parts if part])


def _entry(edition: Edition, tokens: Tokens, alert: Alert) -> Entry:
    words = edition.words
    cell = alert.cell
    slugs = {vendor.id: vendor.slug for vendor in edition.network.vendors}
    vendor = cell.place.get("vendor", "")
    chance = _chance(alert)
    untested = (
        words.text("none: the limits hold 99.8% of units")
        if alert.rule == FUNNEL
        else words.text("none: a headline speaks by its interval")
    )
    evidence = [
        (words.text("Since"), _since(edition, alert)),
        (words.text("q-value"), chance or untested),
        (words.text("Rule"), rule_words(words, alert.rule)),
    ]
    narrower = tuple(
        Narrower(
            cut=_cut(edition, other) or words.text("the whole"),
            reading=_reading(edition, other),
            since=_since(edition, other),
            chance=_chance(other) or "–",
            tokens=tokens.of(other),
            command=_line(other),
        )
        for other in sorted(alert.narrower, key=lambda other: other.severity)
    )
    judged = {"worse": words.text("worse"), "better": words.text("better")}
    return Entry(
        mark=alert.mark,
        verdict=judged.get(alert.mark, words.text("moved")),
        changed=alert.changed,
        sentence=alert_sentence(words, edition.network, alert, edition.span),
        reading=_reading(edition, alert),
        evidence=tuple(evidence),
        asked=asked(words, alert),
        command=_line(alert),
        line=sparkline(
            edition.released.months(cell.topic, cell.place), edition.periods, cell.target
        ),
        href=edition.link(f"vendor-{slugs[vendor]}") if vendor in slugs else "",
        tokens=_joined([tokens.of(alert), *(n.tokens for n in narrower)]),
        narrower=narrower,
    )


def _title(edition: Edition, entries: Sequence[Entry]) -> str:
    words = edition.words
    worse = sum(entry.mark == "worse" for entry in entries)
    if not entries:
        return words.text("No signal: no result lies beyond its target, none has changed")
    if not worse:
        return words.plural(
            "No signal for the worse; {number} for the better or neutral",
            "No signal for the worse; {number} for the better or neutral",
            len(entries),
        )
    changed = sum(entry.changed for entry in entries)
    if not changed:
        return words.plural(
            "{number} finding for the worse, {rest} others; none says that something changed",
            "{number} findings for the worse, {rest} others; none says that something changed",
            worse,
            rest=len(entries) - worse,
        )
    return words.plural(
        "{number} finding for the worse, {rest} others; {changed} of them say that something changed",
        "{number} findings for the worse, {rest} others; {changed} of them say that something changed",
        worse,
        rest=len(entries) - worse,
        changed=changed,
    )


def _charts(edition: Edition, heads: Sequence[Alert]) -> list[Figure]:
    """Charts of the series whose change is signalled, worst first."""
    changed = [alert for head in heads for alert in (head, *head.narrower) if alert.changed]
    found = []
    for at, alert in enumerate(sorted(changed, key=lambda alert: alert.severity)[:CHARTS]):
        figure = control(edition, alert.cell.topic, alert.cell.place, f"changed-{at + 1}")
        if figure:
            found.append(figure)
    return found


def signals(edition: Edition) -> Page | None:
    """The page `signals`, None for a reader study, which is no service to be followed."""
    if edition.study:
        return None
    words = edition.words
    heads = grouped(edition.alerts)
    ordered = sorted(heads, key=lambda alert: (alert.mark != "worse", alert.severity))
    tokens = Tokens(edition)
    entries = [_entry(edition, tokens, alert) for alert in ordered]
    filters = tokens.filters(edition)
    figures = _charts(edition, ordered)
    followed = multiples(edition)
    funnels = [figure for name in FUNNELLED if (figure := funnel(edition, name))]
    return Page(
        "signals",
        "signals.html",
        {
            "title": _title(edition, entries),
            "subtitle": words.text(
                "Every signal of the rules, worst first, {span}, {cutoff}: {number} signals in {groups} findings.",
                span=edition.span,
                cutoff=edition.cutoff_words,
                number=f"{len(edition.alerts):,}",
                groups=len(entries),
            ),
            "entries": entries,
            "filters": filters,
            "filter_style": style(filters),
            "figures": [*figures, *funnels],
            "charts": figures,
            "funnels": funnels,
            "multiples": followed,
            "judges_change": edition.judges_change,
        },
    )
