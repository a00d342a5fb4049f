"""Reviewers: how severe each is, how often each finds nothing, and the vendors' rates cleared of who reviewed them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.counts.declared import REVIEWERS
from overread.measures.table import rows
from overread.stats.comparison.severity import AdjustedRates, reviewer_severity
from overread.stats.estimate import Estimate, FloatArray
from overread.stats.shares.proportion import wilson

# Only a blinded random sample gives every reviewer the same kind of reports; routes never mix.
ROUTE: Final = "random"
SCORED: Final = "reviewer_id IS NOT NULL AND score IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Crossed:
    """Random reviews by vendor and reviewer.

    Attributes:
        vendors: Vendors.
        reviewers: Pseudonyms of the reviewers.
        n: Reviews, shape (vendors, reviewers).
        discrepant: Those scored 2 or 3, same shape.
    """

    vendors: tuple[str, ...]
    reviewers: tuple[str, ...]
    n: FloatArray
    discrepant: FloatArray

    @classmethod
    def of(cls, cells: pl.DataFrame) -> Crossed:
        """The table from cells with vendor, reader, discrepant (flag) and n."""
        vendors, reviewers = (
            tuple(cells[name].unique().sort().to_list()) for name in ("vendor", "reader")
        )
        place = (
            np.searchsorted(vendors, cells["vendor"].to_numpy()),
            np.searchsorted(reviewers, cells["reader"].to_numpy()),
        )
        counted = cells["n"].cast(pl.Float64).to_numpy()
        n, discrepant = (np.zeros((len(vendors), len(reviewers))) for _ in range(2))
        np.add.at(n, place, counted)
        np.add.at(discrepant, place, counted * cells["discrepant"].cast(pl.Float64).to_numpy())
        return cls(vendors, reviewers, n, discrepant)

    def fitted(self) -> AdjustedRates:
        """Severities and adjusted rates."""
        return reviewer_severity(self.discrepant, self.n)


def as_ratio(log_odds: Estimate) -> Estimate:
    """Log odds ratios as odds ratios."""
    return Estimate(
        value=np.exp(log_odds.value),
        se=np.full(log_odds.shape, np.nan),
        low=np.exp(log_odds.low),
        high=np.exp(log_odds.high),
        n=log_odds.n,
        method=log_odds.method,
        status=log_odds.status,
        reason=log_odds.reason,
    )


def reviewers(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Rows per reviewer and per vendor, over all months that are not held."""
    cells = connection.sql(
        f"SELECT vendor, reader, score <> '1' AS discrepant, sum(n)::BIGINT AS n FROM {REVIEWERS} "
        f"WHERE route = '{ROUTE}' AND reader IS NOT NULL AND score IS NOT NULL "
        "AND month NOT IN (SELECT month FROM held_month) GROUP BY ALL ORDER BY ALL"
    ).pl()
    if cells.height == 0:
        return
    crossed = Crossed.of(cells)
    fit = crossed.fitted()
    route = pl.lit(ROUTE).alias("route")
    of_reviewers = pl.DataFrame({"reader": crossed.reviewers}).with_columns(route)
    yield rows("reviewer_severity", of_reviewers, as_ratio(fit.severity))
    n, found = crossed.n.sum(axis=0), crossed.discrepant.sum(axis=0)
    with_all = pl.concat([of_reviewers.clear(1), of_reviewers]).with_columns(route)
    n, found = (np.concatenate([[part.sum()], part]) for part in (n, found))
    yield rows(
        "reviewer_zero_rate", with_all, wilson(n - found, n), numerator=n - found, denominator=n
    )
    of_vendors = pl.DataFrame({"vendor": crossed.vendors}).with_columns(route)
    yield rows(
        "discrepancy_rate_adjusted",
        of_vendors,
        fit.adjusted,
        numerator=crossed.discrepant.sum(axis=1),
        denominator=crossed.n.sum(axis=1),
    )
