"""The plan of the peer reviews: assignment and, where it was done, its review (table `review_plan`)."""

from __future__ import annotations

import duckdb

from overread.demonstration.chance import Chance
from overread.demonstration.problems import (
    AFTER_HOURS,
    CUT_OFF,
    INSIGNIFICANT_RATE,
    LATE,
    LENIENT,
    LENIENT_REVIEWERS,
    SECOND_LOOK_DAYS,
    SIGNIFICANT_RATE,
)

RANDOM_SHARE = 0.08
# shares of finished readings by route, one after the other on one draw
_ROUTES = {
    "random": RANDOM_SHARE,
    "prior_linked": 0.02,
    "assigned": 0.015,
    "ad_hoc": 0.006,
    "referred": 0.005,
}
_PRELIMINARY_SHARE = 0.25
_LARGEST_SHARE = sum(_ROUTES.values()) + _PRELIMINARY_SHARE  # nobody draws a route above it
_EXPIRES_DAYS = 90
_OLD_FORM_SITE = "jnb"  # still scores on the old four points, without a and b


def _route(chance: Chance) -> str:
    draw = chance.uniform("task", "route")
    cases, below = [], 0.0
    for route, share in _ROUTES.items():
        below += share
        cases.append(f"WHEN {draw} < {below:.4f} THEN '{route}'")
    last = f"WHEN role = 'preliminary' AND {draw} < {below + _PRELIMINARY_SHARE:.4f} THEN 'final_over_preliminary'"
    return f"CASE {' '.join(cases)} {last} END"


def plan_reviews(connection: duckdb.DuckDBPyConnection, chance: Chance) -> None:
    """Write `review_plan` from the finished readings of `task_plan`; one row per assignment.

    `score` is what the reviewer gives or will give, `true_score` what he should; an assignment that `lapses` is
    never reviewed.
    """
    significant = (
        f"CASE WHEN vendor = '{AFTER_HOURS['vendor']}' AND after_hours THEN {AFTER_HOURS['significant_rate']} "
        f"ELSE {SIGNIFICANT_RATE} END"
    )
    median = f"CASE WHEN vendor = '{LATE['vendor']}' THEN {LATE['median_days']} ELSE {LATE['usual_median_days']} END"
    newest = f"TIMESTAMP '{CUT_OFF}'"
    draw = chance.uniform("task", "score")
    shortest, longest = SECOND_LOOK_DAYS
    second_look = f"round(86400 * ({shortest} + {longest - shortest} * {chance.uniform('task', 'second_look')}))::BIGINT"
    connection.execute(
        f"""CREATE OR REPLACE TABLE review_plan AS
        WITH routed AS (
            SELECT exam, task, accession, number, day, month, site, vendor, modality, service, after_hours, {
            _route(chance)
        } AS route, final_at + to_seconds(
                3600 + floor({
            chance.uniform("task", "assigned")
        } * 4 * 86400)::BIGINT) AS assigned_at
            FROM task_plan WHERE number = 1 AND final_at IS NOT NULL AND {
            chance.uniform("task", "route")
        } < {_LARGEST_SHARE}
        ), scored AS (
            SELECT *, 'H-' || site || '-' || lpad(
                    (1 + floor({
            chance.uniform("task", "reviewer")
        } * 6)::INT)::VARCHAR, 2, '0') AS reviewer,
                CASE WHEN {draw} < {significant} * 0.65 THEN '2b' WHEN {draw} < {
            significant
        } THEN '3b'
                    WHEN {draw} < {significant} + {INSIGNIFICANT_RATE * 0.8} THEN '2a'
                    WHEN {draw} < {significant} + {
            INSIGNIFICANT_RATE
        } THEN '3a' ELSE '1' END AS true_score,
                assigned_at + to_seconds(round(86400 * {
            chance.lognormal("task", "review", median, 0.6)
        })::BIGINT)
                    AS done_at,
                {chance.uniform("task", "never")} < 0.03 AS never
            FROM routed WHERE route IS NOT NULL AND assigned_at <= {newest}
        ), seen AS (
            SELECT *, CASE WHEN reviewer IN {LENIENT_REVIEWERS}
                    AND {chance.uniform("task", "overlooked")} < {LENIENT["overlooked"]}
                THEN '1' ELSE true_score END AS given_score,
                assigned_at + to_days({_EXPIRES_DAYS}) AS expires_at,
                never OR done_at > expires_at AS lapses,
                done_at + to_seconds(CASE WHEN given_score = '1' THEN 0 ELSE {
            second_look
        } END) AS recorded_at
            FROM scored
        ), dated AS (
            SELECT *, assigned_at + to_days({LATE["due_days"]}) AS due_at,
                CASE WHEN NOT lapses AND recorded_at <= {
            newest
        } THEN recorded_at END AS reviewed_at,
                CASE WHEN lapses AND expires_at <= {newest} THEN expires_at END AS expired_at,
                recorded_at + to_seconds(round(86400 * (5 + 15 * {
            chance.uniform("task", "arbitration")
        }))::BIGINT) AS ruled_at
            FROM seen
        ), ruled AS (
            SELECT *, CASE WHEN reviewed_at IS NOT NULL AND given_score IN ('2b', '3a', '3b') AND ruled_at <= {
            newest
        }
                THEN ruled_at END AS arbitrated_at
            FROM dated
        ), judged AS (
            SELECT *, CASE WHEN arbitrated_at IS NULL THEN NULL
                WHEN {chance.uniform("task", "overturned")} < 0.12 THEN '1'
                WHEN {
            chance.uniform("task", "overturned")
        } < 0.22 THEN '2a' ELSE given_score END AS ruling
            FROM ruled
        )
        SELECT * EXCLUDE (given_score, ruling, done_at, recorded_at, never, expires_at, ruled_at),
            CASE WHEN site = '{
            _OLD_FORM_SITE
        }' THEN 'radpeer-4point' ELSE 'radpeer-2016' END AS form,
            CASE WHEN site = '{
            _OLD_FORM_SITE
        }' THEN left(given_score, 1) ELSE given_score END AS score,
            CASE WHEN site = '{
            _OLD_FORM_SITE
        }' THEN left(ruling, 1) ELSE ruling END AS arbitrated_score,
            CASE WHEN route = 'random' THEN {RANDOM_SHARE} END AS inclusion_probability,
            CASE WHEN given_score <> '1' THEN {
            chance.pick(
                "task",
                "direction",
                "direction",
                {
                    "miss": 58,
                    "overcall": 22,
                    "wrong_interpretation": 14,
                    "communication": 3,
                    "indeterminate": 3,
                },
            )
        } END AS direction,
            CASE WHEN ruling <> '1' THEN {
            chance.pick(
                "task", "attribution", "attribution", {"vendor": 62, "local": 25, "unresolved": 13}
            )
        } END AS attribution,
            CASE WHEN given_score <> '1' AND {
            chance.uniform("task", "told")
        } < 0.85 AND coalesce(arbitrated_at, reviewed_at)
                + to_days(3) <= {
            newest
        } THEN coalesce(arbitrated_at, reviewed_at) + to_days(3) END AS delivered_at
        FROM judged"""
    )
