"""Evidence of the peer-review measures."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.explain.evidence import Evidence, Explain, Stored, from_sums, of_row, placed, same
from overread.explain.facts import REVIEWS
from overread.measures.concordance import ARBITRATED, RATES, REVIEWED, SCORED

_NO_SCORE = ("reviews without a score", "score IS NULL")
_NOT_ARBITRATED = ("reviews that were not arbitrated", "arbitrated_score IS NULL")
_UNKNOWN = "reviews with a score of the old form, whose significance is unknown"


def rate(row: Stored) -> Evidence:
    """Discrepancy rates."""
    numerator, denominator = RATES[row["measure_id"]]
    arbitrated = f" AS {denominator}," in f"{ARBITRATED},"
    score = "arbitrated_score" if arbitrated else "score"
    return from_sums(
        REVIEWS,
        (*placed(row), *same(row, "route")),
        ARBITRATED if arbitrated else REVIEWED,
        numerator,
        denominator,
        (_NOT_ARBITRATED if arbitrated else _NO_SCORE, (_UNKNOWN, f"{score} IN ('2', '3', '4')")),
    )


def share_of_score(row: Stored) -> Evidence:
    """Share of one RADPEER score."""
    return from_sums(
        REVIEWS,
        (*placed(row), *same(row, "route")),
        f"{REVIEWED}, {SCORED}",
        f"score_{row['category']}",
        "n",
        (_NO_SCORE,),
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {**dict.fromkeys(RATES, of_row(rate)), "radpeer_share": of_row(share_of_score)}
)
