"""Observed against expected: indirect standardisation for case mix."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, make_estimate


def standardised_ratio(
    observed: Any, expected: Any, method: Literal["exact", "byar"] = "byar", level: float = 0.95
) -> Estimate:
    """Ratio of observed events to those expected from the case mix.

    Args:
        observed: Events, shape S.
        expected: Expected events, shape S.
        method: Exact Poisson (chi-square) or Byar's approximation.
        level: Confidence level.

    Returns:
        Estimate of shape S; "insufficient" where nothing was expected.

    Source:
        Breslow and Day, Statistical Methods in Cancer Research II (1987), pp. 69-71.
    """
    o, e = np.broadcast_arrays(
        np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    )
    none = ~(e > 0)
    base = np.where(none, 1.0, e)
    some, tail = np.maximum(o, 1.0), (1 - level) / 2
    if method == "exact":
        low = stats.chi2.ppf(tail, 2 * some) / 2
        high = stats.chi2.ppf(1 - tail, 2 * (o + 1)) / 2
    else:
        z = float(stats.norm.ppf(1 - tail))
        low = some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3
        high = (o + 1) * (1 - 1 / (9 * (o + 1)) + z / (3 * np.sqrt(o + 1))) ** 3
    return make_estimate(
        o / base,
        n=o,
        se=np.sqrt(o) / base,
        low=np.where(o == 0, 0.0, np.maximum(low, 0.0)) / base,
        high=high / base,
        method=f"standardised ratio, {method}",
        insufficient=[(none, "nothing was expected")],
    )
