"""All counts and statistics at all grains, whole and for one late month."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.child import Run, in_child
from bench.network import CONFIGURATION
from overread import measures
from overread.counts.build import build as build_counts
from overread.feeds.configuration import load_configuration
from overread.warehouse import analysis
from overread.warehouse.schema import open_warehouse

NOTE = (
    "**All counts and statistics**: from a loaded warehouse file, the analysis facts, every count table and the whole "
    "`measure` table (every measure, grain and month, with intervals and reasons), written back to the file; the "
    "second side is DuckDB's own load of the first line. **One late month** is the pipeline's own path "
    "(`facts`, `counts` and `measure` of a run with one month): the facts and counts of that month, then the measures."
)


def compute(warehouse: Path, months: Sequence[str] | None) -> int:
    """Facts, counts and measures of these months (None = all). Returns the rows of `measure`."""
    configuration, _ = load_configuration(CONFIGURATION)
    with open_warehouse(warehouse) as connection:
        cutoff = analysis.data_cutoff(connection)
        analysis.build(connection, cutoff, months)
        build_counts(connection, months)
        return measures.refresh(connection, cutoff, configuration.targets)


def last_month(warehouse: Path) -> str:
    """The newest month of the tasks."""
    with open_warehouse(warehouse) as connection:
        found = connection.execute(
            "SELECT max(month) FROM task_fact WHERE month <> 'undated'"
        ).fetchall()
        return str(found[0][0])


def runs(warehouse: Path, repeats: int) -> tuple[Sequence[Run], Sequence[Run], str]:
    """Everything and one month, in turns, and the month."""
    whole, late, month = [], [], ""
    for _ in range(repeats):
        whole.append(in_child(compute, warehouse, None))
        month = in_child(last_month, warehouse).result
        late.append(in_child(compute, warehouse, [month]))
    return whole, late, month
