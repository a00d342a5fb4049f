"""How far an algorithm drifts from its own first months: its scores, and its disagreement with the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboards.algorithms import Asked, Version, asked_words
from dashboards.curves import curve
from dashboards.definitions import definition, name, name_inside
from dashboards.discovery import FOUND_BELOW, tested
from dashboards.edition import Edition
from dashboards.figures.figure import DataRow, Figure, axis, drawn_at, hover, layout
from dashboards.figures.series import month_axis
from dashboards.figures.version_lines import VersionMonths, months_of, version_lines
from dashboards.reading import read
from dashboards.release import Cell
from overread.measures.catalogue import CATALOGUE

CUSUM: Final = "disagreement_cusum"
DRIFT: Final = ("score_drift_psi", "score_drift_ks", CUSUM)
# Readers who did not know the answer speak for drift; those who saw it follow it.
_UNKNOWING: Final = ("reader:did_not", "reader:(unknown)")
_LIMITS: Final = "drift_limit"


def _series(
    edition: Edition, measure_id: str, listed: Sequence[Version], place: Mapping[str, str]
) -> list[tuple[dict[str, str], VersionMonths]]:
    """The lines of a chart: one, or the two sides of a CUSUM, each with its categories."""
    if measure_id != CUSUM:
        return [({}, months_of(edition, measure_id, listed, place))]
    for population in _UNKNOWING:
        sides = [
            (more, months_of(edition, measure_id, listed, place, **more))
            for side in ("more", "less")
            for more in ({"population": population, "category": side},)
        ]
        if any(months for _, months in sides):
            return sides
    return []


def _found(
    edition: Edition,
    measure_id: str,
    version: Version,
    more: Mapping[str, str],
    place: Mapping[str, str],
) -> set[str]:
    """Months whose drift is found."""
    keys = {key: value for key, value in version.keys().items() if key != "reference"}
    told = tested(edition, measure_id, {**keys, **more}, place, "period")
    return {period for period, (_, q) in told.items() if q < FOUND_BELOW}


def _limit(
    edition: Edition, measure_id: str, months: VersionMonths, place: Mapping[str, str]
) -> list[dict[str, Any]]:
    """What chance alone reaches in 5% of stable months of these sizes, as a dashed line."""
    limits: dict[str, float] = {}
    for version, _ in months:
        keys = {key: value for key, value in version.keys().items() if key != "reference"}
        rows = curve(
            edition.connection,
            _LIMITS,
            ("period", "threshold"),
            {"measure_id": measure_id, "vendor": place.get("vendor"), **keys},
            "period",
        )
        limits |= {row["period"]: row["threshold"] for row in rows if row["threshold"] is not None}
    if not limits:
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": edition.periods,
            "y": [drawn_at(limits.get(period), 1) for period in edition.periods],
            "line": {"color": "@ink2", "width": 1.5, "dash": "dash"},
            "hoverinfo": "skip",
        }
    ]


def _line(
    edition: Edition, measure_id: str, cells: Sequence[Cell], found: set[str], dash: str
) -> dict[str, Any]:
    by_month = {cell.period: cell for cell in cells if cell.drawn}
    shown = [by_month.get(period) for period in edition.periods]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": edition.periods,
        "y": [drawn_at(cell.value, 1) if cell else None for cell in shown],
        "connectgaps": False,
        "line": {"color": "@mute", "width": 1.5, "dash": dash},
        "marker": {
            "opacity": 1,
            "size": [10 if period in found else 7 for period in edition.periods],
            "symbol": ["diamond" if period in found else "circle" for period in edition.periods],
            "color": ["@worse" if period in found else "@ink2" for period in edition.periods],
        },
        "customdata": [
            hover(edition.words.month(period), cell) if cell else None
            for period, cell in zip(edition.periods, shown, strict=True)
        ],
        "meta": {"unit": definition(measure_id).unit, "clock": "min", "target": None},
    }


def _title(edition: Edition, measure_id: str, asked: Asked, found: set[str], months: int) -> str:
    words = edition.words
    if not found:
        return words.text(
            "{who}, {measure}: no month differs from the version's first months more than chance explains, {n} months",
            who=asked.algorithm,
            measure=name_inside(words, measure_id),
            n=months,
        )
    return words.plural(
        "{who}, {measure}: {number} of {n} months differs from the version's first months, first {month}",
        "{who}, {measure}: {number} of {n} months differ from the version's first months, first {month}",
        len(found),
        who=asked.algorithm,
        measure=name_inside(words, measure_id),
        n=months,
        month=words.month(min(found)),
    )


def drift(
    edition: Edition,
    asked: Asked,
    listed: Sequence[Version],
    place: Mapping[str, str],
    measure_id: str,
) -> Figure | None:
    """A statistic of drift month by month, None where fewer than two months have it."""
    if measure_id not in CATALOGUE:
        return None
    words = edition.words
    series = [
        (more, months) for more, months in _series(edition, measure_id, listed, place) if months
    ]
    cells = [cell for _, months in series for _, own in months for cell in own if cell.drawn]
    periods = {cell.period for cell in cells}
    if len(periods) < 2:
        return None
    traces: list[dict[str, Any]] = []
    found: set[str] = set()
    for at, (more, months) in enumerate(series):
        for version, own in months:
            here = _found(edition, measure_id, version, more, place)
            found |= here
            traces.append(_line(edition, measure_id, own, here, ("solid", "dot")[at % 2]))
    limits = _limit(edition, measure_id, series[0][1], place)
    shapes, notes = version_lines(edition, series[0][1])
    highest = max(cell.value or 0.0 for cell in cells)
    highest = max([highest, *(y for line in limits for y in line["y"] if y is not None)])
    how = words.text(
        "Each point is one month against the version's own first three months; a dotted upright line is the first month "
        "of a new version. A diamond is a month whose difference holds after the false discovery rate (5%)."
    )
    if measure_id == CUSUM:
        how += " " + words.text(
            "The solid line adds up more disagreement with readers who had not seen the AI, the dotted one less."
        )
    if limits:
        how += " " + words.text(
            "The dashed line is what chance alone exceeds in 5% of months without drift."
        )
    measure = definition(measure_id)
    return Figure(
        anchor=f"{measure_id.replace('_', '-')}-{listed[0].anchor}",
        title=_title(edition, measure_id, asked, found, len(periods)),
        subtitle=words.listed(
            [name(words, measure_id), asked_words(words, asked), edition.span, edition.cutoff_words]
        ),
        how=how,
        foot=words.text("No interval: a statistic of drift is judged by chance alone."),
        measure_id=measure_id,
        heads=(words.text("Month"), words.text("Version")),
        rows=tuple(
            DataRow((words.month(cell.period or ""), version.number), read(words, cell))
            for _, months in series
            for version, own in months
            for cell in own
        ),
        spec={
            "data": [*limits, *traces],
            "layout": layout(
                280,
                xaxis=month_axis(edition, 5),
                yaxis={**axis(measure.unit), "range": [0, highest * 1.15 or 1.0]},
                shapes=shapes,
                annotations=notes,
            ),
            "narrow": {"xaxis": month_axis(edition, 3), "height": 260},
        },
        signal=bool(found),
    )
