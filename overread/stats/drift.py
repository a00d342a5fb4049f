"""Drift of a score distribution against its frozen baseline."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from overread.stats.estimate import Estimate, make_estimate


def population_stability_index(reference: Any, current: Any) -> Estimate:
    """PSI over given bins, without smoothing.

    Args:
        reference: Baseline counts, shape (..., bins).
        current: Counts of the period, shape (..., bins).

    Returns:
        Estimate of shape (...), n = current cases. A bin empty in both adds nothing; a bin empty in one makes
        the index infinite: "insufficient".

    Source:
        Lin, SAS Global Forum (2017); symmetrised Kullback-Leibler divergence (Jeffreys 1946).
    """
    before, now = np.broadcast_arrays(
        np.asarray(reference, dtype=np.float64), np.asarray(current, dtype=np.float64)
    )
    m, n = before.sum(axis=-1), now.sum(axis=-1)
    p = before / np.where(m > 0, m, 1.0)[..., None]
    q = now / np.where(n > 0, n, 1.0)[..., None]
    one_empty = ((p > 0) != (q > 0)).any(axis=-1)
    both = (p > 0) & (q > 0)
    ratio = np.where(both, q, 1.0) / np.where(both, p, 1.0)
    return make_estimate(
        special.xlogy(np.where(both, q - p, 0.0), ratio).sum(axis=-1),
        n=n,
        method="PSI, no smoothing",
        insufficient=[
            ((m == 0) | (n == 0), "no scores"),
            (one_empty, "a bin is empty in one of the periods: the index is infinite"),
        ],
    )
