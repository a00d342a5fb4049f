"""The SLA: attainment by vendor and region against the contract's term, breaches, and credits in each currency."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.edition import Edition
from dashboards.grid import Grid, Head, Line, grid
from dashboards.labels import label
from dashboards.release import Cell, Topic
from dashboards.topics import vendors_of
from dashboards.verdict import Verdict, verdict_of
from overread.measures.catalogue import CATALOGUE
from overread.model.codes import REGION


def intervals_of(edition: Edition, measure_id: str) -> list[str]:
    """Intervals for which a measure is released, for the network or a vendor."""
    if measure_id not in CATALOGUE:
        return []
    places: list[Mapping[str, str]] = [{}]
    places += [{"vendor": vendor} for vendor in vendors_of(edition.released, measure_id)]
    return sorted(
        {
            interval
            for place in places
            for cell in edition.released.topics(measure_id, place)
            if (interval := cell.topic.key("interval"))
        }
    )


def topic_of(measure_id: str, interval: str) -> Topic:
    """A measure of an interval, everything else rolled up."""
    return Topic(measure_id, frozenset({("interval", interval)}))


def sla_matrices(edition: Edition) -> list[Grid]:
    """Vendors down, regions across, one table per interval of the contracts."""
    words = edition.words
    found = []
    for interval in intervals_of(edition, "sla_attainment"):
        topic = topic_of("sla_attainment", interval)
        regions = sorted(
            edition.released.values("sla_attainment", "region"),
            key=lambda code: ((*REGION.codes, code).index(code), code),
        )
        lines = []
        for vendor in edition.vendors:
            place = {"vendor": vendor.id}
            whole = edition.released.total(topic, place)
            cells = tuple(
                edition.released.total(topic, {**place, "region": region}) for region in regions
            )
            if whole is not None or any(cells):
                href = edition.link(f"vendor-{vendor.slug}")
                lines.append(Line(vendor.name, (whole, *cells), href))
        table = grid(
            words,
            words.text(
                "SLA attainment by vendor and region, {interval}",
                interval=label(words, "interval", interval),
            ),
            words.text("Vendor"),
            [
                Head(words.text("All regions"), "sla_attainment"),
                *(Head(label(words, "region", region)) for region in regions),
            ],
            lines,
            words.text(
                "Each cell: share of the reads due that kept the contract's time. A read that is past due and not "
                "read counts as late. The mark compares the whole 95% interval with the share that the contract asks."
            ),
            absent=words.text("no reads due"),
        )
        if table:
            found.append(table)
    return found


def sla_cells(edition: Edition) -> tuple[list[Cell], list[tuple[Cell, str]]]:
    """Attainment of each vendor, and of each vendor in a region with its words."""
    wholes, parts = [], []
    for interval in intervals_of(edition, "sla_attainment"):
        topic = topic_of("sla_attainment", interval)
        for vendor in edition.vendors:
            place = {"vendor": vendor.id}
            whole = edition.released.total(topic, place)
            wholes += [whole] if whole is not None and whole.drawn else []
            for region, cell in edition.released.across(topic, "region", place).items():
                where = edition.words.text(
                    "{vendor} in {region}",
                    vendor=vendor.name,
                    region=label(edition.words, "region", region),
                )
                parts += [(cell, where)] if cell.drawn else []
    return wholes, parts


def sla_title(edition: Edition) -> str:
    """Who misses a term with the whole interval; "" without terms."""
    words = edition.words
    wholes, parts = sla_cells(edition)
    judged = [verdict for cell in wholes if (verdict := verdict_of(cell)) is not Verdict.NO_TARGET]
    if not judged:
        return ""
    missing = judged.count(Verdict.MISSES)
    if missing:
        return words.plural(
            "{number} of {all} vendors misses the SLA term of its contract; {meets} meet theirs",
            "{number} of {all} vendors miss the SLA term of their contract; {meets} meet theirs",
            missing,
            all=len(judged),
            meets=judged.count(Verdict.MEETS),
        )
    narrow = [where for cell, where in parts if verdict_of(cell) is Verdict.MISSES]
    if narrow:
        return words.text(
            "No vendor misses its SLA term as a whole, but in one region: {places}",
            places=words.listed(narrow),
        )
    return words.text(
        "No vendor misses its SLA term: {meets} of {all} meet it with the whole interval",
        meets=judged.count(Verdict.MEETS),
        all=len(judged),
    )


def _of_vendor(edition: Edition, measure_id: str, vendor: str) -> list[Cell]:
    """Cells of a vendor over all months, one per category and interval."""
    if measure_id not in CATALOGUE:
        return []
    cells = edition.released.topics(measure_id, {"vendor": vendor})
    return sorted(cells, key=lambda cell: sorted(cell.topic.keys))


def breaches(edition: Edition) -> Grid | None:
    """Breaches and credits of each vendor; credits of two currencies stand apart and are never added."""
    words = edition.words
    credit = {
        vendor.id: _of_vendor(edition, "sla_credits", vendor.id) for vendor in edition.vendors
    }
    currencies = sorted(
        {cell.topic.key("category") or "" for cells in credit.values() for cell in cells}
    )
    intervals = intervals_of(edition, "sla_breaches")
    heads = [
        Head(
            words.text("Breaches"),
            "sla_breaches",
            label(words, "interval", interval),
        )
        for interval in intervals
    ]
    heads += [Head(words.text("Credits"), "sla_credits", currency) for currency in currencies]
    lines = []
    for vendor in edition.vendors:
        late = tuple(
            edition.released.total(topic_of("sla_breaches", interval), {"vendor": vendor.id})
            for interval in intervals
        )
        by_currency = {cell.topic.key("category") or "": cell for cell in credit[vendor.id]}
        cells = (*late, *(by_currency.get(currency) for currency in currencies))
        if any(cells):
            lines.append(Line(vendor.name, cells, edition.link(f"vendor-{vendor.slug}")))
    return grid(
        words,
        words.text("Breaches and credits by vendor, {span}", span=edition.span),
        words.text("Vendor"),
        heads,
        lines,
        absent=words.text("none agreed"),
    )
