"""Scores of an algorithm against the reference: the points of its ROC curve, and bins of equal counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboards.algorithms import Version
from dashboards.edition import Edition
from dashboards.stored import columns_of
from overread.stats.proportion import wilson
from overread.warehouse.analysis.calls import SCORE_SCALE

BINS: Final = 10
_NEEDED: Final = frozenset({"score_key", "truth", "status", "algorithm", "reference", "month", "n"})


@dataclass(frozen=True, slots=True)
class Scores:
    """Cases at each score, highest first.

    Attributes:
        score: Distinct scores.
        sick: Diseased cases at each.
        well: Healthy cases at each.
    """

    score: np.ndarray
    sick: np.ndarray
    well: np.ndarray


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a threshold calls; `score` is None where it calls nobody."""

    score: float | None
    tp: int
    fn: int
    fp: int
    tn: int

    @property
    def sensitivity(self) -> float:
        """Share of the diseased that it calls."""
        return self.tp / (self.tp + self.fn)

    @property
    def specificity(self) -> float:
        """Share of the healthy that it spares."""
        return self.tn / (self.tn + self.fp)


@dataclass(frozen=True, slots=True)
class Bin:
    """A tenth of the cases by their score: how many have the finding, and Wilson's interval of their share."""

    number: int
    n: int
    positives: int
    predicted: float
    value: float
    low: float
    high: float


def scores_of(edition: Edition, version: Version, place: Mapping[str, str]) -> Scores | None:
    """Scores of valid runs with a settled reference; None where a class is missing or no scores are counted."""
    if not columns_of(edition.connection, "count_pair") >= _NEEDED:
        return None
    held = [month for month, _, _ in edition.held]
    keys = {**version.keys(), **place}
    where = " AND ".join(f'"{key}" = ?' for key in keys)
    found = edition.connection.execute(
        "SELECT score_key, coalesce(sum(n) FILTER (truth = 'present'), 0)::DOUBLE AS sick, "
        "coalesce(sum(n) FILTER (truth = 'absent'), 0)::DOUBLE AS well FROM count_pair "
        "WHERE status = 'ok' AND score_key IS NOT NULL AND truth IN ('present', 'absent') "
        f"AND NOT list_contains(?, month) AND {where} GROUP BY score_key ORDER BY score_key DESC",
        [held, *keys.values()],
    ).fetchnumpy()
    told = Scores(
        np.asarray(found["score_key"], dtype=np.float64) / SCORE_SCALE,
        np.asarray(found["sick"], dtype=np.float64),
        np.asarray(found["well"], dtype=np.float64),
    )
    return told if told.sick.sum() > 0 and told.well.sum() > 0 else None


def roc_points(scores: Scores, most: int = 100) -> list[Threshold]:
    """The curve from the threshold that calls nobody to the one that calls everybody.

    Args:
        scores: Cases at each score.
        most: Points to keep, both ends among them; fewer where there are fewer distinct scores.
    """
    tp = np.concatenate([[0.0], np.cumsum(scores.sick)])
    fp = np.concatenate([[0.0], np.cumsum(scores.well)])
    kept = np.unique(np.linspace(0, tp.size - 1, min(most, tp.size)).round().astype(int))
    return [
        Threshold(
            None if at == 0 else float(scores.score[at - 1]),
            int(tp[at]),
            int(tp[-1] - tp[at]),
            int(fp[at]),
            int(fp[-1] - fp[at]),
        )
        for at in kept.tolist()
    ]


def calibration_bins(scores: Scores) -> list[Bin]:
    """Ten bins of equal counts by score, lowest first; equal scores stay in one bin.

    Scores beyond 0 to 1 are no probabilities: then there are none.
    """
    if scores.score.min() < 0 or scores.score.max() > 1:
        return []
    score, sick = scores.score[::-1], scores.sick[::-1]
    n = sick + scores.well[::-1]
    middle = np.cumsum(n) - n / 2
    number = np.minimum((middle * BINS / n.sum()).astype(int), BINS - 1)
    cases, positives, total = (
        np.bincount(number, weights=weights, minlength=BINS) for weights in (n, sick, n * score)
    )
    told = wilson(positives, cases)
    return [
        Bin(
            at + 1,
            int(cases[at]),
            int(positives[at]),
            float(total[at] / cases[at]),
            float(told.value[at]),
            float(told.low[at]),
            float(told.high[at]),
        )
        for at in range(BINS)
        if cases[at] > 0
    ]
