"""Item counts of reader studies: who said what of which case, where several reads of a case make reads dependent."""

from __future__ import annotations

from typing import Any, Final

import narwhals as nw

from overread.counts.declared import DIMENSIONS

ITEMS: Final = "count_item"
KEYS: Final = (
    "reader",
    "finding",
    "reference",
    "call",
    "truth",
    "score_key",
    "exam_id",
    "case_id",
)
# Columns of the fact that the pass reads.
COLUMNS: Final = (*DIMENSIONS, *KEYS)
_QUESTION: Final = ("finding", "reference")


def shared_reads(calls: nw.LazyFrame[Any]) -> tuple[nw.LazyFrame[Any], ...]:
    """Reads of cases that have several reads, where some exam was read by several readers.

    Exam and case are pseudonyms. Reads of other cases need no item: their counts say all. The table is made whole,
    never by month: a read of a new month makes the older reads of its case dependent, too.

    Args:
        calls: The calls with their truth.

    Returns:
        The one part of the table, `n` reads per row: more than one where a reader gave one answer twice.
    """
    judged = calls.filter(~nw.col("truth").is_null())
    studied = (
        judged.group_by(*_QUESTION, "exam_id", "reader")
        .agg(reads=nw.len())
        .group_by(*_QUESTION, "exam_id")
        .agg(readers=nw.len())
        .filter(nw.col("readers") > 1)
        .group_by(*_QUESTION)
        .agg(exams=nw.len())
    )
    shared = judged.group_by(*_QUESTION, "case_id").agg(reads=nw.len()).filter(nw.col("reads") > 1)
    return (
        judged.join(studied, on=list(_QUESTION), how="semi")
        .join(shared, on=[*_QUESTION, "case_id"], how="semi")
        .group_by(*COLUMNS)
        .agg(n=nw.len())
        # tokens travel as text on Spark
        .with_columns(nw.col("exam_id", "case_id").cast(nw.String)),
    )
