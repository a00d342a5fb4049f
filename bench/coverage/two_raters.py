"""Two raters: percent agreement, kappa, Scott's pi, PABAK, AC1 and AC2, prevalence and bias index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.coverage.study import Cell, Study, cell, study
from overread.stats.estimate import Estimate
from overread.stats.interval import Interval
from overread.stats.raters.agreement import cohen_kappa, gwet_ac, pabak, percent_agreement, scott_pi
from overread.stats.raters.prevalence_bias import bias_index, prevalence_index

Shares = NDArray[np.float64]
Statistic = Callable[..., Estimate]
# so many cases have no sampling error: the coefficient of the population
POPULATION = 1e12
YES_NO = {
    "prevalence 50 %": 0.5,
    "prevalence 30 %": 0.3,
    "prevalence 10 %": 0.1,
    "prevalence 3 %": 0.03,
}
GRADES = {
    "3 grades, even": (0.4, 0.3, 0.3),
    "3 grades, a rare one": (0.8, 0.15, 0.05),
    "5 grades, even": (0.2, 0.2, 0.2, 0.2, 0.2),
    "5 grades, skewed": (0.6, 0.2, 0.1, 0.07, 0.03),
}


def yes_no(prevalence: float, kappa: float) -> Shares:
    """Cell shares of two raters with equal margins and this kappa."""
    other = 1 - prevalence
    mixed = prevalence * other * (1 - kappa)
    return np.array([[prevalence - mixed, mixed], [mixed, other - mixed]])


def graded(margin: tuple[float, ...], agreeing: float, near: float) -> Shares:
    """A share agrees by nature; the others answer apart, the less often the further apart."""
    share = np.array(margin)
    apart = np.abs(np.subtract.outer(np.arange(share.size), np.arange(share.size)))
    by_chance = np.outer(share, share) * np.exp(-near * apart)
    cells: Shares = agreeing * np.diag(share) + (1 - agreeing) * by_chance / by_chance.sum()
    return cells


def drawn(
    rng: np.random.Generator, shares: Shares, n: int, runs: int, statistic: Statistic, label: str
) -> Cell:
    """One cell: tables of n cases; the truth is the coefficient of the shares themselves."""
    tables = rng.multinomial(n, shares.ravel() / shares.sum(), runs)
    truth = statistic(POPULATION * shares / shares.sum()).value
    return cell(statistic(tables.reshape(runs, *shares.shape)), truth, label)


def _weighted(statistic: Statistic, *fixed: Any, interval: Interval) -> Statistic:
    return lambda table: statistic(table, *fixed, interval=interval)


def binary(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Yes/no findings, by prevalence."""
    statistics: dict[str, tuple[Statistic, bool]] = {
        "percent agreement": (percent_agreement, False),
        "Cohen kappa": (cohen_kappa, False),
        "Cohen kappa, normal": (_weighted(cohen_kappa, None, interval="published"), True),
        "Scott pi": (scott_pi, False),
        "PABAK": (pabak, False),
        "AC1": (gwet_ac, False),
        "AC1, t": (_weighted(gwet_ac, interval="published"), True),
        "prevalence index": (prevalence_index, False),
        "bias index": (bias_index, False),
    }
    for name, (statistic, published) in statistics.items():
        for condition, prevalence in YES_NO.items():
            cells = [
                drawn(rng, yes_no(prevalence, kappa), n, runs, statistic, f"n {n}, kappa {kappa:g}")
                for n in (20, 50, 100, 200, 500)
                for kappa in (0.0, 0.3, 0.6, 0.8, 0.9)
            ]
            yield study(
                name, f"{condition}; n 20 to 500, kappa 0 to 0.9", cells, published=published
            )


def ordinal(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Graded findings, by scale and weights."""
    for name, statistic in (
        ("Cohen kappa", cohen_kappa),
        ("Scott pi", scott_pi),
        ("Gwet AC", gwet_ac),
        ("agreement", percent_agreement),
    ):
        for weights in ("identity", "linear", "quadratic", "ordinal"):
            for interval in ("covering", "published"):
                if interval == "published" and (name != "Cohen kappa" or weights == "ordinal"):
                    continue
                for condition, margin in GRADES.items():
                    chosen = _weighted(statistic, weights, interval=interval)
                    cells = [
                        drawn(
                            rng,
                            graded(margin, agreeing, near),
                            n,
                            runs,
                            chosen,
                            f"n {n}, {agreeing:g} agree, nearness {near:g}",
                        )
                        for n in (30, 60, 100, 200, 500)
                        for agreeing in (0.0, 0.4, 0.8)
                        for near in (0.0, 1.0)
                    ]
                    yield study(
                        f"{name}, {weights}",
                        f"{condition}; n 30 to 500",
                        cells,
                        published=interval == "published",
                    )


STUDIES = (binary, ordinal)
