"""The fact tables (section 2 of the design): what a row of each is, and what identifies it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from overread.model.tables import Column, Kind, Table

_EXAM = Column(
    "exam_id", Kind.TOKEN, "Pseudonym of accession and accession issuer", True, token="exam"
)
_SITE = Column(
    "site", Kind.SITE, "Site that made the images (closed list of the configuration)", True
)
_VENDOR = Column("vendor", Kind.VENDOR, "Vendor (closed list of the configuration)", True)
_TASK = Column("task_id", Kind.TOKEN, "Pseudonym of the read task", True, token="task")
_READER = Column("reader_id", Kind.TOKEN, "Pseudonym of the reader", token="reader")
_FINDING = Column(
    "finding", Kind.TEXT, "Finding that was asked for, e.g. intracranial_haemorrhage", True
)
_LANGUAGE = Column("language", Kind.TEXT, "Language of the report (BCP 47)")


def _code(
    name: str, description: str, codes: str | None = None, *, required: bool = False
) -> Column:
    return Column(name, Kind.CODE, description, required, codes=codes or name)


def _time(name: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Kind.TIME, f"{description} (UTC)", required)


EXAM = Table(
    "exam",
    "One accession of one accession issuer, at one site: what was imaged",
    (
        _EXAM,
        _SITE,
        Column("patient_id", Kind.TOKEN, "Pseudonym of the patient", token="patient"),
        _code("modality", "Imaging modality", required=True),
        Column("technique", Kind.TEXT, "Technique below the modality, free (FFDM, SFM, ...)"),
        _code("patient_class", "Patient class"),
        _code("priority", "Priority of the order"),
        _code("age_band", "Age band"),
        _code("sex", "Administrative sex"),
        Column("body_region", Kind.TEXT, "Body region, as given"),
        Column("procedure_code", Kind.TEXT, "Procedure code (LOINC/RadLex), as given"),
        Column("scanner_maker", Kind.TEXT, "Maker of the modality"),
        Column("prior_available", Kind.FLAG, "A prior exam was visible to the reader"),
        Column("history_available", Kind.FLAG, "Clinical history was visible to the reader"),
        _time("ordered_at", "Order placed"),
        _time("arrived_at", "Patient arrived (stroke clock)"),
        _time("completed_at", "Exam completed"),
        Column("declared_month", Kind.DATE, "Period the file declares; used, flagged, where no time is known"),
    ),
    ("exam_id",),
)  # fmt: skip

EXAM_EVENT = Table(
    "exam_event",
    "One dated event of an exam or of a task, as delivered",
    (
        _EXAM,
        _SITE,
        Column("task_id", Kind.TOKEN, "Pseudonym of the read task; empty for the exam itself", token="task"),
        _code("event", "What happened", required=True),
        _time("occurred_at", "When", required=True),
    ),
    ("exam_id", "task_id", "event"),
)  # fmt: skip

READ_TASK = Table(
    "read_task",
    "One reader of one vendor asked to read one exam in one role: the unit of turnaround and of the SLA",
    (
        _TASK,
        _EXAM,
        _SITE,
        _VENDOR,
        Column("subcontractor", Kind.TEXT, "Company that the vendor passed the task to"),
        _READER,
        Column("reader_country", Kind.TEXT, "ISO 3166 country the read was made from"),
        _code("role", "What the reader was asked for", required=True),
        _code("service", "What was bought", required=True),
        _time("received_at", "Images received by the vendor"),
        _time("information_complete_at", "Images and information complete at the vendor"),
        _time("preliminary_at", "Preliminary report"),
        _time("final_at", "Final report signed"),
        _time("available_at", "Report available to the referrer"),
        _time("read_at", "Read, where that is the only time known"),
        _time("returned_at", "Returned unread"),
        _time("cancelled_at", "Cancelled or recalled"),
        Column("cancel_reason", Kind.TEXT, "Why it was cancelled, recalled or returned"),
    ),
    ("task_id",),
)  # fmt: skip

TASK_PAUSE = Table(
    "task_pause",
    "One pause of a task's clock, with its reason and its owner",
    (
        _TASK,
        _SITE,
        _time("paused_at", "Clock stopped", required=True),
        _time("resumed_at", "Clock started again"),
        Column("reason", Kind.TEXT, "Why", True),
        _code(
            "owner",
            "Who owns the delay; the vendor's clock stops for the hospital's pauses",
            "pause_owner",
            required=True,
        ),
    ),
    ("task_id", "paused_at"),
)

REPORT = Table(
    "report",
    "One report version of a task",
    (
        Column("report_id", Kind.TOKEN, "Pseudonym of the report version", True, token="report"),
        Column("task_id", Kind.TOKEN, "Pseudonym of the read task", token="task"),
        _SITE,
        _code("status", "Status of the version", "report_status", required=True),
        _LANGUAGE,
        _time("signed_at", "Signed"),
    ),
    ("report_id",),
)

REPORT_EXAM = Table(
    "report_exam",
    "A report version covers an exam (n:m)",
    (
        Column("report_id", Kind.TOKEN, "Pseudonym of the report version", True, token="report"),
        _EXAM,
        _SITE,
    ),
    ("report_id", "exam_id"),
)

REVIEW_ASSIGNMENT = Table(
    "review_assignment",
    "One request for a peer review, by a route",
    (
        Column("assignment_id", Kind.TOKEN, "Pseudonym of the assignment", True, token="assignment"),
        _TASK,
        _SITE,
        _code("route", "How the review came about", required=True),
        Column("stratum", Kind.TEXT, "Sampling stratum"),
        Column("inclusion_probability", Kind.NUMBER, "Probability that the sampling gave the task", minimum=0, maximum=1),
        Column("reviewer_id", Kind.TOKEN, "Pseudonym of the reviewer", token="reader"),
        _time("assigned_at", "Assigned", required=True),
        _time("due_at", "Due"),
        _time("expired_at", "Dropped by the system unreviewed"),
        _time("completed_at", "Completed"),
    ),
    ("assignment_id",),
)  # fmt: skip

REVIEW = Table(
    "review",
    "One later judgement of a report, fulfilling an assignment",
    (
        Column("review_id", Kind.TOKEN, "Pseudonym of the review", True, token="review"),
        Column("assignment_id", Kind.TOKEN, "Pseudonym of the assignment", token="assignment"),
        _TASK,
        _SITE,
        _code("route", "How the review came about", required=True),
        Column("form", Kind.TEXT, "Form and version, e.g. radpeer-2016", True),
        Column("reviewer_id", Kind.TOKEN, "Pseudonym of the reviewer", token="reader"),
        _code("score", "Reviewer's RADPEER score", "radpeer", required=True),
        _code("arbitrated_score", "Arbitrated RADPEER score", "radpeer"),
        _code("direction", "Direction of the discrepancy"),
        _code("attribution", "Who erred, after adjudication"),
        _time("reviewed_at", "Reviewed"),
        _time("arbitrated_at", "Arbitrated"),
        _time("delivered_at", "Delivered to the reader"),
    ),
    ("review_id",),
)

LOCAL_REVIEW = Table(
    "local_review",
    "A vendor's reader, in a task, judges the read that the hospital made of the exam before",
    (
        _TASK,
        _SITE,
        Column("form", Kind.TEXT, "Form and version, e.g. radpeer-2016", True),
        _code("score", "Vendor's RADPEER score of the hospital's read", "radpeer", required=True),
        _time("reviewed_at", "Judged"),
    ),
    ("task_id",),
)

READER_CALL = Table(
    "reader_call",
    "A reader's answer to one finding in one exam",
    (
        _EXAM,
        _SITE,
        Column("task_id", Kind.TOKEN, "Pseudonym of the read task", token="task"),
        _VENDOR,
        Column("reader_id", Kind.TOKEN, "Pseudonym of the reader", True, token="reader"),
        _FINDING,
        _code("call", "Answer; empty where the study has ratings only"),
        Column("score", Kind.NUMBER, "Confidence on the form's scale"),
        Column("attempt", Kind.INTEGER, "1 = first read", minimum=1),
        Column("saw_ai_first", Kind.FLAG, "The reader saw the AI's result before answering"),
    ),
    ("exam_id", "vendor", "reader_id", "finding", "attempt"),
)

AI_RESULT = Table(
    "ai_result",
    "An algorithm version's answer to one finding in one exam",
    (
        _EXAM,
        _SITE,
        Column("vendor", Kind.VENDOR, "Vendor of the algorithm", True),
        Column("algorithm", Kind.TEXT, "Algorithm", True),
        Column("algorithm_version", Kind.TEXT, "Version, always text", True),
        _FINDING,
        _code("status", "Outcome of the run", "ai_status", required=True),
        _code("call", "Answer"),
        Column("score", Kind.NUMBER, "Score on the algorithm's scale"),
        Column("series", Kind.TEXT, "Series or lesion, empty for the exam"),
        Column("attempt", Kind.INTEGER, "1 = first run", minimum=1),
        _time("started_at", "Run started"),
        _time("ended_at", "Result delivered"),
    ),
    ("exam_id", "algorithm", "algorithm_version", "finding", "series", "attempt"),
)

REFERENCE_STANDARD = Table(
    "reference_standard",
    "The answer held true for one finding in one exam",
    (
        _EXAM,
        _SITE,
        _FINDING,
        _code("truth", "Answer held true", "call", required=True),
        _code("method", "How it was set", "reference_method", required=True),
        Column(
            "horizon_days",
            Kind.INTEGER,
            "Follow-up in days, where the method is follow-up",
            minimum=0,
        ),
    ),
    ("exam_id", "finding", "method", "horizon_days"),
)

READER_ROSTER = Table(
    "reader_roster",
    "A reader of a vendor with a licence for a country, from-to",
    (
        Column("reader_id", Kind.TOKEN, "Pseudonym of the reader", True, token="reader"),
        _VENDOR,
        Column("country", Kind.TEXT, "ISO 3166 country the reader works from"),
        Column("subspecialty", Kind.TEXT, "Subspecialty"),
        Column("licence_country", Kind.TEXT, "ISO 3166 country of the licence"),
        Column("valid_from", Kind.DATE, "First day of the licence"),
        Column("valid_to", Kind.DATE, "Last day of the licence"),
    ),
    ("reader_id", "vendor", "licence_country", "valid_from"),
)

CONTRACT_TERM = Table(
    "contract_term",
    "One term of a contract; the most specific term in force wins, none or a tie is a failed check",
    (
        Column("term_id", Kind.TEXT, "Number of the term in the contract", True),
        _VENDOR,
        Column("site", Kind.SITE, "Site, empty for all"),
        _code("region", "Region, empty for all"),
        _code("modality", "Modality, empty for all"),
        _code("patient_class", "Patient class, empty for all"),
        _code("priority", "Priority, empty for all"),
        _code("service", "Service, empty for all"),
        _code("engagement", "How the service is paid"),
        _code("deployment", "Where the reader sits"),
        Column("allowed_countries", Kind.TEXT, "ISO 3166 countries reads may be made from, space separated"),
        Column("interval", Kind.TEXT, "Interval that the target is set on, e.g. received_to_final"),
        Column("target_minutes", Kind.INTEGER, "Longest time in minutes of the term's clock", minimum=0),
        _code("clock", "Which time counts, empty for elapsed"),
        Column("calendar", Kind.TEXT, "Calendar of the configuration for business time, empty for the site's"),
        Column("target_share", Kind.NUMBER, "Share of tasks that must keep it", minimum=0, maximum=1),
        Column("currency", Kind.TEXT, "ISO 4217 currency of the price"),
        Column("price", Kind.NUMBER, "Price per read", minimum=0),
        Column("credit_share", Kind.NUMBER, "Share of the price that each late read is credited", minimum=0, maximum=1),
        Column("credit_below", Kind.NUMBER, "Attainment below which it is, empty for always", minimum=0, maximum=1),
        Column("valid_from", Kind.DATE, "First day in force", True),
        Column("valid_to", Kind.DATE, "Last day in force"),
    ),
    ("term_id", "vendor", "valid_from"),
)  # fmt: skip

CLAIM = Table(
    "claim",
    "What a vendor states of itself",
    (
        Column("claim_id", Kind.TEXT, "Number of the claim", True),
        _VENDOR,
        Column("measure_id", Kind.TEXT, "Measure that the claim is about", True),
        _code("modality", "Modality, empty for all"),
        Column("algorithm", Kind.TEXT, "Algorithm, empty for readers"),
        Column("finding", Kind.TEXT, "Finding, empty where none"),
        Column("value", Kind.NUMBER, "Claimed value in the measure's unit", True),
        Column("n", Kind.INTEGER, "Cases the claim rests on", minimum=0),
        Column("source", Kind.TEXT, "Where it was stated"),
        Column("stated_on", Kind.DATE, "When"),
    ),
    ("claim_id",),
)

TABLES: Final = MappingProxyType(
    {
        table.name: table
        for table in (
            EXAM, EXAM_EVENT, READ_TASK, TASK_PAUSE, REPORT, REPORT_EXAM, REVIEW_ASSIGNMENT, REVIEW, LOCAL_REVIEW,
            READER_CALL, AI_RESULT, REFERENCE_STANDARD, READER_ROSTER, CONTRACT_TERM, CLAIM,
        )
    }
)  # fmt: skip
