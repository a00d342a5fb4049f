"""The reads of every stratum of a reader study, each set of reads once however many strata hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import CALLS, DIMENSIONS
from overread.counts.items import ITEMS
from overread.measures.grains import roll_up
from overread.stats.reader_studies.mrmc_reads import Reads
from overread.stats.reader_studies.mrmc_wins import Ints, Mask, dense

QUESTION: Final = ("finding", "reference")
PLACE: Final = ("period", *DIMENSIONS[1:])
STRATUM: Final = (*PLACE, *QUESTION)
_ANSWER: Final = ("reader", *QUESTION, "call", "truth", "score_key")

# Cases with one read need no name: their reads are the counts less the items. Of cases read more than once each
# row is one reader's answer.
_READS: Final = """
CREATE OR REPLACE TEMP TABLE study_read AS
WITH single AS (
    SELECT {columns}, NULL::VARCHAR AS exam_id, NULL::VARCHAR AS case_id, sum(n)::BIGINT AS n
    FROM (SELECT {columns}, n FROM {calls} UNION ALL SELECT {columns}, -n FROM {items})
    GROUP BY ALL HAVING sum(n) > 0
), read AS (
    FROM single UNION ALL BY NAME
    SELECT {columns}, exam_id, case_id, n FROM {items}
)
SELECT *, row_number() OVER () - 1 AS row FROM read
WHERE truth IN ('present', 'absent') AND (score_key IS NOT NULL OR call IN ('present', 'absent'))
    AND (score_key IS NOT NULL OR (finding, reference) IN (SELECT (finding, reference) FROM {items}))
"""


@dataclass(frozen=True, slots=True)
class Study:
    """The strata of all reader studies, and their reads.

    Attributes:
        strata: One row per stratum: the dimensions, finding, reference and `study`, the number of its set of reads.
        studies: Number of different sets.
        study: Set of each read, shape (reads,); a read lies in many sets.
        row: Row of `base` of each read, shape (reads,).
        base: The reads, each once.
        reader: Number of the reader per row of `base`.
        case: Number of the case per row of `base`.
        overlapping: Sets with an exam that several readers read, shape (studies,).
        repeated: Sets in which a reader read a case more than once, shape (studies,).
    """

    strata: pl.DataFrame
    studies: int
    study: Ints
    row: Ints
    base: pl.DataFrame
    reader: Ints
    case: Ints
    overlapping: Mask
    repeated: Mask

    def reads(
        self,
        answer: Literal["score_key", "call"],
        chosen: Mask | None = None,
        technique: str | None = None,
    ) -> Reads:
        """The reads with an answer, of the chosen sets (numbered anew in their order) and technique."""
        base = self.base
        kept = (
            base["score_key"].is_not_null()
            if answer == "score_key"
            else base["call"].is_in(["present", "absent"]).fill_null(value=False)
        )
        if technique is not None:
            kept &= base["technique"] == technique
        number = self.study
        mask = kept.to_numpy()[self.row]
        if chosen is not None:
            mask = mask & chosen[self.study]
            number = (np.cumsum(chosen) - 1)[self.study]
        row = self.row[mask]
        values = (base["call"] == "present") if answer == "call" else base["score_key"]
        return Reads(
            number[mask],
            self.reader[row],
            self.case[row],
            (base["truth"] == "present").to_numpy()[row],
            values.cast(pl.Float64).to_numpy()[row],
            base["n"].cast(pl.Float64).to_numpy()[row],
            base["case_id"].is_null().to_numpy()[row],
        )


def _spread(sets: pl.DataFrame, base: pl.DataFrame, held: Sequence[str]) -> tuple[Ints, Ints]:
    """Set and row of every read of every set: one join per grain that occurs."""
    fixed = pl.concat_list(pl.col(name).is_not_null() for name in PLACE).alias("grain")
    parts = []
    for (grain,), group in sets.with_columns(fixed).group_by("grain", maintain_order=True):
        names = [name for name, there in zip(PLACE, grain, strict=True) if there]
        reads = base if "period" in names else base.filter(~pl.col("period").is_in(held))
        keys = [*QUESTION, *names]
        parts.append(
            group.select("study", *keys)
            .join(reads.select("row", *keys), on=keys)
            .select("study", "row")
        )
    spread = pl.concat(parts).sort("study", "row")
    return spread["study"].to_numpy(), spread["row"].to_numpy()


def _more_than(size: int, *keys: Ints) -> Ints:
    """A row of each combination of all keys but the last that has more than `size` values of the last."""
    first = dense(*keys)[1]
    code, rows = dense(*(key[first] for key in keys[:-1]))
    return np.asarray(first[rows[np.bincount(code) > size]])


def study(connection: duckdb.DuckDBPyConnection) -> Study | None:
    """The strata whose readers can be pooled; None where no reader gave a score and no case has two reads."""
    columns = ", ".join((*DIMENSIONS, *_ANSWER))
    connection.execute(_READS.format(columns=columns, calls=CALLS.name, items=ITEMS))
    base = connection.sql("FROM study_read ORDER BY row").pl().rename({"month": "period"})
    if base.height == 0:
        return None
    strata = roll_up(
        connection, "study_read", QUESTION, "bit_xor(hash(row)) AS mark, count(*) AS size"
    ).sort(*STRATUM, nulls_last=False)
    # strata with the same reads, e.g. a vendor and its only region, are one set
    strata = strata.with_columns(study=pl.struct(*QUESTION, "mark", "size").rank("dense") - 1)
    strata = strata.with_columns(pl.col("study").cast(pl.Int64))
    sets = strata.unique("study", keep="first", maintain_order=True)
    held = [row[0] for row in connection.execute("SELECT month FROM held_month").fetchall()]
    number, row = _spread(sets, base, held)
    reader = base["reader"].rank("dense").cast(pl.Int64).to_numpy() - 1
    named = base["case_id"].is_not_null().to_numpy()
    case = base["case_id"].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    case = np.where(named, case, case.max(initial=0) + 1 + np.arange(base.height))
    exam = base["exam_id"].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    several, again = (np.zeros(sets.height, dtype=bool) for _ in range(2))
    item = named[row]
    at, its = number[item], row[item]
    several[at[_more_than(1, at, exam[its], reader[its])]] = True
    twice = base["n"].to_numpy() > 1
    again[at[_more_than(1, at, reader[its], case[its], its)]] = True
    again[at[twice[its]]] = True
    return Study(
        strata.drop("mark", "size"), sets.height, number, row, base, reader, case, several, again
    )
