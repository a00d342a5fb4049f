"""The plan of AI results with the truth and the reader's call beside them (table `ai_plan`, one row per exam)."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import duckdb

from overread.demonstration.chance import Chance
from overread.demonstration.network import ALGORITHMS
from overread.demonstration.problems import (
    AUDIT,
    CANDIDATE,
    CUT_OFF,
    LOST_SENSITIVITY,
    UNDECLARED,
)

_AI_FIRST_SITES = "('bos', 'lon', 'tpe')"
_READER_MISSES, _READER_MISLED, _READER_OVERCALLS = 0.04, 0.25, 0.012


def _shift(share: float) -> float:
    """Mean of a unit normal that lies above 0 with that probability."""
    return NormalDist().inv_cdf(share)


def plan_findings(connection: duckdb.DuckDBPyConnection, chance: Chance) -> None:
    """Write `ai_plan` from the readings (`task_plan`) of the exams that an algorithm takes.

    The score is a normal draw around the wanted sensitivity or false-positive share, so that call and score agree.
    """
    connection.execute(
        "CREATE OR REPLACE TABLE algorithm_plan (ai_vendor VARCHAR, algorithm VARCHAR, modality modality_code, "
        "body_region body_region_code, finding VARCHAR, above DOUBLE, below DOUBLE, prevalence DOUBLE)"
    )
    connection.executemany(
        "INSERT INTO algorithm_plan VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (a.vendor, a.name, a.modality, a.body_region, a.finding,
             _shift(a.sensitivity), _shift(1 - a.specificity), a.prevalence)
            for a in ALGORITHMS
        ],
    )  # fmt: skip
    population = f"algorithm = '{LOST_SENSITIVITY['algorithm']}' AND age_band = '{LOST_SENSITIVITY['age_band']}'"
    newer = f"month >= '{LOST_SENSITIVITY['from_month']}'"
    miss = chance.uniform("exam", "reader-miss")
    shifted = f"algorithm = '{UNDECLARED['algorithm']}' AND month >= '{UNDECLARED['from_month']}'"
    shared = float(str(CANDIDATE["correlation"]))
    other = chance.normal("exam", "candidate-score")
    connection.execute(
        f"""CREATE OR REPLACE TABLE ai_plan AS
        WITH taken AS (
            SELECT exam, day, month, site, accession, number, vendor, reader, age_band, done, completed_at, final_at,
                ai_vendor, algorithm, finding, above, below,
                {chance.uniform("exam", "truth")} < CASE WHEN {population} THEN {LOST_SENSITIVITY["prevalence"]}
                ELSE prevalence END AS diseased
            FROM task_plan JOIN algorithm_plan USING (modality, body_region) WHERE number = 1
        ), scored AS (
            SELECT *, CASE WHEN algorithm <> '{LOST_SENSITIVITY["algorithm"]}' THEN '1.4'
                    WHEN {newer} THEN '{LOST_SENSITIVITY["new_version"]}' ELSE '{LOST_SENSITIVITY["old_version"]}' END
                    AS version,
                {chance.normal("exam", "score")} AS noise,
                noise + CASE WHEN {shifted} THEN {UNDECLARED["shift"]} ELSE 0 END + CASE WHEN NOT diseased THEN below
                    WHEN {population} AND {newer} THEN {_shift(float(str(LOST_SENSITIVITY["sensitivity"])))}
                    ELSE above END AS z,
                {chance.pick("exam", "run", "status", {"ok": 975, "failed": 15, "excluded": 10})} AS status,
                done + to_seconds(60 + floor({chance.uniform("exam", "start")} * 120)::BIGINT) AS started_at,
                done + to_seconds(200 + floor({chance.uniform("exam", "end")} * 300)::BIGINT) AS ended_at
            FROM taken
        ), read AS (
            SELECT *, CASE WHEN algorithm = '{CANDIDATE["algorithm"]}' AND month >= '{CANDIDATE["from_month"]}'
                    THEN {shared} * noise + {sqrt(1 - shared**2)} * {other}
                        + CASE WHEN diseased THEN above ELSE below END END AS candidate_z,
                final_at IS NOT NULL AS was_read, site IN {_AI_FIRST_SITES} AND status = 'ok' AS saw_ai_first
            FROM scored
        )
        SELECT *, z > 0 AS marked, CASE WHEN diseased
            THEN {miss} >= CASE WHEN saw_ai_first AND z <= 0 THEN {_READER_MISLED} ELSE {_READER_MISSES} END
            ELSE {miss} < {_READER_OVERCALLS} END AS called,
            algorithm = '{AUDIT["algorithm"]}' AND was_read AND status = 'ok' AND {chance.uniform("exam", "panel")}
                < CASE WHEN marked <> called THEN {AUDIT["discordant"]} WHEN marked THEN {AUDIT["both_present"]}
                ELSE {AUDIT["both_absent"]} END AS audited,
            finding <> 'cancer' OR completed_at + to_days(365) <= TIMESTAMP '{CUT_OFF}' AS truth_known
        FROM read"""
    )
