"""The closed code lists and their documented aliases (DICOM, HL7 v2, RADPEER and local words)."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

UNKNOWN: Final = "(unknown)"


@dataclass(frozen=True, slots=True)
class CodeList:
    """A closed list of codes.

    Attributes:
        name: Name of the list, as the mapping files and the data dictionary call it.
        title: What the list says, for the data dictionary.
        codes: The codes in their display order.
        aliases: Other spellings (compared without regard to case) -> code.
    """

    name: str
    title: str
    codes: tuple[str, ...]
    aliases: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def spellings(self) -> dict[str, str]:
        """Every accepted spelling, lower case -> code; a code is always a spelling of itself."""
        return {
            **{alias.lower(): code for alias, code in self.aliases.items()},
            **{code.lower(): code for code in self.codes},
        }


def _codes(name: str, title: str, codes: str, **aliases: str) -> CodeList:
    """Declare a list: codes and, per code (dots as double underscores), aliases, space separated."""
    spelled = {
        alias.replace("_", " "): code.replace("__", ".")
        for code, words in aliases.items()
        for alias in words.split()
    }
    return CodeList(name, title, tuple(codes.split()), MappingProxyType(spelled))


SERVICE = _codes(
    "service",
    "What was bought",
    "archiving consulting reporting image_analysis.ai image_analysis.cad "
    "teleradiology.primary.routine teleradiology.primary.after_hours "
    "teleradiology.secondary.subspecialty",
    teleradiology__primary__after_hours="nighthawk after_hours on_call",
    teleradiology__primary__routine="dayhawk routine_read",
    teleradiology__secondary__subspecialty="second_opinion subspecialty",
    image_analysis__ai="ai",
    image_analysis__cad="cad",
)
MODALITY = _codes(
    "modality",
    "Imaging modality (DICOM CS 0008,0060 as aliases)",
    "ct mri nuclear.pet nuclear.spect ultrasound xray xray.mammography",
    ct="CT",
    mri="MR",
    nuclear__pet="PT PET",
    nuclear__spect="NM ST SPECT",
    ultrasound="US",
    xray="CR DX RF XR",
    xray__mammography="MG mammography",
)
ENGAGEMENT = _codes("engagement", "How the service is paid", "project subscription transaction")
FACILITY_TYPE = _codes(
    "facility_type",
    "Kind of the imaging site",
    "hospital diagnostic_center clinic ambulatory_surgical_center",
    ambulatory_surgical_center="ASC",
    diagnostic_center="imaging_center",
)
DEPLOYMENT = _codes(
    "deployment", "Where the reader sits, seen from the site", "onshore nearshore offshore"
)
REGION = _codes("region", "Region of the site's country (ISO 3166)", "americas emea apac")
PATIENT_CLASS = _codes(
    "patient_class",
    "Patient class (HL7 table 0004)",
    "emergency inpatient outpatient",
    emergency="E ED ER",
    inpatient="I IP",
    outpatient="O OP",
)
PRIORITY = _codes(
    "priority", "Priority of the order", "stat urgent routine", stat="S", urgent="A U", routine="R"
)
ROUTE = _codes(
    "route",
    "How a peer review came about",
    "random assigned prior_linked ad_hoc referred final_over_preliminary",
)
ROLE = _codes(
    "role",
    "What the reader was asked for",
    "preliminary final second_opinion",
    preliminary="prelim wet_read P",
    final="F",
)
CALL = _codes(
    "call",
    "Answer to one finding",
    "present absent uncertain",
    present="1 yes positive true",
    absent="0 no negative false",
    uncertain="indeterminate equivocal",
)
AI_STATUS = _codes("ai_status", "Outcome of an AI run", "ok failed excluded")
REFERENCE_METHOD = _codes(
    "reference_method",
    "How the reference standard was set",
    "reader consensus adjudicated pathology follow_up",
)
RADPEER = _codes("radpeer", "RADPEER score (2016 form; old forms mapped)", "1 2 2a 2b 3 3a 3b 4")
DIRECTION = _codes(
    "direction",
    "Direction of a discrepancy",
    "miss overcall wrong_interpretation communication indeterminate",
)
ATTRIBUTION = _codes("attribution", "Who erred, after adjudication", "vendor local unresolved")
REPORT_STATUS = _codes(
    "report_status",
    "Status of a report version (HL7 OBR-25 as aliases)",
    "preliminary final addendum corrected withdrawn",
    preliminary="P",
    final="F",
    corrected="C",
    withdrawn="W X",
)
EVENT = _codes(
    "event",
    "Event of an exam or a task",
    "ordered arrived completed received information_complete preliminary final available "
    "read_started read_ended returned cancelled",
)
CLOCK = _codes(
    "clock",
    "Which time a contract term counts: all of it, or the calendar's hours",
    "elapsed business",
)
PAUSE_OWNER = _codes("pause_owner", "Who owns the delay of a pause", "vendor hospital")
SEX = _codes("sex", "Administrative sex (HL7 table 0001)", "F M O U", O="other", U="unknown")
AGE_BAND = _codes("age_band", "Age band in years", "0-17 18-39 40-64 65-79 80+")

CODE_LISTS: Final = MappingProxyType(
    {
        codes.name: codes
        for codes in (
            SERVICE, MODALITY, ENGAGEMENT, FACILITY_TYPE, DEPLOYMENT, REGION, PATIENT_CLASS,
            PRIORITY, ROUTE, ROLE, CALL, AI_STATUS, REFERENCE_METHOD, RADPEER, DIRECTION,
            ATTRIBUTION, REPORT_STATUS, EVENT, CLOCK, PAUSE_OWNER, SEX, AGE_BAND,
        )
    }
)  # fmt: skip
