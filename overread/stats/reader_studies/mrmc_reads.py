"""Reads of a reader study as a list, and what each read contributes to an AUC or a rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from overread.stats.estimate import FloatArray
from overread.stats.reader_studies.mrmc_wins import Ints, Mask, dense, wins

Metric = Literal["AUC", "TPF", "TNF"]
Rate = Literal["TPF", "TNF"]
Weighting = Literal["pairs", "reads"]
METRICS: Final = ("AUC", "TPF", "TNF")


@dataclass(frozen=True, slots=True)
class Reads:
    """Reads of one modality of any number of strata, in any order; every array has the shape (reads,).

    Only reads with a truth and an answer belong here. A reader may have read a case more than once.

    Attributes:
        stratum: Stratum, from 0.
        reader: Reader, from 0.
        case: Case, from 0; of a row of cases that were read once, a number of its own.
        sick: Diseased.
        answer: Score of an AUC (higher = more suspicious), 1 or 0 of a rate (called or not).
        n: How many cases the row stands for; 1 where the case is named.
        once: Whether the row stands for n cases that have no other read, rather than for a named case.
    """

    stratum: Ints
    reader: Ints
    case: Ints
    sick: Mask
    answer: FloatArray
    n: FloatArray
    once: Mask

    def where(self, mask: Mask) -> Reads:
        """The reads for which the mask holds."""
        return Reads(*(getattr(self, name)[mask] for name in self.__slots__))

    def joined(self, other: Reads) -> Reads:
        """These reads and others."""
        return Reads(
            *(np.append(getattr(self, name), getattr(other, name)) for name in self.__slots__)
        )


@dataclass(frozen=True, slots=True)
class Arm:
    """Reads with the kernel of a metric: what a pair of a diseased and a healthy case of one reader scores.

    Attributes:
        reads: The reads.
        ranked: Whether the pair scores 1 where the diseased case has the higher rank and one half where equal;
            else it scores the product of the two reads' factors.
        rank: Rank of the score, shape (reads,).
        factor: Factor of the read, shape (reads,).
        cell: Number of the (stratum, reader) of each read, shape (reads,).
    """

    reads: Reads
    ranked: bool
    rank: Ints
    factor: FloatArray
    cell: Ints

    def design(self) -> Arm:
        """The same reads where every pair scores 1."""
        return replace(self, ranked=False, factor=np.ones(self.cell.size))

    def margins(self) -> FloatArray:
        """Per read the sum of the scores of its pairs with the reader's cases of the other class."""
        reads = self.reads
        if self.ranked:
            return wins(self.cell, reads.sick, self.rank, reads.n)
        cells = int(self.cell.max(initial=-1)) + 1
        load = reads.n * self.factor
        sums = [np.bincount(self.cell, load * mask, cells) for mask in (reads.sick, ~reads.sick)]
        return self.factor * np.where(reads.sick, sums[1][self.cell], sums[0][self.cell])


def _stand_ins(reads: Reads, readers: int, first_case: int) -> Reads:
    """One case of the other class per reader, the reader's own: every read then weighs alike."""
    rows = dense(reads.stratum, reads.reader)[1]
    ones = np.ones(rows.size)
    case = first_case + reads.stratum[rows] * readers + reads.reader[rows]
    return Reads(
        reads.stratum[rows], reads.reader[rows], case, ~reads.sick[rows], ones, ones, ones < 1
    )


def arms(modalities: list[Reads], metric: Metric, weighting: Weighting) -> list[Arm]:
    """The reads of each modality with the kernel of the metric; cases and readers share their numbers.

    Args:
        modalities: One or two.
        metric: Of a rate the answers are 1 (called) and 0.
        weighting: "pairs" or "reads", of a rate; see `overread.stats.reader_studies.mrmc.rate_mrmc`.
    """
    if metric == "AUC":
        ranks = np.unique(
            np.concatenate([reads.answer for reads in modalities]), return_inverse=True
        )[1]
        cuts = np.cumsum([reads.answer.size for reads in modalities])[:-1]
        parts = zip(modalities, np.split(ranks, cuts), strict=True)
        return [
            Arm(r, True, rank, np.ones(rank.size), dense(r.stratum, r.reader)[0])
            for r, rank in parts
        ]
    about_sick = metric == "TPF"
    chosen = modalities
    if weighting == "reads":
        own = [reads.where(reads.sick == about_sick) for reads in modalities]
        readers = 1 + max(int(reads.reader.max(initial=0)) for reads in own)
        first_case = 1 + max(int(reads.case.max(initial=0)) for reads in own)
        chosen = [reads.joined(_stand_ins(reads, readers, first_case)) for reads in own]
    result = []
    for reads in chosen:
        right = (reads.answer == 1) == about_sick
        factor = np.where(reads.sick == about_sick, right, True).astype(np.float64)
        result.append(
            Arm(
                reads,
                False,
                np.zeros(factor.size, dtype=np.int64),
                factor,
                dense(reads.stratum, reads.reader)[0],
            )
        )
    return result
