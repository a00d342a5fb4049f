"""How each region's systems write: headers, code words, flags and clock times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from overread.demonstration.exams import local
from overread.demonstration.network import VENDORS

EXAM_FIELDS: Final = (
    "accession", "patient", "local_site", "modality", "technique", "patient_class", "priority", "age_band", "sex",
    "body_region", "maker", "prior_available", "history_available", "ordered_at", "arrived_at", "completed_at",
)  # fmt: skip
READ_FIELDS: Final = (
    "task_id", "accession", "local_site", "vendor", "reader", "reader_country", "role", "service", "received_at",
    "information_complete_at", "preliminary_at", "final_at", "available_at", "returned_at", "cancelled_at", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dialect:
    """The manner of one region's systems.

    Attributes:
        delimiter: Field delimiter.
        mark: Byte order mark before the header, or "".
        exam_headers: Headers, in the order of `EXAM_FIELDS`.
        read_headers: Headers, in the order of `READ_FIELDS`.
        words: Per field, model value -> local word; other values are written as they are.
        flags: Words for true and false.
        time_format: strftime format of local time; "" = ISO 8601 with the offset.
    """

    delimiter: str
    mark: str
    exam_headers: tuple[str, ...]
    read_headers: tuple[str, ...]
    words: Mapping[str, Mapping[str, str]]
    flags: tuple[str, str]
    time_format: str

    def time(self, moment: str) -> str:
        """SQL of a UTC moment as the region writes it."""
        if self.time_format:
            return f"strftime({local(moment)}, '{self.time_format}')"
        minutes = f"(epoch({local(moment)}) - epoch({moment}))::BIGINT // 60"
        # every site that writes so lies east of Greenwich
        return (
            f"strftime({local(moment)}, '%Y-%m-%dT%H:%M:%S') || '+' || "
            f"lpad(({minutes} // 60)::VARCHAR, 2, '0') || ':' || lpad(({minutes} % 60)::VARCHAR, 2, '0')"
        )

    def field(self, name: str) -> str:
        """SQL of one field of the plan as the region writes it."""
        if name == "reason":
            return (
                "CASE WHEN returned_at IS NOT NULL THEN 'too complex' "
                "WHEN cancelled_at IS NOT NULL THEN 'recalled' END"
            )
        if name.endswith("_at"):
            return self.time(name)
        if name.endswith("_available"):
            return f"CASE WHEN {name} THEN '{self.flags[0]}' ELSE '{self.flags[1]}' END"
        if words := self.words.get(name):
            cases = " ".join(f"WHEN '{value}' THEN '{word}'" for value, word in words.items())
            return f"CASE {name} {cases} ELSE {name} END"
        return name

    def select(self, fields: tuple[str, ...], headers: tuple[str, ...]) -> str:
        """SQL select list of a file."""
        marked = (self.mark + headers[0], *headers[1:])
        return ", ".join(
            f'{self.field(name)} AS "{header}"' for name, header in zip(fields, marked, strict=True)
        )


_SERVICES = (
    "teleradiology.primary.after_hours", "teleradiology.primary.routine", "teleradiology.secondary.subspecialty",
    "consulting", "reporting", "archiving", "image_analysis.ai", "image_analysis.cad",
)  # fmt: skip
_MODALITIES = ("ct", "mri", "ultrasound", "xray", "xray.mammography", "nuclear.pet", "nuclear.spect")  # fmt: skip


def _headers(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _words(codes: tuple[str, ...], words: str) -> dict[str, str]:
    return dict(zip(codes, words.split(), strict=True))


DIALECTS: Final = {
    "americas": Dialect(
        ",",
        "",
        tuple(
            (
                "Accession MRN Facility Modality Technique Class Priority AgeGroup Sex BodyPart "
                "Manufacturer Priors History Ordered Arrived Completed"
            ).split()
        ),
        tuple(
            (
                "Task Accession Facility Vendor Reader ReadFrom Role Service Received "
                "InfoComplete Prelim Final Available Returned Cancelled Reason"
            ).split()
        ),
        {
            "modality": _words(_MODALITIES, "CT MR US CR MG PT NM"),
            "patient_class": _words(("emergency", "inpatient", "outpatient"), "E I O"),
            "priority": _words(("stat", "urgent", "routine"), "S A R"),
            "vendor": {vendor.id: vendor.name for vendor in VENDORS},
            "role": _words(("preliminary", "final", "second_opinion"), "P F 2ND"),
            "service": _words(_SERVICES, "NIGHT DAY SUBSPEC CONSULT REPORT ARCHIVE AI CAD"),
        },
        ("Y", "N"),
        "%m/%d/%Y %H:%M:%S",
    ),
    "emea": Dialect(
        ";",
        "\ufeff",
        tuple(
            (
                "Auftrag Patient Haus Geraet Technik Fallart Dringlichkeit Alter Geschlecht "
                "Region Hersteller Voraufnahme Anamnese Angefordert Ankunft Fertig"
            ).split()
        ),
        tuple(
            (
                "Befundung Auftrag Haus Dienstleister Befunder Befundland Rolle Leistung Eingang "
                "Vollstaendig Vorbefund Endbefund Verfuegbar Zurueck Storniert Grund"
            ).split()
        ),
        {
            "modality": _words(_MODALITIES, "CT MRT Sono Röntgen Mammo PET SPECT"),
            "patient_class": _words(
                ("emergency", "inpatient", "outpatient"), "Notfall stationär ambulant"
            ),
            "priority": _words(("stat", "urgent", "routine"), "sofort dringend elektiv"),
            "sex": {"F": "W"},
            "vendor": {vendor.id: vendor.id.upper() for vendor in VENDORS},
            "role": _words(("preliminary", "final", "second_opinion"), "vorläufig endgültig Zweit"),
            "service": _words(_SERVICES, "Nacht Tag Spezial Konsil Befund Archiv KI CAD"),
        },
        ("1", "0"),
        "%d.%m.%Y %H:%M:%S",
    ),
    "apac": Dialect(
        ",",
        "",
        tuple(
            (
                "accession_no patient_id hospital modality technique class priority age_band sex "
                "body_region maker prior history ordered arrived completed"
            ).split()
        ),
        tuple(
            (
                "read_no accession_no hospital vendor reader read_from role service received "
                "complete preliminary final available returned cancelled reason"
            ).split()
        ),
        {
            "modality": _words(_MODALITIES, "CT MR US DX MG PT ST"),
            "patient_class": _words(("emergency", "inpatient", "outpatient"), "ED IP OP"),
            "role": {"preliminary": "wet_read"},
        },
        ("true", "false"),
        "",
    ),
}
