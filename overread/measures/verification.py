"""Accuracy of an algorithm where only some exams were verified, and what a second look at discordant ones yields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.ai_two_by_two import ASKED, JUDGED, numbers
from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.stats.accuracy.verification import begg_greenes

# Cells of the algorithm's call and the reader's, in which verification is taken to be at random.
CELLS: Final = (
    ("present", "present"),
    ("present", "absent"),
    ("absent", "present"),
    ("absent", "absent"),
)
BOTH_ANSWERED: Final = (
    "status = 'ok' AND call IN ('present', 'absent') AND reader_call IN ('present', 'absent')"
)
CORRECTED: Final = ("sensitivity_corrected", "specificity_corrected")
_PLACES: Final = ((), ("vendor",), ("region",), ("site",))


def _of_cells(what: str, condition: str) -> str:
    """SQL of the exams of each cell for which a condition holds."""
    return ", ".join(
        f"coalesce(sum(n) FILTER (call = '{ai}' AND reader_call = '{reader}' AND {condition}), 0)::BIGINT "
        f"AS {ai}_{reader}_{what}"
        for ai, reader in CELLS
    )


_VERIFIED: Final = ", ".join(
    _of_cells(what, f"truth = '{truth}'")
    for what, truth in (("sick", "present"), ("well", "absent"))
)


def corrected_accuracy(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Sensitivity and specificity corrected over the cells of AI call x reader call, where some exams are unverified."""
    exams = roll_up(
        connection,
        "count_pair",
        ASKED,
        _of_cells("exams", "first_reference"),
        where=BOTH_ANSWERED,
        months=False,
        places=_PLACES,
    )
    verified = roll_up(
        connection,
        "count_pair",
        JUDGED,
        _VERIFIED,
        where=f"{BOTH_ANSWERED} AND reference IS NOT NULL",
        months=False,
        places=_PLACES,
    )
    place = ["period", *DIMENSIONS[1:], *ASKED]
    strata = verified.join(
        exams, on=place, how="left", nulls_equal=True, maintain_order="left", coalesce=True
    )
    size, sick, well = (
        np.stack(numbers(strata, *(f"{ai}_{reader}_{what}" for ai, reader in CELLS)), axis=-1)
        for what in ("exams", "sick", "well")
    )
    open_ = size - sick - well
    some = open_.sum(axis=-1) > 0
    told = strata.filter(pl.Series(some))
    called = np.array([ai == "present" for ai, _ in CELLS], dtype=np.float64)
    result = begg_greenes(sick[some], well[some], open_[some], called)
    for measure_id, estimate in zip(
        CORRECTED, (result.sensitivity, result.specificity), strict=True
    ):
        yield rows(measure_id, told, estimate)
