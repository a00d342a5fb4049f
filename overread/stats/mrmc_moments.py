"""Moments of the products of two reads of a reader study, by what the two reads share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from overread.stats.estimate import FloatArray
from overread.stats.mrmc_reads import Arm, Reads
from overread.stats.mrmc_wins import Ints, Mask, joint_wins, runs

Kind = tuple[str, ...]
# What two reads can share; the last kind shares nothing.
KINDS: Final[tuple[Kind, ...]] = (
    ("reader", "positive", "negative"),
    ("reader", "positive"),
    ("reader", "negative"),
    ("positive", "negative"),
    ("reader",),
    ("positive",),
    ("negative",),
    (),
)
# Sharing exactly a kind = sharing it or more, less those that share more.
_EXACTLY: Final = np.array(
    [
        [(-1.0) ** (len(more) - len(kind)) if set(kind) <= set(more) else 0.0 for more in KINDS]
        for kind in KINDS
    ]
)
# Pairs of reads of one case that are held in memory at once.
_BATCH: Final = 4_000_000
# Share of all pairs below which a count is rounding of the differences that it is made of.
_ROUNDING: Final = 1e-13


@dataclass(frozen=True, slots=True)
class Components:
    """Moments of the products of two reads, by what the two reads share, of one pair of modalities.

    The variance (or covariance) is `coefficients @ moments` less the moment that shares nothing.

    Attributes:
        shared: What both factors share, e.g. ("reader", "positive"); the last one is (), nothing.
        moments: Unbiased mean product, shape S + (kinds,); NaN where the design has no such pair.
        coefficients: Share of all pairs of that kind in the design, shape S + (kinds,); they sum to 1.
    """

    shared: tuple[Kind, ...]
    moments: FloatArray
    coefficients: FloatArray

    @property
    def covariance(self) -> FloatArray:
        """Unbiased variance or covariance, shape S; NaN where no two reads differ in reader and in cases."""
        present = self.coefficients > 0
        products = np.where(present, self.coefficients * self.moments, 0.0)
        return np.asarray(products.sum(axis=-1) - self.moments[..., -1])

    def without(self, axis: str) -> Components:
        """The same without an axis on which each reader has one case of its own: it is the reader's axis again."""
        kept = [at for at, kind in enumerate(self.shared) if (axis in kind) == ("reader" in kind)]
        kinds = tuple(tuple(name for name in self.shared[at] if name != axis) for at in kept)
        return Components(kinds, self.moments[..., kept], self.coefficients[..., kept])

    def parts(self) -> FloatArray:
        """What readers, cases, and readers with cases together put into the covariance, shape S + (3,).

        With v(k) the variance of the effect of exactly k (a reader, a diseased case, ...), two reads that share
        the axes s have the covariance moment(s) - moment() = sum of v(k) over k within s. An effect enters the
        covariance of the pooled value by the share of the pairs that have k in common. The third part is the
        rest. NaN where the design cannot tell an effect, e.g. of cases where each had one reader.
        """
        at = {kind: place for place, kind in enumerate(self.shared)}
        excess = self.moments - self.moments[..., -1:]

        def part(*kinds: Kind) -> FloatArray:
            total = np.zeros(self.moments.shape[:-1])
            for kind in kinds:
                within = [other for other in at if other and set(other) <= set(kind)]
                signs = [(-1.0) ** (len(kind) - len(other)) for other in within]
                having = [at[other] for other in at if set(kind) <= set(other)]
                effect = excess[..., [at[other] for other in within]] @ np.array(signs)
                common = self.coefficients[..., having].sum(axis=-1)
                total = total + np.where(common > 0, effect * common, 0.0)
            return total

        cases = [kind for kind in at if kind and "reader" not in kind]
        readers, of_cases = part(("reader",)), part(*cases)
        return np.stack([readers, of_cases, self.covariance - readers - of_cases], axis=-1)


def _inner(
    keys: Sequence[Ints],
    values: Sequence[FloatArray],
    masks: Sequence[Mask],
    stratum_of: Ints,
    strata: int,
) -> FloatArray:
    """Per stratum the sum over keys of (sum of a's values) x (sum of b's); `stratum_of` is of a's rows."""
    kept_a, kept_b = (key[mask] for key, mask in zip(keys, masks, strict=True))
    names, codes = np.unique(np.concatenate([kept_a, kept_b]), return_inverse=True)
    of_a, of_b = codes[: kept_a.size], codes[kept_a.size :]
    sums_a = np.bincount(of_a, values[0][masks[0]], names.size)
    sums_b = np.bincount(of_b, values[1][masks[1]], names.size)
    stratum = np.zeros(names.size, dtype=np.int64)
    stratum[of_a] = stratum_of[masks[0]]
    return np.bincount(stratum, sums_a * sums_b, strata).astype(np.float64)


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


def _both_classes(
    a: Arm, b: Arm, keys: tuple[_Keys, _Keys], symmetric: bool, strata: int
) -> tuple[FloatArray, FloatArray]:
    """Sums over pairs of cases that two reads share: by any two readers, and by one reader; each (2, strata)."""
    any_two, same = (np.zeros((2, strata), dtype=np.float64) for _ in range(2))
    readers = int(b.reads.reader.max(initial=0)) + 1
    for left, right in _read_pairs(keys, symmetric):
        group, groups = _numbered(a.cell[left] * readers + b.reads.reader[right])
        sick = a.reads.sick[left]
        weight = np.where(a.reads.once[left], a.reads.n[left], a.reads.n[left] * b.reads.n[right])
        plain = _product(group, weight, sick, groups)
        if a.ranked:
            ranks = (a.rank[left], b.rank[right])
            scored = joint_wins(group, sick, ranks, weight, groups)
        else:
            factor = a.factor[left] * b.factor[right]
            scored = _product(group, weight * factor, sick, groups)
        stratum, one = np.zeros(groups, dtype=np.int64), np.zeros(groups, dtype=bool)
        stratum[group] = a.reads.stratum[left]
        one[group] = keys[0].reader[left] == keys[1].reader[right]
        twice = np.where(one, 1.0, 2.0 if symmetric else 1.0)
        for part, sums in enumerate((scored, plain)):
            any_two[part] += np.bincount(stratum, twice * sums, strata)
            same[part] += np.bincount(stratum, one * sums, strata)
    return any_two, same


def components(a: Arm, b: Arm, strata: int) -> Components:
    """Moments of the products of a read of a with a read of b, for every stratum at once.

    Args:
        a: Reads of the first modality.
        b: Of the second; the same object for the variance of one.
        strata: Number of strata.
    """
    symmetric = a is b
    keys = _keys(a.reads, b.reads)
    at_least = np.zeros((2, strata, len(KINDS)))
    at = {kind: place for place, kind in enumerate(KINDS)}
    sick = (a.reads.sick, b.reads.sick)
    well = (~a.reads.sick, ~b.reads.sick)
    for part, sides in enumerate(((a, b), (a.design(), b.design()))):
        margins = [arm.margins() for arm in sides]
        loads = [margin * arm.reads.n for margin, arm in zip(margins, sides, strict=True)]
        # n single cases add n squares, not the square of their sum
        roots = [
            margin * np.where(arm.reads.once, np.sqrt(arm.reads.n), arm.reads.n)
            for margin, arm in zip(margins, sides, strict=True)
        ]
        totals = [
            np.bincount(arm.reads.stratum, load * arm.reads.sick, strata)
            for arm, load in zip(sides, loads, strict=True)
        ]
        at_least[part, :, at[()]] = totals[0] * totals[1]
        of = [key.reader for key in keys]
        at_least[part, :, at["reader",]] = _inner(of, loads, sick, a.reads.stratum, strata)
        for name, masks in (("positive", sick), ("negative", well)):
            for kind, of in (
                ((name,), [key.case for key in keys]),
                (("reader", name), [key.both for key in keys]),
            ):
                at_least[part, :, at[kind]] = _inner(of, roots, masks, a.reads.stratum, strata)
    any_two, same = _both_classes(a, b, keys, symmetric, strata)
    at_least[:, :, at["positive", "negative"]] = any_two
    at_least[:, :, at["reader", "positive", "negative"]] = same
    products, pairs = at_least @ _EXACTLY.T
    total = at_least[1, :, -1:]
    present = pairs > np.maximum(0.5, total * _ROUNDING)
    counts = np.where(present, pairs, 0.0)
    moments = np.where(present, products / np.where(present, counts, 1.0), np.nan)
    return Components(KINDS, moments, counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1.0))
