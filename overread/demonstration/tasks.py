"""The plan of the read tasks: who read which exam when (table `task_plan`, one row per task)."""

from __future__ import annotations

import duckdb

from overread.demonstration.chance import Chance
from overread.demonstration.codes import CODES, code, code_at
from overread.demonstration.network import READERS_PER_VENDOR, READING, VENDORS
from overread.demonstration.problems import COUNTRY, CUT_OFF, LONGEST_READ_DAYS, SLIP, UNREAD

_AI_SITES = ("bos", "ber", "tpe")
_TIMES = (
    "information_complete_at", "preliminary_at", "final_at", "available_at", "returned_at", "cancelled_at",
)  # fmt: skip
_OF_EXAM = (
    "exam", "day", "month", "site", "region", "accession", "patient_class", "modality", "body_region", "age_band",
    "after_hours", "hard", "done", "completed_at",
)  # fmt: skip


# SQL of the identifiers as text: eight digits, of which a leading 1 is cut off (padding functions are slower).
ACCESSION = "substr((100000000 + accession)::VARCHAR, 2)"
_SUFFIXES = [f"-{number}" for number in range(1, 7)]
TASK_ID = f"substr((100000000 + accession)::VARCHAR || {_SUFFIXES}[number], 2)"


def _orders(chance: Chance) -> str:
    """SQL of the orders: exam, number, vendor, service, role; the first order of an exam is its reading."""
    reading = " ".join(
        f"WHEN '{region}' THEN {chance.pick('exam', f'vendor-{region}', 'vendor', weights)}"
        for region, weights in READING.items()
    )
    fields = ", ".join(_OF_EXAM)

    def orders(number: int, vendor: str, service: str, role: str, where: str) -> str:
        return (
            f"SELECT {fields}, {number}::UTINYINT AS number, {vendor} AS vendor, {service} AS service, "
            f"{role} AS role FROM exam_plan WHERE {where}"
        )

    def extra(number: int, vendor: str, service: str, role: str, where: str) -> str:
        return orders(number, vendor, code("service", service), code("role", role), where)

    def share(salt: str, below: float) -> str:
        return f"{chance.uniform('exam', salt)} < {below}"

    harbour, keystone, mammavision, cerebra, pulmonix = (
        code("vendor", name)
        for name in ("harbour", "keystone", "mammavision", "cerebra", "pulmonix")
    )
    sites = ", ".join(f"'{site}'" for site in _AI_SITES)
    return " UNION ALL ".join(
        (
            orders(
                1,
                f"CASE region {reading} END",
                f"CASE WHEN after_hours THEN {code('service', 'teleradiology.primary.after_hours')} "
                f"WHEN facility_type IN ('clinic', 'diagnostic_center') THEN {code('service', 'reporting')} "
                f"ELSE {code('service', 'teleradiology.primary.routine')} END",
                f"CASE WHEN after_hours AND {share('preliminary', 0.3)} THEN {code('role', 'preliminary')} "
                f"ELSE {code('role', 'final')} END",
                "TRUE",
            ),
            extra(
                2, harbour, "teleradiology.secondary.subspecialty", "second_opinion",
                share("second", 0.04),
            ),
            extra(3, harbour, "consulting", "second_opinion", share("consult", 0.01)),
            extra(
                4, keystone, "archiving", "final", f"region = 'americas' AND {share('archive', 0.02)}"
            ),
            extra(
                5, mammavision, "image_analysis.cad", "second_opinion",
                f"modality = 'xray.mammography' AND {share('cad', 0.3)}",
            ),
            extra(
                6, f"CASE body_region WHEN 'head' THEN {cerebra} ELSE {pulmonix} END", "image_analysis.ai",
                "preliminary",
                f"modality = 'ct' AND body_region IN ('head', 'chest') AND site IN ({sites}) AND {share('ai', 0.2)}",
            ),
        )
    )  # fmt: skip


def _minutes(chance: Chance) -> str:
    """SQL of the minutes from receipt to the final report."""
    pace = " ".join(f"WHEN '{vendor.id}' THEN {vendor.pace}" for vendor in VENDORS)
    slip = (
        f"CASE WHEN vendor = '{SLIP['vendor']}' AND region = '{SLIP['region']}' AND month >= '{SLIP['from_month']}' "
        f"AND modality = 'ct' AND patient_class = 'emergency' THEN {SLIP['factor']} ELSE 1 END"
    )
    median = (
        "CASE WHEN service IN ('image_analysis.ai', 'image_analysis.cad') THEN 4 WHEN vendor = 'harbour' THEN 1500 "
        "ELSE CASE patient_class WHEN 'emergency' THEN 22 WHEN 'inpatient' THEN 95 ELSE 320 END "
        f"* CASE modality WHEN 'mri' THEN 1.3 WHEN 'xray' THEN 0.8 ELSE 1 END END * CASE vendor {pace} END * {slip}"
    )
    return chance.lognormal("task", "minutes", median, 0.5)


def plan_tasks(connection: duckdb.DuckDBPyConnection, chance: Chance) -> None:
    """Write `task_plan` from `exam_plan`: first the reading of each exam, then the further orders, kind by kind.

    Times that lie behind the cut-off have not happened yet and are empty.
    """
    countries = " ".join(
        f"WHEN '{v.id}' THEN {code_at('reader_country', v.countries, f'reader_number % {len(v.countries)}')}"
        for v in VENDORS
        if v.countries
    )
    algorithms = ", ".join(f"'{v.id}'" for v in VENDORS if not v.countries)
    reader = code_at(
        "reader", CODES["reader"], f"enum_code(vendor) * {READERS_PER_VENDOR} + reader_number - 1"
    )
    unread_share = (
        f"CASE WHEN vendor = '{UNREAD['vendor']}' AND hard "
        f"THEN {UNREAD['share']} ELSE {UNREAD['usual_share']} END"
    )
    away = (
        f"vendor = '{COUNTRY['vendor']}' AND month >= '{COUNTRY['from_month']}' "
        f"AND {chance.uniform('task', 'away')} < {COUNTRY['share']}"
    )
    known = ", ".join(
        f"CASE WHEN {name} <= TIMESTAMP '{CUT_OFF}' THEN {name} END AS {name}" for name in _TIMES
    )
    connection.execute(
        f"""CREATE OR REPLACE TABLE task_plan AS
        WITH ordered AS ({_orders(chance)}), described AS (
            SELECT *, exam * 8 + number AS task FROM ordered
        ), drawn AS (
            SELECT *, 1 + floor({chance.uniform("task", "reader")} * {READERS_PER_VENDOR})::INT AS reader_number,
                done + to_seconds(CASE WHEN vendor = 'harbour' THEN 86400 ELSE 0 END + 60
                    + round({chance.exponential("task", "sent", "240")})::BIGINT) AS received_at,
                least(round(60 * {_minutes(chance)})::BIGINT + 30, {LONGEST_READ_DAYS * 86400}) AS seconds,
                {chance.uniform("task", "unread")} < {unread_share} AS unread,
                {chance.pick("task", "fate", "fate", {"open": 2, "returned": 5, "cancelled": 3})} AS fate
            FROM described
        ), timed AS (
            SELECT *,
                CASE WHEN {chance.uniform("task", "incomplete")} < 0.05
                    THEN received_at + to_seconds(least(300, seconds // 2)) ELSE received_at END
                    AS information_complete_at,
                CASE WHEN patient_class = 'emergency' AND number = 1 AND NOT unread
                    THEN received_at + to_seconds(seconds * 2 // 3) END AS preliminary_at,
                CASE WHEN NOT unread THEN received_at + to_seconds(seconds) END AS final_at,
                CASE WHEN NOT unread AND {chance.uniform("task", "stuck")} >= 0.005 THEN received_at + to_seconds(
                    seconds + 20 + round({chance.exponential("task", "available", "60")})::BIGINT) END AS available_at,
                CASE WHEN unread AND fate = 'returned' THEN received_at + to_seconds(seconds * 2) END AS returned_at,
                CASE WHEN unread AND fate = 'cancelled' THEN received_at + to_seconds(seconds * 2) END AS cancelled_at
            FROM drawn
        )
        SELECT * EXCLUDE ({", ".join(_TIMES)}, unread, fate, seconds, reader_number), {known},
            CASE WHEN vendor NOT IN ({algorithms}) THEN {reader} END AS reader,
            CASE WHEN {away} THEN {code("reader_country", str(COUNTRY["country"]))}
                ELSE CASE vendor {countries} END END AS reader_country
        FROM timed"""
    )
