"""Concordance: how far peer review reaches, the rates with what limits them, and what becomes of discrepancies."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.command import explain_line
from dashboards.edition import Edition, Page
from dashboards.figures.control import control
from dashboards.figures.figure import Figure
from dashboards.figures.funnel import funnel
from dashboards.figures.modalities import modalities
from dashboards.figures.radpeer import radpeer_bars
from dashboards.pages.agreement_beside import agreement_beside
from dashboards.pages.late_reviews import late_reviews
from dashboards.pages.review_tables import (
    RATES,
    attribution,
    cell_at,
    direction,
    fate,
    rates,
    reach_by_route,
    reach_by_vendor,
)
from dashboards.pages.reviewers import reviewers
from dashboards.reading import read
from dashboards.release import Topic
from dashboards.sentences import finding, who


@dataclass(frozen=True, slots=True)
class Case:
    """Where the exams of a vendor's significant discrepancies are listed."""

    vendor: str
    cases: str
    command: str


def _title(edition: Edition) -> str:
    """The rate of all reports where it can be estimated, else that of the reviews."""
    words = edition.words
    for measure_id, route in (
        ("significant_discrepancy_rate_weighted", "random"),
        ("significant_discrepancy_rate", "random"),
        ("significant_discrepancy_rate", ""),
        ("discrepancy_rate", ""),
    ):
        cell = cell_at(edition, measure_id, {}, route)
        if cell is not None and cell.drawn:
            subject = who(words, edition.network, cell)
            return finding(words, subject, read(words, cell), cell.topic)
    return words.text("Concordance: no review is in yet")


def _cases(edition: Edition) -> list[Case]:
    words = edition.words
    found = []
    for vendor in edition.vendors:
        cell = cell_at(edition, "significant_discrepancy_rate", {"vendor": vendor.id})
        if cell is not None and cell.numerator:
            found.append(
                Case(vendor.name, read(words, cell).evidence, explain_line(cell) + " --rows")
            )
    return found


def _charts(edition: Edition) -> list[Figure]:
    """Funnel beside control chart, of both rates."""
    found = []
    for measure_id in ("significant_discrepancy_rate", "discrepancy_rate"):
        topic = Topic(measure_id, frozenset({("route", "random")}))
        found += [funnel(edition, measure_id), control(edition, topic)]
    return [figure for figure in found if figure]


def concordance(edition: Edition) -> Page | None:
    """The page `concordance`, None where nothing is reviewed: a reader study has its truth instead."""
    there = set(edition.released.measures())
    if edition.study or not there & {"discrepancy_rate", "review_completion"}:
        return None
    words = edition.words
    charts, bars = _charts(edition), radpeer_bars(edition)
    column = next((c for c in edition.columns if c.measure_id.endswith("discrepancy_rate")), None)
    small = modalities(edition, column) if column else None
    return Page(
        "concordance",
        "concordance.html",
        {
            "title": _title(edition),
            "subtitle": words.text(
                "Peer review, {span}, {cutoff}", span=edition.span, cutoff=edition.cutoff_words
            ),
            "reach": [g for g in (reach_by_route(edition), reach_by_vendor(edition)) if g],
            "rates": [g for rate in RATES if (g := rates(edition, rate))],
            "charts": charts,
            "bars": bars,
            "kinds": [g for g in (direction(edition), attribution(edition)) if g],
            "fate": fate(edition),
            "agreement": agreement_beside(edition),
            "modalities": small,
            "late": late_reviews(edition),
            "reviewers": reviewers(edition),
            "cases": _cases(edition),
            "figures": [figure for figure in (*charts, bars, small) if figure],
        },
    )
