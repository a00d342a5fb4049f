"""Reviewers for a draw: nobody reviews an own report, and the work is shared evenly."""

from __future__ import annotations

import csv
import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from overread.sampling.frame import SamplingError
from overread.warehouse.pseudonyms import token

_COLUMNS: Final = "reviewer, and where somebody reviews some modalities only, modalities (codes with a blank between)"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who reviews.

    Attributes:
        name: Identifier as the network's files write it.
        modalities: Modalities reviewed; empty for all.
    """

    name: str
    modalities: frozenset[str] = frozenset()


def read_reviewers(path: Path) -> list[Reviewer]:
    """Read a list of reviewers: CSV with a column `reviewer` and, if wanted, `modalities`.

    Raises:
        SamplingError: There is no such file, column or reviewer, or one stands there twice.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SamplingError(f"{path}: cannot be read as a list of reviewers; {error}") from None
    if not rows or "reviewer" not in rows[0]:
        raise SamplingError(
            f"{path}: no reviewers in it; it is a CSV file with the columns {_COLUMNS}"
        )
    told = [
        Reviewer((row["reviewer"] or "").strip(), frozenset((row.get("modalities") or "").split()))
        for row in rows
    ]
    names = [each.name for each in told if each.name]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SamplingError(
            f"{path}: {', '.join(twice)} stands there twice; keep one line of each reviewer"
        )
    if not names:
        raise SamplingError(f"{path}: no reviewers in it; fill the column reviewer")
    return [each for each in told if each.name]


def share_out(drawn: pl.DataFrame, reviewers: Sequence[Reviewer], key: bytes) -> pl.DataFrame:
    """Give each drawn task to the reviewer with the least work so far who did not read it and reviews its modality.

    Args:
        drawn: The draw, in its order.
        reviewers: Those who review.
        key: The network's key; readers are known by their tokens.

    Returns:
        The draw with `reviewer`.

    Raises:
        SamplingError: Nobody may review a task.
    """
    own = {str(token(key, "reader", "", each.name)): each.name for each in reviewers}
    # the order of the list breaks ties, so that the same list gives the same work
    waiting = [(0, place, each) for place, each in enumerate(reviewers)]
    chosen = []
    for modality, reader in drawn.select("modality", "reader_token").iter_rows():
        passed: list[tuple[int, int, Reviewer]] = []
        while waiting:
            load, place, each = heapq.heappop(waiting)
            if own.get(reader) != each.name and (
                not each.modalities or modality in each.modalities
            ):
                chosen.append(each.name)
                heapq.heappush(waiting, (load + 1, place, each))
                break
            passed.append((load, place, each))
        else:
            raise SamplingError(
                f"No reviewer may review a report of {modality}: name one more who reviews it and did not read it"
            )
        for entry in passed:
            heapq.heappush(waiting, entry)
    return drawn.with_columns(reviewer=pl.Series(chosen, dtype=pl.String))
