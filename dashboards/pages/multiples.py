"""Small multiples: every vendor's monthly series that is followed, with both icons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.edition import Edition
from dashboards.flags import Flag, changes, states
from dashboards.icons import Icons, icons
from dashboards.movement import Key
from dashboards.reading import Reading, read
from dashboards.release import Cell, Topic
from dashboards.sparkline import Sparkline, sparkline
from dashboards.topics import ASKED_FIRST, qualifiers, title

# What a section holds apart; the algorithm and finding stand on each small chart.
_APART: Final = ("interval", "route", "category")


@dataclass(frozen=True, slots=True)
class Small:
    """One vendor's series.

    Attributes:
        vendor: Its name.
        href: Its page.
        extra: Algorithm, finding and reference, "" for none.
        line: The months.
        month: Last month with a value.
        reading: Its value.
        icons: Both icons.
    """

    vendor: str
    href: str
    extra: str
    line: Sparkline | None
    month: str
    reading: Reading
    icons: Icons


@dataclass(frozen=True, slots=True)
class Multiple:
    """A measure over the vendors.

    Attributes:
        title: The measure.
        measure_id: Its entry in the catalogue.
        changed: How many series have moved.
        series: A vendor's each.
        flags: What the fold of the series on a phone may not hide.
    """

    title: str
    measure_id: str
    changed: int
    series: tuple[Small, ...]
    flags: tuple[Flag, ...]


def _section(key: Key) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    measure_id, keys, _ = key
    asked = ASKED_FIRST.index(measure_id) if measure_id in ASKED_FIRST else len(ASKED_FIRST)
    return asked, measure_id, tuple(sorted(k for k in keys if k[0] in _APART))


def _small(edition: Edition, topic: Topic, vendor_id: str, cell: Cell | None) -> Small | None:
    words = edition.words
    vendor = next((v for v in edition.network.vendors if v.id == vendor_id), None)
    place = {"vendor": vendor_id}
    months = edition.released.months(topic, place)
    drawn = [month for month in months if month.drawn]
    pair = icons(edition, cell)
    if vendor is None or pair is None or not drawn:
        return None
    rest = Topic(topic.measure_id, frozenset(k for k in topic.keys if k[0] not in _APART))
    return Small(
        vendor=vendor.name,
        href=edition.link(f"vendor-{vendor.slug}"),
        extra=qualifiers(words, rest),
        line=sparkline(months, edition.periods, drawn[-1].target),
        month=words.month(drawn[-1].period or ""),
        reading=read(words, drawn[-1]),
        icons=pair,
    )


def multiples(edition: Edition) -> list[Multiple]:
    """The followed series of vendors as a whole, by measure; [] where no chart was made."""
    words = edition.words
    order = {vendor.id: at for at, vendor in enumerate(edition.network.vendors)}
    keys = [
        key for key in edition.movements if len(key[2]) == 1 and next(iter(key[2]))[0] == "vendor"
    ]
    sections: dict[tuple[int, str, tuple[tuple[str, str], ...]], list[Key]] = {}
    for key in keys:
        sections.setdefault(_section(key), []).append(key)
    found = []
    for (_, measure_id, apart), members in sorted(sections.items()):
        members.sort(key=lambda key: (order.get(next(iter(key[2]))[1], 99), sorted(key[1])))
        series = []
        for _, topic_keys, where in members:
            topic = Topic(measure_id, topic_keys)
            vendor_id = next(iter(where))[1]
            place = {"vendor": vendor_id}
            cell = edition.released.total(topic, place) or next(
                iter(edition.released.months(topic, place)[-1:]), None
            )
            small = _small(edition, topic, vendor_id, cell)
            if small:
                series.append(small)
        if series:
            changed = sum(small.icons.arrow != "" for small in series)
            heading = title(words, Topic(measure_id, frozenset(apart)))
            named = [(" ".join(filter(None, (s.vendor, s.extra))), s) for s in series]
            told = (
                *changes(words, [name for name, s in named if s.icons.mark == "worse"]),
                # a series is told by its last month
                *states(words, [(f"{name}, {s.month}", s.reading) for name, s in named]),
            )
            found.append(Multiple(heading, measure_id, changed, tuple(series), told))
    return found
