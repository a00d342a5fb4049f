"""Many tests at once: the false discovery rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import FloatArray


def benjamini_hochberg(p: Any) -> FloatArray:
    """Adjusted p-values (q); the family is the tests that were really done.

    Args:
        p: p-values, NaN or None where a test could not be done, shape (..., tests).

    Returns:
        q-values of the same shape, NaN where p is.

    Raises:
        ValueError: A p-value lies outside 0..1.

    Source:
        Benjamini and Hochberg, J R Stat Soc B 57:289-300 (1995).
    """
    values = np.asarray(p, dtype=np.float64)
    done = np.isfinite(values)
    if np.any(done & ((values < 0) | (values > 1))):
        raise ValueError("a p-value lies outside 0..1")
    filled = np.where(done, values, np.inf)
    order = np.argsort(filled, axis=-1, kind="stable")
    ascending = np.take_along_axis(filled, order, axis=-1)
    m = np.maximum(done.sum(axis=-1, keepdims=True), 1)
    scaled = ascending * m / np.arange(1, values.shape[-1] + 1)
    falling = np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
    q = np.empty_like(falling)
    np.put_along_axis(q, order, np.minimum(falling, 1.0), axis=-1)
    return np.where(done, q, np.nan)
