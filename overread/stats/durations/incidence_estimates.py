"""What a cumulative incidence tells at a time and at a share: estimates with the reasons of absence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from overread.stats.durations.survival import MINIMUM_AT_RISK, MINIMUM_CASES
from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import (
    Interval,
    check_interval,
    effective_size,
    t_quantile,
    wilson_limits,
    without_interval,
)

NO_CASES = "no cases"
NO_EVENT = "no event of interest: the incidence stays 0 and its limits have no width"
NOT_FOLLOWED = "nobody was followed that long"
FEW_LEFT = "fewer than 5 cases still followed: the interval covers too little"
# With fewer cases left, after a third was censored, the interval at a time covers 88 to 92 instead of 95 %.
MINIMUM_LEFT = 5
NOT_REACHED = "the incidence does not reach this share"
# Of a quantile, found by bench.coverage; the other limits are those of Kaplan-Meier's quantiles.
MINIMUM_EVENTS = 5.0
FEW_CASES = f"fewer than {MINIMUM_CASES} cases: no interval covers 95 %"
FEW_EVENTS = "fewer than 5 events expected by the quantile: no interval covers 95 %"
FEW_FOLLOWED = (
    f"fewer than {MINIMUM_AT_RISK} cases are followed to the quantile: no interval covers 95 %"
)
NO_LIMIT = "the incidence ends before a limit is reached"


def shares_by_time(
    value: FloatArray,
    se: FloatArray,
    *,
    n: FloatArray,
    lost: FloatArray,
    left: FloatArray,
    beyond: NDArray[np.bool_],
    level: float = 0.95,
) -> Estimate:
    """Incidence at times with Wilson's interval, with the t quantile, on the effective size of the variance.

    Args:
        value: Incidence, shape S.
        se: Its standard error.
        n: Cases of the stratum.
        lost: Cases censored before the time.
        left: Cases whose own time is not before it.
        beyond: Whether nobody was followed that long.
        level: Confidence level.

    Source:
        Korn and Graubard, Survey Methodology 24:193-201 (1998), for the effective size.
    """
    known = (n > 0) & ~beyond
    share = np.where(known, np.clip(value, 0.0, 1.0), 0.5)
    variance = np.where(known, se, 0.0) ** 2
    size = np.minimum(
        effective_size(share, variance, np.maximum(n - lost, 1.0)), np.maximum(n, 1.0)
    )
    low, high = wilson_limits(share, size, t_quantile(level, size))
    return make_estimate(
        value,
        n=np.broadcast_to(n, value.shape),
        se=se,
        low=low,
        high=high,
        method="cumulative incidence (Aalen-Johansen), wilson on the effective size",
        insufficient=[(n == 0, NO_CASES), (beyond, NOT_FOLLOWED)],
        withheld=[((lost > n / 3) & (left < MINIMUM_LEFT), FEW_LEFT)],
    )


def quantiles_of_incidence(
    value: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    shares: FloatArray,
    cases: FloatArray,
    followed: FloatArray,
    interval: Interval = "covering",
) -> Estimate:
    """Times by which shares are reached, with limits from the curve's limits.

    Args:
        value: Time, NaN where the share is not reached, shape S + (shares,).
        low: Time at which the upper limit of the curve reaches it.
        high: Time at which the lower limit does.
        shares: Shares, shape (shares,).
        cases: Cases of the stratum.
        followed: Cases whose own time is not before the quantile.
        interval: "covering" withholds what does not cover; "published" shows every limit that is reached.

    Source:
        Peng and Fine, Biometrika 94:709-719 (2007).
    """
    check_interval(interval)
    estimate = make_estimate(
        value,
        n=cases,
        low=low,
        high=high,
        method="cumulative incidence (Aalen-Johansen) quantile, log-log",
        insufficient=[(cases == 0, NO_CASES), (np.isnan(value), NOT_REACHED)],
    )
    if interval == "published":
        return estimate
    return without_interval(
        estimate,
        [
            (cases < MINIMUM_CASES, FEW_CASES),
            (cases * shares < MINIMUM_EVENTS, FEW_EVENTS),
            (followed < MINIMUM_AT_RISK, FEW_FOLLOWED),
            (~(np.isfinite(low) & np.isfinite(high)), NO_LIMIT),
        ],
    )
