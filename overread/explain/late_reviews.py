"""Evidence of the nowcast: the month's requests by SQL, the projection from all requests of the route."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from overread.explain.evidence import Evidence, Explain, Statistic, Stored, of_row, same
from overread.explain.facts import ASSIGNMENTS
from overread.measures.nowcasts import (
    KINDS,
    LAST_DELAY,
    REVIEWS,
    TIMED,
    Triangles,
    last_month,
    projected,
)
from overread.warehouse.quoting import literal


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(literal(name) for name in names)


def _value(row: Stored, last: str) -> Statistic:
    """The projection of the row's month, from the requests of its route."""

    def value(requests: pl.DataFrame) -> float:
        cells = requests.group_by("vendor", "route", "origin_month", "delay", "found").len("n")
        triangles = Triangles.of(cells, last)
        if triangles is None:
            return float("nan")
        together = row["vendor"] is None
        estimate, _, _ = projected(triangles, row["measure_id"], together)
        vendor = 0 if together else triangles.vendors.index(row["vendor"])
        return float(estimate.value[0, vendor, triangles.months.index(row["period"])])

    return Statistic("overread.stats.late_reviews.nowcast.nowcast", value)


def late_reviews(row: Stored) -> Evidence:
    """What is in of a month's requests, and what that will grow to."""
    last = last_month(row["data_cutoff"])
    concordant, discrepant, _ = KINDS.get(row["measure_id"], next(iter(KINDS.values())))
    own = " AND ".join((f"origin_month = {literal(str(row['period']))}", *same(row, "vendor")))
    seen = (
        f"delay <= {LAST_DELAY} AND delay <= "
        f"datediff('month', strptime(origin_month, '%Y-%m'), strptime({literal(last)}, '%Y-%m'))"
    )
    held = "month IN (SELECT month FROM held_month)"
    kept = f"NOT {held} AND origin_month <= {literal(last)} AND {TIMED}"
    counted = (
        f"SELECT count(*) FILTER ({seen} AND found IN ({_listed(discrepant)})) AS discrepant, "
        f"count(*) FILTER ({seen} AND found IN ({_listed(concordant)})) AS concordant, "
        f"count(*) AS assigned FROM stratum WHERE {kept} AND {own}"
    )
    numerator, denominator = (
        ("discrepant + concordant", "assigned")
        if row["measure_id"] == REVIEWS
        else ("discrepant", "discrepant + concordant")
    )
    return Evidence(
        ASSIGNMENTS,
        same(row, "route"),
        (("counted", counted),),
        f"SELECT ({denominator})::DOUBLE AS n, ({numerator})::DOUBLE AS numerator, "
        f"({denominator})::DOUBLE AS denominator, counted.* FROM counted",
        (("contributing", f"SELECT row, origin_month, delay, found FROM stratum WHERE {kept}"),),
        (
            ("requests about exams of a held month", held),
            ("requests of a month that is not over at the data cut-off", f"origin_month > {literal(last)}"),
            ("requests whose review has no time", f"NOT {TIMED}"),
        ),
        statistic=_value(row, last),
    )  # fmt: skip


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    dict.fromkeys((REVIEWS, *KINDS), of_row(late_reviews))
)
