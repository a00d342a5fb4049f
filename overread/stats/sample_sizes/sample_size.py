"""How many cases a wanted width of a share's interval needs, and what width a given number gives.

Kappa and the AUC have their own files, `sample_size_kappa` and `sample_size_auc`. Widths are whole widths (upper
less lower limit), at the value that is expected to be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import normal_quantile

NO_POPULATION = "the population is empty"
NO_SAMPLE = "no cases"


def wanted_width(width: Any) -> FloatArray:
    """Wanted widths as an array.

    Raises:
        ValueError: A width not above 0.
    """
    wanted = np.asarray(width, dtype=np.float64)
    if not np.all(wanted > 0):
        raise ValueError("a wanted width is above 0")
    return wanted


def smallest_whole(
    start: FloatArray, width_at: Callable[[FloatArray], FloatArray], wanted: FloatArray
) -> FloatArray:
    """Whole number of cases from a closed form's real one, which rounding may put one off to either side.

    Args:
        start: Solution of the closed form, shape S.
        width_at: Width at given numbers of cases, falling with them.
        wanted: Wanted widths, shape S.

    Returns:
        Smallest whole number, at least 1, with a width of at most the wanted one.
    """
    n = np.maximum(np.ceil(start) - 1, 1.0)
    for _ in range(2):
        n = np.where(width_at(n) > wanted, n + 1, n)
    return np.asarray(n, dtype=np.float64)


def _shares(
    p: Any, design_effect: Any, population: Any
) -> tuple[FloatArray, FloatArray, FloatArray]:
    share, effect, size = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (p, design_effect, population))
    )
    if not (np.all(share >= 0) and np.all(share <= 1)):
        raise ValueError("an expected share lies outside 0..1")
    if not np.all(effect > 0):
        raise ValueError("a design effect is above 0")
    if not np.all(size >= 0):
        raise ValueError("a population cannot be negative")
    return share, effect, size


def _wilson_width(
    p: FloatArray, n: FloatArray, effect: FloatArray, population: FloatArray, z: float
) -> FloatArray:
    """Whole width on n / (design effect x (1 - n/population)) effective cases; a census has none."""
    part = np.divide(n, population, out=np.ones(n.shape), where=population > 0)
    left = np.where(np.isfinite(population), 1 - part, 1.0)
    census = left <= 0
    effective = n / (effect * np.where(census, 1.0, left))
    width = 2 * z * np.sqrt(effective * p * (1 - p) + z * z / 4) / (effective + z * z)
    return np.asarray(np.where(census, 0.0, width), dtype=np.float64)


def share_width(
    p: Any, n: Any, *, design_effect: Any = 1.0, population: Any = np.inf, level: float = 0.95
) -> Estimate:
    """Width of the Wilson interval of a share.

    Args:
        p: Expected share, shape S.
        n: Sampled cases, shape S.
        design_effect: By how much clustering or weighting multiplies the variance, shape S.
        population: Size of the population sampled from, shape S; infinite where unknown.
        level: Confidence level.

    Returns:
        Estimate of shape S whose value is the width; "insufficient" without cases.

    Raises:
        ValueError: A share outside 0..1, a sample above its population, a design effect not above 0.

    Source:
        Wilson, J Am Stat Assoc 22:209-212 (1927); Kish, Survey Sampling (1965).
    """
    share, effect, size = _shares(p, design_effect, population)
    share, effect, size, cases = np.broadcast_arrays(
        share, effect, size, np.asarray(n, dtype=np.float64)
    )
    if np.any(cases < 0) or np.any(cases > size):
        raise ValueError("a sample lies outside 0..population")
    width = _wilson_width(share, np.maximum(cases, 1e-300), effect, size, normal_quantile(level))
    return make_estimate(
        width, n=cases, method="width, wilson", insufficient=[(cases == 0, NO_SAMPLE)]
    )


def share_sample_size(
    p: Any,
    width: Any,
    *,
    design_effect: Any = 1.0,
    population: Any = np.inf,
    level: float = 0.95,
) -> Estimate:
    """Smallest number of cases whose Wilson interval at the expected share is at most this wide.

    With N = n + z^2 the width w solves w^2 N^2 - 4 z^2 p(1-p) N - z^4 (1 - 4p(1-p)) = 0 on effective cases;
    sampled ones follow from the design effect and the finite-population correction.

    Args:
        p: Expected share, shape S; 0.5 needs most.
        width: Wanted whole width, shape S.
        design_effect: By how much clustering or weighting multiplies the variance, shape S.
        population: Size of the population sampled from, shape S; infinite where unknown.
        level: Confidence level.

    Returns:
        Estimate of shape S whose value and n are the cases needed, at least 1, at most the population.

    Raises:
        ValueError: A share outside 0..1, a width or a design effect not above 0.

    Source:
        Wilson, J Am Stat Assoc 22:209-212 (1927); Cochran, Sampling Techniques (1977), section 4.4.
    """
    z, wanted = normal_quantile(level), wanted_width(width)
    share, effect, size = _shares(p, design_effect, population)
    share, effect, size, wanted = np.broadcast_arrays(share, effect, size, wanted)
    spread = share * (1 - share)
    both = 2 * spread + np.sqrt(4 * spread**2 + wanted**2 * (1 - 4 * spread))
    effective = np.maximum(z * z * (both / wanted**2 - 1), 0.0) * effect
    some = np.where(size > 0, size, 1.0)
    start = np.minimum(effective / (1 + effective / some), some)
    n = smallest_whole(start, lambda m: _wilson_width(share, m, effect, some, z), wanted)
    return make_estimate(
        n, n=n, method="sample size, wilson width", insufficient=[(size == 0, NO_POPULATION)]
    )
