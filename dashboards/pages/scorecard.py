"""A vendor's scorecard: its own results, targets, the anonymous band, definitions, and how to contest.

It is made from the release for that vendor alone; nothing of another vendor can reach it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

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
from dashboards.reading import Reading, read
from dashboards.release import PLACES, Cell
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


def _plain(reading: Reading, cell: Cell) -> dict[str, Any]:
    verdict = reading.standing.verdict
    named: dict[str, Any] = {
        "measure": cell.topic.measure_id,
        **cell.place,
        # in order, so that one release gives the same bytes from every run
        **dict(sorted(cell.topic.keys)),
    }
    named["period"] = cell.period
    for key in ("n", "numerator", "denominator", "value", "low", "high", "target", "method"):
        named[key] = getattr(cell, key)
    named["status"] = reading.standing.state.value
    named["verdict"] = verdict.value if verdict else None
    named["note"] = reading.note or cell.note or None
    named["definition_version"] = cell.definition_version
    if cell.band_median is not None:
        named["band"] = [cell.band_low, cell.band_median, cell.band_high]
    return named


def scorecard_json(edition: Edition, vendor: Vendor) -> str:
    """The scorecard for machines: totals of every released cut, and the months of the vendor's own totals."""
    words = edition.words
    whole = " AND ".join(f'"{name}" IS NULL' for name in PLACES if name != "vendor")
    cells = edition.released.rows(
        f"vendor = ? AND reader IS NULL AND (period IS NULL OR ({whole}))", [vendor.id]
    )
    results = [_plain(read(words, cell), cell) for cell in cells]
    units = {
        measure_id: {
            "name": definition(measure_id).name,
            "unit": definition(measure_id).unit,
            "better": definition(measure_id).direction,
            "minimum_n": definition(measure_id).minimum_n,
            "version": definition(measure_id).version,
        }
        for measure_id in edition.released.measures()
    }
    contest = vendor.contest
    document = {
        "network": edition.network.slug,
        "banner": edition.network.banner("en"),
        "vendor": {"id": vendor.id, "name": vendor.name},
        "data_cutoff": edition.cutoff.isoformat() + "Z" if edition.cutoff else None,
        "held_months": sorted({month for month, _, _ in edition.held}),
        "measures": units,
        "results": results,
        "contest": {"who": contest.who("en"), "how": contest.how("en"), "days": contest.days}
        if contest
        else None,
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
