"""Many raters, some of them missing: agreement, PABAK, Fleiss' kappa, AC1, AC2 and Krippendorff's alpha."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bench.coverage.study import Cell, Study, cell, study
from bench.coverage.two_raters import POPULATION, Statistic
from overread.stats.raters.agreement import gwet_ac, scott_pi
from overread.stats.raters.multi_rater import (
    fleiss_kappa,
    gwet_ac_multi,
    item_counts,
    krippendorff_alpha,
)
from overread.stats.raters.observed_agreement import pabak_multi, percent_agreement_multi

Shares = NDArray[np.float64]
SCALES: dict[str, tuple[float, ...]] = {
    "yes/no, even": (0.5, 0.5),
    "yes/no, 10 % positive": (0.9, 0.1),
    "3 grades": (0.5, 0.3, 0.2),
    "5 grades, skewed": (0.5, 0.2, 0.15, 0.1, 0.05),
}


def answers(margin: tuple[float, ...], right: float, near: float) -> Shares:
    """Answers of a rater to an item of each true grade, shape (k, k): right, or near the grade."""
    k = len(margin)
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k)))
    guess = np.array(margin) * np.exp(-near * apart)
    shares: Shares = right * np.eye(k) + (1 - right) * guess / guess.sum(axis=1, keepdims=True)
    return shares


def joint(margin: tuple[float, ...], answer: Shares) -> Shares:
    """Cell shares of any two raters of one item."""
    pairs: Shares = np.einsum("t,tc,td->cd", np.array(margin), answer, answer)
    return pairs


def ordinal_alpha(pairs: Shares) -> float:
    """Krippendorff's alpha of a population with ordinal distances."""
    share = pairs.sum(axis=1)
    rank = np.cumsum(share) - share / 2
    distance = np.subtract.outer(rank, rank) ** 2
    return float(1 - (pairs * distance).sum() / (np.outer(share, share) * distance).sum())


def _ratings(
    rng: np.random.Generator,
    margin: tuple[float, ...],
    answer: Shares,
    size: tuple[int, int, int],
    missing: float,
) -> NDArray[np.float64]:
    """Ratings of shape (runs, items, raters), NaN where missing."""
    truth = rng.choice(len(margin), size=size[:2], p=margin)
    steps = np.cumsum(answer, axis=1)[truth][..., None, :-1]
    ratings = np.asarray((rng.random((*size, 1)) > steps).sum(axis=-1), dtype=np.float64)
    ratings[rng.random(size) < missing] = np.nan
    return ratings


def many(rng: np.random.Generator, runs: int) -> Iterator[Study]:
    """Each coefficient over items, accuracy of the raters, and missing ratings."""
    rows: dict[tuple[str, str, bool], list[Cell]] = {}
    for scale, margin in SCALES.items():
        k = len(margin)
        # one sample serves every coefficient
        for items in (20, 50, 100, 300):
            for right in (0.4, 0.7, 0.9):
                for missing, raters in ((0.0, 3), (0.2, 5)):
                    answer = answers(margin, right, 0.5)
                    pairs = joint(margin, answer)
                    few = min(runs, 300_000 // items)
                    counts = item_counts(
                        _ratings(rng, margin, answer, (few, items, raters), missing), k
                    )
                    label = f"{items} items, {raters} raters, {right:g} right"
                    for name, statistic, truth, published in _statistics(pairs):
                        rows.setdefault((name, scale, published), []).append(
                            cell(statistic(counts), truth, label)
                        )
    for (name, scale, published), cells in rows.items():
        condition = f"{scale}; 20 to 300 items, 3 raters, or 5 with 20 % missing"
        yield study(name, condition, cells, published=published)


def _statistics(pairs: Shares) -> list[tuple[str, Statistic, float, bool]]:
    """Name, function, true value in the population, and whether it is the published interval."""
    table = POPULATION * pairs
    nominal, agreeing, k = float(scott_pi(table).value), float(np.trace(pairs)), len(pairs)
    few: list[tuple[str, Statistic, float, bool]] = [
        (
            "percent agreement, by pairs",
            lambda x: percent_agreement_multi(x, "pairs"),
            agreeing,
            False,
        ),
        ("PABAK", pabak_multi, (k * agreeing - 1) / (k - 1), False),
        ("Fleiss kappa", fleiss_kappa, nominal, False),
        ("Fleiss kappa, t", lambda x: fleiss_kappa(x, interval="published"), nominal, True),
        ("Gwet AC1", gwet_ac_multi, float(gwet_ac(table).value), False),
        ("Krippendorff alpha, nominal", krippendorff_alpha, nominal, False),
    ]
    if k > 2:
        quadratic, linear = (
            float(gwet_ac(table, weights).value) for weights in ("quadratic", "linear")
        )
        few += [
            ("Gwet AC2, linear", lambda x: gwet_ac_multi(x, "linear"), linear, False),
            ("Gwet AC2, quadratic", lambda x: gwet_ac_multi(x, "quadratic"), quadratic, False),
            (
                "Krippendorff alpha, interval",
                lambda x: krippendorff_alpha(x, "interval"),
                float(scott_pi(table, "quadratic").value),
                False,
            ),
            (
                "Krippendorff alpha, ordinal",
                lambda x: krippendorff_alpha(x, "ordinal"),
                ordinal_alpha(pairs),
                False,
            ),
        ]
    return few


STUDIES = (many,)
