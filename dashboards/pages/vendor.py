"""One vendor, as the committee sees it."""

from __future__ import annotations

from dashboards.alerts import Alert
from dashboards.algorithms import versions
from dashboards.edition import Edition, Page
from dashboards.figures.control import followed
from dashboards.figures.modalities import modalities
from dashboards.figures.report import report_curve
from dashboards.labels import label
from dashboards.network import Vendor
from dashboards.pages.ai_block import task_blocks
from dashboards.pages.answers import answer_flags, answers
from dashboards.pages.hours import week
from dashboards.pages.open_work import open_work
from dashboards.pages.overdue import overdue_places
from dashboards.pages.position import positions
from dashboards.pages.radpeer import radpeer
from dashboards.pages.version_changes import changes
from dashboards.parts import Matrix, Tile, matrix, tiles, told
from dashboards.verdict import Verdict
from overread.model.codes import REGION


def vendor_title(edition: Edition, name: str, shown: list[Tile]) -> str:
    """How many of a place's results miss their target."""
    words = edition.words
    verdicts = [t.reading.standing.verdict for t in shown if t.reading.value]
    judged = [v for v in verdicts if v not in (None, Verdict.NO_TARGET)]
    missed = [t.name for t in shown if t.reading.standing.verdict is Verdict.MISSES]
    if not judged:
        return words.text("{who}: no target is agreed for these results", who=name)
    if not missed:
        return words.text(
            "{who} misses no target as a whole: {meets} of {all} results meet theirs",
            who=name,
            meets=judged.count(Verdict.MEETS),
            all=len(judged),
        )
    return words.plural(
        "{who} misses {number} of {all} targets: {missed}",
        "{who} misses {number} of {all} targets: {missed}",
        len(missed),
        who=name,
        all=len(judged),
        missed=words.listed(missed),
    )


def facts(edition: Edition, vendor: Vendor) -> str:
    """Kind and engagement of a vendor."""
    words = edition.words
    parts = [label(words, "kind", vendor.kind)]
    if vendor.engagement:
        parts.append(label(words, "engagement", vendor.engagement))
    return words.listed(parts)


def _by(edition: Edition, vendor: Vendor, dimension: str) -> Matrix:
    words = edition.words
    order = REGION.codes if dimension == "region" else ()
    rows = [
        (
            {"vendor": vendor.id, dimension: code},
            label(words, dimension, code),
            "",
            edition.link(f"region-{code}") if dimension == "region" else "",
        )
        for code in edition.values(dimension, order)
    ]
    present = [
        row for row in rows if any(edition.total(column, row[0]) for column in edition.columns)
    ]
    if dimension == "region":
        caption, corner = words.text("By region: every measure, all months"), words.text("Region")
    else:
        caption = words.text("By modality: every measure, all months")
        corner = words.text("Modality")
    return matrix(edition, present, caption, corner)


def vendor_page(edition: Edition, vendor: Vendor) -> Page:
    """The page of a vendor."""
    place = {"vendor": vendor.id}
    shown = tiles(edition, place)
    mine: list[Alert] = [a for a in edition.alerts if a.cell.place.get("vendor") == vendor.id]
    figures = [followed(edition, column, place) for column in edition.columns]
    figures += [modalities(edition, column, place) for column in edition.columns[:1]]
    found = versions(edition, place)
    told_changes = changes(edition, frozenset(asked.algorithm for asked in found)) or []
    tasks = task_blocks(edition, found, place, told_changes)
    answered = answers(edition, place)
    curve = None
    if not edition.study:
        curve = report_curve(edition, place, vendor.name, "report", contract=True)
    return Page(
        f"vendor-{vendor.slug}",
        "vendor.html",
        {
            "vendor": vendor,
            "title": vendor.name if edition.study else vendor_title(edition, vendor.name, shown),
            "subtitle": facts(edition, vendor),
            "signals": told(edition, (a for a in mine if a.worse)),
            "better": told(edition, (a for a in mine if not a.worse)),
            "tiles": shown,
            "positions": positions(edition, vendor),
            "matrices": [
                m
                for m in (_by(edition, vendor, "region"), _by(edition, vendor, "modality"))
                if m.rows
            ],
            "radpeer": radpeer(edition, place),
            "answers": answered,
            "answer_flags": answer_flags(edition.words, answered),
            "open": None if edition.study else open_work(edition, vendor),
            "overdue": overdue_places(edition, place, ("region", "modality")),
            "curve": curve,
            "week": None if edition.study else week(edition, place),
            "tasks": tasks,
            "charts": [figure for figure in figures if figure],
            "figures": [
                part
                for part in (*figures, curve, *(f for task in tasks for f in task.figures))
                if part
            ],
        },
    )
