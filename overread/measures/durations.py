"""Turnaround of every interval, from one reading of its histogram."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Final

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from overread.measures.grains import Grain, Grouping, Months, grains, groupings, held_months
from overread.measures.time_to_report import (
    CURVES,
    KINDS,
    Reported,
    drawn,
    reported,
    time_to_report,
    write_curves,
)
from overread.measures.time_to_report import GRAINS as REPORT_GRAINS
from overread.measures.turnaround import Summaries, summaries, turnaround
from overread.stats.durations.cell_moments import Moments
from overread.stats.durations.grouped_histogram import GroupedHistogram
from overread.stats.durations.grouped_incidence import GroupedIncidence
from overread.warehouse.analysis.tasks import CELL_COLUMNS, WAITED

# Intervals that are asked for at places of one dimension or none: the stroke clock.
FEW: Final = frozenset({"arrived_to_final"})
_PLACE: Final = ", ".join(name for name in CELL_COLUMNS if name != "month")
_KIND: Final = " ".join(f"WHEN '{state}' THEN {kind}" for state, kind in KINDS.items())


@dataclass(frozen=True, slots=True)
class Bins:
    """The tasks of one interval.

    Attributes:
        interval: Name of the interval.
        finished: Seconds of the finished tasks, over the cells.
        cell: Cell of each bin of the others.
        seconds: How long each of those waited, to its end or to the cut-off.
        kind: How they ended, as `GroupedIncidence` wants it.
        n: Tasks in each of those bins.
    """

    interval: str
    finished: GroupedHistogram
    cell: NDArray[np.int64]
    seconds: NDArray[np.float64]
    kind: NDArray[np.int64]
    n: NDArray[np.int64]

    def merged(self, place: NDArray[np.int64], places: int) -> Bins:
        """The same over coarser cells; `places` for a cell that is left out."""
        number = place[self.cell]
        kept = number < places
        return Bins(
            self.interval,
            self.finished.merged(place, places),
            number[kept],
            self.seconds[kept],
            self.kind[kept],
            self.n[kept],
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What is told of one interval at some grains.

    Attributes:
        finished: Summaries of the finished tasks.
        all_tasks: What is told of all tasks, grain by grain.
        curves: Rows of `report_curve`.
    """

    finished: Summaries
    all_tasks: list[Reported]
    curves: list[pl.DataFrame]


class _Reader:
    """Reads the bins of an interval, over cells numbered as they are listed.

    Args:
        connection: The warehouse.
        lock: Held while the connection is used: it serves one at a time.
        listed: The cells, by their column `cell`.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, lock: Lock, listed: pl.DataFrame
    ) -> None:
        self._connection, self._lock, self._cells = connection, lock, listed.height
        numbered = listed.select("cell", number=pl.int_range(pl.len(), dtype=pl.Int32))
        connection.register("numbered_cells", numbered.to_arrow())

    def close(self) -> None:
        """Leave nothing behind in the connection."""
        self._connection.unregister("numbered_cells")

    def intervals(self) -> list[str]:
        """Intervals that some finished task has, and those that are told of all tasks."""
        found = self._connection.execute("SELECT DISTINCT interval FROM count_duration").fetchall()
        return sorted({name for (name,) in found} | set(WAITED))

    def read(self, interval: str) -> Bins:
        """The bins of an interval, over the cells."""
        with self._lock:
            finished = self._connection.execute(
                "SELECT number, seconds, n FROM count_duration JOIN numbered_cells USING (cell) "
                # sorted by all threads of the engine, which leaves nothing to sort here
                "WHERE interval = ? ORDER BY seconds",
                [interval],
            ).fetchnumpy()
            waited = self._connection.execute(
                f"SELECT number, seconds, CASE state {_KIND} END AS kind, n FROM count_time_to_report "
                f"JOIN numbered_cells USING (cell) WHERE interval = ?",
                [interval],
            ).fetchnumpy()
        histogram = GroupedHistogram(
            finished["number"], finished["seconds"], finished["n"], self._cells
        )
        cell, seconds, kind, n = (
            np.asarray(waited[name]) for name in ("number", "seconds", "kind", "n")
        )
        return Bins(interval, histogram, cell, seconds, kind, n)


def durations(connection: duckdb.DuckDBPyConnection, told: Months) -> Iterator[pl.DataFrame]:
    """Mean and quantiles of the finished tasks, and the turnaround of all tasks, per interval, in minutes.

    The curves of each vendor, each region and all are left in the table `report_curve`.
    """
    listed = _listed(connection)
    if listed.height == 0:
        write_curves(connection, [])
        return
    fresh = np.ones(listed.height, dtype=bool)
    if told is not None:
        fresh = listed["month"].is_in(list(told)).to_numpy()
    of_months = listed.filter(pl.Series(fresh)).drop("cell", "place")
    places = listed.unique("place").sort("place").drop("cell", "place", "month")
    monthly = _grouped(of_months, [grain for grain in grains() if "month" in grain])
    pooled = _grouped(places, [grain for grain in grains() if "month" not in grain])
    # the number of each cell among those told month by month, and among those of all months, without held ones
    held = listed["month"].is_in(held_months(connection)).to_numpy()
    month_at = np.where(fresh, np.cumsum(fresh) - 1, of_months.height)
    place_at = np.where(held, places.height, listed["place"].to_numpy())
    reader = _Reader(connection, Lock(), listed)

    def work(interval: str) -> list[Part]:
        bins = reader.read(interval)
        moments = Moments.of_cells(bins.finished)
        together = (bins.merged(place_at, places.height), moments.merged(place_at, places.height))
        if not fresh.all():
            bins = bins.merged(month_at, of_months.height)
            moments = moments.merged(month_at, of_months.height)
        return [_part(bins, moments, monthly), _part(*together, pooled)]

    # sorting and gathering leave Python's lock to others
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = list(threads.map(work, reader.intervals()))
    parts = [part for of_interval in found for part in of_interval]
    reader.close()
    yield from turnaround([part.finished for part in parts])
    yield from time_to_report([told for part in parts for told in part.all_tasks])
    write_curves(connection, [curve for part in parts for curve in part.curves])


def _listed(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The cells that have a duration or a wait: number of the place without its month, `cell`, and the dimensions."""
    cells: pl.DataFrame = connection.sql(
        f"SELECT (dense_rank() OVER (ORDER BY {_PLACE}) - 1)::INTEGER AS place, * FROM task_cell SEMI JOIN "
        "(SELECT cell FROM count_duration UNION SELECT cell FROM count_time_to_report) USING (cell) "
        "ORDER BY month, cell"
    ).pl()
    return cells


def _grouped(cells: pl.DataFrame, among: Sequence[Grain]) -> dict[Grain, Grouping]:
    """Strata of each grain over the cells."""
    return dict(zip(among, groupings(cells, (), (), among), strict=True))


def _part(bins: Bins, moments: Moments, grouped: Mapping[Grain, Grouping]) -> Part:
    """What the grains tell of one interval."""
    few = grains(few=bins.interval in FEW)
    finished = summaries(
        bins.interval, bins.finished, moments, [grouped[grain] for grain in few if grain in grouped]
    )
    all_tasks: list[Reported] = []
    curves: list[pl.DataFrame] = []
    if bins.interval in WAITED:
        incidence = GroupedIncidence(bins.finished, bins.cell, bins.seconds, bins.kind, bins.n)
        for grain in (grain for grain in REPORT_GRAINS if grain in grouped):
            strata, group = grouped[grain]
            told = incidence.curves(group, strata.height)
            named = strata.with_columns(interval=pl.lit(bins.interval))
            all_tasks.append(reported(named, told))
            if grain in CURVES:
                curves.append(drawn(named, told))
    return Part(finished, all_tasks, curves)
