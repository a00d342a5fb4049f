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
    order = _sorted(group, rank)
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
    of_sick, of_well = (np.bincount(group, mask, groups) for mask in (sick, ~sick))
    size = np.where((of_sick > 0) & (of_well > 0), of_sick + of_well, 0).astype(np.int64)
    kept = np.flatnonzero(size[group])
    if kept.size == 0:
        return np.zeros(groups)
    by_size = np.empty(groups, dtype=np.int64)
    by_size[np.argsort(size, kind="stable")] = np.arange(groups)
    # groups from small to large, so that what needs more levels of the tree stands together at the end; in a
    # group by the first score; of equals the diseased first, so that a healthy one before is below
    base = first[kept] * 2 + ~sick[kept]
    order = kept[_sorted(by_size[group[kept]], base)]
    key, ill, load = by_size[group[order]], sick[order], weight[order]
    one, two = first[order], second[order]
    start, end = runs(key)
    deep = end - start
    score = _tied(key, one, ill, two, load)
    at = _sorted(key, two)  # each block of the tree by the second score
    for bit in range(int(deep[-1] - 1).bit_length() - 1, -1, -1):
        # a block of the tree fills the positions from its start: its left half was ranked below its right half
        skipped = int(np.searchsorted(deep, 1 << bit, side="right"))
        now = at[skipped:]
        begin = start[now]
        place = now - begin
        block = begin + (place >> (bit + 1) << (bit + 1)) - skipped
        right = (place >> bit & 1).astype(bool)
        low, high = runs(block, two[now])
        left = _before(np.where(right | ill[now], 0.0, load[now]))
        below = (left[low] + left[high]) / 2 - left[block]
        score[now] += np.where(right & ill[now], below, 0.0)
        lefts = np.concatenate(([0], np.cumsum(~right)))
        before = lefts[:-1] - lefts[block]
        target = block + np.where(right, (1 << bit) + np.arange(now.size) - block - before, before)
        moved = np.empty_like(now)
        moved[target] = now
        at[skipped:] = moved
    return np.bincount(group[order], score * load, groups).astype(np.float64)


def _sorted(key: Ints, rank: Ints) -> Ints:
    """Positions in order of a key and, within it, of a rank."""
    return np.argsort(key * (rank.max(initial=0) + 1) + rank)


def _tied(key: Ints, one: Ints, sick: Mask, two: Ints, load: FloatArray) -> FloatArray:
    """Per diseased point half the wins by the second score over the healthy with the same first score.

    The points come in order of key and first score.
    """
    low, high = runs(key, one)
    ill = np.concatenate(([0], np.cumsum(sick)))
    diseased = ill[high] - ill[low]
    mixed = np.flatnonzero((diseased > 0) & (diseased < high - low))
    result = np.zeros(key.size)
    own = wins(low[mixed], sick[mixed], two[mixed], load[mixed])
    result[mixed] = np.where(sick[mixed], own / 2, 0.0)
    return result


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
