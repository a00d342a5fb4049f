"""Odds of a share: how many of one kind come with each of the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, make_estimate
from overread.stats.shares.proportion import wilson


def odds(x: Any, y: Any, unbounded: str, level: float = 0.95) -> Estimate:
    """How many x come with each y, with the limits that belong to the share x / (x + y).

    Args:
        x: Cases of the first kind, shape S.
        y: Cases of the second kind, shape S.
        unbounded: Reason where there is no case of the second kind.
        level: Confidence level.

    Returns:
        Estimate of shape S, n = x + y; "insufficient" where y = 0.

    Raises:
        ValueError: A negative count.

    Source:
        Wilson, J Am Stat Assoc 22:209-212 (1927); limits carry over to any monotone function of a share.
    """
    first, second = np.broadcast_arrays(
        np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    )
    share = wilson(first, first + second, level)
    none = second <= 0
    value = np.divide(first, second, out=np.zeros(first.shape), where=~none)
    low, high = (
        np.divide(limit, 1 - limit, out=np.full(first.shape, np.nan), where=~none & (limit < 1))
        for limit in (share.low, share.high)
    )
    return make_estimate(
        value,
        n=first + second,
        low=low,
        high=high,
        method="odds, wilson",
        insufficient=[(none, unbounded)],
    )
