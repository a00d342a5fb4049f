"""A vendor's scorecard for machines, from the release for that vendor alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dashboards.definitions import definition
from dashboards.edition import Edition
from dashboards.network import Vendor
from dashboards.reading import note_of
from dashboards.release import PLACES, Cell
from dashboards.verdict import Standing, standing


def _plain(cell: Cell, stands: Standing, note: str) -> dict[str, Any]:
    named: dict[str, Any] = {
        "measure": cell.topic.measure_id,
        **cell.place,
        # in order, so that one release gives the same bytes from every run
        **dict(sorted(cell.topic.keys)),
    }
    named["period"] = cell.period
    for key in ("n", "numerator", "denominator", "value", "low", "high", "target", "method"):
        named[key] = getattr(cell, key)
    named["status"] = stands.state.value
    named["verdict"] = stands.verdict.value if stands.verdict else None
    named["note"] = note or cell.note or None
    named["definition_version"] = cell.definition_version
    if cell.band_median is not None:
        named["band"] = [cell.band_low, cell.band_median, cell.band_high]
    return named


def scorecard_json(edition: Edition, vendor: Vendor) -> str:
    """Totals of every released cut, and the months of the vendor's own totals: one result a line."""
    words = edition.words
    whole = " AND ".join(f'"{name}" IS NULL' for name in PLACES if name != "vendor")
    cells = edition.released.rows(
        f"vendor = ? AND reader IS NULL AND (period IS NULL OR ({whole}))", [vendor.id]
    )
    results = []
    for cell in cells:
        stands = standing(words, cell)
        results.append(_plain(cell, stands, note_of(words, cell, stands)))
    declared = [definition(measure_id) for measure_id in edition.released.measures()]
    contest = vendor.contest
    return _lines(
        {
            "network": edition.network.slug,
            "banner": edition.network.banner("en"),
            "vendor": {"id": vendor.id, "name": vendor.name},
            "data_cutoff": edition.cutoff.isoformat() + "Z" if edition.cutoff else None,
            "held_months": sorted({month for month, _, _ in edition.held}),
            "measures": {
                entry.id: {
                    "name": entry.name,
                    "unit": entry.unit,
                    "better": entry.direction,
                    "minimum_n": entry.minimum_n,
                    "version": entry.version,
                }
                for entry in declared
            },
            "results": results,
            "contest": {"who": contest.who("en"), "how": contest.how("en"), "days": contest.days}
            if contest
            else None,
        }
    )


def _lines(document: Mapping[str, Any]) -> str:
    """A document as JSON, each entry of its lists and tables in a line.

    The library's indenting encoder is not compiled and takes ten times as long.
    """
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode

    def told(value: Any) -> str:
        if isinstance(value, dict):
            entries = [f"  {encode(name)}: {encode(entry)}" for name, entry in value.items()]
            return "{\n" + ",\n".join(entries) + "\n }"
        if isinstance(value, list):
            return "[\n" + ",\n".join(f"  {encode(entry)}" for entry in value) + "\n ]"
        return encode(value)

    return (
        "{\n"
        + ",\n".join(f" {encode(name)}: {told(value)}" for name, value in document.items())
        + "\n}\n"
    )
