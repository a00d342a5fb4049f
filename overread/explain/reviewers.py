"""Evidence of the reviewers' severity: counts by SQL, the model's values from the listed reviews."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from overread.explain.evidence import (
    Evidence,
    Explain,
    Statistic,
    Stored,
    from_sums,
    of_row,
    same,
)
from overread.explain.facts import REVIEWS
from overread.measures.reviewers import SCORED, Crossed, as_ratio
from overread.warehouse.quoting import literal

_LEFT_OUT: Final = (
    ("reviews without a reviewer", "reviewer_id IS NULL"),
    ("reviews without a score", "score IS NULL"),
)
_SUMS: Final = (
    f"coalesce(sum(n) FILTER ({SCORED}), 0)::BIGINT AS reviews, "
    f"coalesce(sum(n) FILTER ({SCORED} AND score = '1'), 0)::BIGINT AS concordant"
)


def _crossed(reviews: pl.DataFrame) -> Crossed:
    cells = reviews.group_by("vendor", pl.col("reviewer_id").alias("reader"), "discrepant").len("n")
    return Crossed.of(cells.with_columns(pl.col("reader").cast(pl.String)))


def _modelled(row: Stored, own: str, parts: str, statistic: Statistic) -> Evidence:
    """All random reviews enter the model; `own` are those that the row counts."""
    return Evidence(
        REVIEWS,
        same(row, "route"),
        (
            ("counted", f"SELECT count(*) FILTER (discrepant) AS discrepant, count(*) AS reviews FROM stratum "
                        f"WHERE {SCORED} AND {own}"),
        ),
        f"SELECT reviews::DOUBLE AS n, {parts}counted.* FROM counted",
        (("contributing", f"SELECT row, discrepant FROM stratum WHERE {SCORED}"),),
        _LEFT_OUT,
        statistic=statistic,
    )  # fmt: skip


def severity(row: Stored) -> Evidence:
    """Odds ratio of a reviewer to the average one."""

    def value(reviews: pl.DataFrame) -> float:
        crossed = _crossed(reviews)
        place = crossed.reviewers.index(row["reader"])
        return float(as_ratio(crossed.fitted().severity).value[place])

    own = f"reviewer_id::VARCHAR = {literal(str(row['reader']))}"
    return _modelled(
        row, own, "", Statistic("overread.stats.comparison.severity.reviewer_severity", value)
    )


def adjusted(row: Stored) -> Evidence:
    """Discrepancy rate of a vendor with the common mix of reviewers."""

    def value(reviews: pl.DataFrame) -> float:
        crossed = _crossed(reviews)
        return float(crossed.fitted().adjusted.value[crossed.vendors.index(row["vendor"])])

    parts = "discrepant::DOUBLE AS numerator, reviews::DOUBLE AS denominator, "
    statistic = Statistic("overread.stats.comparison.severity.reviewer_severity", value)
    return _modelled(row, same(row, "vendor")[0], parts, statistic)


def zero_rate(row: Stored) -> Evidence:
    """Reviews that a reviewer, or all of them, scored 1."""
    return from_sums(
        REVIEWS,
        (*same(row, "route"), *same(row, reader="reviewer_id::VARCHAR")),
        _SUMS,
        "concordant",
        "reviews",
        _LEFT_OUT,
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {
        "reviewer_severity": of_row(severity),
        "reviewer_zero_rate": of_row(zero_rate),
        "discrepancy_rate_adjusted": of_row(adjusted),
    }
)
