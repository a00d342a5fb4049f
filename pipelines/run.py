"""Run the graph in process and leave its history where `dagster dev` shows it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg

from assets.network import MONTHS, Network
from pipelines.definitions import ASSETS, CHECKS

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
        measures: Rows of the measure table.
        held: Months that are held, and why.
        failure: What failed, "" where nothing did.
    """

    success: bool
    files: tuple[tuple[str, int, int, int, int], ...] = ()
    refused: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
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


def run(network: Network, month: str | None = None) -> RunSummary:
    """Load what was delivered, then compute the months.

    Args:
        network: Configuration, data and results.
        month: One month to recompute; None = all.

    Returns:
        What was done. Months that a blocking check holds are named; the others are computed.
    """
    logging.getLogger("dagster").setLevel(logging.WARNING)
    with instance_in(Path(network.out)) as instance:
        resources = {"network": network}
        parts = [*ASSETS, *CHECKS]
        landed = dg.materialize(
            parts,
            instance=instance,
            resources=resources,
            raise_on_error=False,
            selection=dg.AssetSelection.assets(ASSETS[0]),
        )
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
        chosen = [month, month] if month is not None else [known[0], known[-1]] if known else None
        if chosen is None:
            return replace(
                seen,
                failure="no accepted task, call or AI result belongs to an accepted exam; "
                "see the tables ledger and quarantine",
            )
        computed = dg.materialize(
            parts,
            instance=instance,
            resources=resources,
            raise_on_error=False,
            selection=dg.AssetSelection.assets(*ASSETS[1:]),
            tags={
                "dagster/asset_partition_range_start": chosen[0],
                "dagster/asset_partition_range_end": chosen[1],
            },
        )
        if not computed.success:
            return replace(seen, failure=_failure(computed))
    with network.warehouse() as connection:
        held = connection.execute(
            "SELECT month || ' is held by ' || check_name || ': ' || message FROM held_month ORDER BY ALL"
        ).fetchall()
        rows = int(connection.execute("SELECT count(*) FROM measure").fetchall()[0][0])
    return replace(seen, success=True, measures=rows, held=tuple(line for (line,) in held))


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
