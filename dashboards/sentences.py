"""Findings as whole sentences. A verb is earned: by the whole interval, or by an open signal."""

from __future__ import annotations

from dashboards.alerts import Alert
from dashboards.definitions import name_inside
from dashboards.labels import places
from dashboards.network import Network
from dashboards.reading import Reading, read
from dashboards.release import Cell, Topic
from dashboards.topics import qualifiers
from dashboards.verdict import Verdict
from dashboards.words import Words


def who(words: Words, network: Network, cell: Cell) -> str:
    """Whom a cell speaks of: "Northlight, CT, Asia-Pacific", or the network."""
    vendor = cell.place.get("vendor")
    named = {v.id: v.name for v in network.vendors}
    sites = {s.id: s.name for s in network.sites}
    shown = {**cell.place}
    if "site" in shown:
        shown["site"] = sites.get(shown["site"], shown["site"])
    parts = [named.get(vendor, vendor)] if vendor else []
    parts += places(words, shown, leave_out=("vendor",))
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
    words: Words, subject: str, reading: Reading, topic: Topic, went: str, since: str | None
) -> str:
    """What changed, since when, and the value.

    Args:
        words: Language.
        subject: Whom it speaks of.
        reading: The cell in words.
        topic: What is measured.
        went: "up" or "down".
        since: First month of the change.
    """
    _ = words.text
    parts = {
        "who": subject,
        "what": what(words, topic),
        "value": reading.text,
        "n": reading.evidence,
        "month": words.month(since) if since else _("an unknown month"),
    }
    if went == "up":
        return _("{who}: {what} has risen since {month}: {value}, {n}", **parts)
    return _("{who}: {what} has fallen since {month}: {value}, {n}", **parts)


def alert_sentence(words: Words, network: Network, alert: Alert) -> str:
    """A signal as a finding."""
    cell = alert.cell
    reading = read(words, cell)
    subject = who(words, network, cell)
    if alert.changed:
        return change_sentence(words, subject, reading, cell.topic, alert.went, alert.since)
    return finding(words, subject, reading, cell.topic)
