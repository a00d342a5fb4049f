"""Proportions, their differences, ratios, and ratios of observed to expected: every sample enumerated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import stats

from bench.coverage.study import Cell, Study, cell, study
from overread.stats.accuracy.two_by_two import two_by_two
from overread.stats.comparison.standardisation import standardised_ratio
from overread.stats.estimate import Estimate
from overread.stats.shares.proportion import (
    clopper_pearson,
    newcombe_difference,
    wilson,
    wilson_weighted,
)
from overread.stats.shares.stratified_proportion import weight_classes, wilson_stratified

COMMON = np.linspace(0.005, 0.995, 199)
EVENTS = np.linspace(0.05, 5, 100)


def _over_p(method: Any, n: int, shares: Any) -> Iterator[Cell]:
    """Cells of a proportion's method at each true share; its samples are 0..n."""
    x = np.arange(n + 1)
    estimate: Estimate = method(x, n)
    for p in shares:
        yield cell(estimate, p, f"p = {p:.3g}", stats.binom.pmf(x, n, p))


def single(_: np.random.Generator, __: int) -> Iterator[Study]:
    """Wilson and Clopper-Pearson; sensitivity, PPV and the like are Wilson too."""
    for n in (5, 10, 20, 50, 100, 500):
        yield study("Wilson", f"n = {n}, p 0.005 to 0.995", _over_p(wilson, n, COMMON))
    for n in (50, 200, 1000):
        rare = _over_p(wilson, n, EVENTS / n)
        yield study("Wilson", f"rare: n = {n}, 0.05 to 5 events expected", rare)
    for n in (5, 20, 100):
        yield study(
            "Clopper-Pearson",
            f"n = {n}, p 0.005 to 0.995",
            _over_p(clopper_pearson, n, COMMON),
            aim="guaranteed",
        )
    exact = _over_p(clopper_pearson, 200, EVENTS / 200)
    yield study(
        "Clopper-Pearson", "rare: n = 200, 0.05 to 5 events expected", exact, aim="guaranteed"
    )


def _pairs(n1: int, n2: int) -> tuple[Any, Any]:
    return np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")


def differences(_: np.random.Generator, __: int) -> Iterator[Study]:
    """Newcombe's difference of two proportions."""
    for sizes, shares, name in (
        (((10, 10), (10, 40), (20, 20), (50, 200)), (0.1, 0.3, 0.5, 0.7, 0.9), "p 0.1 to 0.9"),
        (((50, 50), (50, 200), (200, 200)), (0.01, 0.02, 0.05, 0.1), "rare: p 0.01 to 0.1"),
    ):
        cells = []
        for n1, n2 in sizes:
            x1, x2 = _pairs(n1, n2)
            estimate = newcombe_difference(x1, n1, x2, n2)
            for p1 in shares:
                for p2 in shares:
                    weight = stats.binom.pmf(x1, n1, p1) * stats.binom.pmf(x2, n2, p2)
                    label = f"{p1:g} of {n1} - {p2:g} of {n2}"
                    cells.append(cell(estimate, p1 - p2, label, weight))
        ns = ", ".join(f"{a}/{b}" for a, b in sizes)
        yield study("Newcombe difference", f"n {ns}, {name}", cells)


def likelihood_ratios(_: np.random.Generator, __: int) -> Iterator[Study]:
    """Both likelihood ratios of a 2 x 2 table."""
    for sizes in (((10, 50), (20, 100)), ((50, 50), (50, 300)), ((100, 100), (100, 300))):
        rows: dict[str, list[Cell]] = {"positive": [], "negative": []}
        for sick, well in sizes:
            tp, fp = _pairs(sick, well)
            table = two_by_two(tp, fp, sick - tp, well - fp)
            for hit in (0.6, 0.8, 0.95):
                for alarm in (0.03, 0.1, 0.2, 0.4):
                    weight = stats.binom.pmf(tp, sick, hit) * stats.binom.pmf(fp, well, alarm)
                    label = f"{sick} diseased, {well} healthy, sensitivity {hit:g}, 1 - specificity {alarm:g}"
                    rows["positive"].append(cell(table.lr_positive, hit / alarm, label, weight))
                    rows["negative"].append(
                        cell(table.lr_negative, (1 - hit) / (1 - alarm), label, weight)
                    )
        ns = ", ".join(f"{a}/{b}" for a, b in sizes)
        for name, cells in rows.items():
            yield study(
                f"likelihood ratio, {name}",
                f"n {ns} diseased/healthy, sensitivity 0.6 to 0.95, 1 - specificity 0.03 to 0.4",
                cells,
            )


def weighted(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Weighted shares under stratified sampling without replacement, fpc included.

    Wilson on Kish's effective n of the whole, and combined over classes of like weight, which pages show.
    """
    designs = {
        "equal fractions (10 %)": ((2000, 1000, 500), (200, 100, 50)),
        "fractions 5, 20 and 50 %": ((2000, 500, 200), (100, 100, 100)),
        "fractions 2, 20 and 90 %": ((2000, 500, 100), (40, 100, 90)),
        "half of all": ((200, 100, 60), (100, 50, 30)),
    }
    for rate, name in (
        ((0.1, 0.1, 0.1), "rate 10 % in each stratum"),
        ((0.05, 0.15, 0.3), "rates 5, 15, 30 %"),
        ((0.02, 0.02, 0.02), "rare: 2 % in each stratum"),
        ((0.3, 0.3, 0.3), "rate 30 % in each stratum"),
        ((0.3, 0.15, 0.05), "rates 30, 15, 5 %"),
    ):
        for design, (sizes, samples) in designs.items():
            size, sample = np.array(sizes), np.array(samples)
            events = np.maximum(np.round(size * rate).astype(int), 1)
            x = np.stack(
                [
                    rng.hypergeometric(e, s - e, n, runs)
                    for e, s, n in zip(events, size, sample, strict=True)
                ]
            )
            weight = size / sample
            classes = weight_classes(weight)
            member = (classes[:, None] == np.arange(classes.max() + 1)).astype(float)
            parts = (x.T * weight, size, sample * weight**2, sample)
            whole = [part.sum(axis=-1) for part in parts]
            truth = events.sum() / size.sum()
            for estimate, method, published in (
                (wilson_weighted(*whole, size.sum()), "Wilson, weighted (Kish, fpc)", True),
                (
                    wilson_stratified(*(part @ member for part in parts), size.sum()),
                    "Wilson, weighted, by class of weight",
                    False,
                ),
            ):
                cells = [cell(estimate, truth, design)]
                yield study(method, f"{design}; {name}", cells, published=published)


def ratios(_: np.random.Generator, __: int) -> Iterator[Study]:
    """Observed to expected events: Byar and exact Poisson limits."""
    x = np.arange(400)
    grids = {
        "0.1 to 5 events": np.linspace(0.1, 5, 99),
        "5 to 100 events": np.linspace(5, 100, 191),
    }
    for method in ("byar", "exact"):
        for name, means in grids.items():
            cells = [
                cell(
                    standardised_ratio(x, e, method),
                    1.0,
                    f"{e:.2f} events",
                    stats.poisson.pmf(x, e),
                )
                for e in means
            ]
            yield study(f"standardised ratio, {method}", name, cells, aim="guaranteed")


STUDIES = (single, differences, likelihood_ratios, weighted, ratios)
