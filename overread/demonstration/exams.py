"""The plan of the exams: what was imaged where and when (table `exam_plan`, one row per exam of a span)."""

from __future__ import annotations

import duckdb

from overread.demonstration.chance import Chance
from overread.demonstration.clocks import to_utc
from overread.demonstration.network import SITES
from overread.demonstration.periods import Span
from overread.demonstration.problems import DAYS, FIRST_DAY, LONGEST_WAIT_DAYS, SHIFTED_CLOCK

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


def _by(column: str, draws: dict[str, str]) -> str:
    cases = " ".join(f"WHEN '{value}' THEN {draw}" for value, draw in draws.items())
    return f"CASE {column} {cases} END"


# Every block of exams is dealt to the sites by their weights, so the number of a site's earlier exams, and with it
# the accession number, follows from the exam's own number. The stride spreads a site's exams over the block.
_SLOTS = [(site, place) for site in SITES for place in range(site.weight)]
_BLOCK, _STRIDE = len(_SLOTS), 37


def _of_slot(values: list[str]) -> str:
    """SQL of a constant per slot of the block, for text or numbers written as SQL."""
    return f"[{', '.join(values)}][1 + slot]"


def _numbered(chance: Chance, exams: int, span: Span) -> str:
    """SQL of the exams of a span with day, site and accession number."""
    low, high = span.exams(exams)
    turn = f"floor({chance.uniform(f'(i // {_BLOCK})', 'turn')} * {_BLOCK})::BIGINT"
    text = {
        name: _of_slot([f"'{getattr(site, field)}'" for site, _ in _SLOTS])
        for name, field in (
            ("site", "id"),
            ("local_site", "local"),
            ("region", "region"),
            ("facility_type", "facility_type"),
        )
    }
    weight = _of_slot([str(site.weight) for site, _ in _SLOTS])
    place = _of_slot([str(place + 1) for _, place in _SLOTS])
    # eight digits: the leading one is cut off, which text functions do slower
    return f"""
        SELECT i AS exam, DATE '{FIRST_DAY}' + (i * {DAYS} // {exams})::INT AS day,
            {", ".join(f"{value} AS {name}" for name, value in text.items())},
            right((100000000 + i // {_BLOCK} * {weight} + {place})::VARCHAR, 8) AS accession
        FROM (SELECT i, (i % {_BLOCK} * {_STRIDE} + {turn}) % {_BLOCK} AS slot FROM range({low}, {high}) r(i))"""


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
        f"""CREATE OR REPLACE TABLE exam_plan AS
        WITH numbered AS ({_numbered(chance, exams, span)}
        ), placed AS (
            SELECT *, {patient_class} AS patient_class FROM numbered
        ), timed AS (
            SELECT *, {modality} AS modality, day::TIMESTAMP + to_seconds(
                ({hour}) * 3600 + floor({chance.uniform("exam", "second")} * 3600)::BIGINT) AS local_time
            FROM placed
        ), described AS (
            SELECT *, strftime(day, '%Y-%m') AS month,
                hour(local_time) NOT BETWEEN 7 AND 19 OR isodow(day) > 5 AS after_hours,
                {to_utc("local_time", SITES)} AS done, {body} AS body_region,
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
        SELECT * EXCLUDE (local_time),
            'P' || floor({chance.uniform("exam", "patient")} * {exams} * 0.7)::BIGINT AS patient,
            modality IN ('mri', 'nuclear.pet') AND NOT prior_available AS hard,
            done - to_seconds(least(round({ordered})::BIGINT + 600, {LONGEST_WAIT_DAYS * 86400})) AS ordered_at,
            CASE WHEN patient_class <> 'inpatient' THEN done - to_seconds(
                round({chance.uniform("exam", "arrived")} * 1800)::BIGINT + 300) END AS arrived_at,
            CASE WHEN site = '{SHIFTED_CLOCK["site"]}' AND local_time >= '{SHIFTED_CLOCK["from_time"]}'
                AND local_time < '{SHIFTED_CLOCK["to_time"]}'
                THEN done + to_seconds({SHIFTED_CLOCK["seconds"]}) ELSE done END AS completed_at
        FROM described"""
    )
