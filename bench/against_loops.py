"""Agreement of many raters in thousands of strata: loops over PyPI's packages against one call of ours."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from overread.stats.raters.multi_rater import gwet_ac_multi, item_counts, krippendorff_alpha

STRATA, ITEMS, RATERS, CATEGORIES = 1_000, 300, 3, 2
TOLERANCE = 1e-9
NOTE: Final = (
    f"**irrCAC and krippendorff**: {STRATA:,} strata of {ITEMS} exams, {RATERS} readers who say present or absent, one "
    "rating in ten missing. `CAC(...).gwet()` (value and standard error) and `krippendorff.alpha` are called stratum "
    "by stratum, **ours** once for all strata: from the same ratings (counting them included), and from the counts of "
    "each exam's ratings, which is what the pipeline keeps. Values agree to 1e-9. irrCAC 0.4.4 pins SciPy 1.12 and "
    "pandas below 3; it is installed without its pins, and told the scale, since it takes NaN for a category."
)


@dataclass(frozen=True, slots=True)
class Loop:
    """Seconds of each run.

    Attributes:
        theirs: The loop over the package.
        ours: Ours, from the ratings.
        counted: Ours, from the counts.
    """

    theirs: list[float]
    ours: list[float]
    counted: list[float]


def ratings(strata: int = STRATA, seed: int = 1) -> NDArray[np.float64]:
    """Ratings of shape (strata, items, raters): readers who see the truth four times in five."""
    draw = np.random.default_rng(seed)
    shape = (strata, ITEMS, RATERS)
    truth = draw.integers(0, CATEGORIES, (strata, ITEMS, 1))
    guess = draw.integers(0, CATEGORIES, shape)
    values = np.where(draw.random(shape) < 0.8, truth, guess).astype(np.float64)
    values[draw.random(shape) < 0.1] = np.nan
    return values


def patterns(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Which counts of ratings an item can have, and how many items of each stratum have them.

    Args:
        values: Ratings, shape (strata, items, raters).

    Returns:
        Counts, shape (patterns, categories), and frequencies, shape (strata, patterns): what `count_rating` keeps.
    """
    base = (RATERS + 1) ** np.arange(CATEGORIES)
    kinds = base[-1] * (RATERS + 1)
    code = (item_counts(values, CATEGORIES) @ base).astype(np.intp)
    offset = np.arange(len(values))[:, None] * kinds
    frequency = np.bincount((code + offset).ravel(), minlength=len(values) * kinds)
    counts = np.arange(kinds)[:, None] // base % (RATERS + 1)
    possible = counts.sum(axis=1) <= RATERS
    frequency = frequency.reshape(len(values), kinds)[:, possible]
    return counts[possible].astype(np.float64), frequency.astype(np.float64)


def runs(repeats: int, strata: int = STRATA) -> dict[str, Loop]:
    """Both packages and ours in turns, each pair compared.

    Args:
        repeats: Runs of each side.
        strata: Number of strata.

    Returns:
        Times by package.

    Raises:
        ValueError: A value differs by more than 1e-9.
    """
    # only this comparison needs the packages; the rest of the benchmarks runs without them
    from bench.peers import agreement_loops

    values = ratings(strata)
    found = {}
    for package, loop, statistic in (
        ("irrCAC", agreement_loops.gwet_ac1, gwet_ac_multi),
        ("krippendorff", agreement_loops.alpha, krippendorff_alpha),
    ):
        times = Loop([], [], [])
        for _ in range(repeats):
            start = time.perf_counter()
            expected = loop(values, CATEGORIES)
            middle = time.perf_counter()
            counts, frequency = patterns(values)
            counted = time.perf_counter()
            estimate = statistic(counts, frequency=frequency)
            end = time.perf_counter()
            times.theirs.append(middle - start)
            times.ours.append(end - middle)
            times.counted.append(end - counted)
            gap = np.abs(estimate.value - np.asarray(expected))
            if not np.all(gap <= TOLERANCE):
                raise ValueError(f"{package}: a value differs by {np.nanmax(gap)}")
        found[package] = times
    return found
