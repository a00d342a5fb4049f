"""A funnel: units against the limits that their number of cases allows; what lies outside is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from dashboards.definitions import definition, name
from dashboards.edition import Edition
from dashboards.figures.figure import DataRow, Figure, axis, hover, layout
from dashboards.figures.funnel_labels import Room, outside
from dashboards.figures.line_ends import End, line_ends
from dashboards.figures.series import below_zero
from dashboards.movement import better_way
from dashboards.numerals import count, show
from dashboards.reading import read
from dashboards.release import KEYS, PLACES, Cell, Topic
from dashboards.stored import columns_of
from dashboards.topics import qualifiers

# Measures whose funnel a page shows, in this order.
FUNNELLED: Final = ("significant_discrepancy_rate", "discrepancy_rate", "sla_attainment")
_UNIT: Final = ("vendor", "site")
_VALUES: Final = (
    "n", "numerator", "value", "centre", "low95", "high95", "low998", "high998", "outside", "status", "reason",
)  # fmt: skip
_LEAST: Final = 3
_MONTHS: Final = ("first", "last")
_SIDES: Final = {
    "low95": "dash",
    "high95": "dash",
    "low998": "solid",
    "high998": "solid",
    "centre": "dot",
}

Unit = dict[str, Any]


def _groups(edition: Edition, measure_id: str) -> dict[tuple[Topic, bool], list[Unit]]:
    """Units of each funnel: (topic, whether units are a vendor's sites) -> units with cases."""
    there = columns_of(edition.connection, "funnel")
    if not {"measure_id", "vendor", *_VALUES} <= there:
        return {}
    keys = [key for key in KEYS if key in there]
    places = [place for place in PLACES if place in there]
    rest = " AND ".join(f'"{place}" IS NULL' for place in places if place not in _UNIT) or "true"
    period = "AND period IS NULL" if "period" in there else ""
    site = "site" if "site" in there else "NULL AS site"
    months = [month for month in _MONTHS if month in there]
    listed = ", ".join(f'"{name}"' for name in (*keys, *_VALUES, *months))
    found: dict[tuple[Topic, bool], list[Unit]] = {}
    names = ("vendor", "site", *keys, *_VALUES, *months)
    for row in edition.connection.execute(
        f"SELECT vendor, {site}, {listed} FROM funnel WHERE measure_id = ? AND vendor IS NOT NULL AND {rest} {period} "
        "ORDER BY ALL",
        [measure_id],
    ).fetchall():
        unit = dict(zip(names, row, strict=True))
        if not unit["n"] or unit["value"] is None:
            continue
        topic = Topic(measure_id, frozenset((k, unit[k]) for k in keys if unit[k] is not None))
        found.setdefault((topic, unit["site"] is not None), []).append(unit)
    return {key: units for key, units in found.items() if len(units) >= _LEAST}


def _chosen(groups: Mapping[tuple[Topic, bool], list[Unit]]) -> tuple[Topic, list[Unit]] | None:
    """The random sample where there is one, else the funnel with the most cases; sites before whole vendors."""
    if not groups:
        return None

    def rank(key: tuple[Topic, bool]) -> tuple[bool, bool, float]:
        topic, sites = key
        return topic.key("route") == "random", sites, sum(unit["n"] for unit in groups[key])

    key = max(groups, key=rank)
    return key[0], groups[key]


def _name(edition: Edition, unit: Unit) -> str:
    """Vendor, and site where the unit is one of its sites."""
    vendors = {vendor.id: vendor.name for vendor in edition.network.vendors}
    sites = {site.id: site.name for site in edition.network.sites}
    vendor, site = str(unit["vendor"]), unit["site"]
    parts = [vendors.get(vendor, vendor)]
    if site is not None:
        parts.append(sites.get(str(site), str(site)))
    return edition.words.listed(parts)


def _cell(topic: Topic, unit: Unit) -> Cell:
    """A unit's own numbers: a funnel looks at its own months, so no released row says the same."""
    place = {name: unit[name] for name in _UNIT if unit[name] is not None}
    return Cell(
        topic, place, None, definition(topic.measure_id).version, unit["n"], unit["numerator"], unit["n"],
        unit["value"], None, None, None, None, "ok", None, "value", None, None, None, None,
    )  # fmt: skip


def _span(edition: Edition, units: Sequence[Unit]) -> str:
    """The months that the funnel looks at, those of the site where it does not tell."""
    months = sorted({unit[side] for unit in units for side in _MONTHS if unit.get(side)})
    return edition.words.months(months) if months else edition.span


def _outside(unit: Unit) -> int:
    return {"95": 95, "998": 998}.get(str(unit["outside"] or 0).replace(".", ""), 0)


def _symbol(unit: Unit, better: str) -> tuple[str, str]:
    """Judged only beyond the outer limits; between the limits it is open: to be watched."""
    level = _outside(unit)
    if not level:
        return "circle", "@ink2"
    good = (unit["value"] > unit["centre"]) == (better == "up")
    shape = "circle" if good else "diamond"
    if level == 95 or not better:
        return shape + "-open", "@ink"
    return shape, "@better" if good else "@worse"


def _drawn_limits(edition: Edition, topic: Topic, units: Sequence[Unit]) -> list[Unit]:
    """Limits at many numbers of cases where they were written, else at those of the units."""
    there = columns_of(edition.connection, "funnel_line")
    if not {"measure_id", "n", "unit", *_SIDES} <= there:
        return list(units)
    keys = [key for key in KEYS if key in there]
    same = "".join(f' AND "{key}" IS NOT DISTINCT FROM ?' for key in keys)
    names = ("n", *_SIDES)
    found = edition.connection.execute(
        f"SELECT {', '.join(names)} FROM funnel_line WHERE measure_id = ? AND unit = ?{same} ORDER BY n",
        [
            topic.measure_id,
            "vendor" if units[0]["site"] is None else "vendor_site",
            *(topic.key(key) for key in keys),
        ],
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in found] or list(units)


def _lines(limits: Sequence[Unit]) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [at["n"] for at in limits],
            "y": [at[side] for at in limits],
            "line": {"color": "@mute", "width": 1.5, "dash": dash},
            "hoverinfo": "skip",
        }
        for side, dash in _SIDES.items()
    ]


def _title(edition: Edition, topic: Topic, units: Sequence[Unit]) -> str:
    words = edition.words
    beyond = [unit for unit in units if _outside(unit) == 998]
    measure = name(words, topic.measure_id)
    if not beyond:
        return words.plural(
            "{measure}: none of {number} units lies beyond what chance allows",
            "{measure}: none of {number} units lies beyond what chance allows",
            len(units),
            measure=measure,
        )
    return words.plural(
        "{measure}: {number} of {all} units lies beyond what chance allows",
        "{measure}: {number} of {all} units lie beyond what chance allows",
        len(beyond),
        measure=measure,
        all=len(units),
    )


def funnel(edition: Edition, measure_id: str) -> Figure | None:
    """The funnel of a measure, None where none was made or fewer than three units have cases.

    Args:
        edition: The edition; a funnel names vendors, so only the committee's has one.
        measure_id: Measure.
    """
    if edition.released.audience != "committee":
        return None
    chosen = _chosen(_groups(edition, measure_id))
    if chosen is None:
        return None
    topic, units = chosen
    words = edition.words
    units = sorted(units, key=lambda unit: (unit["n"], _name(edition, unit)))
    measure = definition(measure_id)
    better = better_way(measure_id)
    cells = [_cell(topic, unit) for unit in units]
    symbols = [_symbol(unit, better) for unit in units]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [unit["n"] for unit in units],
        "y": [unit["value"] for unit in units],
        "marker": {
            "size": 9,
            "symbol": [shape for shape, _ in symbols],
            "color": [hue for _, hue in symbols],
        },
        "customdata": [
            hover(_name(edition, unit), cell) for unit, cell in zip(units, cells, strict=True)
        ],
        "meta": {"unit": measure.unit, "clock": "min", "target": None},
    }
    beyond = sorted(
        (unit for unit in units if _outside(unit) == 998),
        key=lambda unit: abs(unit["value"] - unit["centre"]),
    )[-6:]
    limits = _drawn_limits(edition, topic, units)
    last = limits[-1]
    ends = [unit[side] for unit in units for side in ("value",)] + [
        unit["high998"] for unit in units[len(units) // 8 :]
    ]
    top = min(max(ends) * 1.08, 1.01) if measure.unit == "share" else max(ends) * 1.08
    low_ends = [unit["value"] for unit in units] + [
        unit["low998"] for unit in units[len(units) // 8 :]
    ]
    # shares near all are looked at from below, shares near none from above
    below = min(unit["value"] for unit in units) > 0.4
    bottom = min(low_ends) - 0.02 if below else below_zero(0.0, top)
    named = [(unit["n"], unit["value"], _name(edition, unit)) for unit in beyond]
    sides = ("low95", "low998") if below else ("high95", "high998")
    all_units = words.text("all: {value}", value=show(measure.unit, last["centre"]).value)
    line_names = (all_units, words.text("95%"), words.text("99.8%"))
    line_values = (last["centre"], *(last[side] for side in sides))
    ends_of_lines = [End(*end) for end in zip(line_values, line_names, strict=True)]

    def drawn(height: int, width: int, letters: int, most: int, right: float) -> dict[str, Any]:
        """Height, axes and names; a phone has room for fewer names, over more lines."""
        room = Room(height, width, letters, last["n"] * right, bottom, top, below)
        band = outside(room, named[-most:])
        return {
            "height": band.height,
            "xaxis": {**axis("count", words.text("cases")), "range": [0, room.right]},
            "yaxis": {**axis(measure.unit), "range": [band.low, band.high]},
            "annotations": [
                *band.notes,
                *line_ends(ends_of_lines, room.low, room.pixel, {"x": last["n"], "xshift": 2}),
            ],
        }

    told = [unit["reason"] for unit in units if unit["reason"]]
    foot = words.text(
        "{n} cases in {units} units.", n=count(sum(u["n"] for u in units)), units=len(units)
    )
    if told:
        foot += " " + words.text(told[0]).capitalize() + "."
    window = drawn(360, 450, 60, 6, 1.22)
    return Figure(
        anchor=f"funnel-{measure_id.replace('_', '-')}",
        title=_title(edition, topic, units),
        subtitle=words.listed(
            [
                p
                for p in (qualifiers(words, topic), _span(edition, units), edition.cutoff_words)
                if p
            ]
        ),
        how=words.text(
            "Each point is one unit: right is more cases, up is a higher value. The dashed lines hold 95%, the solid "
            "ones 99.8% of units that differ from all by no more than chance and the usual spread between units. A "
            "filled diamond (worse) or coloured circle (better) lies beyond the outer lines, an open one beyond the "
            "inner lines alone. Points within the lines cannot be ranked."
        ),
        foot=foot,
        measure_id=measure_id,
        heads=(words.text("Unit"),),
        rows=tuple(
            DataRow((_name(edition, unit),), replace(read(words, cell), row=""))
            for unit, cell in zip(units, cells, strict=True)
        ),
        spec={
            "data": [*_lines(limits), points],
            "layout": layout(window.pop("height"), **window),
            "narrow": drawn(320, 265, 26, 3, 1.4),
        },
    )
