"""Moments of the products of two reads of a reader study, by what the two reads share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from overread.stats.estimate import FloatArray
from overread.stats.reader_studies.mrmc_components import KINDS, Components
from overread.stats.reader_studies.mrmc_reads import Arm, Reads
from overread.stats.reader_studies.mrmc_wins import Ints, Mask, joint_wins, runs, wins

# Sharing exactly a kind = sharing it or more, less those that share more.
_EXACTLY: Final = np.array(
    [
        [(-1.0) ** (len(more) - len(kind)) if set(kind) <= set(more) else 0.0 for more in KINDS]
        for kind in KINDS
    ]
)
# Whether a, and whether b, counts its scores; else each pair of cases counts 1.
_SIDES: Final = ((True, True), (False, False), (True, False), (False, True))
# Pairs of reads of one case that are held in memory at once.
_BATCH: Final = 4_000_000
# Share of all pairs below which a count is rounding of the differences that it is made of.
_ROUNDING: Final = 1e-13


def _inner(
    keys: Sequence[Ints],
    values: Sequence[Sequence[FloatArray]],
    masks: Sequence[Mask],
    stratum_of: Ints,
    strata: int,
) -> FloatArray:
    """Per stratum the sums over keys of (sum of a's values) x (sum of b's), shape (pairs of values, strata).

    `stratum_of` is of a's rows.
    """
    kept_a, kept_b = (key[mask] for key, mask in zip(keys, masks, strict=True))
    names, codes = np.unique(np.concatenate([kept_a, kept_b]), return_inverse=True)
    of_a, of_b = codes[: kept_a.size], codes[kept_a.size :]
    stratum = np.zeros(names.size, dtype=np.int64)
    stratum[of_a] = stratum_of[masks[0]]
    sums = [
        np.bincount(of_a, a[masks[0]], names.size) * np.bincount(of_b, b[masks[1]], names.size)
        for a, b in values
    ]
    return np.stack([np.bincount(stratum, each, strata) for each in sums]).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Keys:
    """Whole numbers that name a stratum with a reader, a case of a class, or both."""

    reader: Ints
    case: Ints
    both: Ints


def _keys(a: Reads, b: Reads) -> tuple[_Keys, _Keys]:
    readers, cases = (
        1 + max(int(getattr(reads, name).max(initial=0)) for reads in (a, b))
        for name in ("reader", "case")
    )
    result = []
    strata = 1 + max(int(reads.stratum.max(initial=0)) for reads in (a, b))
    if strata * readers * cases * 2 > np.iinfo(np.int64).max:
        raise ValueError(
            f"{strata} strata x {readers} readers x {cases} cases cannot be numbered in 64 bits; "
            "number readers and cases from 0 without gaps"
        )
    for reads in (a, b):
        reader = reads.stratum * readers + reads.reader
        of_class = reads.case * 2 + reads.sick
        result.append(
            _Keys(reader, reads.stratum * cases * 2 + of_class, reader * cases * 2 + of_class)
        )
    return result[0], result[1]


def _read_pairs(keys: tuple[_Keys, _Keys], symmetric: bool) -> Iterator[tuple[Ints, Ints]]:
    """Every read of a with every read of b of the same case, in batches that keep two readers together.

    Of symmetric pairs (a is b) each two readers come once.
    """
    order = np.lexsort((keys[1].reader, keys[1].case))
    case, reader = keys[1].case[order], keys[1].reader[order]
    high = np.searchsorted(case, keys[0].case, side="right")
    if symmetric:
        low = np.empty_like(high)
        low[order] = runs(case, reader)[0]
    else:
        low = np.searchsorted(case, keys[0].case, side="left")
    rows = np.argsort(keys[0].reader, kind="stable")
    size = (high - low)[rows]
    done = np.cumsum(size)
    # a batch ends with a reader of a stratum, where its budget is spent
    ends = np.flatnonzero(np.diff(keys[0].reader[rows], append=-1)) + 1
    budget = done[ends - 1] // _BATCH
    cuts = ends[np.flatnonzero(np.diff(budget, append=budget[-1:] + 1))]
    for first, last in pairwise([0, *cuts]):
        width = size[first:last]
        chosen = np.repeat(rows[first:last], width)
        step = np.arange(chosen.size) - np.repeat(np.cumsum(width) - width, width)
        yield chosen, order[low[chosen] + step]


def _numbered(code: Ints) -> tuple[Ints, int]:
    """Numbers from 0 that name the codes, and how many numbers there are."""
    low, high = code.min(initial=np.iinfo(np.int64).max), code.max(initial=-1)
    if high - low < 2 * code.size:
        return code - low, int(high - low) + 1
    names, numbers = np.unique(code, return_inverse=True)
    return numbers, names.size


def _product(group: Ints, load: FloatArray, sick: Mask, groups: int) -> FloatArray:
    """Per group the load of the diseased times the load of the healthy."""
    ill, well = (np.bincount(group, load * mask, groups) for mask in (sick, ~sick))
    return (ill * well).astype(np.float64)


def _scored(arm: Arm, rows: Ints, group: Ints, weight: FloatArray, groups: int) -> FloatArray:
    """Per group the sum over its pairs of a diseased and a healthy case of what they score by one reader."""
    sick = arm.reads.sick[rows]
    if arm.ranked:
        by_case = wins(group, sick, arm.rank[rows], weight) * weight * sick
        return np.bincount(group, by_case, groups).astype(np.float64)
    return _product(group, weight * arm.factor[rows], sick, groups)


def _both_classes(
    a: Arm, b: Arm, keys: tuple[_Keys, _Keys], symmetric: bool, strata: int
) -> tuple[FloatArray, FloatArray]:
    """Sums over pairs of cases that two reads share: by any two readers, and by one reader; each (4, strata).

    In the order of `_SIDES`: both score, neither, a alone, b alone.
    """
    any_two, same = (np.zeros((4, strata), dtype=np.float64) for _ in range(2))
    readers = int(b.reads.reader.max(initial=0)) + 1
    for left, right in _read_pairs(keys, symmetric):
        group, groups = _numbered(a.cell[left] * readers + b.reads.reader[right])
        sick = a.reads.sick[left]
        weight = np.where(a.reads.once[left], a.reads.n[left], a.reads.n[left] * b.reads.n[right])
        if a.ranked:
            ranks = (a.rank[left], b.rank[right])
            both = joint_wins(group, sick, ranks, weight, groups)
        else:
            factor = a.factor[left] * b.factor[right]
            both = _product(group, weight * factor, sick, groups)
        alone = [_scored(arm, rows, group, weight, groups) for arm, rows in ((a, left), (b, right))]
        if symmetric:
            # each two readers came once, and either of them may be the one who scores
            alone = [(alone[0] + alone[1]) / 2] * 2
        stratum, one = np.zeros(groups, dtype=np.int64), np.zeros(groups, dtype=bool)
        stratum[group] = a.reads.stratum[left]
        one[group] = keys[0].reader[left] == keys[1].reader[right]
        twice = np.where(one, 1.0, 2.0 if symmetric else 1.0)
        for part, sums in enumerate((both, _product(group, weight, sick, groups), *alone)):
            any_two[part] += np.bincount(stratum, twice * sums, strata)
            same[part] += np.bincount(stratum, one * sums, strata)
    return any_two, same


@dataclass(frozen=True, slots=True)
class _Margins:
    """What the reads of one side contribute, as scored or as 1 each; of each read."""

    load: FloatArray
    root: FloatArray
    total: FloatArray

    @classmethod
    def of(cls, arm: Arm, strata: int) -> _Margins:
        margin, reads = arm.margins(), arm.reads
        load = margin * reads.n
        # n single cases add n squares, not the square of their sum
        root = margin * np.where(reads.once, np.sqrt(reads.n), reads.n)
        total = np.bincount(reads.stratum, load * reads.sick, strata)
        return cls(load, root, total.astype(np.float64))


def components(a: Arm, b: Arm, strata: int) -> Components:
    """Moments of the products of a read of a with a read of b, for every stratum at once.

    Args:
        a: Reads of the first modality.
        b: Of the second; the same object for the variance of one.
        strata: Number of strata.
    """
    symmetric = a is b
    keys = _keys(a.reads, b.reads)
    at_least = np.zeros((len(_SIDES), strata, len(KINDS)))
    at = {kind: place for place, kind in enumerate(KINDS)}
    sick = (a.reads.sick, b.reads.sick)
    well = (~a.reads.sick, ~b.reads.sick)
    scored, plain = (
        [_Margins.of(arm, strata) for arm in pair] for pair in ((a, b), (a.design(), b.design()))
    )
    sides = [
        [(scored if score else plain)[place] for place, score in enumerate(scores)]
        for scores in _SIDES
    ]
    loads, roots = (
        [[getattr(side, of) for side in pair] for pair in sides] for of in ("load", "root")
    )
    at_least[:, :, at[()]] = [pair[0].total * pair[1].total for pair in sides]
    stratum = a.reads.stratum
    at_least[:, :, at["reader",]] = _inner([k.reader for k in keys], loads, sick, stratum, strata)
    for name, masks in (("positive", sick), ("negative", well)):
        for kind, of in (
            ((name,), [key.case for key in keys]),
            (("reader", name), [key.both for key in keys]),
        ):
            at_least[:, :, at[kind]] = _inner(of, roots, masks, stratum, strata)
    any_two, same = _both_classes(a, b, keys, symmetric, strata)
    at_least[:, :, at["positive", "negative"]] = any_two
    at_least[:, :, at["reader", "positive", "negative"]] = same
    sums = at_least @ _EXACTLY.T
    total = at_least[1, :, -1:]
    present = sums[1] > np.maximum(0.5, total * _ROUNDING)
    counts = np.where(present, sums[1], 0.0)
    means = np.where(present, sums / np.where(present, counts, 1.0), np.nan)
    values = [
        np.divide(by.total, of.total, out=np.zeros(strata), where=of.total > 0)[:, None]
        for by, of in zip(scored, plain, strict=True)
    ]
    return Components(
        KINDS,
        means[0],
        counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1.0),
        means[0] - values[1] * means[2] - values[0] * means[3] + values[0] * values[1],
    )
