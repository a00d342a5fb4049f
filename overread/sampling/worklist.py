"""The files of a draw: the reviewers' blinded worklist and the quality office's assignments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl
import xlsxwriter

from overread.model.codes import CODE_LISTS

# What the reviewer fills in; the names are those of the form's answers in the warehouse.
ANSWERS: Final = ("score", "direction", "reviewed")
ASSIGNMENTS: Final = (
    "assignment", "task", "site", "route", "stratum", "probability", "reviewer", "assigned", "due", "expired",
    "completed",
)  # fmt: skip
# What a reviewer chooses from in the workbook.
_CHOICES: Final = {
    "score": ("1", "2a", "2b", "3a", "3b"),
    "direction": CODE_LISTS["direction"].codes,
}
_WHEN: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Term:
    """From when and until when the new assignments are to be done (UTC)."""

    assigned: datetime
    due: datetime

    @classmethod
    def of_days(cls, assigned: datetime, days: int) -> Term:
        """A term of so many days."""
        return cls(assigned, assigned + timedelta(days=days))


def worklist(drawn: pl.DataFrame, known: Mapping[str, str], term: Term) -> pl.DataFrame:
    """What the reviewers get: the order is random, and nothing tells whose report it is or what others found.

    `report` is the role of the report in question; `reported` is filled where an exam has several of one role.

    Args:
        drawn: The draw with its reviewers.
        known: Token -> identifier; a token without one stays as it is.
        term: When the work is due.
    """
    return drawn.select(
        "assignment",
        "site",
        pl.col("exam_token").replace(known).alias("accession"),
        "modality",
        "report",
        "reported",
        "reviewer",
        pl.lit(term.due.strftime("%Y-%m-%d")).alias("due"),
        *(pl.lit(None, pl.String).alias(name) for name in ANSWERS),
    )


def assignments(
    drawn: pl.DataFrame, earlier: pl.DataFrame, known: Mapping[str, str], term: Term
) -> pl.DataFrame:
    """What the quality office gets and delivers: rows of `review_assignment`, the earlier ones of the strata with them.

    Args:
        drawn: The draw with its reviewers.
        earlier: The earlier assignments of the same strata.
        known: Token -> identifier; a token without one stays as it is.
        term: From when and until when the new ones are to be done.
    """
    none = pl.lit(None, pl.String)
    new = drawn.select(
        "assignment",
        pl.col("task_token").replace(known).alias("task"),
        "site",
        pl.lit("random").alias("route"),
        "stratum",
        "probability",
        "reviewer",
        pl.lit(term.assigned.strftime(_WHEN)).alias("assigned"),
        pl.lit(term.due.strftime(_WHEN)).alias("due"),
        none.alias("expired"),
        none.alias("completed"),
    )
    old = earlier.select(
        pl.col("assignment_token").replace(known).alias("assignment"),
        pl.col("task_token").replace(known).alias("task"),
        "site",
        pl.lit("random").alias("route"),
        "stratum",
        "probability",
        pl.col("reviewer_token").replace(known).alias("reviewer"),
        *(
            pl.col(f"{name}_at").dt.strftime(_WHEN).alias(name)
            for name in ("assigned", "due", "expired", "completed")
        ),
    )
    return pl.concat([new, old]).select(ASSIGNMENTS)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write a table as CSV in UTF-8 with a byte order mark, without which Excel takes it for another encoding."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_csv(path, include_bom=True)


def write_xlsx(frame: pl.DataFrame, path: Path, created: datetime) -> None:
    """Write a table as a workbook of text cells; the same table and date give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": False}) as book:
        book.set_properties({"created": created})
        sheet = book.add_worksheet("worklist")
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        # an accession that looks like a number keeps its zeros, also when a cell is edited
        sheet.set_column(0, frame.width - 1, 18, text)
        sheet.freeze_panes(1, 0)
        for name, codes in _CHOICES.items():
            at = frame.columns.index(name)
            chosen = {"validate": "list", "source": list(codes), "ignore_blank": True}
            sheet.data_validation(1, at, max(frame.height, 1), at, chosen)
        for number, row in enumerate([tuple(frame.columns), *frame.iter_rows()]):
            for at, value in enumerate(row):
                if value is not None:
                    sheet.write_string(number, at, str(value), text if number else bold)
