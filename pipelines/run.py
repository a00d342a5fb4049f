"""Run the graph in process and leave its history where `dagster dev` shows it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final

import dagster as dg

from assets.landing import ledger
from assets.network import MONTHS, Network
from assets.publications import site_ground
from assets.stages import counts, facts
from overread.warehouse import due
from pipelines.definitions import ASSETS, CHECKS

# Built month by month; what follows them is of all months.
BY_MONTH: Final = (facts, counts)
INSTANCE = """telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1
python_logs:
  python_log_level: WARNING
"""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did.

    Attributes:
        success: Whether every step succeeded.
        files: (path, read, accepted, quarantined, duplicate) of each loaded file.
        refused: Files that could not be read, and why.
        unmapped: Files of the data folder that no mapping takes.
        months: Months that were computed.
        standing: Number of the other months, whose facts and counts stand.
        measures: Rows of the measure table.
        held: Months that are held, and why.
        failure: What failed, "" where nothing did.
    """

    success: bool
    files: tuple[tuple[str, int, int, int, int], ...] = ()
    refused: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    standing: int = 0
    measures: int = 0
    held: tuple[str, ...] = ()
    failure: str = ""


def instance_in(out: Path) -> dg.DagsterInstance:
    """The Dagster instance of a results folder (`<out>/dagster`)."""
    home = out.resolve() / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(INSTANCE)
    return dg.DagsterInstance.from_config(str(home))


def _failure(result: dg.ExecuteInProcessResult) -> str:
    events = [e for e in result.all_events if e.is_step_failure]
    causes = []
    for event in events:
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        causes.append(f"{event.step_key}: {error.message.strip() if error else 'failed'}")
    return "; ".join(causes) or "a blocking check failed"


def run(network: Network, month: str | None = None, *, everything: bool = False) -> RunSummary:
    """Load what was delivered, then compute and publish what is due.

    Args:
        network: Configuration, data and results.
        month: One month to recompute, whether or not it is due.
        everything: Recompute all months.

    Returns:
        What was done. Months that a blocking check holds are named; the others are computed.
    """
    logging.getLogger("dagster").setLevel(logging.WARNING)
    with instance_in(Path(network.out)) as instance:

        def materialize(
            selection: dg.AssetSelection, months: Sequence[str] = ()
        ) -> dg.ExecuteInProcessResult:
            ends = {"start": months[0], "end": months[-1]} if months else {}
            return dg.materialize(
                [*ASSETS, *CHECKS],
                instance=instance,
                resources={"network": network},
                raise_on_error=False,
                selection=selection,
                tags={f"dagster/asset_partition_range_{end}": name for end, name in ends.items()},
            )

        landed = materialize(dg.AssetSelection.assets(ledger))
        if not landed.success:
            return RunSummary(False, failure=_failure(landed))
        told = landed.asset_materializations_for_node("ledger")[0].metadata
        seen = RunSummary(
            False,
            _files(network),
            _listed(told["files_refused"].value),
            _listed(told["files_unmapped"].value),
        )
        known = instance.get_dynamic_partitions(str(MONTHS.name))
        if month is not None and month not in known:
            return replace(
                seen, failure=f"no data of {month}; the months are {', '.join(sorted(known))}"
            )
        if not known:
            return replace(
                seen,
                failure="no accepted task, call or AI result belongs to an accepted exam; "
                "see the tables ledger and quarantine",
            )
        wanted = set(known) if everything else _due(network, known) | ({month} if month else set())
        for stretch in _stretches(known, wanted):
            built = materialize(dg.AssetSelection.assets(*BY_MONTH), stretch)
            if not built.success:
                return replace(seen, failure=_failure(built))
        if wanted or not _stands(network):
            published = materialize(
                dg.AssetSelection.assets(
                    *(asset for asset in ASSETS if asset not in (ledger, *BY_MONTH))
                )
            )
            if not published.success:
                return replace(seen, failure=_failure(published))
    with network.warehouse() as connection:
        held = connection.execute(
            "SELECT month || ' is held by ' || check_name || ': ' || message FROM held_month ORDER BY ALL"
        ).fetchall()
        rows = int(connection.execute("SELECT count(*) FROM measure").fetchall()[0][0])
    return replace(
        seen,
        success=True,
        months=tuple(sorted(wanted)),
        standing=len(known) - len(wanted),
        measures=rows,
        held=tuple(line for (line,) in held),
    )


def _due(network: Network, known: Sequence[str]) -> set[str]:
    """Months whose facts or counts are to be built anew."""
    with network.warehouse() as connection:
        months = due.due(connection, due.Stage.FACTS, due.Stage.COUNTS)
    return set(known) if months is None else set(known) & set(months)


def _stands(network: Network) -> bool:
    """Whether the pages tell what the measures and the ledger say."""
    if not (Path(network.out) / "site").is_dir():
        return False
    with network.warehouse() as connection:
        measured = due.due(connection, due.Stage.MEASURES) == []
        ground = due.stands_on(connection, due.Ground.SITE)
        return measured and ground == site_ground(connection, network)


def _stretches(known: Sequence[str], wanted: Collection[str]) -> Iterator[Sequence[str]]:
    """The wanted months as ranges of the known ones: Dagster runs a range of partitions as one run."""
    for chosen, months in groupby(known, key=lambda name: name in wanted):
        if chosen:
            yield list(months)


def _files(network: Network) -> tuple[tuple[str, int, int, int, int], ...]:
    """What became of the rows of each file."""
    with network.warehouse() as connection:
        rows = connection.execute(
            "SELECT path, rows_read, rows_accepted, rows_quarantined, rows_duplicate FROM ledger ORDER BY load_id"
        ).fetchall()
    return tuple(rows)


def _listed(value: object) -> tuple[str, ...]:
    """A list of the metadata as texts."""
    return tuple(map(str, value)) if isinstance(value, list) else ()
