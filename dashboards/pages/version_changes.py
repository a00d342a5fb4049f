"""Changes of algorithms' versions: declared ones, and those found in the answers themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dashboards.algorithms import natural
from dashboards.edition import Edition
from dashboards.labels import label
from dashboards.stored import columns_of

TABLE: Final = "version_change"
_COLUMNS: Final = (
    "algorithm",
    "finding",
    "version_before",
    "algorithm_version",
    "month",
    "declared",
    "q",
)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an algorithm's version.

    Attributes:
        algorithm: The algorithm.
        finding: What it looks for, in words.
        version: The version that began, or that changed without a word.
        month: Since when, in words.
        declared: Whether the vendor declared it.
        evidence: What shows it.
    """

    algorithm: str
    finding: str
    version: str
    month: str
    declared: bool
    evidence: str


def changes(edition: Edition, algorithms: frozenset[str]) -> list[Change] | None:
    """Changes of the versions of some algorithms, None where the warehouse does not tell them."""
    if not set(_COLUMNS) <= columns_of(edition.connection, TABLE):
        return None
    words = edition.words
    rows = edition.connection.execute(
        f"SELECT DISTINCT {', '.join(_COLUMNS)} FROM {TABLE} ORDER BY ALL"
    ).fetchall()
    return [
        Change(
            algorithm,
            label(words, "finding", finding or ""),
            version or "",
            words.month(month) if month else words.text("an unknown month"),
            bool(declared),
            words.text(
                "its version text changed from {before} to {after}", before=before, after=version
            )
            if declared
            else words.text(
                "the version text stayed, but scores or answers differ from the version's first months (q = {q})",
                q=f"{q:.2g}",
            ),
        )
        for algorithm, finding, before, version, month, declared, q in sorted(
            rows, key=lambda row: (row[0], row[1], row[4] or "", natural(row[3] or ""))
        )
        if algorithm in algorithms
    ]
