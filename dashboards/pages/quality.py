"""Data quality: every delivered row accounted for, what was set aside and why, checks, held months, the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.edition import Edition, Page
from dashboards.labels import label
from dashboards.numerals import count, share_of


@dataclass(frozen=True, slots=True)
class Account:
    """Rows of a source or file: read = accepted + quarantined + duplicate."""

    name: str
    files: int
    read: int
    accepted: int
    quarantined: int
    duplicate: int
    note: str = ""

    @property
    def adds_up(self) -> bool:
        """Whether every row that was read is accounted for."""
        return self.read == self.accepted + self.quarantined + self.duplicate


@dataclass(frozen=True, slots=True)
class Reason:
    """Rows set aside for one reason."""

    name: str
    code: str
    rows: str
    files: str
    fields: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """Results of one check over all months; months where it could not apply stand apart."""

    name: str
    severity: str
    passed: int
    failed: int
    not_applicable: int
    failing: str
    rate: str
    months: str
    message: str


def _sources(edition: Edition) -> list[Account]:
    rows = edition.connection.execute(
        "SELECT coalesce(source, ''), count(*), sum(rows_read)::BIGINT, sum(rows_accepted)::BIGINT, "
        "sum(rows_quarantined)::BIGINT, sum(rows_duplicate)::BIGINT FROM ledger GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [
        Account(name, files, read or 0, accepted or 0, aside or 0, twice or 0)
        for name, files, read, accepted, aside, twice in rows
    ]


def _ledger(edition: Edition) -> list[tuple[Account, str, str]]:
    rows = edition.connection.execute(
        "SELECT path, coalesce(rows_read, 0), coalesce(rows_accepted, 0), coalesce(rows_quarantined, 0), "
        "coalesce(rows_duplicate, 0), coalesce(message, ''), sha256, status FROM ledger ORDER BY path, load_id"
    ).fetchall()
    return [
        (
            Account(path, 1, read, accepted, aside, twice, edition.words.text(note)),
            sha,
            edition.words.text(status),
        )
        for path, read, accepted, aside, twice, note, sha, status in rows
    ]


def _reasons(edition: Edition) -> list[Reason]:
    words = edition.words
    rows = edition.connection.execute(
        "SELECT reason, count(*), count(DISTINCT path), string_agg(DISTINCT field, ', ' ORDER BY field), "
        "min(remedy) FROM quarantine GROUP BY reason ORDER BY 2 DESC, 1"
    ).fetchall()
    return [
        Reason(
            label(words, "reason", code),
            code,
            count(n),
            count(files),
            fields or "",
            words.text(remedy or ""),
        )
        for code, n, files, fields, remedy in rows
    ]


def _checks(edition: Edition) -> list[tuple[str, list[CheckLine]]]:
    """Category -> checks. The rate is of the rows that a check concerns; a month without any does not count."""
    words = edition.words
    rows = edition.connection.execute(
        """SELECT category, check_name, any_value(severity), count(*) FILTER (status = 'passed'),
            count(*) FILTER (status = 'failed'), count(*) FILTER (status = 'not_applicable'),
            coalesce(sum(n_failed) FILTER (status <> 'not_applicable'), 0)::BIGINT,
            coalesce(sum(n_checked) FILTER (status <> 'not_applicable'), 0)::BIGINT,
            coalesce(list(DISTINCT month ORDER BY month) FILTER (status = 'failed' AND month IS NOT NULL), []),
            min(message) FILTER (status = 'failed'), min(message)
        FROM check_result GROUP BY category, check_name ORDER BY category, check_name"""
    ).fetchall()
    grouped: dict[str, list[CheckLine]] = {}
    for (
        category,
        name,
        severity,
        passed,
        failed,
        apart,
        bad,
        concerned,
        months,
        why,
        message,
    ) in rows:
        grouped.setdefault(category, []).append(
            CheckLine(
                name=label(words, "check", name),
                severity=words.text("blocking")
                if severity == "blocking"
                else words.text("warning"),
                passed=passed,
                failed=failed,
                not_applicable=apart,
                failing=words.text("{bad} of {all}", bad=count(bad), all=count(concerned))
                if concerned
                else "–",
                rate=share_of(bad, concerned),
                months=words.listed([words.month(month, short=True) for month in months]),
                message=words.text(why or message or ""),
            )
        )
    return [
        (label(words, "check_category", category), lines) for category, lines in grouped.items()
    ]


def _title(edition: Edition, sources: list[Account]) -> str:
    words = edition.words
    if not sources:
        return words.text("No file has been delivered yet")
    read = sum(source.read for source in sources)
    parts = {
        "read": count(read),
        "accepted": count(sum(source.accepted for source in sources)),
        "aside": count(sum(source.quarantined for source in sources)),
        "twice": count(sum(source.duplicate for source in sources)),
    }
    if all(source.adds_up for source in sources):
        return words.text(
            "Every row is accounted for: {read} read = {accepted} accepted + {aside} set aside + {twice} duplicate",
            **parts,
        )
    return words.text(
        "Rows do not add up: {read} read, {accepted} accepted, {aside} set aside, {twice} duplicate",
        **parts,
    )


def quality(edition: Edition) -> Page:
    """The page `quality`."""
    sources = _sources(edition)
    checks = _checks(edition)
    lines = [line for _, group in checks for line in group]
    failed, passed = sum(line.failed for line in lines), sum(line.passed for line in lines)
    return Page(
        "quality",
        "quality.html",
        {
            "title": _title(edition, sources),
            "subtitle": edition.cutoff_words,
            "sources": sources,
            "ledger": _ledger(edition),
            "reasons": _reasons(edition),
            "checks": checks,
            "check_totals": (failed, failed + passed, sum(line.not_applicable for line in lines)),
            "held": [
                (
                    edition.words.month(month),
                    label(edition.words, "check", name),
                    edition.words.text(why),
                )
                for month, name, why in edition.held
            ],
            "share": share_of,
        },
    )
