"""A stratified sample weighted by inverse inclusion probability estimates the whole; targeted reviews do not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overread.stats.shares.proportion import wilson, wilson_weighted

# Tasks, discrepant ones and sampled ones of each stratum: fractions from 1 in 3 to 1 in 15.
TASKS = np.array([300, 600, 1200, 3000])
DISCREPANT = np.array([27, 42, 66, 150])
SAMPLED = np.array([100, 150, 200, 200])
TRUE = DISCREPANT.sum() / TASKS.sum()
MONTHS = 20_000


def _sampled() -> NDArray[np.int64]:
    """Discrepant reviews of each simulated month and stratum, drawn without replacement."""
    return np.random.default_rng(20_261).hypergeometric(
        DISCREPANT, TASKS - DISCREPANT, SAMPLED, size=(MONTHS, TASKS.size)
    )


def test_weighted_estimate_is_unbiased_and_its_interval_covers() -> None:
    found, weights = _sampled(), TASKS / SAMPLED
    estimate = wilson_weighted(
        (found * weights).sum(axis=1),
        (SAMPLED * weights).sum(),
        (SAMPLED * weights**2).sum(),
        SAMPLED.sum(),
        TASKS.sum(),
    )
    monte_carlo = estimate.value.std() / np.sqrt(MONTHS)
    assert abs(estimate.value.mean() - TRUE) < 4 * monte_carlo
    covered = np.mean((estimate.low <= TRUE) & (estimate.high >= TRUE))
    assert 0.93 <= covered <= 0.97


def test_the_same_reviews_without_weights_are_biased() -> None:
    found = _sampled().sum(axis=1)
    shares = found / SAMPLED.sum()
    assert shares.mean() - TRUE > 50 * shares.std() / np.sqrt(MONTHS)


def test_targeted_reviews_alone_are_biased_and_their_interval_misses() -> None:
    # someone suspects a third of the discrepant reads, and a tenth of the others
    rng = np.random.default_rng(20_262)
    found = rng.binomial(DISCREPANT.sum(), 1 / 3, size=MONTHS)
    others = rng.binomial((TASKS - DISCREPANT).sum(), 1 / 10, size=MONTHS)
    estimate = wilson(found, found + others)
    assert estimate.value.mean() > 2 * TRUE
    assert np.mean((estimate.low <= TRUE) & (estimate.high >= TRUE)) < 0.01
