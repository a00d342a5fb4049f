"""Agreement of the AI with the reader, and of readers among themselves."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import DIMENSIONS
from overread.measures.accuracy import withheld
from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.stats.agreement import cohen_kappa, gwet_ac, pabak, percent_agreement
from overread.stats.estimate import make_estimate
from overread.stats.multi_rater import NO_PAIRS, gwet_ac_multi
from overread.stats.proportion import wilson

MANY = "several readers of one exam make dependent pairs: no interval is computed yet"


def ai_against_reader(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Percent agreement, kappa, AC1 and PABAK of the AI's call with the reader's, per algorithm version."""
    answers = ("present", "absent")
    cells = [(a, b) for a in answers for b in answers]
    sums = ", ".join(
        f"coalesce(sum(n) FILTER (call = '{a}' AND reader_call = '{b}'), 0)::BIGINT AS {a}_{b}"
        for a, b in cells
    )
    strata = roll_up(
        connection,
        "count_pair",
        ("algorithm", "algorithm_version", "finding"),
        sums,
        where="status = 'ok' AND call IN ('present', 'absent') AND reader_call IN ('present', 'absent') "
        "AND first_reference",
    )
    if strata.height == 0:
        return
    flat = np.stack([strata[f"{a}_{b}"].cast(pl.Float64).to_numpy() for a, b in cells], axis=-1)
    table = flat.reshape(-1, 2, 2)
    agreeing, total = table[:, 0, 0] + table[:, 1, 1], flat.sum(axis=-1)
    yield rows(
        "agreement_percent", strata, percent_agreement(table), numerator=agreeing, denominator=total
    )
    for measure_id, statistic in (
        ("cohen_kappa", cohen_kappa),
        ("gwet_ac1", gwet_ac),
        ("pabak", pabak),
    ):
        yield rows(measure_id, strata, statistic(table))


def between_readers(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Agreement of the readers of one exam; exams with one reader do not enter."""
    keys = ("finding", "present", "readers")
    cells = roll_up(
        connection, "count_rating", keys, "sum(n)::BIGINT AS n", where="readers >= 2", dated=False
    )
    if cells.height == 0:
        return
    place = [*DIMENSIONS[1:], "finding"]
    cells = cells.with_columns(
        pairs=pl.col("n") * pl.col("readers") * (pl.col("readers") - 1) / 2,
        equal=pl.col("n")
        * (
            pl.col("present") * (pl.col("present") - 1)
            + (pl.col("readers") - pl.col("present")) * (pl.col("readers") - pl.col("present") - 1)
        )
        / 2,
        # each exam weighs alike in Fleiss' and Gwet's observed agreement
        item=pl.col("n")
        * (
            pl.col("present") * (pl.col("present") - 1)
            + (pl.col("readers") - pl.col("present")) * (pl.col("readers") - pl.col("present") - 1)
        )
        / (pl.col("readers") * (pl.col("readers") - 1)),
        called=pl.col("n") * pl.col("present"),
        ratings=pl.col("n") * pl.col("readers"),
    )
    strata = (
        cells.group_by(place)
        .agg(pl.col("n", "pairs", "equal", "item", "called", "ratings").sum())
        .sort(place, nulls_last=False)
        .with_columns(population=pl.lit("readers"))
    )
    n, pairs, equal, item, called, ratings = (
        strata[name].cast(pl.Float64).to_numpy()
        for name in ("n", "pairs", "equal", "item", "called", "ratings")
    )
    many = np.ones(n.size, dtype=bool)
    yield rows(
        "agreement_percent",
        strata,
        withheld(wilson(equal, pairs), many, MANY),
        numerator=equal,
        denominator=pairs,
    )
    share = called / ratings
    chance = share**2 + (1 - share) ** 2
    gap = np.where(chance < 1, 1 - chance, 1.0)
    kappa = make_estimate(
        (item / n - chance) / gap,
        n=n,
        method="Fleiss kappa",
        insufficient=[(chance >= 1, "all readers gave one answer")],
        withheld=[(many, MANY)],
    )
    yield rows("cohen_kappa", strata, kappa)
    yield rows(
        "pabak",
        strata,
        make_estimate(2 * item / n - 1, n=n, method="PABAK, many readers", withheld=[(many, MANY)]),
    )
    yield _gwet(cells, place, strata)


def _gwet(cells: pl.DataFrame, place: list[str], strata: pl.DataFrame) -> pl.DataFrame:
    """AC1 with its standard error over exams, from the patterns repeated by their frequency."""
    ordered = cells.sort([*place, "readers", "present"], nulls_last=False)
    results = [
        gwet_ac_multi(
            np.repeat(
                np.stack([group["present"], group["readers"] - group["present"]], axis=-1).astype(
                    np.float64
                ),
                group["n"].to_numpy(),
                axis=0,
            )
        )
        for _, group in ordered.group_by(place, maintain_order=True)
    ]
    parts = {
        name: np.array([float(getattr(result, name)) for result in results])
        for name in ("value", "se", "n")
    }
    half = 1.959963984540054 * parts["se"]
    estimate = make_estimate(
        parts["value"],
        n=parts["n"],
        se=parts["se"],
        low=np.maximum(parts["value"] - half, -1),
        high=np.minimum(parts["value"] + half, 1),
        method="AC1, many readers",
        insufficient=[(~np.isfinite(parts["value"]), NO_PAIRS)],
    )
    return rows("gwet_ac1", strata, estimate)
