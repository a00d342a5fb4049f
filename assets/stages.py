"""Facts -> counts -> measures -> signals and release. The first two month by month, the others over all months."""

from datetime import date
from pathlib import Path

import dagster as dg

from assets.landing import ledger
from assets.network import MONTHS, WAREHOUSE_POOL, Network, Stopwatch, preview
from overread import measures, release, signals
from overread.counts.build import build as build_counts
from overread.counts.engine import EngineName
from overread.warehouse import analysis

# Another process may hold the one writer's lock for a moment.
RETRY = dg.RetryPolicy(max_retries=2, delay=5)


@dg.asset(
    group_name="facts",
    deps=[ledger],
    partitions_def=MONTHS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=WAREHOUSE_POOL,
    retry_policy=RETRY,
    kinds={"duckdb"},
)
def facts(context: dg.AssetExecutionContext, network: Network) -> dg.MaterializeResult[None]:
    """Tasks, reviews, calls and AI results with their month in site time."""
    watch = Stopwatch()
    with network.warehouse() as connection:
        cutoff = analysis.data_cutoff(connection)
        rows = analysis.build(connection, cutoff, context.partition_keys)
        empty = "no row falls into these months" if not any(rows.values()) else ""
        return dg.MaterializeResult(
            metadata={
                **rows,
                **watch.metadata(),
                "data_cutoff": str(cutoff),
                "empty_because": empty,
                "preview": preview(
                    connection, "SELECT * EXCLUDE (task_id, exam_id, reader_id) FROM task_fact"
                ),
            }
        )


@dg.asset(
    group_name="counts",
    deps=[facts],
    partitions_def=MONTHS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=WAREHOUSE_POOL,
    retry_policy=RETRY,
    kinds={"duckdb"},
)
def counts(context: dg.AssetExecutionContext, network: Network) -> dg.MaterializeResult[None]:
    """Contingency tables and histograms: all that the measures need of the rows."""
    watch = Stopwatch()
    with network.warehouse() as connection:
        engine = EngineName(network.engine)
        rows = build_counts(connection, context.partition_keys, engine, Path(network.out) / "spark")
        first = preview(connection, "SELECT * FROM count_review ORDER BY ALL")
        return dg.MaterializeResult(
            metadata={**rows, **watch.metadata(), "engine": str(engine), "preview": first}
        )


@dg.asset(
    group_name="measures", deps=[counts], pool=WAREHOUSE_POOL, retry_policy=RETRY, kinds={"duckdb"}
)
def measure(network: Network) -> dg.MaterializeResult[None]:
    """Every measure at every grain, with interval, status and reason."""
    watch = Stopwatch()
    with network.warehouse() as connection:
        configuration, _ = network.described()
        rows = measures.refresh(connection, analysis.data_cutoff(connection), configuration.targets)
        return dg.MaterializeResult(
            metadata={
                "rows": rows,
                **watch.metadata(),
                "preview": preview(
                    connection,
                    "SELECT measure_id, status, count(*) AS rows FROM measure GROUP BY ALL ORDER BY ALL",
                    40,
                ),
            }
        )


@dg.asset(
    group_name="signals", deps=[measure], pool=WAREHOUSE_POOL, retry_policy=RETRY, kinds={"duckdb"}
)
def signal(network: Network) -> dg.MaterializeResult[None]:
    """Control charts of the months, their reading, and what a committee should look at, worst first."""
    watch = Stopwatch()
    with network.warehouse() as connection:
        rows = signals.compute(connection)
        worst = preview(
            connection,
            "SELECT severity, direction, measure_id, vendor, region, period, value, low, high, target, since "
            "FROM signal ORDER BY severity",
        )
        return dg.MaterializeResult(metadata={"rows": rows, **watch.metadata(), "preview": worst})


@dg.asset(
    group_name="release", deps=[measure], pool=WAREHOUSE_POOL, retry_policy=RETRY, kinds={"duckdb"}
)
def measure_release(network: Network) -> dg.MaterializeResult[None]:
    """What each audience may see; agreements are judged on the day of the data cut-off."""
    configuration, _ = network.described()
    watch = Stopwatch()
    with network.warehouse() as connection:
        cutoff = analysis.data_cutoff(connection)
        rows = release.build(connection, configuration, cutoff.date() if cutoff else date.min)
        audiences = "SELECT audience, recipient, count(*) AS rows FROM measure_release GROUP BY ALL ORDER BY ALL"
        told = preview(connection, audiences, 40)
        return dg.MaterializeResult(metadata={"rows": rows, **watch.metadata(), "preview": told})
