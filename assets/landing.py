"""Delivered files -> fact tables, ledger, quarantine, duplicates."""

from pathlib import Path

import dagster as dg

from assets.network import MONTHS, WAREHOUSE_POOL, Network, Stopwatch, preview
from overread.warehouse import analysis
from overread.warehouse.ingest import ingest, unmapped_files


@dg.asset(group_name="landing", pool=WAREHOUSE_POOL, kinds={"duckdb"})
def ledger(context: dg.AssetExecutionContext, network: Network) -> dg.MaterializeResult[None]:
    """One row per delivered file; every row of it accepted, quarantined or a duplicate."""
    configuration, mappings = network.described()
    watch = Stopwatch()
    with network.warehouse() as connection:
        loads = ingest(connection, configuration, mappings, Path(network.data), network.key())
        months = analysis.months(connection)
        touched = analysis.note_touched(connection, network.fingerprint())
        known = set(context.instance.get_dynamic_partitions(str(MONTHS.name)))
        context.instance.add_dynamic_partitions(
            str(MONTHS.name), [m for m in months if m not in known]
        )
        for load in loads:
            if load.status == "refused":
                context.log.warning(load.message)
        return dg.MaterializeResult(
            metadata={
                **watch.metadata(),
                "files": len(loads),
                "files_new": sum(load.status == "loaded" for load in loads),
                "files_refused": [load.message for load in loads if load.status == "refused"],
                "files_unmapped": unmapped_files(mappings, Path(network.data)),
                "rows_read": sum(load.rows_read for load in loads if load.status == "loaded"),
                "rows_quarantined": sum(load.rows_quarantined for load in loads),
                "rows_duplicate": sum(load.rows_duplicate for load in loads),
                "touched_months": touched,
                "preview": preview(
                    connection,
                    "SELECT path, rows_read, rows_accepted, rows_quarantined, rows_duplicate FROM ledger",
                ),
            }
        )
