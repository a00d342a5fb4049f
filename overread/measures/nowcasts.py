"""Nowcast of late reviews: what the open months will show once their reviews are in."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from overread.counts.declared import DELAYS
from overread.measures.grains import held_months
from overread.measures.table import rows
from overread.stats.estimate import INSUFFICIENT, OK, Estimate, FloatArray, TextArray
from overread.stats.late_reviews.nowcast import Nowcast, nowcast

# Reviews done later than this many months after the month of the request do not count as done.
LAST_DELAY: Final = 5
# They are found by way of an earlier finding: a task enters once its patient comes back, which no triangle follows.
LEFT_OUT_ROUTE: Final = "prior_linked"
# With fewer of the discrepant reviews in, one review more or less would decide the projection.
LEAST_SHARE_IN: Final = 0.2
TOO_EARLY: Final = (
    "fewer than 20 % of such reviews are in by this age: a projection would rest on next to nothing"
)
# What was found -> the triangle of each rate: not an event, an event, gone without an answer.
KINDS: Final = MappingProxyType(
    {
        "nowcast_discrepancy_rate": (
            ("concordant",),
            ("insignificant", "significant", "unknown"),
            ("expired", "unscored"),
        ),
        "nowcast_significant_discrepancy_rate": (
            ("concordant", "insignificant"),
            ("significant",),
            ("expired", "unscored", "unknown"),
        ),
    }
)
REVIEWS: Final = "nowcast_reviews"
# A request whose review has no time has no place in a triangle.
TIMED: Final = "(delay IS NOT NULL OR found = 'open')"


def last_month(cutoff: datetime) -> str:
    """The last month that is over at every site: no site's clock is more than 12 hours behind UTC."""
    first_of_running = (cutoff - timedelta(hours=12)).replace(day=1)
    return f"{first_of_running - timedelta(days=1):%Y-%m}"


def _number(month: str) -> int:
    return 12 * int(month[:4]) + int(month[5:]) - 1


@dataclass(frozen=True, slots=True)
class Triangles:
    """Requests for review by route, vendor and month of the request.

    Attributes:
        routes: The routes.
        vendors: Vendors that have a request by any of them.
        months: Months of the request without a gap.
        age: Months that each was followed for.
        assigned: Requests, shape (routes, vendors, months).
        found: What was found -> reviews by delay, shape (routes, vendors, months, delays).
    """

    routes: tuple[str, ...]
    vendors: tuple[str, ...]
    months: tuple[str, ...]
    age: NDArray[np.int64]
    assigned: FloatArray
    found: dict[str, FloatArray]

    @classmethod
    def of(cls, cells: pl.DataFrame, last: str) -> Triangles | None:
        """Triangles from cells with vendor, route, origin_month, delay, found and n.

        Args:
            cells: Cells of the months that are not held.
            last: Last month that is over everywhere; what came later is still to come.

        Returns:
            The triangles, None without a request up to that month.
        """
        cells = cells.filter(pl.col("origin_month") <= last, pl.col("route") != LEFT_OUT_ROUTE)
        if cells.height == 0:
            return None
        routes, vendors = (
            tuple(cells[name].unique().sort().to_list()) for name in ("route", "vendor")
        )
        first, end = _number(str(cells["origin_month"].min())), _number(last)
        months = tuple(f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, end + 1))
        age = np.arange(len(months), 0, -1, dtype=np.int64)
        origin = np.array([_number(month) - first for month in cells["origin_month"]])
        place = (
            np.searchsorted(routes, cells["route"].to_numpy()),
            np.searchsorted(vendors, cells["vendor"].to_numpy()),
            origin,
        )
        n = cells["n"].cast(pl.Float64).to_numpy()
        shape = (len(routes), len(vendors), len(months))
        assigned = np.zeros(shape)
        np.add.at(assigned, place, n)
        delay = cells["delay"].fill_null(LAST_DELAY + 1).cast(pl.Int64).to_numpy()
        what = cells["found"].to_numpy()
        seen = (delay <= LAST_DELAY) & (delay < age[origin])
        found = {}
        for name in dict.fromkeys(
            name for kind in KINDS.values() for part in kind for name in part
        ):
            chosen = seen & (what == name)
            found[name] = np.zeros((*shape, LAST_DELAY + 1))
            np.add.at(found[name], (*(part[chosen] for part in place), delay[chosen]), n[chosen])
        return cls(routes, vendors, months, age, assigned, found)

    def parts(self, measure_id: str) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Concordant, discrepant and lapsed by delay, as a rate sees them."""
        concordant, discrepant, lapsed = (
            np.sum([self.found[name] for name in names], axis=0) for names in KINDS[measure_id]
        )
        return concordant, discrepant, lapsed


def _guarded(result: Nowcast) -> Estimate:
    """The rate with what is provisional marked, and without what next to nothing tells."""
    ages = np.minimum(np.arange(result.complete.size, 0, -1), LAST_DELAY + 1)
    rate = result.rate
    early = (
        (result.discrepant_developed[..., ages - 1] < LEAST_SHARE_IN)
        & ~result.complete
        & (rate.status == OK)
    )
    value, se, low, high = (
        np.where(early, np.nan, part) for part in (rate.value, rate.se, rate.low, rate.high)
    )
    status: TextArray = np.where(early, INSUFFICIENT, rate.status)
    provisional = np.where(
        (status == OK) & result.provisional, result.provisional_reason, rate.reason
    )
    reason: TextArray = np.where(early, TOO_EARLY, provisional)
    return Estimate(value, se, low, high, rate.n, rate.method, status, reason)


def projected(
    triangles: Triangles, measure_id: str, together: bool
) -> tuple[Estimate, FloatArray, FloatArray]:
    """Nowcast of a measure; delays are learnt over all vendors of a route.

    Args:
        triangles: The triangles.
        measure_id: One of `KINDS`, or `REVIEWS`.
        together: All vendors of a route as one unit, instead of each of them.

    Returns:
        The estimate, numerator and denominator, each of shape (routes, vendors or 1, months).
    """
    of_rate = measure_id if measure_id in KINDS else next(iter(KINDS))
    parts: list[Any] = [*triangles.parts(of_rate), triangles.assigned]
    if together:
        parts = [part.sum(axis=1, keepdims=True) for part in parts]
    concordant, discrepant, lapsed, assigned = parts
    result = nowcast(
        concordant, discrepant, assigned, expired=lapsed, age=triangles.age, pool_axes=(1,)
    )
    found = discrepant.sum(axis=-1)
    seen = found + concordant.sum(axis=-1)
    if measure_id != REVIEWS:
        return _guarded(result), found, seen
    reviews = result.reviews
    marked = np.where(
        (reviews.status == OK) & result.provisional, result.provisional_reason, reviews.reason
    )
    return replace(reviews, reason=marked), seen, assigned


def _cells(connection: duckdb.DuckDBPyConnection, held: Collection[str]) -> pl.DataFrame:
    cells: pl.DataFrame = connection.sql(
        f"SELECT vendor, route, origin_month, delay, found, sum(n)::BIGINT AS n FROM {DELAYS} "
        f"WHERE NOT list_contains($held, month) AND {TIMED} GROUP BY ALL ORDER BY ALL",
        params={"held": list(held)},
    ).pl()
    return cells


def nowcasts(
    connection: duckdb.DuckDBPyConnection, cutoff: datetime | None
) -> Iterator[pl.DataFrame]:
    """Rows per route and month of the request, for each vendor and all of them; none where the data carry no time."""
    triangles = (
        Triangles.of(_cells(connection, held_months(connection)), last_month(cutoff))
        if cutoff
        else None
    )
    if triangles is None:
        return
    for together in (True, False):
        vendors = (None,) if together else triangles.vendors
        strata = pl.DataFrame(
            [
                {"route": route, "vendor": vendor, "period": month}
                for route in triangles.routes
                for vendor in vendors
                for month in triangles.months
            ],
            schema=dict.fromkeys(("route", "vendor", "period"), pl.String),
        )
        assigned = triangles.assigned.sum(axis=1) if together else triangles.assigned
        asked = assigned.ravel() > 0
        for measure_id in (REVIEWS, *KINDS):
            estimate, x, n = projected(triangles, measure_id, together)
            told = rows(
                measure_id,
                strata,
                _flat(estimate),
                numerator=x.ravel(),
                denominator=n.ravel(),
            )
            yield told.filter(pl.Series(asked))


def _flat(estimate: Estimate) -> Estimate:
    """The same in one axis of strata."""
    return Estimate(
        value=estimate.value.ravel(),
        se=estimate.se.ravel(),
        low=estimate.low.ravel(),
        high=estimate.high.ravel(),
        n=estimate.n.ravel(),
        method=estimate.method,
        status=estimate.status.ravel(),
        reason=estimate.reason.ravel(),
    )
