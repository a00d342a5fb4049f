"""A cell as text: value, interval, evidence, standing, and the row of `measure_release` that it came from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dashboards.definitions import definition
from dashboards.numerals import Clock, clock_of, count, show, show_blurred, show_target
from dashboards.release import Cell
from dashboards.verdict import Standing, standing
from dashboards.words import Words, marked

# What n counts, by the beginning of the measure's name.
# Made once: making it costs more than what it does.
_ROW: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
_FINISHED: Final = (marked("{n} finished reads"), marked("{x} of {n} finished reads"))
_TASKS: Final = (marked("{n} tasks"), marked("{x} of {n} tasks"))
_SICK: Final = (marked("{n} diseased cases"), marked("{x} of {n} diseased cases"))
_WELL: Final = (marked("{n} healthy cases"), marked("{x} of {n} healthy cases"))
_RUNS: Final = (marked("{n} runs"), marked("{x} of {n} runs"))
_REVIEWS: Final = (marked("{n} reviews"), marked("{x} of {n} reviews"))
_COUNTED: Final = (
    ("turnaround_median_completed", *_FINISHED),
    ("turnaround_p90_completed", *_FINISHED),
    ("turnaround_p75", *_FINISHED),
    ("turnaround_p95", *_FINISHED),
    ("turnaround_mean", *_FINISHED),
    ("turnaround", *_TASKS),
    ("reported_within", *_TASKS),
    ("open_", marked("{n} open tasks"), marked("{x} of {n} open tasks")),
    (
        "tasks_overdue",
        marked("{n} open tasks under a term"),
        marked("{x} of {n} open tasks under a term"),
    ),
    ("tasks_at_risk", marked("{n} tasks not yet due"), marked("{x} of {n} tasks not yet due")),
    ("sla", marked("{n} reads due"), marked("{x} of {n} reads due")),
    ("review_expired", marked("{n} assigned reviews"), marked("{x} of {n} assigned reviews")),
    ("review_coverage", marked("{n} finished reports"), marked("{x} of {n} finished reports")),
    ("sampling_fraction", marked("{n} finished reports"), marked("{x} of {n} finished reports")),
    ("reviews_arbitrated", marked("{n} discrepancies"), marked("{x} of {n} discrepancies")),
    ("arbitration", marked("{n} arbitrated reviews"), marked("{x} of {n} arbitrated reviews")),
    ("discrepancies_delivered", marked("{n} discrepancies"), marked("{x} of {n} discrepancies")),
    ("delivery_days", marked("{n} discrepancies"), marked("{x} of {n} discrepancies")),
    ("discrepancy_attribution", marked("{n} discrepancies"), marked("{x} of {n} discrepancies")),
    ("discrepancy_direction", marked("{n} discrepancies"), marked("{x} of {n} discrepancies")),
    ("preliminary", marked("{n} final reports"), marked("{x} of {n} final reports")),
    ("standardised", marked("{n} cases"), marked("{x} observed, {n} expected")),
    ("nowcast", marked("{n} reviews"), marked("{x} of {n} reviews")),
    ("reviewer", marked("{n} reviews"), marked("{x} of {n} reviews")),
    ("review_completion", marked("{n} assigned reviews"), marked("{x} of {n} assigned reviews")),
    ("sensitivity", *_SICK),
    ("reader_sensitivity", *_SICK),
    ("specificity", *_WELL),
    ("reader_specificity", *_WELL),
    ("ppv", marked("{n} calls of the finding"), marked("{x} of {n} calls of the finding")),
    ("npv", marked("{n} calls of its absence"), marked("{x} of {n} calls of its absence")),
    ("false_alerts", marked("{n} cases"), marked("{x} false and {n} true alerts")),
    ("ai_failure_rate", *_RUNS),
    ("ai_exclusion_rate", *_RUNS),
    ("ai_turnaround", marked("{n} results"), marked("{x} of {n} results")),
    ("discrepancy", *_REVIEWS),
    ("significant", *_REVIEWS),
    ("radpeer", *_REVIEWS),
    ("", marked("{n} cases"), marked("{x} of {n} cases")),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A cell as the pages print it.

    Attributes:
        cell: The released row, None where there is none.
        value: The value, "" where none may be shown.
        low: Lower limit, "" without an interval.
        high: Upper limit.
        interval: "1.8 to 3.2", "" without an interval.
        evidence: "41 of 1,720 reviews".
        target: The target, "" without one.
        note: Why there is no interval, or in what state the cell is.
        standing: State and verdict.
        row: JSON that names the row, for `data-row`.
    """

    cell: Cell | None
    value: str
    low: str
    high: str
    interval: str
    evidence: str
    target: str
    note: str
    standing: Standing
    row: str

    @property
    def text(self) -> str:
        """Value with its interval, e.g. "2.4% (1.8 to 3.2)"."""
        return f"{self.value} ({self.interval})" if self.interval else self.value


def note_of(words: Words, cell: Cell | None, stands: Standing) -> str:
    """Why there is no value, or no interval; "" where both are told."""
    if cell is None or not cell.drawn or cell.value is None:
        return stands.words
    if cell.reason and (cell.low is None or cell.high is None):
        return words.text("no interval: {why}", why=words.text(cell.reason))
    return ""


def row_of(cell: Cell) -> str:
    """JSON naming the released row: measure, period and every dimension that is not rolled up."""
    named = {"measure_id": cell.topic.measure_id, **cell.place, **dict(cell.topic.keys)}
    if cell.period is not None:
        named["period"] = cell.period
    return _ROW(named)


def evidence(words: Words, cell: Cell) -> str:
    """What stands behind a value: numerator and denominator where there are, else n."""
    if cell.topic.measure_id.endswith("_weighted") and cell.n is not None:
        # numerator and denominator are weights: what was counted are the reviews
        return words.text("from {n} reviews", n=count(cell.n))
    counted = next(entry for entry in _COUNTED if cell.topic.measure_id.startswith(entry[0]))
    if cell.numerator is not None and cell.denominator is not None:
        return words.text(counted[2], x=count(cell.numerator), n=count(cell.denominator))
    return words.text(counted[1], n=count(cell.n)) if cell.n is not None else ""


def column_clock(cells: Iterable[Cell | None]) -> Clock:
    """The one unit of time for cells that stand in one column or chart."""
    return clock_of(cell.value for cell in cells if cell and cell.drawn and cell.value is not None)


def read(
    words: Words, cell: Cell | None, clock: Clock | None = None, *, blurred: bool = False
) -> Reading:
    """Put a cell into words.

    Args:
        words: Language.
        cell: The cell, None where none was released.
        clock: Unit of time of the column; without it the value decides.
        blurred: Whether it was released on the grid of what vendors are told of one another.
    """
    stands = standing(words, cell)
    if cell is None or not cell.drawn or cell.value is None:
        return Reading(
            cell,
            "",
            "",
            "",
            "",
            "",
            "",
            note_of(words, cell, stands),
            stands,
            row_of(cell) if cell else "",
        )
    unit = definition(cell.topic.measure_id).unit
    shown = (
        show_blurred(unit, cell.value, cell.low, cell.high, words.language)
        if blurred
        else show(unit, cell.value, cell.low, cell.high, cell.target, clock, words.language)
    )
    interval = (
        "" if shown.low is None else words.text("{low} to {high}", low=shown.low, high=shown.high)
    )
    return Reading(
        cell=cell,
        value=shown.value,
        low=shown.low or "",
        high=shown.high or "",
        interval=interval,
        evidence=evidence(words, cell),
        target="" if cell.target is None else show_target(unit, cell.target, words.language),
        note=note_of(words, cell, stands),
        standing=stands,
        row=row_of(cell),
    )
