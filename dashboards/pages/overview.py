"""The committee's overview: what misses its target, worst first; how sure; who; what limits the numbers."""

from __future__ import annotations

from dashboards.alerts import grouped
from dashboards.edition import Edition, Page
from dashboards.figures.control import followed
from dashboards.figures.dots import dots
from dashboards.figures.modalities import modalities
from dashboards.pages.limits import limits
from dashboards.pages.study import describe, reader_strip, study_title
from dashboards.parts import Matrix, matrix, tiles, told_by_turns
from dashboards.topics import topic_at
from dashboards.verdict import Verdict

WORST = 5


def _title(edition: Edition, by_vendor: Matrix) -> tuple[str, str]:
    """How many vendors miss a target, and how many results meet theirs."""
    words = edition.words
    verdicts = [[r.standing.verdict for r in row.readings] for row in by_vendor.rows]
    judged = [v for row in verdicts for v in row if v not in (None, Verdict.NO_TARGET)]
    if not judged:
        return words.text("No target is agreed: results are shown without judgement"), ""
    missing = sum(Verdict.MISSES in row for row in verdicts)
    subtitle = words.text(
        "Of {all} results of vendors with a target, {meets} meet it, {misses} miss it and {unsure} cannot be told "
        "from it: a result meets or misses only with its whole 95% interval.",
        all=len(judged),
        meets=judged.count(Verdict.MEETS),
        misses=judged.count(Verdict.MISSES),
        unsure=judged.count(Verdict.UNSURE),
    )
    if missing == 0:
        narrower = sum(alert.worse for alert in grouped(edition.alerts))
        if narrower:
            return words.plural(
                "No vendor misses a target as a whole; {number} finding for the worse in part of the work",
                "No vendor misses a target as a whole; {number} findings for the worse in part of the work",
                narrower,
            ), subtitle
        return words.text("No vendor misses a target"), subtitle
    title = words.plural(
        "{number} of {all} vendors misses a target",
        "{number} of {all} vendors miss a target",
        missing,
        all=len(verdicts),
    )
    return title, subtitle


def vendor_matrix(edition: Edition, region: str | None = None) -> Matrix:
    """Vendors down, measures across; in one region or everywhere."""
    words = edition.words
    last = edition.periods[-1] if edition.periods else ""
    rows = []
    for vendor in edition.vendors:
        place = {"vendor": vendor.id, **({"region": region} if region else {})}
        newest = max(
            (
                cell.period or ""
                for column in edition.columns
                for cell in edition.months(column, place)
            ),
            default="",
        )
        stale = bool(newest) and newest < last
        note = words.text("data to {month}", month=words.month(newest)) if stale else ""
        rows.append((place, vendor.name, note, edition.link(f"vendor-{vendor.slug}")))
    caption = (
        words.text("Groups of readers: every measure, all months")
        if edition.study
        else words.text("Vendors: every measure, {span}", span=edition.span)
    )
    return matrix(
        edition, rows, caption, words.text("Group") if edition.study else words.text("Vendor")
    )


def overview(edition: Edition) -> Page:
    """The page `index`."""
    words = edition.words
    by_vendor = vendor_matrix(edition)
    title, subtitle = study_title(edition) if edition.study else _title(edition, by_vendor)
    figures = [followed(edition, column) for column in edition.columns[:2]]
    kind = words.text("group") if edition.study else words.text("vendor")
    for column in edition.columns:
        topic = topic_at(edition.released, column, {})
        across = edition.released.across(topic, "vendor")
        rows = [(v.name, across[v.id]) for v in edition.vendors if v.id in across]
        figures.append(dots(edition, topic, rows, anchor=f"dots-{column.slug}", kind=kind))
    if edition.study:
        figures += [reader_strip(edition)]
    figures += [modalities(edition, column) for column in edition.columns[:1]]
    signals, more = told_by_turns(edition, (a for a in edition.alerts if a.worse), WORST)
    return Page(
        "index",
        "overview.html",
        {
            "title": title,
            "subtitle": subtitle,
            "study": describe(edition) if edition.study else None,
            "signals": signals,
            "more": more,
            "limits": limits(edition),
            "tiles": tiles(edition),
            "matrix": by_vendor,
            "figures": [figure for figure in figures if figure],
        },
    )
