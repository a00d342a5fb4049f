"""Reader studies: readers and cases both drawn anew, after the model of Roe and Metz (1997)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from bench.coverage.study import Cell, Study, cell, study
from overread.stats.estimate import Estimate
from overread.stats.interval import Interval
from overread.stats.reader_studies.mrmc import mrmc, mrmc_difference
from overread.stats.reader_studies.mrmc_reads import Reads

# Share of a score's variance that a case keeps over readers, and that a reader or case keeps over modalities.
CASES, MODALITIES = 0.5, 0.5
# Variance of the readers' skill: Roe and Metz's low and, where readers set themselves far apart, a high one.
READERS = {"readers alike": 0.05, "readers far apart": 0.3}
SIZES = ((15, 40), (40, 40))
AREAS = (0.75, 0.9)
# Reads in one cell, so that the study takes a minute or two.
READS = 60_000


@dataclass(frozen=True, slots=True)
class Design:
    """A reader study.

    Attributes:
        readers: Readers.
        each: Readers of each case.
        size: Diseased and healthy cases.
        area: AUC over all readers and cases, of both modalities.
        skill: Variance of the readers' skill, per class.
    """

    readers: int
    each: int
    size: tuple[int, int]
    area: float
    skill: float

    @property
    def shift(self) -> float:
        """Mean score of the diseased; that of the healthy is 0."""
        return float(np.sqrt(2 + 2 * self.skill) * stats.norm.ppf(self.area))

    @property
    def sensitivity(self) -> float:
        """Share of the diseased above the threshold, half way between the classes."""
        return float(stats.norm.cdf(self.shift / 2 / np.sqrt(1 + self.skill)))


def _kept(rng: np.random.Generator, shape: tuple[int, ...], variance: float) -> Any:
    """A normal effect of two modalities, alike in part."""
    common, own = rng.normal(size=(1, *shape)), rng.normal(size=(2, *shape))
    return np.sqrt(variance) * (np.sqrt(MODALITIES) * common + np.sqrt(1 - MODALITIES) * own)


def reads(rng: np.random.Generator, runs: int, design: Design) -> list[Reads]:
    """The scores of both modalities, one study per stratum."""
    sick = np.repeat([True, False], design.size)
    shape = (runs, design.readers, sick.size)
    skill = _kept(rng, (runs, design.readers, 2), design.skill)
    score = np.where(sick, design.shift + skill[..., :1], skill[..., 1:])
    score += _kept(rng, (runs, 1, sick.size), CASES) + _kept(rng, shape, 1 - CASES)
    # each case goes to readers drawn anew
    read = rng.random(shape).argsort(axis=1) < design.each
    stratum, reader, case = np.nonzero(read)
    ones = np.ones(stratum.size)
    return [Reads(stratum, reader, case, sick[case], of[read], ones, ones < 1) for of in score]


def _called(scores: Reads, threshold: float) -> Reads:
    answer = (scores.answer > threshold).astype(float)
    parts = (scores.stratum, scores.reader, scores.case, scores.sick)
    return Reads(*parts, answer, scores.n, scores.once)


def estimates(
    rng: np.random.Generator, runs: int, design: Design, interval: Interval
) -> dict[str, tuple[Estimate, float]]:
    """Each measure of `runs` studies, with the truth."""
    first, second = reads(rng, runs, design)
    called, again = (_called(scores, design.shift / 2) for scores in (first, second))
    return {
        "AUC": (mrmc(first, "AUC", runs, interval=interval).estimate, design.area),
        "sensitivity": (
            mrmc(called, "TPF", runs, interval=interval).estimate,
            design.sensitivity,
        ),
        "difference of AUC": (
            mrmc_difference(first, second, "AUC", runs, interval=interval).estimate,
            0.0,
        ),
        "difference of sensitivity": (
            mrmc_difference(called, again, "TPF", runs, interval=interval).estimate,
            0.0,
        ),
    }


def pooled(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """AUC, sensitivity and their differences, pooled over readers who read all cases, or some."""
    for readers, each in ((3, 3), (5, 5), (10, 10), (5, 2), (10, 1), (20, 5)):
        rows: dict[tuple[str, Interval], list[Cell]] = {}
        intervals: tuple[Interval, ...] = (
            ("covering", "published") if readers == 5 else ("covering",)
        )
        for interval in intervals:
            for kind, skill in READERS.items():
                for size in SIZES:
                    for area in AREAS:
                        design = Design(readers, each, size, area, skill)
                        few = min(runs, max(READS // (each * sum(size)), 2))
                        label = f"{size[0]} diseased, {size[1]} healthy, AUC {area:g}, {kind}"
                        for name, (estimate, truth) in estimates(
                            rng, few, design, interval
                        ).items():
                            rows.setdefault((name, interval), []).append(
                                cell(estimate, truth, label)
                            )
        whom = "all read all" if each == readers else f"{each} of them read each case"
        for (name, interval), cells in rows.items():
            yield study(
                f"{name}, many readers (U-statistic)",
                f"{readers} readers, {whom}; n 15/40 and 40/40, AUC 0.75 and 0.9",
                cells,
                published=interval == "published",
            )


STUDIES = (pooled,)
