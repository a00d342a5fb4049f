"""Evidence of what becomes of discrepancies, and of major changes to preliminary reports."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.explain.evidence import Evidence, Explain, Stored, from_sums, of_row, placed, same
from overread.explain.facts import REVIEWS
from overread.measures.discrepancies import SHARES
from overread.measures.preliminary import CHANGED, ROUTE
from overread.warehouse.analysis.reviews import DELIVERY_DAYS
from overread.warehouse.quoting import literal, quoted

_NOT_ARBITRATED: Final = ("reviews that were not arbitrated", "arbitrated_score IS NULL")
_CONCORDANT: Final = ("reviews scored 1", "score = '1'")
_YOUNG: Final = (
    _CONCORDANT,
    (f"discrepancies reviewed less than {DELIVERY_DAYS} days before the data cut-off", "delivery = 'young'"),
    ("discrepancies without a time of the review, or delivered before it", "delivery = 'untimed'"),
)  # fmt: skip
_LEFT_OUT: Final = MappingProxyType(
    {
        "reviews_arbitrated": (_CONCORDANT,),
        "arbitration_overturned": (_NOT_ARBITRATED,),
        "discrepancy_attribution": (
            _NOT_ARBITRATED,
            ("reviews with an arbitrated score of 1", "arbitrated_score = '1'"),
        ),
        "discrepancy_direction": (_CONCORDANT,),
        "discrepancies_delivered": _YOUNG,
    }
)


def share(row: Stored) -> Evidence:
    """A share of the discrepancies or of the arbitrated reviews."""
    shares = SHARES[row["measure_id"]]
    part = dict(shares.parts)[row["category"]]
    return from_sums(
        REVIEWS,
        (*placed(row), *same(row, "route")),
        shares.sums,
        quoted(part),
        shares.denominator,
        _LEFT_OUT[row["measure_id"]],
    )


def delivery(row: Stored) -> Evidence:
    """Median time until the reader was told; who was not told in time stands behind all others."""
    judged = "delivery IN ('delivered', 'late', 'undelivered')"
    seconds = "CASE WHEN delivery = 'delivered' THEN delivery_seconds END"
    rank = "ceil(0.5 * n)"
    return Evidence(
        REVIEWS,
        placed(row),
        (
            ("ranked", f"SELECT {seconds} AS seconds, row_number() OVER (ORDER BY {seconds} NULLS LAST) AS rank, "
                       f"count(*) OVER () AS n FROM stratum WHERE {judged}"),
        ),
        f"SELECT count(*)::DOUBLE AS n, max(seconds) FILTER (rank = {rank}) / 60 AS value, "
        "count(seconds) AS told_in_time FROM ranked",
        (("contributing", f"SELECT row, {seconds} AS delivered_after FROM stratum WHERE {judged}"),),
        _YOUNG,
    )  # fmt: skip


def major_change(row: Stored) -> Evidence:
    """Finals over preliminaries that changed the report significantly."""
    return from_sums(
        REVIEWS,
        placed(row),
        CHANGED,
        "major",
        "known",
        (
            ("reviews by other routes", f"route <> {literal(ROUTE)}"),
            ("reviews with a score of the old form, whose significance is unknown", "score IN ('2', '3')"),
        ),
        f"route = {literal(ROUTE)}",
    )  # fmt: skip


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {
        **dict.fromkeys(SHARES, of_row(share)),
        "delivery_days": of_row(delivery),
        "preliminary_major_change": of_row(major_change),
    }
)
