"""How each region's systems write: headers, code words, flags and clock times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from overread.demonstration.clocks import from_utc, shifted, window
from overread.demonstration.codes import CODES, word
from overread.demonstration.network import SITES, VENDORS, DemoSite
from overread.demonstration.periods import Span
from overread.demonstration.problems import LONGEST_READ_DAYS, LONGEST_WAIT_DAYS
from overread.demonstration.tasks import ACCESSION, TASK_ID

EXAM_FIELDS: Final = (
    "accession", "patient", "local_site", "modality", "technique", "patient_class", "priority", "age_band", "sex",
    "body_region", "maker", "prior_available", "history_available", "ordered_at", "arrived_at", "completed_at",
)  # fmt: skip
READ_FIELDS: Final = (
    "task_id", "accession", "local_site", "vendor", "reader", "reader_country", "role", "service", "received_at",
    "information_complete_at", "preliminary_at", "final_at", "available_at", "returned_at", "cancelled_at", "reason",
)  # fmt: skip


# Days around the planned ones in which a time can lie: local time and transfer take a day or two, a returned task
# twice the time of a read.
_AROUND: Final = {
    "ordered_at": (LONGEST_WAIT_DAYS + 2, 2),
    "arrived_at": (2, 2),
    "completed_at": (2, 2),
}
_AROUND_READ: Final = (2, 2 * LONGEST_READ_DAYS + 4)


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

    def time(self, name: str, sites: Sequence[DemoSite], span: Span) -> str:
        """SQL of a time of the plan as the region writes it at one of the given sites."""
        during = window(span, *_AROUND.get(name, _AROUND_READ))
        if self.time_format:
            local = from_utc(name, sites, during, lambda offset: shifted(name, offset))
            return f"strftime({local}, '{self.time_format}')"

        def with_offset(offset: int) -> str:
            # every site that writes the offset lies east of Greenwich
            suffix = f"+{offset // 3600:02d}:{offset // 60 % 60:02d}"
            return f"strftime({shifted(name, offset)}, '%Y-%m-%dT%H:%M:%S{suffix}')"

        return from_utc(name, sites, during, with_offset)

    def field(self, name: str, sites: Sequence[DemoSite], span: Span, typed: bool) -> str:
        """SQL of one field of the plan as the region writes it; times as moments with their zone where `typed`."""
        if name == "reason":
            return (
                "CASE WHEN returned_at IS NOT NULL THEN 'too complex' "
                "WHEN cancelled_at IS NOT NULL THEN 'recalled' END"
            )
        if name.endswith("_at"):
            return instant(name) if typed else self.time(name, sites, span)
        if name.endswith("_available"):
            return f"CASE WHEN {name} THEN '{self.flags[0]}' ELSE '{self.flags[1]}' END"
        if name == "accession":
            return ACCESSION
        if name == "patient":
            return "'P' || patient"
        if name == "task_id":
            return TASK_ID
        if name == "local_site":
            return word("site", {site.id: site.local for site in SITES})
        if words := self.words.get(name):
            return word(name, words)
        return name

    def select(
        self,
        fields: Sequence[str],
        headers: Sequence[str],
        sites: Sequence[DemoSite],
        span: Span,
        *,
        marked: bool,
        typed: bool,
    ) -> str:
        """SQL select list of a file.

        Args:
            fields: Fields of the plan.
            headers: Their headers.
            sites: Sites whose rows the file holds.
            span: The planned days.
            marked: The byte order mark of text files stands before the first header.
            typed: Times as moments with their zone, for formats that know types.
        """
        if marked:
            headers = (self.mark + headers[0], *headers[1:])
        return ", ".join(
            f'{self.field(name, sites, span, typed)} AS "{header}"'
            for name, header in zip(fields, headers, strict=True)
        )


def instant(moment: str) -> str:
    """SQL of a UTC moment as a moment with its zone; the cast would ask the calendar for each row."""
    return f"make_timestamptz(epoch_us({moment}))"


_SERVICES, _MODALITIES = CODES["service"], CODES["modality"]


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
