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
from overread.measures.time_to_report import CURVES, KINDS, drawn, time_to_report, write_curves
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
        all_tasks: Rows of the turnaround of all tasks.
        curves: Rows of `report_curve`.
    """

    finished: Summaries
    all_tasks: list[pl.DataFrame]
    curves: list[pl.DataFrame]


class _Reader:
    """Reads the bins of an interval; cells are numbered by month and place, places without their months.

    Args:
        connection: The warehouse.
        lock: Held while the connection is used: it serves one at a time.
        name: Of the view that numbers the cells.
        months: Months to read, None = every.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, lock: Lock, name: str, months: Months
    ) -> None:
        self._connection, self._lock, self._name = connection, lock, name
        kept = "" if months is None else f"WHERE list_contains({list(months)}::VARCHAR[], month)"
        described = connection.sql(
            "SELECT (row_number() OVER (ORDER BY month, cell) - 1)::INTEGER AS number, "
            f"(dense_rank() OVER (ORDER BY {_PLACE}) - 1)::INTEGER AS place, * FROM task_cell SEMI JOIN "
            "(SELECT cell FROM count_duration UNION SELECT cell FROM count_time_to_report) "
            f"USING (cell) {kept} ORDER BY number"
        ).pl()
        connection.register(name, described.select("number", "cell").to_arrow())
        self.cells = described.drop("number", "place", "cell")
        self.places = (
            described.unique("place").sort("place").drop("number", "place", "cell", "month")
        )
        held = held_months(connection)
        self.place = np.where(
            described["month"].is_in(held).to_numpy(),
            self.places.height,
            described["place"].to_numpy(),
        )

    def close(self) -> None:
        """Leave nothing behind in the connection."""
        self._connection.unregister(self._name)

    def intervals(self) -> list[str]:
        """Intervals that some finished task has, and those that are told of all tasks."""
        found = self._connection.execute("SELECT DISTINCT interval FROM count_duration").fetchall()
        return sorted({name for (name,) in found} | set(WAITED))

    def read(self, interval: str) -> Bins:
        """The bins of an interval, over the cells."""
        with self._lock:
            finished = self._connection.execute(
                f"SELECT number, seconds, n FROM count_duration JOIN {self._name} USING (cell) "
                # sorted by all threads of the engine, which leaves nothing to sort here
                "WHERE interval = ? ORDER BY seconds",
                [interval],
            ).fetchnumpy()
            waited = self._connection.execute(
                f"SELECT number, seconds, CASE state {_KIND} END AS kind, n FROM count_time_to_report "
                f"JOIN {self._name} USING (cell) WHERE interval = ?",
                [interval],
            ).fetchnumpy()
        histogram = GroupedHistogram(
            finished["number"], finished["seconds"], finished["n"], self.cells.height
        )
        cell, seconds, kind, n = (
            np.asarray(waited[name]) for name in ("number", "seconds", "kind", "n")
        )
        return Bins(interval, histogram, cell, seconds, kind, n)


def durations(connection: duckdb.DuckDBPyConnection, told: Months) -> Iterator[pl.DataFrame]:
    """Mean and quantiles of the finished tasks, and the turnaround of all tasks, per interval, in minutes.

    The curves of each vendor, each region and all are left in the table `report_curve`.
    """
    lock = Lock()
    every = _Reader(connection, lock, "numbered_every", None)
    fresh = every if told is None else _Reader(connection, lock, "numbered_fresh", told)
    monthly = _grouped(fresh.cells, [grain for grain in grains() if "month" in grain])
    pooled = _grouped(every.places, [grain for grain in grains() if "month" not in grain])

    def work(interval: str) -> list[Part]:
        bins = every.read(interval)
        moments = Moments.of_cells(bins.finished)
        place, places = every.place, every.places.height
        together = (bins.merged(place, places), moments.merged(place, places))
        if fresh is not every:
            bins = fresh.read(interval)
            moments = Moments.of_cells(bins.finished)
        return [_part(bins, moments, monthly), _part(*together, pooled)]

    # sorting and gathering leave Python's lock to others
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = list(threads.map(work, every.intervals() if every.cells.height else ()))
    parts = [part for of_interval in found for part in of_interval]
    for reader in {every, fresh}:
        reader.close()
    yield from turnaround([part.finished for part in parts])
    for part in parts:
        yield from part.all_tasks
    write_curves(connection, [curve for part in parts for curve in part.curves])


def _grouped(cells: pl.DataFrame, among: Sequence[Grain]) -> dict[Grain, Grouping]:
    """Strata of each grain over the cells."""
    return dict(zip(among, groupings(cells, (), (), among), strict=True))


def _part(bins: Bins, moments: Moments, grouped: Mapping[Grain, Grouping]) -> Part:
    """What the grains tell of one interval."""
    few = grains(few=bins.interval in FEW)
    finished = summaries(
        bins.interval, bins.finished, moments, [grouped[grain] for grain in few if grain in grouped]
    )
    all_tasks: list[pl.DataFrame] = []
    curves: list[pl.DataFrame] = []
    if bins.interval in WAITED:
        incidence = GroupedIncidence(bins.finished, bins.cell, bins.seconds, bins.kind, bins.n)
        for grain in (grain for grain in REPORT_GRAINS if grain in grouped):
            strata, group = grouped[grain]
            told = incidence.curves(group, strata.height)
            named = strata.with_columns(interval=pl.lit(bins.interval))
            all_tasks += time_to_report(named, told)
            if grain in CURVES:
                curves.append(drawn(named, told))
    return Part(finished, all_tasks, curves)
