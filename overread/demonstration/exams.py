"""The plan of the exams: what was imaged where and when (table `exam_plan`, one row per exam)."""

from __future__ import annotations

import duckdb

from overread.demonstration.chance import Chance
from overread.demonstration.network import SITES
from overread.demonstration.problems import DAYS, FIRST_DAY, SHIFTED_CLOCK

_BY_DAY = "[8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]"
# an emergency department never closes, and is busiest in the evening
_EMERGENCY_HOURS = {
    str(hour): weight
    for hour, weight in enumerate(
        [3, 2, 2, 2, 2, 2, 3, 3, 4, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 5, 5, 4]
    )
}
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


def local(moment: str, zone: str = "zone") -> str:
    """SQL of a UTC moment as naive time of the site."""
    return f"timezone({zone}, timezone('UTC', {moment}))"


def _by(column: str, draws: dict[str, str]) -> str:
    cases = " ".join(f"WHEN '{value}' THEN {draw}" for value, draw in draws.items())
    return f"CASE {column} {cases} END"


def plan_exams(connection: duckdb.DuckDBPyConnection, chance: Chance, exams: int) -> None:
    """Write `site_plan` and `exam_plan`.

    Args:
        connection: The generator's own database.
        chance: Draws.
        exams: Number of exams, spread evenly over the days.
    """
    connection.execute(
        "CREATE TABLE site_plan (site VARCHAR, local_site VARCHAR, region VARCHAR, zone VARCHAR, facility_type VARCHAR)"
    )
    connection.executemany(
        "INSERT INTO site_plan VALUES (?, ?, ?, ?, ?)",
        [(s.id, s.local, s.region, s.zone, s.facility_type) for s in SITES],
    )
    patient_class = (
        "CASE WHEN facility_type = 'hospital' THEN "
        + chance.pick("exam", "class", {"emergency": 45, "inpatient": 25, "outpatient": 30})
        + " ELSE 'outpatient' END"
    )
    hour = (
        f"CASE WHEN patient_class = 'emergency' THEN {chance.pick('exam', 'hour', _EMERGENCY_HOURS)}::INT "
        f"WHEN {chance.uniform('exam', 'evening')} < 0.12 THEN 20 + floor({chance.uniform('exam', 'late')} * 4)::INT "
        f"ELSE {_BY_DAY}[1 + floor({chance.uniform('exam', 'hour')} * 12)::INT] END"
    )
    modality = _by(
        "patient_class",
        {name: chance.pick("exam", f"modality-{name}", w) for name, w in _MODALITY.items()},
    )
    body = _by(
        "modality", {name: chance.pick("exam", "body", w) for name, w in _BODY_REGION.items()}
    )
    ordered = _by(
        "patient_class",
        {
            "emergency": chance.lognormal("exam", "ordered", "2700", 0.5),
            "inpatient": chance.lognormal("exam", "ordered", "18000", 0.6),
            "outpatient": chance.lognormal("exam", "ordered", "432000", 0.7),
        },
    )
    connection.execute(
        f"""CREATE TABLE exam_plan AS
        WITH numbered AS (
            SELECT i AS exam, DATE '{FIRST_DAY}' + (i * {DAYS} // {exams})::INT AS day,
                {chance.pick("i", "site", {s.id: s.weight for s in SITES})} AS site
            FROM range({exams}) r(i)
        ), placed AS (
            SELECT *, {patient_class} AS patient_class FROM numbered JOIN site_plan USING (site)
        ), timed AS (
            SELECT *, {modality} AS modality, day::TIMESTAMP + to_seconds(
                ({hour}) * 3600 + floor({chance.uniform("exam", "second")} * 3600)::BIGINT) AS local_time
            FROM placed
        ), described AS (
            SELECT *, strftime(day, '%Y-%m') AS month,
                hour(local_time) NOT BETWEEN 7 AND 19 OR isodow(day) > 5 AS after_hours,
                timezone('UTC', timezone(zone, local_time)) AS done, {body} AS body_region,
                CASE WHEN modality = 'xray.mammography' THEN 'F' ELSE {chance.pick("exam", "sex", {"F": 53, "M": 47})} END
                    AS sex,
                CASE WHEN modality = 'xray.mammography' THEN {chance.pick("exam", "age", {"40-64": 6, "65-79": 4})}
                    ELSE {chance.pick("exam", "age", _AGES)} END AS age_band,
                CASE WHEN modality = 'xray.mammography' THEN {chance.pick("exam", "film", {"FFDM": 17, "SFM": 3})} END
                    AS technique,
                CASE patient_class WHEN 'emergency' THEN {chance.pick("exam", "priority", {"stat": 55, "urgent": 45})}
                    WHEN 'inpatient' THEN {chance.pick("exam", "priority", {"urgent": 40, "routine": 60})}
                    ELSE 'routine' END AS priority,
                {chance.pick("exam", "maker", {"Siemens": 4, "GE": 3, "Philips": 2, "Canon": 1})} AS maker,
                {chance.uniform("exam", "prior")} < 0.6 AS prior_available,
                {chance.uniform("exam", "history")} < 0.85 AS history_available
            FROM timed
        )
        SELECT *, lpad((row_number() OVER (PARTITION BY site ORDER BY exam))::VARCHAR, 8, '0') AS accession,
            'P' || floor({chance.uniform("exam", "patient")} * {exams} * 0.7)::BIGINT AS patient,
            modality IN ('mri', 'nuclear.pet') AND NOT prior_available AS hard,
            done - to_seconds(round({ordered})::BIGINT + 600) AS ordered_at,
            CASE WHEN patient_class <> 'inpatient' THEN done - to_seconds(
                round({chance.uniform("exam", "arrived")} * 1800)::BIGINT + 300) END AS arrived_at,
            CASE WHEN site = '{SHIFTED_CLOCK["site"]}' AND local_time >= '{SHIFTED_CLOCK["from_time"]}'
                AND local_time < '{SHIFTED_CLOCK["to_time"]}'
                THEN done + to_seconds({SHIFTED_CLOCK["seconds"]}) ELSE done END AS completed_at
        FROM described ORDER BY exam"""
    )
