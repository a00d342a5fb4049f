"""A vendor's place among the vendors: shrunken rate, observed to expected for case mix, and the range of its rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.definitions import name
from dashboards.edition import Edition
from dashboards.network import Vendor
from dashboards.numerals import count
from dashboards.reading import Reading, read
from dashboards.release import Cell, Topic
from overread.measures.catalogue import CATALOGUE

# (measure, category of its observed-to-expected ratio); the rank's category is the measure.
_COMPARED: Final = (
    ("significant_discrepancy_rate", "significant_discrepancy_rate"),
    ("discrepancy_rate", "discrepancy_rate"),
    ("sla_attainment", "sla_breaches"),
)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a vendor stands by one measure.

    Attributes:
        measure: Name of the measure.
        measure_id: Entry of the catalogue.
        own: Its result as counted.
        shrunken: Its rate, drawn towards all vendors for how few cases it has.
        ratio: Observed to expected for its case mix; None where the audience does not see it.
        rank: Range of its rank in words.
        ranked: The rank's cell in words, for its row.
    """

    measure: str
    measure_id: str
    own: Reading
    shrunken: Reading
    ratio: Reading | None
    rank: str
    ranked: Reading


def _cell(edition: Edition, measure_id: str, vendor: Vendor, category: str = "") -> Cell | None:
    """The random sample's row where there is one; of several clocks the one with the most cases."""
    if measure_id not in CATALOGUE:
        return None
    cells = [
        cell
        for cell in edition.released.topics(measure_id, {"vendor": vendor.id})
        if (cell.topic.key("category") or "") == category
    ]
    return max(
        cells,
        key=lambda c: (c.topic.key("route") == "random", c.n or 0, sorted(c.topic.keys)),
        default=None,
    )


def _rank_words(edition: Edition, cell: Cell | None) -> str:
    """A range; where it is a single place, how sure that is; "" without one."""
    if cell is None or not cell.drawn or cell.low is None or cell.high is None:
        return ""
    words = edition.words
    low, high = count(cell.low), count(cell.high)
    every = None if cell.denominator is None else count(cell.denominator)
    if low == high and every is None:
        return words.text("place {place} among the vendors (at least 95% sure)", place=low)
    if low == high:
        return words.text("place {place} of {all} (at least 95% sure)", place=low, all=every)
    if every is None:
        return words.text("place {low} to {high} among the vendors", low=low, high=high)
    return words.text("place {low} to {high} of {all}", low=low, high=high, all=every)


def _withheld(edition: Edition, reading: Reading) -> str:
    """Why a place is not told."""
    cell = reading.cell
    if cell is not None and cell.note and cell.shown != "value":
        return edition.words.text("Not shown: {why}", why=edition.words.text(cell.note))
    return reading.note or reading.standing.words


def positions(edition: Edition, vendor: Vendor) -> list[Position]:
    """Places by each measure that is compared, [] where vendors are not compared at all."""
    words = edition.words
    found = []
    for measure_id, ratio_of in _COMPARED:
        shrunken = _cell(edition, f"{measure_id}_shrunk", vendor)
        ranked = _cell(edition, "rank", vendor, measure_id)
        if shrunken is None and ranked is None:
            continue
        speaks = shrunken if shrunken is not None else ranked
        keys = frozenset(
            item
            for item in (speaks.topic.keys if speaks is not None else ())
            if item[0] in ("route", "interval")
        )
        own = edition.released.total(Topic(measure_id, keys), {"vendor": vendor.id})
        ratio = _cell(edition, "standardised_ratio", vendor, ratio_of)
        told = read(words, ranked)
        found.append(
            Position(
                measure=name(words, measure_id),
                measure_id=measure_id,
                own=read(words, own),
                shrunken=read(words, shrunken, blurred=edition.released.audience != "committee"),
                ratio=read(words, ratio) if ratio is not None else None,
                rank=_rank_words(edition, ranked) or _withheld(edition, told),
                ranked=told,
            )
        )
    return found
