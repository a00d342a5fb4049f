"""Item counts of preliminary reports that were overread: patients with several of them make the reviews dependent."""

from __future__ import annotations

from typing import Any, Final

import narwhals as nw

from overread.counts.declared import DIMENSIONS

REPEATED: Final = "count_repeated_patient"
# Columns of the fact that the pass reads.
COLUMNS: Final = (*DIMENSIONS, "route", "significant", "patient_id")


def repeated_patients(reviews: nw.LazyFrame[Any]) -> tuple[nw.LazyFrame[Any], ...]:
    """Finals over preliminaries with a known significance, of patients who have several.

    A patient with one review needs no item: the counts say all. The table is made whole, never by month: a review of
    a new month makes the patient's older ones dependent, too.

    Args:
        reviews: The reviews.

    Returns:
        The one part of the table, `n` reviews per row.
    """
    judged = reviews.filter(
        nw.col("route") == "final_over_preliminary",
        ~nw.col("significant").is_null(),
        ~nw.col("patient_id").is_null(),
    )
    several = judged.group_by("patient_id").agg(reviews=nw.len()).filter(nw.col("reviews") > 1)
    return (
        judged.join(several, on="patient_id", how="semi")
        .group_by(*DIMENSIONS, "significant", "patient_id")
        .agg(n=nw.len())
        # tokens travel as text on Spark
        .with_columns(nw.col("patient_id").cast(nw.String)),
    )
