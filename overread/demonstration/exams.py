"""The plan of the exams: what was imaged where and when (table `exam_plan`, one row per exam of a span)."""

from __future__ import annotations

import duckdb

from overread.demonstration.chance import Chance
from overread.demonstration.clocks import to_utc, window
from overread.demonstration.codes import code, code_at
from overread.demonstration.network import SITES
from overread.demonstration.periods import MONTHS, Span
from overread.demonstration.problems import DAYS, FIRST_DAY, LONGEST_WAIT_DAYS, SHIFTED_CLOCK

# an emergency department never closes, and is busiest in the evening
_EMERGENCY_WEIGHTS = [3, 2, 2, 2, 2, 2, 3, 3, 4, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 5, 5, 4]
_EMERGENCY_HOURS = [hour for hour, weight in enumerate(_EMERGENCY_WEIGHTS) for _ in range(weight)]
_MODALITY = {
    "emergency": {"ct": 50, "xray": 30, "ultrasound": 12, "mri": 8},
    "inpatient": {"ct": 40, "xray": 34, "mri": 12, "ultrasound": 10, "nuclear.spect": 4},
    "outpatient": {
        "mri": 24,
        "xray": 22,
        "ct": 18,
        "ultrasound": 14,
        "xray.mammography": 12,
        "nuclear.pet": 5,
        "nuclear.spect": 5,
    },
}
_BODY_REGION = {
    "ct": {"head": 4, "chest": 3, "abdomen": 3},
    "mri": {"brain": 4, "spine": 3, "knee": 3},
    "ultrasound": {"abdomen": 6, "pelvis": 4},
    "xray": {"chest": 6, "hand": 2, "hip": 2},
    "xray.mammography": {"breast": 1},
    "nuclear.pet": {"whole body": 1},
    "nuclear.spect": {"heart": 5, "bone": 5},
}
_AGES = {"0-17": 8, "18-39": 22, "40-64": 30, "65-79": 22, "80+": 18}


def _by(column: str, draws: dict[str, str]) -> str:
    cases = " ".join(f"WHEN '{value}' THEN {draw}" for value, draw in draws.items())
    return f"CASE {column} {cases} END"


# Every block of exams is dealt to the sites by their weights, so the number of a site's earlier exams, and with it
# the accession number, follows from the exam's own number. The stride spreads a site's exams over the block.
_SLOTS = [(site, place) for site in SITES for place in range(site.weight)]
_BLOCK, _STRIDE = len(_SLOTS), 37


def _numbered(chance: Chance, exams: int, span: Span) -> str:
    """SQL of the exams of a span with day, month, site and accession number."""
    low, high = span.exams(exams)
    turn = f"floor({chance.uniform(f'(i // {_BLOCK})', 'turn')} * {_BLOCK})::BIGINT"
    codes = ", ".join(
        f"{code_at(column, [str(getattr(site, name)) for site, _ in _SLOTS], 'slot')} AS {column}"
        for column, name in (
            ("site", "id"),
            ("region", "region"),
            ("facility_type", "facility_type"),
        )
    )
    weight = f"{[site.weight for site, _ in _SLOTS]}[1 + slot]"
    place = f"{[place + 1 for _, place in _SLOTS]}[1 + slot]"
    months = [month.label for month in MONTHS for _ in range(month.first, month.end)]
    return f"""
        SELECT exam, DATE '{FIRST_DAY}' + day_number::INT AS day, {code_at("month", months, "day_number")} AS month,
            {codes}, exam // {_BLOCK} * {weight} + {place} AS accession
        FROM (SELECT i AS exam, i * {DAYS} // {exams} AS day_number,
                (i % {_BLOCK} * {_STRIDE} + {turn}) % {_BLOCK} AS slot
            FROM range({low}, {high}) r(i))"""


def plan_exams(
    connection: duckdb.DuckDBPyConnection, chance: Chance, exams: int, span: Span
) -> None:
    """Write `exam_plan`, in the order of the exams.

    Args:
        connection: The generator's own database.
        chance: Draws.
        exams: Number of exams of the network, spread evenly over the days.
        span: The days to plan.
    """
    patient_class = (
        "CASE WHEN facility_type = 'hospital' THEN "
        + chance.pick(
            "exam", "class", "patient_class", {"emergency": 45, "inpatient": 25, "outpatient": 30}
        )
        + f" ELSE {code('patient_class', 'outpatient')} END"
    )
    emergency = f"floor({chance.uniform('exam', 'hour')} * {len(_EMERGENCY_HOURS)})::INT"
    hour = (
        f"CASE WHEN patient_class = 'emergency' THEN {_EMERGENCY_HOURS}[1 + {emergency}] "
        f"WHEN {chance.uniform('exam', 'evening')} < 0.12 THEN 20 + floor({chance.uniform('exam', 'late')} * 4)::INT "
        f"ELSE 8 + floor({chance.uniform('exam', 'hour')} * 12)::INT END"
    )
    modality = _by(
        "patient_class",
        {
            name: chance.pick("exam", f"modality-{name}", "modality", w)
            for name, w in _MODALITY.items()
        },
    )
    body = _by(
        "modality",
        {name: chance.pick("exam", "body", "body_region", w) for name, w in _BODY_REGION.items()},
    )
    ordered = _by(
        "patient_class",
        {
            "emergency": chance.lognormal("exam", "ordered", "2700", 0.5),
            "inpatient": chance.lognormal("exam", "ordered", "18000", 0.6),
            "outpatient": chance.lognormal("exam", "ordered", "432000", 0.7),
        },
    )
    draws = {
        name: chance.pick("exam", salt, column, weights)
        for name, salt, column, weights in (
            ("sex", "sex", "sex", {"F": 53, "M": 47}),
            ("screened", "age", "age_band", {"40-64": 6, "65-79": 4}),
            ("age", "age", "age_band", _AGES),
            ("film", "film", "technique", {"FFDM": 17, "SFM": 3}),
            ("hurry", "priority", "priority", {"stat": 55, "urgent": 45}),
            ("ward", "priority", "priority", {"urgent": 40, "routine": 60}),
            ("maker", "maker", "maker", {"Siemens": 4, "GE": 3, "Philips": 2, "Canon": 1}),
        )
    }
    connection.execute(
        f"""CREATE OR REPLACE TABLE exam_plan AS
        WITH numbered AS ({_numbered(chance, exams, span)}
        ), placed AS (
            SELECT *, {patient_class} AS patient_class FROM numbered
        ), timed AS (
            SELECT *, {modality} AS modality, day::TIMESTAMP + to_seconds(
                ({hour}) * 3600 + floor({chance.uniform("exam", "second")} * 3600)::BIGINT) AS local_time
            FROM placed
        ), described AS (
            SELECT *, hour(local_time) NOT BETWEEN 7 AND 19 OR isodow(day) > 5 AS after_hours,
                {to_utc("local_time", SITES, window(span, 2, 2))} AS done, {body} AS body_region,
                CASE WHEN modality = 'xray.mammography' THEN {code("sex", "F")} ELSE {draws["sex"]} END AS sex,
                CASE WHEN modality = 'xray.mammography' THEN {draws["screened"]} ELSE {draws["age"]} END AS age_band,
                CASE WHEN modality = 'xray.mammography' THEN {draws["film"]} END AS technique,
                CASE patient_class WHEN 'emergency' THEN {draws["hurry"]} WHEN 'inpatient' THEN {draws["ward"]}
                    ELSE {code("priority", "routine")} END AS priority,
                {draws["maker"]} AS maker,
                {chance.uniform("exam", "prior")} < 0.6 AS prior_available,
                {chance.uniform("exam", "history")} < 0.85 AS history_available
            FROM timed
        )
        SELECT * EXCLUDE (local_time),
            floor({chance.uniform("exam", "patient")} * {exams} * 0.7)::BIGINT AS patient,
            modality IN ('mri', 'nuclear.pet') AND NOT prior_available AS hard,
            done - to_seconds(least(round({ordered})::BIGINT + 600, {LONGEST_WAIT_DAYS * 86400})) AS ordered_at,
            CASE WHEN patient_class <> 'inpatient' THEN done - to_seconds(
                round({chance.uniform("exam", "arrived")} * 1800)::BIGINT + 300) END AS arrived_at,
            CASE WHEN site = '{SHIFTED_CLOCK["site"]}' AND local_time >= '{SHIFTED_CLOCK["from_time"]}'
                AND local_time < '{SHIFTED_CLOCK["to_time"]}'
                THEN done + to_seconds({SHIFTED_CLOCK["seconds"]}) ELSE done END AS completed_at
        FROM described"""
    )
