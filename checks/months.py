"""The quality of each month: its results, and whether it is held."""

from collections.abc import Iterable, Sequence

import dagster as dg
import duckdb

from assets.network import MONTHS, WAREHOUSE_POOL, Network
from assets.stages import facts
from checks.expectations import Outcome, validate
from checks.suites import DERIVED, TASKS

KEYS_SHOWN = 20


def judge(connection: duckdb.DuckDBPyConnection, month: str) -> list[Outcome]:
    """Run the suite on the tasks of one month."""
    names = dict.fromkeys(expectation.column for expectation in TASKS)
    columns = ", ".join(f"{DERIVED.get(name, name)} AS {name}" for name in names)
    batch = connection.execute(
        f"SELECT task_id::VARCHAR AS task_id, {columns} FROM task_fact WHERE month = ? ORDER BY task_id",
        [month],
    ).df()
    return validate(batch, "task_id", TASKS)


def record(
    connection: duckdb.DuckDBPyConnection, month: str, outcomes: Iterable[Outcome]
) -> list[str]:
    """Write a month's results; a failed blocking check holds the month. Returns why it is held."""
    connection.execute("DELETE FROM check_result WHERE month = ?", [month])
    connection.execute("DELETE FROM held_month WHERE month = ?", [month])
    held = []
    for outcome in outcomes:
        expectation = outcome.expectation
        severity = "blocking" if expectation.blocking else "warning"
        connection.execute(
            "INSERT INTO check_result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                expectation.name,
                expectation.category,
                month,
                severity,
                outcome.status,
                outcome.n_checked,
                outcome.n_failed,
                list(outcome.failing_keys[:KEYS_SHOWN]),
                outcome.message,
            ),
        )
        if expectation.blocking and outcome.status == "failed":
            connection.execute(
                "INSERT INTO held_month VALUES (?, ?, ?)",
                [month, expectation.name, outcome.message],
            )
            held.append(f"{month} {expectation.name}: {outcome.message}")
    return held


def _result(
    months: Sequence[str], held: list[str], failing: list[str], warnings: list[str]
) -> dg.AssetCheckResult:
    # A held month is data: the others publish, so the run goes on and the check says which month and why.
    return dg.AssetCheckResult(
        passed=not held,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(held) or f"no month of {len(months)} is held",
        metadata={
            "held": held,
            "warnings": warnings,
            "failing_keys": failing[:KEYS_SHOWN],
            "months": list(months),
        },
    )


@dg.asset_check(asset=facts, partitions_def=MONTHS, blocking=True, pool=WAREHOUSE_POOL)
def month_quality(context: dg.AssetCheckExecutionContext, network: Network) -> dg.AssetCheckResult:
    """Each month's own rows against the suite; a month that fails a blocking check is held, alone."""
    held, failing, warnings = [], [], []
    months = list(context.partition_keys)
    with network.warehouse() as connection:
        for month in months:
            outcomes = judge(connection, month)
            held += record(connection, month, outcomes)
            failing += [key for outcome in outcomes for key in outcome.failing_keys]
            warnings += [
                f"{month} {outcome.expectation.name}: {outcome.message}"
                for outcome in outcomes
                if outcome.status == "failed" and not outcome.expectation.blocking
            ]
    return _result(months, held, failing, warnings)
