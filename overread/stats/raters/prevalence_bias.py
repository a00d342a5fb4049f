"""Prevalence and bias indices, which stand beside kappa because kappa depends on both."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import normal_quantile
from overread.stats.raters.agreement_weights import cell_shares

NO_CASES = "no cases"


def _yes_no(table: Any) -> tuple[FloatArray, FloatArray]:
    p, n = cell_shares(table)
    if p.shape[-1] != 2:
        raise ValueError("the indices are defined for yes/no tables (..., 2, 2)")
    return p, n


def _difference(first: FloatArray, second: FloatArray, n: FloatArray, **about: Any) -> Estimate:
    """Difference of two exclusive shares of the same cases, with the adjusted Wald interval.

    One half is added to each of the four cells, so that a table without such cells has an interval too
    (Agresti and Min 2005, for paired differences).
    """
    z = normal_quantile(about["level"])
    difference = first - second
    size = np.where(n > 0, n, 1.0)
    se = np.sqrt(np.maximum(first + second - difference**2, 0) / size)
    one, two = ((share * n + 0.5) / (n + 2.0) for share in (first, second))
    middle = one - two
    half = z * np.sqrt(np.maximum(one + two - middle**2, 0) / (n + 2.0))
    return make_estimate(
        difference,
        n=n,
        se=se,
        low=np.clip(middle - half, -1, 1),
        high=np.clip(middle + half, -1, 1),
        method=about["method"],
        insufficient=[(n == 0, NO_CASES)],
    )


def prevalence_index(table: Any, level: float = 0.95) -> Estimate:
    """Share of cases that both call positive less the share that both call negative: (a - d) / n.

    Args:
        table: Counts, shape (..., 2, 2), [[a, b], [c, d]], rater A in rows, positive first.
        level: Confidence level.

    Returns:
        Estimate of shape (...), -1 to 1; kappa shrinks as its size grows.

    Raises:
        ValueError: The tables are not 2 x 2.

    Source:
        Byrt, Bishop and Carlin, J Clin Epidemiol 46:423-429 (1993); interval: Agresti and Min, Stat Med
        24:729-740 (2005).
    """
    p, n = _yes_no(table)
    return _difference(
        p[..., 0, 0], p[..., 1, 1], n, level=level, method="prevalence index, adjusted Wald"
    )


def bias_index(table: Any, level: float = 0.95) -> Estimate:
    """Difference of the two raters' shares of positive calls: (b - c) / n, positive if A calls more.

    Args:
        table: Counts, shape (..., 2, 2), [[a, b], [c, d]], rater A in rows, positive first.
        level: Confidence level.

    Returns:
        Estimate of shape (...), -1 to 1.

    Raises:
        ValueError: The tables are not 2 x 2.

    Source:
        Byrt, Bishop and Carlin, J Clin Epidemiol 46:423-429 (1993); interval: Agresti and Min, Stat Med
        24:729-740 (2005).
    """
    p, n = _yes_no(table)
    return _difference(
        p[..., 0, 1], p[..., 1, 0], n, level=level, method="bias index, adjusted Wald"
    )
