"""What a drift statistic looks like without drift: two periods from the same distribution over bins."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import special

from overread.stats.estimate import FloatArray

# Cells of one block of simulated counts, so that memory stays flat however many strata there are.
BLOCK = 2_000_000
# Statistics of equal counts differ by rounding: closer than this they are equal.
TIE = 1e-12


def _binomial_quantile(level: FloatArray, n: FloatArray, chance: FloatArray) -> FloatArray:
    """Smallest k with P(X <= k) >= level, X binomial: a third-order guess, then steps of one where it is off.

    The same numbers as scipy.stats.binom.ppf in a fraction of its time.
    """
    z, size = special.ndtri(level), n.astype(np.int64)
    guess = n * chance + z * np.sqrt(n * chance * (1 - chance)) + (1 - 2 * chance) * (z**2 - 1) / 6
    k = np.clip(np.floor(guess + 0.5), 0, n)
    short = np.flatnonzero(special.bdtr(k, size, chance) < level)
    settled = np.ones(k.size, dtype=bool)
    settled[short] = False
    while short.size:
        k[short] += 1
        short = short[special.bdtr(k[short], size[short], chance[short]) < level[short]]
    long = np.flatnonzero(settled & (k > 0))
    while long.size:
        long = long[special.bdtr(k[long] - 1, size[long], chance[long]) >= level[long]]
        k[long] -= 1
        long = long[k[long] > 0]
    return k


def _multinomials(shares: FloatArray, size: FloatArray, uniform: FloatArray) -> FloatArray:
    """Multinomial counts from given uniforms by conditional binomials: (draws, strata, bins).

    All strata share the uniforms, so what a stratum gets does not depend on its neighbours in the call.
    """
    rest = np.flip(np.cumsum(np.flip(shares, axis=-1), axis=-1), axis=-1)
    chance = np.clip(shares / np.where(rest > 0, rest, 1.0), 0.0, 1.0)
    shape = (uniform.shape[0], size.size)
    left = np.broadcast_to(size, shape)
    counts = []
    for place in range(shares.shape[-1] - 1):
        level = np.broadcast_to(uniform[:, place, None], shape).ravel()
        odds = np.broadcast_to(chance[:, place], shape).ravel()
        counts.append(_binomial_quantile(level, left.ravel(), odds).reshape(shape))
        left = left - counts[-1]
    return np.stack([*counts, left], axis=-1)


def stable_periods(
    shares: FloatArray, m: FloatArray, n: FloatArray, draws: int, seed: int
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Simulate baselines and periods that share their distribution.

    Args:
        shares: Shares of the bins, shape (strata, bins), each row adding up to 1.
        m: Baseline cases, shape (strata,).
        n: Cases of the period, shape (strata,).
        draws: Periods in all.
        seed: Seed of the uniforms, which all strata share: neighbours do not change a stratum's draws.

    Yields:
        Counts of both, shape (some of the draws, strata, bins).
    """
    strata, bins = shares.shape
    rng = np.random.default_rng(seed)
    # the middle of a cell of the grid of floats: never exactly 0
    first, second = rng.random((2, draws, max(bins - 1, 1))) + 2.0**-54
    block = max(BLOCK // max(strata * bins, 1), 1)
    for start in range(0, draws, block):
        rows = slice(start, start + block)
        yield _multinomials(shares, m, first[rows]), _multinomials(shares, n, second[rows])


def binned_bridges(
    shares: FloatArray, m: FloatArray, n: FloatArray, draws: int, seed: int
) -> FloatArray:
    """Large-sample null of the binned KS distance: a Brownian bridge seen at the edges of the bins.

    Args:
        shares: Shares of the bins, shape (strata, bins).
        m: Baseline cases, shape (strata,).
        n: Cases of the period, shape (strata,).
        draws: Bridges per stratum.
        seed: Seed of the normals, which all strata share.

    Returns:
        Distances, shape (draws, strata).
    """
    strata, bins = shares.shape
    normal = np.random.default_rng(seed).standard_normal((draws, bins))
    scale, reached = np.sqrt(shares), np.cumsum(shares, axis=-1)
    found = np.empty((draws, strata))
    block = max(BLOCK // max(strata * bins, 1), 1)
    for start in range(0, draws, block):
        walk = np.cumsum(normal[start : start + block, None, :] * scale, axis=-1)
        found[start : start + block] = np.abs(walk - reached * walk[..., -1:]).max(axis=-1)
    return found * np.sqrt(1 / m + 1 / n)


def judge(null: FloatArray, value: FloatArray, level: float) -> tuple[FloatArray, ...]:
    """Place values in their simulated nulls.

    Args:
        null: Statistics without drift, shape (draws, strata).
        value: Statistics seen, shape (strata,).
        level: Share of the null below the threshold.

    Returns:
        p (never 0: the value itself counts as one draw), threshold and mean, each of shape (strata,).
    """
    draws = null.shape[0]
    p = (1 + (null >= value - TIE).sum(axis=0)) / (draws + 1)
    place = min(int(np.ceil(level * draws)), draws) - 1
    return p, np.partition(null, place, axis=0)[place], null.mean(axis=0)
