"""AUC with DeLong's variance, its paired difference, and Begg-Greenes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.coverage.study import Cell, Study, cell, study
from overread.stats.accuracy.auc import auc_delong, auc_paired_difference
from overread.stats.accuracy.verification import begg_greenes

SIZES = ((8, 40), (15, 15), (15, 150), (30, 30), (30, 300), (100, 200))
AREAS = (0.5, 0.7, 0.85, 0.95, 0.98)


def _cuts(kind: str, shift: float) -> NDArray[np.float64]:
    """Thresholds that turn a normal score into grades."""
    if kind == "yes/no score":
        return np.array([shift / 2])
    steps = 4 if kind == "5-point score" else 99
    edge = 1.0 if kind == "5-point score" else 3.0
    return np.linspace(-edge, shift + edge, steps)


def single(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """AUC of binormal scores: many grades, five, or two (many ties), up to 0.98, few cases."""
    for kind in ("100-point score", "5-point score", "yes/no score"):
        rows: dict[tuple[str, bool], list[Cell]] = {}
        for m, n in SIZES:
            for area in AREAS:
                shift = np.sqrt(2) * stats.norm.ppf(area)
                cuts = _cuts(kind, shift)
                sick = np.diff(stats.norm.cdf(np.r_[-np.inf, cuts, np.inf] - shift))
                well = np.diff(stats.norm.cdf(np.r_[-np.inf, cuts, np.inf]))
                truth = (sick * (np.cumsum(well) - well / 2)).sum()
                drawn = rng.multinomial(m, sick, runs), rng.multinomial(n, well, runs)
                label = f"{m} diseased, {n} healthy, AUC {truth:.3f}"
                size = f"n {m}/{n}"
                for published in (False, True):
                    estimate = auc_delong(*drawn, interval="published" if published else "covering")
                    rows.setdefault((size, published), []).append(cell(estimate, truth, label))
        for (size, published), cells in rows.items():
            condition = f"{kind}; {size}, AUC 0.5 to 0.98"
            yield study("AUC, DeLong", condition, cells, published=published)


def paired(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Difference of two AUCs on the same cases, correlated scores, with and without ties."""
    for grades in (0, 5):
        cells = [
            _pair(rng, runs, size, areas, correlation, grades)
            for size in ((15, 15), (15, 60), (30, 30), (50, 200))
            for areas in ((0.8, 0.8), (0.9, 0.8), (0.95, 0.9))
            for correlation in (0.3, 0.8)
        ]
        kind = "5-point scores" if grades else "continuous scores"
        yield study(
            "AUC, paired difference",
            f"{kind}; n 15/15 to 50/200, AUC 0.8 to 0.95, correlation 0.3 and 0.8",
            cells,
        )


def _pair(
    rng: np.random.Generator,
    runs: int,
    size: tuple[int, int],
    areas: tuple[float, float],
    correlation: float,
    grades: int,
) -> Cell:
    runs = min(runs, 200_000 // sum(size))
    truth = np.repeat([1.0, 0.0], size)
    shifts = np.sqrt(2) * stats.norm.ppf(areas)
    noise = rng.normal(size=(2, runs, truth.size))
    noise[1] = correlation * noise[0] + np.sqrt(1 - correlation**2) * noise[1]
    scores = noise + truth * shifts[:, None, None]
    true: tuple[float, ...] = areas
    if grades:
        cuts = [np.linspace(-0.5, shift + 0.5, grades - 1) for shift in shifts]
        scores = np.stack(
            [
                np.searchsorted(cut, score).astype(float)
                for cut, score in zip(cuts, scores, strict=True)
            ]
        )
        true = tuple(_area(cut, shift) for cut, shift in zip(cuts, shifts, strict=True))
    estimate = auc_paired_difference(truth, scores[0], scores[1]).difference
    label = f"n {size[0]}/{size[1]}, AUC {areas[0]:g} and {areas[1]:g}, correlation {correlation:g}"
    return cell(estimate, true[0] - true[1], label)


def _area(cuts: Any, shift: float) -> float:
    sick = np.diff(stats.norm.cdf(np.r_[-np.inf, cuts, np.inf] - shift))
    well = np.diff(stats.norm.cdf(np.r_[-np.inf, cuts, np.inf]))
    return float((sick * (np.cumsum(well) - well / 2)).sum())


def verification(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Begg-Greenes over AI call x reader call: discordant cases are verified, concordant ones audited."""
    # strata: both positive, AI only, reader only, both negative
    called = np.array([True, True, False, False])
    for n in (500, 2000, 10000):
        rows: dict[str, list[Cell]] = {"sensitivity": [], "specificity": []}
        for prevalence in (0.1, 0.3):
            for hit in (0.7, 0.85):
                for audit in (0.1, 0.3):
                    sick = prevalence * np.outer([hit, 1 - hit], [0.8, 0.2]).ravel()
                    well = (1 - prevalence) * np.outer([0.15, 0.85], [0.1, 0.9]).ravel()
                    chance = np.array([audit, 0.9, 0.9, audit])
                    shares = np.concatenate(
                        [sick * chance, well * chance, (sick + well) * (1 - chance)]
                    )
                    diseased, healthy, unverified = (
                        rng.multinomial(n, shares, runs).reshape(runs, 3, 4).transpose(1, 0, 2)
                    )
                    result = begg_greenes(diseased, healthy, unverified, called)
                    label = f"prevalence {prevalence:g}, sensitivity {hit:g}, audit {audit:g}"
                    rows["sensitivity"].append(cell(result.sensitivity, hit, label))
                    rows["specificity"].append(cell(result.specificity, 0.85, label))
        for name, cells in rows.items():
            condition = f"{n:,} exams, discordant 90 % and concordant 10 or 30 % verified"
            yield study(f"Begg-Greenes, {name}", condition, cells)


STUDIES = (single, paired, verification)
