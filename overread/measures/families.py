"""Tests that are read together, and what their number does to their p-values."""

from __future__ import annotations

import numpy as np
import polars as pl

from overread.stats.comparison.multiplicity import benjamini_hochberg
from overread.stats.estimate import FloatArray


def adjusted(strata: pl.DataFrame, p: FloatArray, *family: str) -> FloatArray:
    """Benjamini-Hochberg's q of each test among those of its family.

    Args:
        strata: One row per test.
        p: Their p-values, NaN where a test could not be done, shape (tests,).
        family: Columns that tell whose tests are read together; NULL is a value of its own.

    Returns:
        q-values of shape (tests,).
    """
    if strata.height == 0:
        return p
    number = strata.select(pl.struct(family).rank("dense")).to_series().to_numpy().astype(np.int64)
    order = np.argsort(number, kind="stable")
    size = np.bincount(number)
    start = np.cumsum(size) - size
    place = np.empty(p.size, dtype=np.int64)
    place[order] = np.arange(p.size) - start[number[order]]
    tests = np.full((size.size, size.max()), np.nan)
    tests[number, place] = p
    q: FloatArray = benjamini_hochberg(tests)[number, place]
    return q
