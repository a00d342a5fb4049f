"""An explanation as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from overread.explain.explanation import Explanation
from overread.measures.table import EXTRA, TEXT

COMMITTEE_ONLY: Final = (
    "Rows by pseudonymous keys: for the committee only, not to be passed on or published."
)
# Said in the headline, or for machines.
_NOT_LISTED: Final = ("id", "name", "name_zh_hant", "question_zh_hant", "version")


def _number(value: Any) -> str:
    """A number without digits that nobody needs; anything else as it is."""
    return f"{value:,.6g}" if isinstance(value, float) else f"{value}"


def _aligned(pairs: Iterable[tuple[str, Any]]) -> list[str]:
    listed = [(name.replace("_", " "), _number(value)) for name, value in pairs]
    width = max((len(name) for name, _ in listed), default=0)
    return [f"  {name:<{width}}  {value}".rstrip() for name, value in listed]


def _definition(told: Explanation) -> list[str]:
    """Every field of the catalogue's entry that has a text."""
    measure = told.measure
    fields = [
        (name, ", ".join(value) if isinstance(value, tuple | list) else value)
        for name, value in asdict(measure).items()
        if name not in _NOT_LISTED and value not in ("", None)
    ]
    return [
        f"{measure.id}: {measure.name} ({measure.name_zh_hant}), definition version {measure.version}",
        "",
        "Definition",
        *_aligned(fields),
    ]


def _stored(told: Explanation) -> list[str]:
    """The row of the table `measure`."""
    row = told.stored
    place = [(name, row[name]) for name in (*TEXT, *EXTRA) if row[name] is not None]
    names = ("value", "low", "high", "n", "numerator", "denominator", "target", "method", "status")
    numbers = [(name, row[name]) for name in names if row[name] is not None]
    reason = [("reason", row["reason"])] if row["reason"] else []
    lines = _aligned([*place, *numbers, *reason, ("data_cutoff", row["data_cutoff"])])
    other = "" if row["period"] else "; all months together"
    return [f"Stored row (what is not named is rolled up over{other})", *lines]


def _counts(told: Explanation) -> list[str]:
    counts = [(name, "none" if value is None else value) for name, value in told.counts.items()]
    lines = [f"Counts that the SQL below gives from {told.fact}", *_aligned(counts)]
    if told.statistic:
        lines.append(f"  the value is made of the listed rows by {told.statistic}")
    for name, (stored, now) in told.differs.items():
        lines.append(f"  {name} was stored as {_number(stored)} and is {_number(now)} now")
    lines.append(
        "  NOT REPRODUCED: the facts are newer than the measures, or older; run `overread run` again"
        if told.differs
        else "  as stored: the number is reproduced"
    )
    return lines


def _rows(told: Explanation) -> list[str]:
    lines = [f"Rows of {told.fact}", f"  {told.entered} entered"]
    lines += [f"  {number} left out: {reason}" for reason, number in told.left_out.items()]
    for month in told.held:
        what = "of this held month" if told.stored["period"] else "left out: a held month"
        lines.append(f"  {month.rows} {what}, {month.month}, {month.reason}")
    return lines


def _files(told: Explanation) -> list[str]:
    lines = ["Files that the entered rows came from"]
    for file in told.files:
        rows = ", ".join(f"{number} of {table}" for table, number in file.rows.items())
        lines.append(f"  {file.path}: rows {rows}\n    sha256 {file.sha256}")
    return lines


def as_text(told: Explanation) -> str:
    """The explanation for reading, the SQL last so that it can be copied."""
    parts = [
        _definition(told),
        _stored(told),
        _counts(told),
        _rows(told),
        _files(told),
        ["SQL of the number", told.sql],
        ["SQL of its rows", told.sql_rows],
    ]
    if told.rows is not None:
        parts.append([COMMITTEE_ONLY, told.rows.write_csv().rstrip()])
    return "\n\n".join("\n".join(part) for part in parts)
