"""Findings as whole sentences. A verb is earned: by the whole interval, or by an open signal."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.alerts import FUNNEL, Alert
from dashboards.definitions import definition, name_inside
from dashboards.labels import places
from dashboards.network import Network
from dashboards.numerals import show
from dashboards.reading import Reading, read
from dashboards.release import Cell, Topic
from dashboards.topics import qualifiers
from dashboards.verdict import Verdict
from dashboards.words import Words


def where(words: Words, network: Network, place: Mapping[str, str]) -> list[str]:
    """Names of a place's dimensions but the vendor, a site by its name."""
    sites = {site.id: site.name for site in network.sites}
    shown = {**place}
    if "site" in shown:
        shown["site"] = sites.get(shown["site"], shown["site"])
    return places(words, shown, leave_out=("vendor",))


def who(words: Words, network: Network, cell: Cell) -> str:
    """Whom a cell speaks of: "Northlight, CT, Asia-Pacific", or the network."""
    vendor = cell.place.get("vendor")
    named = {v.id: v.name for v in network.vendors}
    parts = [named.get(vendor, vendor)] if vendor else []
    parts += where(words, network, cell.place)
    return words.listed(parts) if parts else words.text("The network")


def what(words: Words, topic: Topic) -> str:
    """What is measured, inside a sentence."""
    extra = qualifiers(words, topic)
    measure = name_inside(words, topic.measure_id)
    return words.text("{measure} ({extra})", measure=measure, extra=extra) if extra else measure


def finding(words: Words, subject: str, reading: Reading, topic: Topic) -> str:
    """A title that is a finding: who verb what: value (low to high), x of n.

    Args:
        words: Language.
        subject: Whom it speaks of.
        reading: The cell in words.
        topic: What is measured.
    """
    _ = words.text
    parts = {
        "who": subject,
        "what": what(words, topic),
        "value": reading.text,
        "n": reading.evidence,
        "target": reading.target,
    }
    if not reading.value:
        return _("{who}, {what}: {state}", state=reading.note, **parts)
    if reading.standing.state.value == "insufficient":
        return _("{who}: too few to judge {what}: {value}, {n}", **parts)
    verdict = reading.standing.verdict
    if verdict is Verdict.MEETS:
        return _("{who} meets the target of {target} for {what}: {value}, {n}", **parts)
    if verdict is Verdict.MISSES:
        return _("{who} misses the target of {target} for {what}: {value}, {n}", **parts)
    if verdict is Verdict.UNSURE:
        return _(
            "{who} cannot be told from the target of {target} for {what}: {value}, {n}", **parts
        )
    return _("{who}, {what}: {value}, {n}", **parts)


def change_sentence(
    words: Words,
    subject: str,
    topic: Topic,
    went: str,
    since: str | None,
    levels: tuple[float | None, float | None],
    last: Reading,
) -> str:
    """What changed, since when, from which level to which, and the last month.

    Args:
        words: Language.
        subject: Whom it speaks of.
        topic: What is measured.
        went: "up" or "down".
        since: First month of the change.
        levels: Level before and since, None where unknown.
        last: The last settled month in words.
    """
    _ = words.text
    before, now = (level_words(words, topic, level) for level in levels)
    period = last.cell.period if last.cell is not None else None
    parts = {
        "who": subject,
        "what": what(words, topic),
        "month": words.month(since) if since else _("an unknown month"),
        "before": before,
        "now": now,
        "last": words.month(period, short=True) if period else _("all months"),
        "value": last.text,
        "n": last.evidence,
    }
    if before and now and went == "up":
        return _(
            "{who}: {what} has risen since {month}, from {before} to {now}; {last}: {value}, {n}",
            **parts,
        )
    if before and now:
        return _(
            "{who}: {what} has fallen since {month}, from {before} to {now}; {last}: {value}, {n}",
            **parts,
        )
    if went == "up":
        return _("{who}: {what} has risen since {month}; {last}: {value}, {n}", **parts)
    return _("{who}: {what} has fallen since {month}; {last}: {value}, {n}", **parts)


def level_words(words: Words, topic: Topic, level: float | None) -> str:
    """A level of several months, "" where it is not known."""
    if level is None:
        return ""
    return show(definition(topic.measure_id).unit, level, language=words.language).value


def _funnel_sentence(words: Words, subject: str, alert: Alert, seen: Cell) -> str:
    _ = words.text
    topic = alert.cell.topic
    own = read(words, seen)
    parts = {
        "who": subject,
        "what": what(words, topic),
        "now": own.text,
        "n": own.evidence,
        "months": words.months(list(alert.months)),
        "all": level_words(words, topic, alert.before),
    }
    if parts["all"] and alert.went == "up":
        return _(
            "{who}: {what} lies above what chance allows around the network's {all}: {now}, {n}, {months}",
            **parts,
        )
    if parts["all"]:
        return _(
            "{who}: {what} lies below what chance allows around the network's {all}: {now}, {n}, {months}",
            **parts,
        )
    if alert.went == "up":
        return _(
            "{who}: {what} lies above what chance allows among the network's vendors: {now}, {n}, {months}",
            **parts,
        )
    return _(
        "{who}: {what} lies below what chance allows among the network's vendors: {now}, {n}, {months}",
        **parts,
    )


def alert_sentence(words: Words, network: Network, alert: Alert, span: str) -> str:
    """A signal as a finding, with the months that it speaks of.

    Args:
        words: Language.
        network: Names of vendors and sites.
        alert: The signal.
        span: All months in words.
    """
    cell = alert.cell
    reading = read(words, cell)
    subject = who(words, network, cell)
    if alert.changed:
        levels = (alert.before, alert.now)
        return change_sentence(words, subject, cell.topic, alert.went, alert.since, levels, reading)
    if alert.rule == FUNNEL and alert.seen is not None:
        return _funnel_sentence(words, subject, alert, alert.seen)
    return words.text(
        "{finding}, {months}",
        finding=finding(words, subject, reading, cell.topic),
        months=words.month(cell.period, short=True) if cell.period else span,
    )
