"""Which counts may be told to everybody, so that nobody can subtract their way to a small one or to one vendor.

Two counts make up every cell: events x and the rest y = n - x. Everybody knows what is published; a vendor also
knows its own part and can take it off. A set of cells may be told when, in the eyes of everybody and of each vendor,
both counts are at least `SMALLEST`, and at least `VENDORS` vendors with as many cases stand behind it. That rule
grows with the counts: a sum of such sets is such a set, so only the smallest sets that can be read off need looking
at. They are the told parts, the total, and, in each breakdown, the total less the told parts.

Counts have shape (vendors, sets, 2): events and the rest. Zero is told only of a set without any case: no event among
many cases would tell that every vendor's rate is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SMALLEST: Final = 11
VENDORS: Final = 3

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


def sights(counts: Counts) -> Counts:
    """What each onlooker can compute of each set: all of it, and all but the onlooker's own part.

    Args:
        counts: Counts per vendor, shape (..., vendors, sets, 2).

    Returns:
        Shape (..., 1 + vendors, sets, 3): events, the rest and cases; everybody first, then each vendor.
    """
    whole = counts.sum(axis=-3, keepdims=True)
    seen = np.concatenate([whole, whole - counts], axis=-3)
    return np.concatenate([seen, seen.sum(axis=-1, keepdims=True)], axis=-1)


def tellable(counts: Counts) -> Flags:
    """Whether each set of cases may be told, shape (sets,); a set without cases may."""
    cases = counts.sum(axis=-1)
    vendors = (cases >= SMALLEST).sum(axis=0)
    large = (sights(counts) >= SMALLEST).all(axis=(0, 2))
    may: Flags = (large & (vendors >= VENDORS)) | (cases.sum(axis=0) == 0)
    return may


def withheld(parts: Counts) -> Flags:
    """Parts of one breakdown that stay untold, given that its total is told.

    First those that may not be told themselves; then, smallest first, as many others as it takes that at least two
    are untold and their sum, which anybody can compute, may be told.

    Args:
        parts: Counts per vendor and part, shape (vendors, parts, 2); their total may be told.

    Returns:
        Shape (parts,); parts without cases are always told.

    Raises:
        ValueError: The total may not be told.
    """
    if not tellable(parts.sum(axis=1, keepdims=True))[0]:
        raise ValueError(
            "the total of the parts may not be told, so there is nothing to break down"
        )
    hidden = ~tellable(parts)
    size = parts.sum(axis=(0, 2))
    order = [int(i) for i in np.argsort(size, kind="stable") if size[i] > 0 and not hidden[i]]
    while hidden.any():
        pooled = parts[:, hidden].sum(axis=1, keepdims=True)
        if hidden.sum() >= 2 and tellable(pooled)[0]:
            break
        hidden[order.pop(0)] = True
    return hidden


def readable(breakdowns: Sequence[Counts], hidden: Sequence[Flags]) -> Counts:
    """The smallest sets that a reader of one release can compute: total, told parts, untold parts together.

    Args:
        breakdowns: Counts per vendor and part of each breakdown of the same cases, shape (vendors, parts, 2).
        hidden: Untold parts of each, shape (parts,).

    Returns:
        Shape (vendors, sets, 2).
    """
    sets = [breakdowns[0].sum(axis=1, keepdims=True)]
    for parts, untold in zip(breakdowns, hidden, strict=True):
        sets += [parts[:, ~untold], parts[:, untold].sum(axis=1, keepdims=True)]
    return np.concatenate(sets, axis=1)


def revisable(new: Counts, old: Counts) -> bool:
    """Whether a revised release may follow earlier ones of the same sets.

    In everybody's eyes each count must have stayed or moved by at least `SMALLEST`, all of one kind in one direction
    (else the difference of a sum of sets could be small although theirs are large).

    Args:
        new: Readable counts of the revision, shape (vendors, sets, 2).
        old: Readable counts of every earlier release, shape (releases, vendors, sets, 2).
    """
    moved: NDArray[Any] = sights(new) - sights(old)
    large = (moved == 0) | (np.abs(moved) >= SMALLEST)
    one_way = (moved >= 0).all(axis=-2) | (moved <= 0).all(axis=-2)
    return bool(tellable(new).all() and large.all() and one_way.all())
