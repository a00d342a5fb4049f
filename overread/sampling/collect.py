"""Filled worklists back to rows of reviews: the quality office's assignments tell which task each answer is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from overread.feeds.xlsx_records import read_xlsx_records
from overread.sampling.frame import SamplingError
from overread.sampling.worklist import ANSWERS, ASSIGNMENTS
from overread.warehouse.prepare import UNREADABLE

FORM: Final = "radpeer-2016"
REVIEWS: Final = (
    "review", "assignment", "task", "site", "route", "form", "reviewer", "score", "arbitrated", "direction",
    "attribution", "reviewed", "ruled", "told",
)  # fmt: skip


def _read(path: Path, needed: Sequence[str]) -> pl.DataFrame:
    """A table of texts without blanks at their edges, from CSV (comma or semicolon) or XLSX.

    Raises:
        SamplingError: It cannot be read or lacks a column.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            records = read_xlsx_records(path)
            frame = pl.DataFrame(records.table) if records.table is not None else pl.DataFrame()
            frame = frame.rename(dict(zip(frame.columns, records.header, strict=True)))
        else:
            text = path.read_text(encoding="utf-8-sig")
            head = text.split("\n", 1)[0]
            separator = ";" if head.count(";") > head.count(",") else ","
            frame = pl.read_csv(text.encode(), separator=separator, infer_schema=False)
    except (*UNREADABLE, pl.exceptions.PolarsError) as error:
        raise SamplingError(f"{path}: cannot be read; {error}") from None
    if lacking := [name for name in needed if name not in frame.columns]:
        raise SamplingError(
            f"{path}: column {', '.join(lacking)} is not in it; keep the worklist's header as it was"
        )
    return frame.select(pl.col(needed).cast(pl.String).str.strip_chars().replace("", None))


def collect(office: Path, filled: Sequence[Path], form: str = FORM) -> pl.DataFrame:
    """Join what reviewers filled in to the assignments.

    Args:
        office: The quality office's file of the draw.
        filled: Worklists that came back, CSV or XLSX; lines without a score are not done yet.
        form: Form and version that the scores are of.

    Returns:
        Reviews in the order of their assignments, columns `REVIEWS`.

    Raises:
        SamplingError: A file cannot be read, an assignment is not of the draw, or two answers to one differ.
    """
    known = _read(office, ASSIGNMENTS)
    answers = (
        pl.concat([_read(path, ("assignment", "reviewer", *ANSWERS)) for path in filled])
        .filter(pl.col("score").is_not_null())
        .unique()
    )
    strange = (
        answers.join(known, on="assignment", how="anti")["assignment"].unique().sort().to_list()
    )
    if strange:
        raise SamplingError(
            f"{', '.join(map(str, strange[:3]))}{' and others' if strange[3:] else ''} is no assignment of {office}; "
            "name the quality office's file of the same draw"
        )
    twice = (
        answers.filter(answers["assignment"].is_duplicated())["assignment"]
        .unique()
        .sort()
        .to_list()
    )
    if twice:
        raise SamplingError(
            f"{', '.join(twice[:3])}{' and others' if twice[3:] else ''} came back with two answers; keep one of them"
        )
    none = pl.lit(None, pl.String)
    return (
        answers.join(known.drop("reviewer"), on="assignment")
        .with_columns(
            review=pl.col("assignment"),
            form=pl.lit(form),
            arbitrated=none,
            attribution=none,
            ruled=none,
            told=none,
        )
        .select(REVIEWS)
        .sort("assignment")
    )
