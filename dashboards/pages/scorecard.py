"""A vendor's scorecard: its own results, targets, the anonymous band, definitions, and how to contest.

It is made from the release for that vendor alone; nothing of another vendor can reach it.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.changes import compared
from dashboards.command import explain_line
from dashboards.definitions import definition
from dashboards.edition import Edition, Page
from dashboards.figures.control import followed
from dashboards.figures.modalities import modalities
from dashboards.network import Vendor
from dashboards.numerals import show_blurred
from dashboards.pages.answers import answer_flags, answers
from dashboards.pages.methods import methods_of
from dashboards.pages.open_work import open_work
from dashboards.pages.overdue import overdue_places
from dashboards.pages.position import positions
from dashboards.pages.radpeer import radpeer
from dashboards.pages.revisions import IN_BUNDLE, groups, summary
from dashboards.pages.vendor import facts, vendor_title
from dashboards.parts import Tile, tiles, told
from dashboards.topics import REVIEW


@dataclass(frozen=True, slots=True)
class Band:
    """Where a vendor stands in the band of all vendors; positions in percent of the strip.

    Attributes:
        tile: The measure.
        left: Start of the band (first quartile).
        width: Width of the band.
        middle: Median.
        own: The vendor's value.
        low: Lower limit of the vendor's interval, None without one.
        high: Upper limit.
        words: The same in a sentence.
    """

    tile: Tile
    left: float
    width: float
    middle: float
    own: float
    low: float | None
    high: float | None
    words: str


def _band(edition: Edition, shown: Tile) -> Band | None:
    cell = shown.reading.cell
    if cell is None or not cell.drawn or cell.value is None:
        return None
    if cell.band_low is None or cell.band_median is None or cell.band_high is None:
        return None
    points = [cell.value, cell.band_low, cell.band_high]
    points += [limit for limit in (cell.low, cell.high) if limit is not None]
    start, end = min(points), max(points)
    span = (end - start) or 1.0

    def at(value: float) -> float:
        return round(4 + 92 * (value - start) / span, 2)

    words = edition.words
    low, middle, high = (
        show_blurred(definition(cell.topic.measure_id).unit, value, language=words.language).value
        for value in (cell.band_low, cell.band_median, cell.band_high)
    )
    return Band(
        tile=shown,
        left=at(cell.band_low),
        width=round(at(cell.band_high) - at(cell.band_low), 2),
        middle=at(cell.band_median),
        own=at(cell.value),
        low=None if cell.low is None else at(cell.low),
        high=None if cell.high is None else at(cell.high),
        words=words.text(
            "You: {own}. Half of all vendors lie between {low} and {high}, the middle one at {middle}.",
            own=shown.reading.text,
            low=low,
            high=high,
            middle=middle,
        ),
    )


def scorecard(edition: Edition, vendor: Vendor) -> Page:
    """The page of a vendor's bundle."""
    place = {"vendor": vendor.id}
    shown = tiles(edition, place)
    figures = [followed(edition, column, place) for column in edition.columns[:4]]
    figures += [modalities(edition, column, place) for column in edition.columns[:1]]
    bands = [band for t in shown if (band := _band(edition, t))]
    answered = answers(edition, place)
    changed = compared(edition)
    has_reviews = any(m in edition.released.measures() for m in REVIEW)
    return Page(
        "index",
        "scorecard.html",
        {
            "vendor": vendor,
            "title": vendor.name if edition.study else vendor_title(edition, vendor.name, shown),
            "subtitle": facts(edition, vendor),
            "signals": told(edition, (a for a in edition.alerts if a.worse)),
            "tiles": shown,
            "bands": bands,
            "positions": positions(edition, vendor),
            "lines": [
                (t.name, explain_line(t.reading.cell)) for t in shown if t.reading.cell is not None
            ],
            "reviews_withheld": not has_reviews and not edition.study and vendor.kind != "ai",
            "radpeer": radpeer(edition, place),
            "answers": answered,
            "answer_flags": answer_flags(edition.words, answered),
            "open": None if edition.study else open_work(edition, vendor),
            "overdue": overdue_places(edition, place, ("region", "modality")),
            "figures": [figure for figure in figures if figure],
            "methods": methods_of(edition.words, edition.released.measures()),
            "revision_summary": summary(edition, changed),
            "revisions": groups(edition, changed, IN_BUNDLE),
        },
    )
