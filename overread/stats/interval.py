"""Intervals that keep their nominal coverage where the normal one does not; held to it by `bench.coverage`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
from scipy import special, stats

from overread.stats.estimate import OK, Estimate, FloatArray

# "covering" is what pages show: an interval, or none, that `bench.coverage` holds to its nominal coverage.
# "published" is the textbook's, as R and others print it, so that our numbers can be held to theirs.
Interval = Literal["covering", "published"]
TINY: Final = 1e-12


def check_interval(interval: str) -> None:
    """Refuse a misspelt kind of interval.

    Raises:
        ValueError: The kind is not known.
    """
    if interval not in ("covering", "published"):
        raise ValueError(f"interval is covering or published, not {interval!r}")


def normal_quantile(level: float) -> float:
    """Two-sided normal quantile, 1.96 for 95 %."""
    return float(special.ndtri(0.5 + level / 2))


def t_quantile(level: float, n: Any) -> FloatArray:
    """Two-sided t quantile with n - 1 degrees of freedom (1 where n < 2; such an interval is withheld)."""
    freedom = np.maximum(np.asarray(n, dtype=np.float64) - 1, 1.0)
    # the quantile is slow, and strata share their numbers of cases
    distinct, place = np.unique(freedom, return_inverse=True)
    quantile = np.asarray(stats.t.ppf(0.5 + level / 2, distinct), dtype=np.float64)
    return quantile[place].reshape(freedom.shape)


def wilson_limits(
    share: FloatArray, n: FloatArray, quantile: float | FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Wilson's limits of a share of n cases; both may be fractional; 0 and 1 are exact bounds.

    Args:
        share: Shares 0 to 1, shape S.
        n: Cases or effective cases, shape S.
        quantile: Normal or t quantile, scalar or shape S.

    Source:
        Wilson, J Am Stat Assoc 22:209-212 (1927).
    """
    size = np.where(n > 0, n, 1.0)
    pull = np.asarray(quantile) ** 2 / size
    centre = (share + pull / 2) / (1 + pull)
    half = np.sqrt(share * (1 - share) * pull + pull**2 / 4) / (1 + pull)
    low = np.where(share <= 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(share >= 1, 1.0, np.clip(centre + half, 0, 1))
    return low, high


def effective_size(share: FloatArray, variance: FloatArray, n: FloatArray) -> FloatArray:
    """Cases of a simple share with this variance; n itself where the sample shows no variance.

    Args:
        share: Estimates on a scale from 0 to 1, shape S.
        variance: Their variances, shape S.
        n: Cases behind them, shape S.

    Source:
        Korn and Graubard, Survey Methodology 24:193-201 (1998), for the idea of an effective size.
    """
    spread = share * (1 - share)
    usable = (variance > TINY**2) & (spread > TINY)
    return np.where(usable, spread / np.where(usable, variance, 1.0), n)


def corrected_limits(
    value: FloatArray, gap: FloatArray, variance: FloatArray, n: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Limits of a chance-corrected coefficient 1 - (1 - observed) / gap from those of observed agreement.

    Wilson's limits, with the t quantile, of the observed agreement at the effective size that reproduces
    the coefficient's variance.

    Args:
        value: Coefficients, shape S.
        gap: 1 - chance agreement, shape S.
        variance: Variances of the coefficients, shape S.
        n: Cases, shape S.
        level: Confidence level.
    """
    observed = np.clip(1 - (1 - value) * gap, 0, 1)
    size = effective_size(observed, variance * gap**2, n)
    low, high = wilson_limits(observed, size, t_quantile(level, n))
    return np.minimum(1 - (1 - low) / gap, value), np.maximum(1 - (1 - high) / gap, value)


def fisher_z_limits(
    value: FloatArray, se: FloatArray, quantile: float | FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Limits of a coefficient between -1 and 1 on the scale of its inverse hyperbolic tangent.

    Source:
        Fisher, Metron 1:3-32 (1921).
    """
    inner = np.clip(value, -1 + TINY, 1 - TINY)
    centre, half = np.arctanh(inner), quantile * se / (1 - inner**2)
    return np.tanh(centre - half), np.tanh(centre + half)


def logit_limits(
    value: FloatArray, se: FloatArray, quantile: float | FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Limits of a share on the logit scale, back on its own."""
    inner = np.clip(value, TINY, 1 - TINY)
    centre = np.log(inner / (1 - inner))
    half = quantile * se / (inner * (1 - inner))
    return special.expit(centre - half), special.expit(centre + half)


def without_interval(estimate: Estimate, rules: list[tuple[Any, str]]) -> Estimate:
    """The same values and standard errors; limits withheld, with the first reason, where a mask holds."""
    low, high, reason = estimate.low.copy(), estimate.high.copy(), estimate.reason.copy()
    for mask, why in rules:
        hit = np.broadcast_to(np.asarray(mask, dtype=bool), estimate.shape) & (
            estimate.status == OK
        )
        low[hit], high[hit] = np.nan, np.nan
        reason[hit & (reason == "")] = why
    return replace(estimate, low=low, high=high, reason=reason)
