"""The plan of the reviews of the hospitals' own reads by the vendors' readers (table `local_review_plan`)."""

from __future__ import annotations

import duckdb

from overread.demonstration.chance import Chance
from overread.demonstration.problems import LOCAL


def plan_local_reviews(connection: duckdb.DuckDBPyConnection, chance: Chance) -> None:
    """Write `local_review_plan` from `task_plan`: the reader of a finished reading scores the read before his."""
    draw = chance.uniform("task", "local_score")
    discrepant, significant = LOCAL["discrepant"], LOCAL["discrepant"] * LOCAL["significant"]
    connection.execute(
        f"""CREATE OR REPLACE TABLE local_review_plan AS
        SELECT accession, number, day, month, site, vendor, final_at AS judged_at,
            CASE WHEN {draw} < {significant} THEN '2b' WHEN {draw} < {discrepant} THEN '2a' ELSE '1' END AS score
        FROM task_plan WHERE number = 1 AND final_at IS NOT NULL AND reader IS NOT NULL
            AND {chance.uniform("task", "local")} < {LOCAL["share"]}"""
    )
