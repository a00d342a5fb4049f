"""Proportions of cases that come in clusters, such as several exams of one patient."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, make_estimate
from overread.stats.interval import effective_size, normal_quantile, wilson_limits
from overread.stats.shares.proportion import NO_CASES


def wilson_clustered(
    x: Any, n: Any, clusters: Any, xx: Any, xn: Any, nn: Any, level: float = 0.95
) -> Estimate:
    """Proportion with Wilson's interval on the effective size that clusters leave.

    The variance is that of a ratio of cluster totals, linearised:
    C / (C - 1) x sum (x_i - p n_i)^2 / n^2, with x_i events in the n_i cases of cluster i.

    Args:
        x: Events, shape S.
        n: Cases, shape S.
        clusters: Clusters with cases, shape S.
        xx: Sum over clusters of x_i squared, shape S.
        xn: Sum over clusters of x_i n_i, shape S.
        nn: Sum over clusters of n_i squared, shape S.
        level: Confidence level.

    Returns:
        Estimate of shape S. The effective size is never above n: a design effect below 1 is chance. "insufficient"
        where n = 0; one cluster has a value without interval.

    Raises:
        ValueError: A numerator lies outside 0..denominator.

    Source:
        Cochran, Sampling Techniques, 3rd ed. (1977), section 9A.3 (ratio of cluster totals); Korn and Graubard,
        Survey Methodology 24:193-201 (1998) (interval on the effective size).
    """
    xs, ns, count, of_xx, of_xn, of_nn = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (x, n, clusters, xx, xn, nn))
    )
    if np.any(xs < 0) or np.any(xs > ns):
        raise ValueError("a numerator lies outside 0..denominator")
    safe = np.where(ns > 0, ns, 1.0)
    p = xs / safe
    squares = np.maximum(of_xx - 2 * p * of_xn + p**2 * of_nn, 0)
    variance = count / np.maximum(count - 1, 1) * squares / safe**2
    size = np.minimum(effective_size(p, variance, ns), ns)
    low, high = wilson_limits(p, size, normal_quantile(level))
    return make_estimate(
        p,
        n=ns,
        se=np.sqrt(p * (1 - p) / np.where(size > 0, size, 1.0)),
        low=low,
        high=high,
        method="wilson, clustered",
        insufficient=[(ns == 0, NO_CASES)],
        withheld=[((count < 2) & (ns > 1), "one cluster: no variance between clusters")],
    )
