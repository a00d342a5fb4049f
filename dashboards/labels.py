"""Names of codes for readers: regions, modalities, intervals, routes, classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from dashboards.definitions import name as measure_name
from dashboards.words import Words, marked
from overread.measures.catalogue import CATALOGUE

NAMES: Final[dict[str, dict[str, str]]] = {
    "region": {
        "americas": marked("Americas"),
        "emea": marked("Europe, Middle East, Africa"),
        "apac": marked("Asia-Pacific"),
    },
    "modality": {
        "ct": marked("CT"),
        "mri": marked("MRI"),
        "nuclear.pet": marked("PET"),
        "nuclear.spect": marked("SPECT"),
        "ultrasound": marked("Ultrasound"),
        "xray": marked("X-ray"),
        "xray.mammography": marked("Mammography"),
    },
    "patient_class": {
        "emergency": marked("emergency"),
        "inpatient": marked("inpatients"),
        "outpatient": marked("outpatients"),
    },
    "priority": {
        "stat": marked("stat"),
        "urgent": marked("urgent"),
        "routine": marked("routine"),
    },
    "service": {
        "archiving": marked("archiving"),
        "consulting": marked("consulting"),
        "reporting": marked("reporting"),
        "image_analysis.ai": marked("image analysis by AI"),
        "image_analysis.cad": marked("image analysis by CAD"),
        "teleradiology.primary.routine": marked("routine primary reads"),
        "teleradiology.primary.after_hours": marked("after-hours primary reads"),
        "teleradiology.secondary.subspecialty": marked("subspecialty second reads"),
    },
    "engagement": {
        "project": marked("by project"),
        "subscription": marked("by subscription"),
        "transaction": marked("by transaction"),
    },
    "facility_type": {
        "hospital": marked("hospitals"),
        "diagnostic_center": marked("diagnostic centres"),
        "clinic": marked("clinics"),
        "ambulatory_surgical_center": marked("ambulatory surgical centres"),
    },
    "deployment": {
        "onshore": marked("onshore"),
        "nearshore": marked("nearshore"),
        "offshore": marked("offshore"),
    },
    "interval": {
        "ordered_to_completed": marked("ordered to completed"),
        "completed_to_received": marked("completed to received"),
        "received_to_preliminary": marked("received to preliminary"),
        "completed_to_preliminary": marked("completed to preliminary"),
        "preliminary_to_final": marked("preliminary to final"),
        "completed_to_final": marked("completed to final"),
        "received_to_final": marked("received to final"),
        "final_to_available": marked("final to available"),
        "arrived_to_final": marked("arrival to final"),
        "pace": marked("time between two reads"),
        "information_to_final": marked("information complete to final"),
        "started_to_ended": marked("start of the run to its result"),
        "completed_to_ended": marked("completed to the result"),
    },
    "route": {
        "random": marked("random sample"),
        "assigned": marked("assigned reviews"),
        "prior_linked": marked("reviews linked to priors"),
        "ad_hoc": marked("ad hoc reviews"),
        "referred": marked("referred reviews"),
        "final_over_preliminary": marked("final over preliminary"),
    },
    "reference": {
        "reader": marked("against a reader"),
        "consensus": marked("against a consensus"),
        "adjudicated": marked("against adjudicated truth"),
        "pathology": marked("against pathology"),
        "follow_up": marked("against follow-up"),
    },
    "population": {
        "readers": marked("readers"),
        "reader:did_not": marked("readers who had not seen the AI"),
        "reader:saw_ai_first": marked("readers who saw the AI first"),
        "reader:(unknown)": marked("readers, not told whether they saw the AI first"),
    },
    "category": {
        "vendor": marked("the vendor's"),
        "local": marked("the hospital's own"),
        "unresolved": marked("not settled"),
        "miss": marked("missed finding"),
        "overcall": marked("overcall"),
        "wrong_interpretation": marked("seen but misread"),
        "communication": marked("not communicated"),
        "indeterminate": marked("cannot be told"),
        "to_concordant": marked("to concordant"),
        "to_discrepant": marked("to discrepant"),
        "significance": marked("in significance"),
        "degree": marked("in degree"),
        "sla_breaches": marked("SLA breaches"),
        "1 h": marked("within 1 hour"),
        "4 h": marked("within 4 hours"),
        "24 h": marked("within 24 hours"),
        "72 h": marked("within 72 hours"),
        "<1 d": marked("waiting less than a day"),
        "1-3 d": marked("waiting 1 to 3 days"),
        "3-7 d": marked("waiting 3 to 7 days"),
        ">7 d": marked("waiting more than 7 days"),
        **{score: score for score in ("1", "2", "2a", "2b", "3", "3a", "3b", "4")},
    },
    "kind": {
        "readers": marked("human readers"),
        "ai": marked("AI"),
        "both": marked("human readers and AI"),
    },
    "check_category": {
        "conformance": marked("Conformance: values are of the agreed kind"),
        "completeness": marked("Completeness: values are there"),
        "plausibility": marked("Plausibility: values can be true"),
        "accounting": marked("Accounting: rows add up"),
    },
    "reason": {
        "missing": marked("value is missing"),
        "bad_time": marked("time cannot be read"),
        "bad_number": marked("number cannot be read"),
        "unknown_code": marked("code is not in the list"),
        "unknown_site": marked("site is not configured"),
        "unknown_vendor": marked("vendor is not configured"),
        "ragged_row": marked("row has too many or too few fields"),
        "bad_quote": marked("quotes do not match"),
        "nul_byte": marked("row holds a NUL byte"),
        "out_of_range": marked("value is out of range"),
        "ambiguous_date": marked("date can be read in two ways"),
        "bad_encoding": marked("bytes are not of the declared encoding"),
        "bad_type": marked("value is of another type"),
        "mixed_line_end": marked("lines end in different ways"),
        "bad_json": marked("line is no JSON object"),
        "no_target": marked("no part of the mapping takes the row"),
    },
}


_FOLLOWED: Final = re.compile(r"follow_up_(\d+)")


def label(words: Words, dimension: str, code: str) -> str:
    """A code's name; free text (techniques, findings, algorithms) with its underscores opened."""
    if code == "(unknown)":
        return words.text("unknown")
    if dimension == "reference" and (found := _FOLLOWED.fullmatch(code)):
        return words.text("against follow-up of {days} days", days=found[1])
    if dimension == "category" and code in CATALOGUE:
        return measure_name(words, code)
    name = NAMES.get(dimension, {}).get(code)
    return words.text(name or code.replace("_", " "))


def places(words: Words, place: Mapping[str, str], leave_out: Iterable[str] = ()) -> list[str]:
    """Names of the dimensions that are fixed, e.g. ["CT", "Asia-Pacific", "emergency"]."""
    order = ("modality", "technique", "region", "site", *NAMES)
    skipped = set(leave_out)
    return [
        label(words, name, place[name])
        for name in sorted(place, key=lambda n: order.index(n) if n in order else len(order))
        if name not in skipped
    ]
