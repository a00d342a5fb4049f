"""Units compared: empirical Bayes, ranks, non-inferiority."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import stats

from bench.coverage.study import Cell, Study, cell, study
from overread.stats.comparison.empirical_bayes import shrink_ratios, shrink_shares
from overread.stats.comparison.ranks import rank_beta, rank_shares
from overread.stats.shares.non_inferiority import (
    NON_INFERIOR,
    non_inferiority,
    non_inferiority_sample_size,
)

# Units over all replications of a cell, so that the study fits into small machines.
UNITS = 12_000
# One-sided error of a test at the level of a two-sided 95 % interval.
ONE_SIDED = 0.025
# Coefficient of variation of the true rates between units.
APART = {"units alike": 0.05, "units apart": 0.4, "units far apart": 0.8}


def shrunken(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """True rates drawn from a gamma or beta, units of very different size."""
    for units in (5, 10, 30):
        few = min(runs, UNITS // units)
        shares: list[Cell] = []
        ratios: list[Cell] = []
        for kind, apart in APART.items():
            for centre in (0.03, 0.15):
                for typical in (50, 300):
                    n = np.ceil(typical * rng.lognormal(0, 0.7, (few, units)))
                    strength = (1 - centre) / centre / apart**2 - 1
                    truth = rng.beta(centre * strength, (1 - centre) * strength, n.shape)
                    label = f"{kind}, rate {centre:g}, n about {typical}"
                    estimate = shrink_shares(rng.binomial(n.astype(int), truth), n).estimate
                    shares.append(cell(estimate, truth, label))
                    ratio = rng.gamma(apart**-2, apart**2, n.shape)
                    estimate = shrink_ratios(rng.poisson(ratio * n * centre), n * centre).estimate
                    ratios.append(cell(estimate, ratio, f"{kind}, {centre * typical:g} expected"))
        grid = f"{units} units; rate 3 and 15 %, n about 50 and 300, units alike to far apart"
        yield study("empirical Bayes, shares", grid, shares)
        yield study("empirical Bayes, observed to expected", grid, ratios)


def ranked(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Interval of the rank of a unit by its true share; units alike can stand anywhere."""
    for units in (5, 10, 30):
        few = min(runs, UNITS // (3 * units))
        own: list[Cell] = []
        pulled: list[Cell] = []
        for kind, apart in APART.items():
            for typical in (50, 300):
                n = np.ceil(typical * rng.lognormal(0, 0.7, (few, units)))
                strength = 0.85 / 0.15 / apart**2 - 1
                truth = rng.beta(0.15 * strength, 0.85 * strength, n.shape)
                place = stats.rankdata(truth, axis=-1)
                x = rng.binomial(n.astype(int), truth)
                label = f"{kind}, n about {typical}"
                raw = rank_shares(x, n, draws=400, interval="published").rank
                own.append(cell(raw, place, label))
                shrinkage = shrink_shares(x, n)
                rank = rank_beta(shrinkage.first, shrinkage.second, draws=400).rank
                pulled.append(cell(rank, place, label))
        grid = f"{units} units; rate 15 %, n about 50 and 300, units alike to far apart"
        yield study("rank of shrunken shares", grid, pulled)
        yield study("rank of shares as they are", grid, own, published=True)


def _judged(
    sizes: tuple[int, int], shares: tuple[float, float], margin: float, higher: bool
) -> tuple[float, float]:
    """How often non-inferiority is shown, by Newcombe's limit and by the score test; all samples enumerated."""
    x, y = np.meshgrid(*(np.arange(n + 1) for n in sizes), indexing="ij")
    weight = np.outer(
        *(stats.binom.pmf(np.arange(n + 1), n, p) for n, p in zip(sizes, shares, strict=True))
    )
    result = non_inferiority(x, sizes[0], y, sizes[1], margin, higher_is_better=higher)
    by_limit, by_score = result.verdict == NON_INFERIOR, result.p <= ONE_SIDED
    return float(weight[by_limit].sum()), float(weight[by_score].sum())


def pilots(_: np.random.Generator, __: int) -> Iterator[Study]:
    """Error of the non-inferiority test where the new one is worse by the margin, and its power."""
    names = ("non-inferiority, Newcombe's limit", "non-inferiority, Farrington-Manning")
    for higher, kind in ((True, "shares 70 to 95 %"), (False, "shares 5 to 30 %")):
        cells: tuple[list[Cell], list[Cell]] = ([], [])
        powers = []
        for high in (0.7, 0.8, 0.9, 0.95):
            old = high if higher else 1 - high
            for margin in (0.05, 0.1):
                new = old - margin if higher else old + margin
                for sizes in ((60, 60), (100, 200), (200, 200)):
                    label = f"{new:.3g} of {sizes[0]} against {old:.3g} of {sizes[1]}"
                    wrong = _judged(sizes, (new, old), margin, higher)
                    for error, of in zip(wrong, cells, strict=True):
                        of.append(Cell(1 - error, float("nan"), 0.0, 0.0, 1.0, label))
            needed = non_inferiority_sample_size(old, old, 0.1, higher_is_better=higher)
            n = int(needed.value)
            powers.append(_judged((n, n), (old, old), 0.1, higher))
        for place, name in enumerate(names):
            power = [100 * each[place] for each in powers]
            yield study(
                name,
                f"{kind}, worse by the margin of 0.05 or 0.1, n 60/60 to 200/200: not shown in; power at the "
                f"sample size for 80 %: {min(power):.0f} to {max(power):.0f} %",
                cells[place],
                aim="one-sided",
            )


STUDIES = (shrunken, ranked, pilots)
