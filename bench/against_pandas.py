"""The pandas and scikit-learn script against ours, on the same two Parquet files, number by number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from bench import strata
from bench.child import Run, in_child
from bench.peers import pandas_script
from overread.stats.estimate import OK, Estimate
from overread.warehouse.analysis.tasks import INTERVALS

TOLERANCE = 1e-9
NOTE = (
    "**pandas and scikit-learn**: `bench/peers/pandas_script.py` reads two Parquet files (the tasks with the seconds "
    "of nine intervals; the AI results with the reader's call, score and truth: ingest, joins and months are done for "
    "it), groups by vendor, region, modality and month, and calls `cohen_kappa_score`, `roc_auc_score` and "
    "`numpy.quantile` group by group. **Ours, from the rows**: `bench/strata.py` reads the same files, counts in "
    "DuckDB, and gives all strata to `overread.stats` at once. **Ours, from the counts**: the second half of that "
    "alone, as where the pipeline keeps the counts. Ours computes standard errors and intervals, too; the script has "
    "none. Imports are on neither clock. Every number of every run is compared; a "
    "difference above 1e-9 stops the benchmark."
)
Values = dict[tuple[Any, ...], float]


def export(warehouse: Path, folder: Path) -> tuple[int, int]:
    """Write both tables from the analysis facts. Returns their rows."""
    folder.mkdir(exist_ok=True)
    place = ", ".join(pandas_script.STRATUM)
    queries = {
        "tasks": f"SELECT {place}, {', '.join((*INTERVALS, 'pace'))} FROM task_fact",
        "pairs": f"SELECT {place}, call, reader_call, score_key / 1e6 AS score, truth FROM pair_fact "
        "WHERE status = 'ok' AND first_reference",
    }
    rows = []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for name, query in queries.items():
            path = str(folder / f"{name}.parquet").replace("'", "''")
            copied = connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)").fetchall()
            rows.append(int(copied[0][0]))
    return rows[0], rows[1]


def _values(names: Sequence[tuple[Any, ...]], estimate: Estimate) -> Values:
    return {
        name: float(value)
        for name, value, status in zip(
            names, estimate.value.flat, estimate.status.flat, strict=True
        )
        if status == OK
    }


def compare(counts: strata.Counts, numbers: strata.Numbers, theirs: Any) -> dict[str, int]:
    """Hold every number of ours to the script's.

    Args:
        counts: Our counts, which name the strata.
        numbers: Our numbers.
        theirs: What the script returned.

    Returns:
        How many numbers of each kind are equal.

    Raises:
        ValueError: A stratum is missing on one side, or a number differs by more than 1e-9.
    """
    kappa, auc, quantiles = theirs
    mine: Values = {}
    other: Values = {}
    cells = [(*name, interval) for interval in counts.intervals for name in counts.timed]
    for p, estimate in numbers.quantiles.items():
        mine |= {(*key, p): value for key, value in _values(cells, estimate).items()}
        other |= {(*key, p): value for key, value in quantiles[p].items()}
    sides = {
        "kappas": (_values(counts.answered, numbers.kappa), dict(kappa.items())),
        "AUCs": (_values(counts.scored, numbers.auc), dict(auc.items())),
        "quantiles": (mine, other),
    }
    for kind, (first, second) in sides.items():
        if lonely := first.keys() ^ second.keys():
            raise ValueError(f"{kind}: {len(lonely)} strata are on one side only")
        for key, value in first.items():
            if not abs(value - second[key]) <= TOLERANCE:
                raise ValueError(f"{kind} of {key}: ours {value}, theirs {second[key]}")
    return {kind: len(first) for kind, (first, _) in sides.items()}


def runs(
    folder: Path, repeats: int
) -> tuple[Sequence[Run], Sequence[Run], Sequence[float], dict[str, int]]:
    """Both sides in turns, each pair compared.

    Returns:
        Runs of the script, runs of ours, seconds of our statistics alone, and how many numbers were equal.
    """
    theirs, ours, alone = [], [], []
    equal: dict[str, int] = {}
    for _ in range(repeats):
        theirs.append(in_child(pandas_script.run, folder))
        ours.append(in_child(strata.run, folder))
        counts, numbers, seconds = ours[-1].result
        alone.append(seconds)
        equal = compare(counts, numbers, theirs[-1].result)
    return theirs, ours, alone, equal
