"""Which file holds which rows: the regions' exams and reads, the network's own pauses, reviews, findings, AI results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from overread.demonstration.dialects import DIALECTS, EXAM_FIELDS, READ_FIELDS, instant
from overread.demonstration.network import ALGORITHMS, SITES, DemoSite
from overread.demonstration.periods import ALL, HALVES, MONTHS, Span
from overread.demonstration.problems import AUDIT, CANDIDATE
from overread.demonstration.tasks import ACCESSION, TASK_ID

# In a network of CSV files Dubai delivers Parquet, Johannesburg Excel and one algorithm's vendor NDJSON.
PARQUET_SITE, EXCEL_SITE, NDJSON_VENDOR = "dxb", "jnb", "mammavision"

# The subspecialists' clock stands still until the hospital has sent what they need; for an open task it has not.
_PAUSES = """
SELECT *, received_at AS paused_at, information_complete_at AS resumed_at, 'history missing' AS reason
FROM task_plan WHERE vendor = 'harbour' AND information_complete_at > received_at
UNION ALL SELECT *, received_at + INTERVAL 10 MINUTE, NULL, 'prior images awaited'
FROM task_plan WHERE vendor = 'harbour' AND information_complete_at = received_at
    AND coalesce(final_at, returned_at, cancelled_at) IS NULL
"""

Form: TypeAlias = Literal["csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file, or the part of it that a span of days brings.

    Attributes:
        path: Path in the data folder; its ending is the format.
        query: Its rows.
        opens: The part begins the file, and so writes the header.
        delimiter: Field delimiter.
    """

    path: str
    query: str
    opens: bool = True
    delimiter: str = ","


def _of_region(
    stem: str,
    sites: tuple[DemoSite, ...],
    span: Span,
    where: str,
    opens: bool,
    ending: str = "csv",
    typed: bool = False,
) -> Iterator[Delivery]:
    """Exams and reads of one file each, in the dialect of the region."""
    dialect = DIALECTS[sites[0].region]
    # a byte order mark belongs to text files alone
    bare = typed or ending != "csv"
    for kind, plan, fields, headers in (
        ("exams", "exam_plan", EXAM_FIELDS, dialect.exam_headers),
        ("reads", "task_plan", READ_FIELDS, dialect.read_headers),
    ):
        select = dialect.select(fields, headers, sites, span, marked=not bare, typed=typed)
        yield Delivery(
            f"{kind}/{stem}.{ending}",
            f"SELECT {select} FROM {plan} WHERE {where}",
            opens,
            dialect.delimiter,
        )


def _part(stem: str, span: Span) -> str:
    """Name of a file that cannot be added to: where the network comes in parts, so do its files."""
    return stem if span == ALL else f"{stem}_{span.label}"


def _in(region: str) -> tuple[DemoSite, ...]:
    return tuple(site for site in SITES if site.region == region)


def _text(span: Span) -> Iterator[Delivery]:
    """Exams and reads as text: monthly in the Americas, by site in EMEA, by half-year in APAC."""
    for region, periods in (("americas", MONTHS), ("apac", HALVES)):
        for period in periods:
            if period.meets(span):
                where = f"region = '{region}' AND {period.among(span)}"
                opens = span.first <= period.first
                yield from _of_region(f"{region}_{period.label}", _in(region), span, where, opens)
    for site in _in("emea"):
        stem, where = f"emea_{site.id}", f"site = '{site.id}'"
        if site.id == PARQUET_SITE:
            yield from _of_region(_part(stem, span), (site,), span, where, True, "parquet")
        else:
            # a workbook is written cell by cell: Johannesburg grows out of it when the network comes in parts
            ending = "xlsx" if site.id == EXCEL_SITE and span == ALL else "csv"
            yield from _of_region(stem, (site,), span, where, span.first == 0, ending)


def _central(form: Form, span: Span) -> Iterator[Delivery]:
    """Pauses, reviews and findings from the network's own systems, AI results by vendor; times in UTC.

    Text comes by half-year and vendor, Parquet in the parts of the network.
    """

    def utc(moment: str) -> str:
        return instant(moment) if form == "parquet" else f"strftime({moment}, '%Y-%m-%dT%H:%M:%SZ')"

    pauses = (
        f"SELECT {TASK_ID} AS task, site, {utc('paused_at')} AS paused, {utc('resumed_at')} AS resumed, "
        f"reason, 'hospital' AS owner FROM ({_PAUSES})"
    )
    if form == "parquet":
        yield Delivery(f"pauses/{_part('pauses', span)}.parquet", pauses)
    else:
        yield Delivery("pauses/pauses.csv", pauses, span.first == 0)
    local = (
        f"SELECT {TASK_ID} AS task, site, 'radpeer-2016' AS form, score, {utc('judged_at')} AS judged "
        "FROM local_review_plan"
    )
    if form == "parquet":
        yield Delivery(f"reviews/{_part('local_reviews', span)}.parquet", local)
    else:
        yield Delivery("reviews/local_reviews.csv", local, span.first == 0)
    review = f"{TASK_ID} || '-R'"
    for period in (span,) if form == "parquet" else HALVES:
        if not period.meets(span):
            continue
        where, opens = period.among(span), span.first <= period.first
        for name, query in (
            (
                "reviews/assignments",
                f"SELECT {review} AS assignment, {TASK_ID} AS task, site, route, vendor || '/' || modality AS stratum, "
                f"inclusion_probability AS probability, reviewer, {utc('assigned_at')} AS assigned, "
                f"{utc('due_at')} AS due, {utc('expired_at')} AS expired, {utc('reviewed_at')} AS completed "
                f"FROM review_plan WHERE {where}",
            ),
            (
                "reviews/reviews",
                f"SELECT {review} AS review, {review} AS assignment, {TASK_ID} AS task, site, route, form, reviewer, "
                "score, arbitrated_score AS arbitrated, direction, attribution, "
                f"{utc('reviewed_at')} AS reviewed, {utc('arbitrated_at')} AS ruled, {utc('delivered_at')} AS told "
                f"FROM review_plan WHERE {where} AND reviewed_at IS NOT NULL",
            ),
            (
                "findings/findings",
                f"SELECT 'READ' AS kind, site, {ACCESSION} AS accession, {TASK_ID} AS task, vendor, reader, finding, "
                "CASE WHEN called THEN 'yes' ELSE 'no' END AS answer, "
                "CASE WHEN saw_ai_first THEN '1' ELSE '0' END AS ai_first, NULL::VARCHAR AS method, "
                f"NULL::VARCHAR AS days FROM ai_plan WHERE {where} AND was_read UNION ALL "
                f"SELECT 'TRUTH', site, {ACCESSION}, NULL, NULL, NULL, finding, "
                "CASE WHEN diseased THEN 'yes' ELSE 'no' END, NULL, "
                "CASE WHEN finding = 'cancer' THEN 'follow_up' ELSE 'adjudicated' END, "
                f"CASE WHEN finding = 'cancer' THEN '365' END FROM ai_plan WHERE {where} AND truth_known UNION ALL "
                f"SELECT 'TRUTH', site, {ACCESSION}, NULL, NULL, NULL, finding, "
                f"CASE WHEN diseased THEN 'yes' ELSE 'no' END, NULL, '{AUDIT['reference']}', NULL "
                f"FROM ai_plan WHERE {where} AND audited",
            ),
        ):
            stem = _part(name, span) if form == "parquet" else f"{name}_{period.label}"
            yield Delivery(f"{stem}.{form}", query, opens)
    for algorithm in ALGORITHMS:
        vendor = algorithm.vendor
        query = " UNION ALL ".join(
            f"SELECT site, {ACCESSION} AS accession, ai_vendor AS vendor, algorithm, {version} AS version, finding, "
            f"status, CASE WHEN status = 'ok' THEN CASE WHEN {z} > 0 THEN 'positive' ELSE 'negative' END END AS call, "
            f"CASE WHEN status = 'ok' THEN printf('%.4f', 1 / (1 + exp(-1.7 * {z}))) END AS score, "
            f"{utc('started_at')} AS started, {utc('ended_at')} AS ended "
            f"FROM ai_plan WHERE ai_vendor = '{vendor}' AND {z} IS NOT NULL"
            for version, z in (("version", "z"), (f"'{CANDIDATE['version']}'", "candidate_z"))
        )
        if form == "parquet":
            yield Delivery(f"ai/{_part(vendor, span)}.parquet", query)
        else:
            ending = "ndjson" if vendor == NDJSON_VENDOR else "csv"
            yield Delivery(f"ai/{vendor}.{ending}", query, span.first == 0)


def deliveries(form: Form, span: Span) -> Iterator[Delivery]:
    """The files, or their parts, that a span of days brings.

    Args:
        form: `csv`: text in the manner of each region; `parquet`: files per site, of a large network per month,
            too, with typed times.
        span: The planned days.
    """
    if form == "parquet":
        for site in SITES:
            stem = _part(f"{site.region}_{site.id}", span)
            yield from _of_region(
                stem, (site,), span, f"site = '{site.id}'", True, "parquet", typed=True
            )
    else:
        yield from _text(span)
    yield from _central(form, span)
