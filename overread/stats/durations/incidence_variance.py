"""Delta-method variance of a cumulative incidence and its log-log limits (formulas in `cumulative_incidence`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from overread.stats.estimate import FloatArray
from overread.stats.interval import normal_quantile

MAXIMUM_EXPONENT = 700.0
# Sums from the first time of a stratum up to and including each.
Running = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class VarianceSums:
    """Running sums that give the variance of the incidence at each time, all of one shape.

    With hazard e/(n(n-e)) and share S(t-) d/n^2 at each time, and I the incidence there:

    Attributes:
        hazard: Sum of the hazards.
        weighted_hazard: Sum of I x hazard.
        squared_hazard: Sum of I^2 x hazard.
        binomial: Sum of S(t-)^2 d(n-d)/n^3.
        share: Sum of the shares.
        weighted_share: Sum of I x share.
    """

    hazard: FloatArray
    weighted_hazard: FloatArray
    squared_hazard: FloatArray
    binomial: FloatArray
    share: FloatArray
    weighted_share: FloatArray

    @classmethod
    def of(
        cls,
        incidence: FloatArray,
        before: FloatArray,
        wanted: FloatArray,
        ended: FloatArray,
        n: FloatArray,
        running: Running,
    ) -> Self:
        """The sums at each time.

        Args:
            incidence: Incidence up to and including each time.
            before: Share free of any event just before it.
            wanted: Cases with the event of interest at it.
            ended: Cases with an event of any kind.
            n: Cases at risk, at least 1.
            running: Running sums within a stratum.
        """
        left = n - ended
        # with nobody left the factor (I(t) - I(s)) is 0 at this time and no later one has cases
        hazard = np.where(left > 0, ended / (n * np.where(left > 0, left, 1.0)), 0.0)
        share = before * wanted / n**2
        return cls(
            running(hazard),
            running(incidence * hazard),
            running(incidence**2 * hazard),
            running(before**2 * wanted * (n - wanted) / n**3),
            running(share),
            running(incidence * share),
        )

    def at(self, place: NDArray[np.int64]) -> Self:
        """The sums at some of the times."""
        return type(self)(
            self.hazard[place],
            self.weighted_hazard[place],
            self.squared_hazard[place],
            self.binomial[place],
            self.share[place],
            self.weighted_share[place],
        )

    def variance(self, incidence: FloatArray, further: FloatArray | float = 0.0) -> FloatArray:
        """Variance at the times of the sums, or behind them where only the event of interest came since.

        Args:
            incidence: Incidence at the time asked for.
            further: S^2 d(n-d)/n^3 of what came since.
        """
        variance = (
            incidence**2 * self.hazard
            - 2 * incidence * (self.weighted_hazard + self.share)
            + self.squared_hazard
            + self.binomial
            + 2 * self.weighted_share
            + further
        )
        return np.asarray(np.maximum(variance, 0.0), dtype=np.float64)


def log_log_limits(
    incidence: FloatArray, se: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Limits 1 - (1-I)^exp(+-z se / ((1-I) log(1-I))); 0 before the first event, NaN where the incidence is 1.

    Args:
        incidence: Incidence, shape S.
        se: Its standard error.
        level: Confidence level.
    """
    # without competing events the curve ends at exactly 1 up to rounding; there the variance is undefined
    whole = 1 - incidence <= 1e-12
    # a rounding error above 0 is no event
    inner = (1 - incidence < 1) & ~whole
    rest = np.where(inner, 1 - incidence, 0.5)
    # next to 1 the width of the limits is beyond any number: all of the scale
    half = np.maximum(normal_quantile(level) * se / (rest * np.log(rest)), -MAXIMUM_EXPONENT)
    flat = np.where(whole, np.nan, 0.0)
    low = np.where(inner, 1 - rest ** np.exp(half), flat)
    high = np.where(inner, 1 - rest ** np.exp(-half), flat)
    return low, high
