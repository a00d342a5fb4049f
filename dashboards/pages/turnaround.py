"""Turnaround: against the contract, how long reports take, when, what is still open, and what finished tasks hide."""

from __future__ import annotations

from dashboards.edition import Edition, Page
from dashboards.figures.quantiles import quantiles
from dashboards.figures.report import report_curve
from dashboards.intervals import interval_shown
from dashboards.labels import label
from dashboards.pages.durations import all_intervals, beside
from dashboards.pages.hours import week
from dashboards.pages.open_work import open_work
from dashboards.pages.overdue import overdue_places
from dashboards.pages.sla import breaches, sla_matrices, sla_title


def turnaround(edition: Edition) -> Page | None:
    """The page `turnaround`, None where nothing is timed; a reader study has no turnaround, only a pace."""
    words = edition.words
    interval = interval_shown(edition)
    if edition.study or interval is None:
        return None
    there = set(edition.released.measures())
    by_vendor = quantiles(edition, interval)
    curve = report_curve(edition, {}, words.text("The network"), "report-network")
    clock = label(words, "interval", interval)
    return Page(
        "turnaround",
        "turnaround.html",
        {
            "title": sla_title(edition)
            or words.text("Turnaround: no SLA term is agreed, times are shown without judgement"),
            "subtitle": words.text(
                "Turnaround, {clock}, {span}, {cutoff}",
                clock=clock,
                span=edition.span,
                cutoff=edition.cutoff_words,
            ),
            "sla": sla_matrices(edition),
            "quantiles": by_vendor,
            "curve": curve,
            "figures": [part for part in (by_vendor, curve) if part],
            "week": week(edition, {}),
            "open": open_work(edition),
            "overdue": overdue_places(edition, {}, ("region", "modality", "site")),
            "beside": beside(edition),
            "censored": "turnaround_median" in there,
            "breaches": breaches(edition),
            "credits": "sla_credits" in there,
            "intervals": all_intervals(edition, {}),
        },
    )
