"""How often a diseased case outranks a healthy one: by one reader's scores, and by two readers' at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.stats.estimate import FloatArray

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def runs(*sorted_keys: Ints) -> tuple[Ints, Ints]:
    """Start and end (exclusive) of the run of equal keys that each position lies in."""
    size = sorted_keys[0].size
    fresh = np.zeros(size, dtype=bool)
    fresh[:1] = True
    for key in sorted_keys:
        fresh[1:] |= key[1:] != key[:-1]
    starts = np.flatnonzero(fresh)
    run = np.cumsum(fresh) - 1
    return starts[run], np.append(starts[1:], size)[run]


def _before(weights: FloatArray) -> FloatArray:
    """Sums of the weights before each position, and of all at the end; shape (size + 1,)."""
    return np.concatenate(([0.0], np.cumsum(weights)))


def wins(group: Ints, sick: Mask, rank: Ints, weight: FloatArray) -> FloatArray:
    """Per case the weight of the other class's cases of its group on the right side of it, ties one half.

    Args:
        group: Cases are compared within a group, shape (cases,).
        sick: Diseased, shape (cases,).
        rank: Rank of the score, shape (cases,).
        weight: How many cases a row stands for, shape (cases,).

    Returns:
        Diseased: healthy cases ranked below; healthy: diseased cases ranked above. Shape (cases,).
    """
    order = np.lexsort((rank, group))
    key, ill, load = group[order], sick[order], weight[order]
    first, last = runs(key)
    low, high = runs(key, rank[order])
    healthy, diseased = _before(np.where(ill, 0.0, load)), _before(np.where(ill, load, 0.0))
    below = (healthy[low] + healthy[high]) / 2 - healthy[first]
    above = diseased[last] - (diseased[low] + diseased[high]) / 2
    result = np.empty(order.size)
    result[order] = np.where(ill, below, above)
    return result


def joint_wins(
    group: Ints, sick: Mask, ranks: tuple[Ints, Ints], weight: FloatArray, groups: int
) -> FloatArray:
    """Per group the sum over diseased i and healthy j of win(i, j) by the first score times win by the second.

    A win counts 1, a tie one half. The pairs are never listed: a wavelet tree over the order by the first score,
    read in the order of the second, counts them in O(cases x log(largest group)).

    Args:
        group: Group of each point, from 0, shape (points,).
        sick: Diseased, shape (points,).
        ranks: Ranks of the first and of the second score, each of shape (points,).
        weight: Weight of each point, shape (points,).
        groups: Number of groups.

    Returns:
        Weighted sums, shape (groups,).
    """
    first, second = ranks
    ill = np.bincount(group, sick, groups) > 0
    well = np.bincount(group, ~sick, groups) > 0
    kept = (ill & well)[group]
    if not kept.any():
        return np.zeros(groups)
    # in order of the first score; of equals the diseased stand first, so that a healthy one before is below
    order = np.flatnonzero(kept)
    order = order[np.lexsort((~sick[order], first[order], group[order]))]
    key, ill, load = group[order], sick[order], weight[order]
    one, two = first[order], second[order]
    tied = np.cumsum(np.diff(one, prepend=-1).astype(bool) | np.diff(key, prepend=-1).astype(bool))
    ties = np.where(ill, load * wins(tied, ill, two, load), 0.0) / 2
    total: FloatArray = np.bincount(key, ties, groups).astype(np.float64)
    start, end = runs(key)
    place = np.arange(order.size) - start
    at = np.lexsort((two, key))  # elements of each block by the second score
    healthy = np.where(ill, 0.0, load)
    diseased = np.where(ill, load, 0.0)
    for bit in range(int((end - start).max() - 1).bit_length() - 1, -1, -1):
        # a block of the tree fills the positions from its start: its left half was ranked below its right half
        block = (start + (place >> (bit + 1) << (bit + 1)))[at]
        right = (place[at] >> bit & 1).astype(bool)
        low, high = runs(block, two[at])
        left = _before(np.where(right, 0.0, healthy[at]))
        below = (left[low] + left[high]) / 2 - left[block]
        total = total + np.bincount(key[at], np.where(right, diseased[at] * below, 0.0), groups)
        lefts = np.concatenate(([0], np.cumsum(~right)))
        before = lefts[:-1] - lefts[block]
        target = block + np.where(right, (1 << bit) + np.arange(at.size) - block - before, before)
        moved = np.empty_like(at)
        moved[target] = at
        at = moved
    return total


def dense(*keys: Any) -> tuple[Ints, Ints]:
    """Number the combinations of some keys from 0; returns the number per row and a row of each combination."""
    code = np.zeros(np.shape(keys[0]), dtype=np.int64)
    for key in keys:
        # numbered anew with each key, so that no product of ranges can leave 64 bits
        values = np.unique(key, return_inverse=True)[1]
        code = np.unique(code * (values.max(initial=0) + 1) + values, return_inverse=True)[1]
    rows = np.zeros(code.max(initial=-1) + 1, dtype=np.int64)
    rows[code] = np.arange(code.size)
    return code, rows
