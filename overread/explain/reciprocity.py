"""Evidence of the rates of the hospital's own reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.explain.evidence import Evidence, Explain, Stored, from_sums, of_row, placed
from overread.explain.facts import LOCAL_REVIEWS
from overread.measures.concordance import REVIEWED
from overread.measures.reciprocity import LOCAL_RATES


def rate(row: Stored) -> Evidence:
    """Discrepancy rates of the hospital's own reads."""
    return from_sums(
        LOCAL_REVIEWS,
        placed(row),
        REVIEWED,
        *LOCAL_RATES[row["measure_id"]],
        (
            ("reviews without a score", "score IS NULL"),
            (
                "reviews with a score of the old form, whose significance is unknown",
                "score IN ('2', '3')",
            ),
        ),
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(dict.fromkeys(LOCAL_RATES, of_row(rate)))
