"""An algorithm's 2 x 2 table: counts, rates with their intervals in the margins, and what they mean for 1,000 exams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.algorithms import Version
from dashboards.edition import Edition
from dashboards.numerals import count
from dashboards.reading import Reading, read
from dashboards.release import Cell


@dataclass(frozen=True, slots=True)
class Thousand:
    """What becomes of 1,000 exams: a sentence per line, as observed and corrected for verification.

    Attributes:
        label: Which exams.
        observed: How many of 1,000, as text.
        corrected: The same with the rates corrected for verification, "" where they are not known.
    """

    label: str
    observed: str
    corrected: str


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """The table.

    Attributes:
        tp: Diseased that were called.
        fp: Healthy that were called.
        fn: Diseased that were not called.
        tn: Healthy that were not called.
        called: All called.
        spared: All not called.
        everything: All cases.
        sensitivity: Margin of the diseased.
        specificity: Margin of the healthy.
        ppv: Margin of the called, with a state where it is not released.
        npv: Margin of the others.
        accuracy: Of all cases.
        thousand: What it means for 1,000 exams.
    """

    tp: str
    fp: str
    fn: str
    tn: str
    called: str
    spared: str
    everything: str
    sensitivity: Reading
    specificity: Reading
    ppv: Reading
    npv: Reading
    accuracy: Reading
    thousand: tuple[Thousand, ...]


def _parts(cell: Cell | None) -> tuple[float, float] | None:
    if cell is None or cell.numerator is None or cell.denominator is None:
        return None
    return cell.numerator, cell.denominator


def per_thousand(sensitivity: float, specificity: float, prevalence: float) -> list[float]:
    """Of 1,000 exams: diseased called, diseased missed, healthy called, healthy spared."""
    sick, well = 1000 * prevalence, 1000 * (1 - prevalence)
    return [
        sick * sensitivity,
        sick * (1 - sensitivity),
        well * (1 - specificity),
        well * specificity,
    ]


def _whole(parts: list[float]) -> list[str]:
    """Whole numbers that add up to 1,000: the largest part takes what rounding leaves."""
    rounded = [round(part) for part in parts]
    largest = max(range(len(parts)), key=lambda at: parts[at])
    rounded[largest] += 1000 - sum(rounded)
    return [
        "<1" if whole == 0 and part > 0 else count(whole)
        for whole, part in zip(rounded, parts, strict=True)
    ]


def two_by_two(edition: Edition, version: Version, place: Mapping[str, str]) -> TwoByTwo | None:
    """The table of a version at a place, None where the calls are not released or none was made."""
    words, released = edition.words, edition.released

    def cell(measure_id: str) -> Cell | None:
        return version.total(released, measure_id, place)

    sensitivity, specificity = cell("sensitivity"), cell("specificity")
    sick, well = _parts(sensitivity), _parts(specificity)
    if sick is None or well is None or not sick[1] + well[1]:
        return None
    tp, fn, tn, fp = sick[0], sick[1] - sick[0], well[0], well[1] - well[0]
    everything = sick[1] + well[1]
    observed = _whole([1000 * part / everything for part in (tp, fn, fp, tn)])
    corrected = [""] * 4
    fixed = cell("sensitivity_corrected"), cell("specificity_corrected")
    found, spared = (None if one is None or not one.drawn else one.value for one in fixed)
    if found is not None and spared is not None:
        corrected = _whole(per_thousand(found, spared, sick[1] / everything))
    labels = (
        words.text("with the finding, called"),
        words.text("with the finding, missed"),
        words.text("without it, falsely called"),
        words.text("without it, not called"),
    )
    return TwoByTwo(
        tp=count(tp),
        fp=count(fp),
        fn=count(fn),
        tn=count(tn),
        called=count(tp + fp),
        spared=count(fn + tn),
        everything=count(everything),
        sensitivity=read(words, sensitivity),
        specificity=read(words, specificity),
        ppv=read(words, cell("ppv")),
        npv=read(words, cell("npv")),
        accuracy=read(words, cell("accuracy")),
        thousand=tuple(Thousand(*line) for line in zip(labels, observed, corrected, strict=True)),
    )
