"""How many reviews each vendor and modality needs in a month for a wanted half-width of the interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from overread.sampling.expected import DEFAULT_RATE, with_expectations
from overread.sampling.frame import SamplingError, newest_month, strata
from overread.stats.sample_sizes.sample_size import share_sample_size, share_width

LEVEL: Final = 0.95
__all__ = ["Plan", "SamplingError", "plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Reviews to be drawn.

    Attributes:
        month: Month of the tasks.
        half_width: Wanted half-width of the 95 % interval of each stratum's discrepancy rate.
        strata: One row per vendor and modality: `eligible`, `assigned`, `reached`, `done`, `waiting`, `rate`,
            `rate_source`, `completion`, `needed` (completed reviews), `draw` (assignments to be made now),
            `expected` (completed reviews then expected), `expected_half_width` (NULL without any) and `meets`.
        held: What holds the month, "" where nothing does.
    """

    month: str
    half_width: float
    strata: pl.DataFrame
    held: str

    def plain(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {
            "month": self.month,
            "half_width": self.half_width,
            "level": LEVEL,
            "measure": "discrepancy_rate",
            "held": self.held,
            "strata": self.strata.to_dicts(),
            "total": self.strata.select("eligible", "reached", "needed", "draw")
            .sum()
            .to_dicts()[0],
        }


def _sized(known: pl.DataFrame, half_width: float) -> pl.DataFrame:
    """The strata with what they need, what is to be drawn and what that is expected to give."""
    size, reached, done, waiting, rate, completion = (
        known[name].cast(pl.Float64).to_numpy()
        for name in ("eligible", "reached", "done", "waiting", "rate", "completion")
    )
    needed = share_sample_size(rate, 2 * half_width, population=size, level=LEVEL).value
    coming = done + completion * waiting
    wanted = np.ceil(np.maximum(needed - coming, 0) / completion - 1e-9)
    draw = np.minimum(wanted, size - reached)
    expected = np.minimum(coming + completion * draw, size)
    width = share_width(rate, expected, population=size, level=LEVEL).value / 2
    return known.with_columns(
        needed=pl.Series(needed).cast(pl.Int64),
        draw=pl.Series(draw).cast(pl.Int64),
        expected=pl.Series(expected),
        expected_half_width=pl.Series(width).fill_nan(None),
        meets=pl.Series(np.nan_to_num(width, nan=np.inf) <= half_width + 1e-12),
    )


def _within(known: pl.DataFrame, capacity: int) -> float | None:
    """Smallest half-width, in whole thousandths, whose draw is at most the capacity; None where none is."""
    low, high = 1, 499
    if int(_sized(known, high / 1000)["draw"].sum()) > capacity:
        return None
    while low < high:
        middle = (low + high) // 2
        fits = int(_sized(known, middle / 1000)["draw"].sum()) <= capacity
        low, high = (low, middle) if fits else (middle + 1, high)
    return low / 1000


def plan(
    connection: duckdb.DuckDBPyConnection,
    half_width: float,
    month: str | None = None,
    *,
    vendor: str | None = None,
    modality: str | None = None,
    capacity: int | None = None,
    default_rate: float = DEFAULT_RATE,
) -> Plan:
    """Say how many reviews each vendor and modality needs.

    Completed reviews needed: the smallest number whose Wilson interval at the expected rate, over the month's finished
    tasks as a finite population, is at most as wide as wanted. To be drawn: what is missing beyond the reviews that
    the random route has or expects, divided by the share of assignments that get done, at most all tasks that are left.

    Args:
        connection: The warehouse, with its facts and counts built; only a temporary table is written.
        half_width: Wanted half-width of the 95 % interval, between 0 and 0.5.
        month: Month of the tasks, None = the newest.
        vendor: One vendor, None = all.
        modality: One modality, None = all.
        capacity: Most reviews that can be assigned, None = any number.
        default_rate: Rate to plan with where nothing is known.

    Returns:
        The plan, strata in order. A stratum whose tasks are too few misses the width; `meets` says so.

    Raises:
        SamplingError: There is nothing to draw from, the half-width is none, no stratum reaches it, or the draw is
            beyond the capacity.
    """
    if not 0 < half_width < 0.5:
        raise SamplingError(
            f"A half-width of {half_width:g} is none: give one between 0 and 0.5, 0.05 for five points each way."
        )
    if not 0 < default_rate < 1:
        raise SamplingError(f"A rate of {default_rate:g} is none: give one between 0 and 1.")
    chosen = newest_month(connection) if month is None else month
    known = with_expectations(
        connection, strata(connection, chosen, vendor, modality), default_rate
    )
    sized = _sized(known, half_width)
    if not sized["meets"].any():
        narrowest = sized["expected_half_width"].min()
        reach = (
            f" the narrowest is {narrowest:.3f}"
            if isinstance(narrowest, float)
            else " none has a review"
        )
        raise SamplingError(
            f"No vendor and modality reaches a half-width of {half_width:g} in {chosen}, even with every task drawn:"
            f"{reach}. Reviews that expire leave a gap: ask for a wider one, or see that more of them get done."
        )
    total = int(sized["draw"].sum())
    if capacity is not None and total > capacity:
        within = _within(known, capacity)
        remedy = (
            "Each vendor and modality needs a review at least: name one --vendor or --modality."
            if within is None
            else f"A half-width of {within:g} needs no more than that; or name one --vendor or --modality."
        )
        raise SamplingError(
            f"A half-width of {half_width:g} needs {total} reviews to be assigned, more than {capacity}. {remedy}"
        )
    held = connection.execute(
        "SELECT string_agg(check_name || ': ' || message, '; ' ORDER BY check_name) FROM held_month WHERE month = ?",
        [chosen],
    ).fetchall()
    return Plan(chosen, half_width, sized, held[0][0] or "")
