"""One region: its sites, and its vendors side by side."""

from __future__ import annotations

from dashboards.alerts import Alert
from dashboards.edition import Edition, Page
from dashboards.figures.control import followed
from dashboards.figures.dots import dots
from dashboards.figures.modalities import modalities
from dashboards.figures.report import report_curve
from dashboards.labels import label
from dashboards.pages.hours import week
from dashboards.pages.overview import vendor_matrix
from dashboards.pages.vendor import vendor_title
from dashboards.parts import matrix, tiles, told_by_turns
from dashboards.topics import topic_at

WORST = 10


def alerts_of(edition: Edition, region: str) -> list[Alert]:
    """Signals of a region, and of units at its sites."""
    inside = {site.id for site in edition.network.sites if site.region == region}
    return [
        alert
        for alert in edition.alerts
        if alert.cell.place.get("region") == region or alert.cell.place.get("site") in inside
    ]


def region_page(edition: Edition, region: str) -> Page:
    """The page of a region."""
    words = edition.words
    place = {"region": region}
    name = label(words, "region", region)
    sites = [
        ({"site": site.id}, site.name, "", "")
        for site in edition.network.sites
        if site.region == region
        and any(edition.total(c, {"site": site.id}) for c in edition.columns)
    ]
    figures = [followed(edition, column, place) for column in edition.columns[:2]]
    for column in edition.columns:
        topic = topic_at(edition.released, column, place)
        across = edition.released.across(topic, "vendor", place)
        rows = [(v.name, across[v.id]) for v in edition.vendors if v.id in across]
        kind = words.text("group") if edition.study else words.text("vendor")
        figures.append(dots(edition, topic, rows, anchor=f"dots-{column.slug}", kind=kind))
    figures += [modalities(edition, column, place) for column in edition.columns[:1]]
    charts = [figure for figure in figures if figure]
    curve = None if edition.study else report_curve(edition, place, name, "report")
    shown = tiles(edition, place)
    signals, more = told_by_turns(
        edition, (alert for alert in alerts_of(edition, region) if alert.worse), WORST
    )
    return Page(
        f"region-{region}",
        "region.html",
        {
            "title": name if edition.study else vendor_title(edition, name, shown),
            "subtitle": words.listed([site[1] for site in sites]),
            "signals": signals,
            "more": more,
            "tiles": shown,
            "sites": matrix(
                edition, sites, words.text("Sites: every measure, all months"), words.text("Site")
            ),
            "matrix": vendor_matrix(edition, region),
            "curve": curve,
            "week": None if edition.study else week(edition, place),
            "charts": charts,
            "figures": [figure for figure in (*charts, curve) if figure],
        },
    )
