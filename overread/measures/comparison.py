"""Vendors compared: for what they were given to read, for how few cases they have, and by rank with its uncertainty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.concordance import REVIEWED
from overread.measures.table import rows
from overread.measures.turnaround import DUE
from overread.model.codes import UNKNOWN
from overread.stats.comparison.empirical_bayes import Shrinkage, shrink_shares
from overread.stats.comparison.ranks import rank_beta
from overread.stats.comparison.standardisation import standardised_ratio
from overread.stats.estimate import NOT_APPLICABLE, Estimate, FloatArray
from overread.stats.shares.proportion import wilson

# What a case is like: a vendor is compared with all vendors in the same cells.
CELL: Final = ("modality", "patient_class", "priority", "service")
# With more than this share of its cases in cells of its own a vendor is not comparable.
MOST_ALONE: Final = 0.5
NOT_COMPARABLE: Final = (
    "more than half of the vendor's cases are of a kind that no other vendor has"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A share by which vendors are compared, told the way in which fewer is better.

    Attributes:
        category: Measure that it is: the category of its ratio and of its rank.
        ratio: Category of its ratio where that is told the other way round.
        shrunken: Measure of its shrunken rate.
        table: Count table.
        key: Column of `measure` that stays apart.
        column: The same column of the count table.
        where: Rows that enter.
        sums: SQL of the sums.
        events: Of the sums, what there should be few of.
        cases: Of the sums, out of what.
        good: Whether the measure counts the cases that are no events.
    """

    category: str
    ratio: str
    shrunken: str
    table: str
    key: str
    column: str
    where: str
    sums: str
    events: str
    cases: str
    good: bool = False


def _reviewed(measure_id: str, events: str, cases: str) -> Compared:
    return Compared(
        measure_id,
        measure_id,
        f"{measure_id}_shrunk",
        "count_review",
        "route",
        "route",
        "route = 'random'",
        REVIEWED,
        events,
        cases,
    )


COMPARED: Final = (
    _reviewed("discrepancy_rate", "discrepant", "n"),
    _reviewed("significant_discrepancy_rate", "significant", "known"),
    Compared(
        "sla_attainment",
        "sla_breaches",
        "sla_attainment_shrunk",
        "count_sla",
        "interval",
        "sla_interval",
        "true",
        DUE,
        "breach",
        "due",
        good=True,
    ),
)


def comparison(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Rows of the ratios, shrunken rates and ranks: each vendor over all months, held months left out."""
    for compared in COMPARED:
        cells = connection.sql(
            f"SELECT vendor, {', '.join(CELL)}, {compared.column} AS {compared.key}, {compared.sums} "
            f"FROM {compared.table} WHERE {compared.where} AND vendor <> '{UNKNOWN}' "
            f"AND month NOT IN (SELECT month FROM held_month) GROUP BY vendor, {', '.join(CELL)}, {compared.column}"
        ).pl()
        counted = cells.select(
            "vendor",
            *CELL,
            compared.key,
            x=pl.col(compared.events).cast(pl.Float64).fill_null(0),
            n=pl.col(compared.cases).cast(pl.Float64).fill_null(0),
        ).filter(pl.col("n") > 0)
        for each in counted.sort(compared.key, "vendor", *CELL).partition_by(
            compared.key, maintain_order=True
        ):
            yield from _ratios(compared, each)
            yield from _among_vendors(compared, each)


def _ratios(compared: Compared, cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Observed to expected events, and the share of cases that nobody else has."""
    whole = [*CELL, compared.key]
    shared = pl.len().over(whole) > 1
    expected = pl.col("n") * pl.col("x").sum().over(whole) / pl.col("n").sum().over(whole)
    told = cells.with_columns(shared=shared, expected=expected)
    vendors = told.group_by("vendor", compared.key, maintain_order=True).agg(
        n=pl.col("n").sum(),
        alone=pl.col("n").filter(~pl.col("shared")).sum(),
        observed=pl.col("x").filter("shared").sum(),
        expected=pl.col("expected").filter("shared").sum(),
    )
    strata = vendors.select("vendor", compared.key, category=pl.lit(compared.ratio))
    n, alone, observed, awaited = (
        vendors[name].to_numpy() for name in ("n", "alone", "observed", "expected")
    )
    ratio = _comparable(standardised_ratio(observed, awaited), n, alone)
    yield rows("standardised_ratio", strata, ratio, numerator=observed, denominator=awaited)
    yield rows("case_mix_alone", strata, wilson(alone, n), numerator=alone, denominator=n)


def _comparable(ratio: Estimate, n: FloatArray, alone: FloatArray) -> Estimate:
    """The ratio of n cases less those alone; none where most of them are."""
    mostly = alone > MOST_ALONE * n
    value, se, low, high = (
        np.where(mostly, np.nan, part) for part in (ratio.value, ratio.se, ratio.low, ratio.high)
    )
    status = np.where(mostly, NOT_APPLICABLE, ratio.status).astype(object)
    reason = np.where(mostly, NOT_COMPARABLE, ratio.reason).astype(object)
    return Estimate(value, se, low, high, n - alone, ratio.method, status, reason)


def _among_vendors(compared: Compared, cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Shrunken rates and ranks of the vendors of one table."""
    vendors = cells.group_by("vendor", compared.key, maintain_order=True).agg(
        pl.col("x", "n").sum()
    )
    x, n = vendors["x"].to_numpy(), vendors["n"].to_numpy()
    strata = vendors.select("vendor", compared.key)
    shrunken = shrink(x, n, good=compared.good)
    numerator = n - x if compared.good else x
    yield rows(compared.shrunken, strata, shrunken.estimate, numerator=numerator, denominator=n)
    labelled = strata.with_columns(category=pl.lit(compared.category))
    yield rows("rank", labelled, replace(rank(x, n), n=n), denominator=float(vendors.height))


def shrink(x: FloatArray, n: FloatArray, *, good: bool = False) -> Shrinkage:
    """Rates drawn towards what the vendors have in common.

    Args:
        x: Events of each vendor, shape (vendors,).
        n: Cases of each vendor.
        good: Whether the rate is that of the cases without event.
    """
    return shrink_shares(n - x if good else x, n)


def rank(x: FloatArray, n: FloatArray) -> Estimate:
    """Rank of each vendor by its shrunken rate of events, 1 = fewest, with its interval.

    Args:
        x: Events of each vendor, shape (vendors,).
        n: Cases of each vendor.
    """
    shrunken = shrink(x, n)
    return rank_beta(shrunken.first, shrunken.second).rank
