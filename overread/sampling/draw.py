"""The draw: tasks in the order of a keyed hash, so that the same seed and data give the same draw."""

from __future__ import annotations

from typing import Final

import duckdb
import polars as pl

from overread.sampling.plan import Plan
from overread.warehouse.pseudonyms import know_tokens, token_key, token_sql
from overread.warehouse.quoting import literal

ROUTE: Final = "random"
_SHOWN: Final = 12  # hexadecimal digits of an assignment: 48 bits, so that no two of a network meet

# The earlier assignments of the strata that are drawn from: their tasks were as likely to be drawn as the new ones are
# by now, so they are written again with the probability of both draws together.
_EARLIER: Final = """
SELECT a.assignment_id::VARCHAR AS assignment_token, a.task_id::VARCHAR AS task_token, a.site,
    f.vendor || '/' || f.modality AS stratum, p.probability, a.reviewer_id::VARCHAR AS reviewer_token,
    a.assigned_at, a.due_at, a.expired_at, a.completed_at
FROM review_assignment_current a JOIN sampling_frame f USING (task_id) JOIN sampling_plan p USING (vendor, modality)
WHERE a.route = 'random' AND p.draw > 0 ORDER BY a.assignment_id
"""


def _keyed(namespace: str, seed: str) -> str:
    """SQL of the keyed hash of a task."""
    return token_sql(namespace, "''", f"({literal(seed)} || ' ' || task_id::VARCHAR)")


def draw(
    connection: duckdb.DuckDBPyConnection, chosen: Plan, seed: str, key: bytes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw the tasks of a plan.

    A task's place in the order depends on the key, the seed and the task alone. A later draw with the same seed goes
    on where the earlier one stopped, since tasks that the random route has reached are left out.

    Args:
        connection: The warehouse, with the frame of the plan.
        chosen: The plan.
        seed: Any text.
        key: The network's key: whoever lacks it cannot foresee the draw.

    Returns:
        The new assignments in the order of their names, which is random (`assignment`, `task_token`, `exam_token`,
        `reader_token`, `site`, `vendor`, `modality`, `report`, `reported`, `stratum`, `probability`), and the earlier
        assignments of the same strata (`assignment_token`, `task_token`, `site`, `stratum`, `probability`,
        `reviewer_token` and their times).
        The probability is that of both together: assigned tasks of the stratum over its finished tasks.
    """
    planned = chosen.strata.select(
        "vendor",
        "modality",
        "draw",
        probability=(pl.col("assigned") + pl.col("draw")) / pl.col("eligible"),
    )
    know_tokens(connection)
    connection.register("sampling_plan", planned.to_arrow())
    try:
        drawn = connection.sql(
            f"""WITH named AS (
                SELECT *, {_keyed("sample_order", seed)} AS place, {_keyed("sample_name", seed)} AS name
                FROM sampling_frame WHERE NOT reached
            ), ordered AS (
                SELECT *, row_number() OVER (PARTITION BY vendor, modality ORDER BY place) AS rank FROM named
            )
            SELECT {literal(chosen.month)} || '-' || upper(substr(replace(name::VARCHAR, '-', ''), 1, {_SHOWN}))
                    AS assignment,
                task_id::VARCHAR AS task_token, exam_id::VARCHAR AS exam_token, reader_id::VARCHAR AS reader_token,
                site, vendor, modality, report, reported, vendor || '/' || modality AS stratum, probability
            FROM ordered JOIN sampling_plan USING (vendor, modality) WHERE rank <= draw ORDER BY assignment""",
            params=token_key(key),
        ).pl()
        earlier = connection.sql(_EARLIER).pl()
    finally:
        connection.unregister("sampling_plan")
    return drawn, earlier
