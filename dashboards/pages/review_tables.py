"""Tables of peer review: how far it reaches, rates beside each other, and what becomes of discrepancies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dashboards.edition import Edition
from dashboards.grid import Grid, Head, Line, grid
from dashboards.labels import label
from dashboards.release import Cell, Topic
from dashboards.words import marked
from overread.measures.catalogue import CATALOGUE
from overread.model.codes import UNKNOWN

ROUTES: Final = (
    "random",
    "assigned",
    "prior_linked",
    "ad_hoc",
    "referred",
    "final_over_preliminary",
)
_REACH: Final = (
    ("sampling_fraction", marked("Sent to review"), marked("of finished reports")),
    ("review_coverage", marked("Reviewed"), marked("of finished reports")),
    ("review_completion", marked("Completed"), marked("of reviews due")),
    ("review_expired", marked("Expired"), marked("of reviews due: nobody knows these reports")),
)
# (measure, route, heading, what it stands for); route "" is all routes together.
_RATES: Final = (
    ("{rate}", "", marked("As counted"), marked("all routes, chosen reviews among them")),
    ("{rate}", "random", marked("Random sample"), marked("as counted")),
    ("{rate}_weighted", "random", marked("Weighted"), marked("to all finished reports")),
    ("{rate}_arbitrated", "", marked("After arbitration"), marked("arbitrated reviews only")),
    ("{rate}_adjusted", "random", marked("Adjusted"), marked("reviewers' severity taken out")),
    ("{rate}_shrunk", "random", marked("Shrunk"), marked("towards all vendors, for chance")),
)
RATES: Final = ("discrepancy_rate", "significant_discrepancy_rate")
_FATE: Final = (
    "reviews_arbitrated",
    "arbitration_overturned",
    "discrepancies_delivered",
    "delivery_days",
    "preliminary_major_change",
    "reciprocity",
)
_ATTRIBUTION: Final = ("vendor", "local", "unresolved", UNKNOWN)
_DIRECTION: Final = (
    "miss",
    "overcall",
    "wrong_interpretation",
    "communication",
    "indeterminate",
    UNKNOWN,
)

Place = tuple[Mapping[str, str], str, str]


def network_and_vendors(edition: Edition) -> list[Place]:
    """(place, name, address) of the network, then of each vendor in its fixed order."""
    rows: list[Place] = [({}, edition.words.text("The network"), "")]
    for vendor in edition.vendors:
        href = edition.link(f"vendor-{vendor.slug}")
        rows.append(({"vendor": vendor.id}, vendor.name, href))
    return rows


def cell_at(
    edition: Edition,
    measure_id: str,
    place: Mapping[str, str],
    route: str = "",
    category: str = "",
) -> Cell | None:
    """The cell of a route; of all routes where the measure is not told by route."""
    if measure_id not in CATALOGUE:
        return None
    keys = {"route": route, "category": category}
    named = frozenset((key, value) for key, value in keys.items() if value)
    found = edition.released.total(Topic(measure_id, named), place)
    if found is None and route:
        bare = frozenset(item for item in named if item[0] != "route")
        return edition.released.total(Topic(measure_id, bare), place)
    return found


def _reach(edition: Edition, place: Mapping[str, str], route: str) -> tuple[Cell | None, ...]:
    released = edition.released
    return tuple(
        released.total(Topic(measure_id, frozenset({("route", route)})), place)
        if measure_id in CATALOGUE
        else None
        for measure_id, _, _ in _REACH
    )


def _reach_heads(edition: Edition) -> list[Head]:
    words = edition.words
    return [Head(words.text(text), m, words.text(note)) for m, text, note in _REACH]


def reach_by_route(edition: Edition) -> Grid | None:
    """Sampling fraction, coverage, completion and non-response of each route."""
    words = edition.words
    lines = [
        Line(label(words, "route", route), cells)
        for route in ROUTES
        if any(cells := _reach(edition, {}, route))
    ]
    return grid(
        words,
        words.text("How far peer review reaches, by how the reviews were chosen"),
        words.text("Route"),
        _reach_heads(edition),
        lines,
        words.text(
            "Only the random sample tells the rate of all reports. What is chosen otherwise tells of what was chosen, "
            "and what expired unreviewed tells nothing."
        ),
    )


def reach_by_vendor(edition: Edition) -> Grid | None:
    """The same of the random sample, vendor by vendor."""
    words = edition.words
    lines = [
        Line(name, cells, href)
        for place, name, href in network_and_vendors(edition)
        if any(cells := _reach(edition, place, "random"))
    ]
    return grid(
        words,
        words.text("How far the random sample reaches, by vendor"),
        words.text("Vendor"),
        _reach_heads(edition),
        lines,
        absent=words.text("no review due"),
    )


def rates(edition: Edition, rate: str) -> Grid | None:
    """A discrepancy rate as counted, of the random sample, weighted, arbitrated, adjusted and shrunk, side by side."""
    words = edition.words
    heads = [
        Head(words.text(text), measure_id, words.text(note))
        for pattern, _, text, note in _RATES
        for measure_id in (pattern.format(rate=rate),)
    ]
    lines = [
        Line(
            name,
            tuple(
                cell_at(edition, pattern.format(rate=rate), place, route)
                for pattern, route, _, _ in _RATES
            ),
            href,
            # rates that compare vendors are not told of all of them together
            absent="" if place else words.text("told of vendors alone"),
        )
        for place, name, href in network_and_vendors(edition)
    ]
    captions = {
        "discrepancy_rate": words.text("Discrepancy rate: one question, several answers"),
        "significant_discrepancy_rate": words.text(
            "Significant discrepancy rate: one question, several answers"
        ),
    }
    return grid(
        words,
        captions[rate],
        words.text("Vendor"),
        heads,
        [line for line in lines if any(line.cells)],
        words.text(
            "The random sample speaks for all reports; the others show how far chosen reviews, arbitration or the "
            "reviewers move the rate. They are not to be added up."
        ),
    )


def _categories(
    edition: Edition, measure_id: str, codes: Sequence[str], caption: str, how: str
) -> Grid | None:
    words = edition.words
    heads = [Head(label(words, "category", code), measure_id) for code in codes]
    lines = [
        Line(name, cells, href)
        for place, name, href in network_and_vendors(edition)
        if any(cells := tuple(cell_at(edition, measure_id, place, category=code) for code in codes))
    ]
    return grid(words, caption, words.text("Vendor"), heads, lines, how)


def attribution(edition: Edition) -> Grid | None:
    """Whose the discrepancies were that stood in arbitration."""
    words = edition.words
    return _categories(
        edition,
        "discrepancy_attribution",
        _ATTRIBUTION,
        words.text("Whose discrepancies they were, of those that stood in arbitration"),
        words.text("Shares of one row add up to all; no hue, since none of them is better."),
    )


def direction(edition: Edition) -> Grid | None:
    """What kind of discrepancies reviewers find."""
    words = edition.words
    return _categories(
        edition,
        "discrepancy_direction",
        _DIRECTION,
        words.text("What kind of discrepancies they were"),
        "",
    )


def fate(edition: Edition) -> Grid | None:
    """What becomes of discrepancies: arbitration, delivery to the reader, changes of preliminary reports."""
    words = edition.words
    there = [measure_id for measure_id in _FATE if measure_id in CATALOGUE]
    heads = [Head(_name(edition, measure_id), measure_id) for measure_id in there]
    lines = [
        Line(
            name,
            tuple(
                cell_at(edition, measure_id, place, _route_of(measure_id)) for measure_id in there
            ),
            href,
        )
        for place, name, href in network_and_vendors(edition)
    ]
    return grid(
        words,
        words.text("What becomes of discrepancies"),
        words.text("Vendor"),
        heads,
        [line for line in lines if any(line.cells)],
    )


def _route_of(measure_id: str) -> str:
    return "final_over_preliminary" if measure_id == "preliminary_major_change" else ""


def _name(edition: Edition, measure_id: str) -> str:
    measure = CATALOGUE[measure_id]
    return measure.name_zh_hant if edition.words.language == "zh_Hant" else measure.name
