"""Reciprocity between vendor and hospital."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_NEEDS: Final = ("local_review.task_id", "local_review.score")
_RADPEER: Final = "ACR RADPEER, 2016 form"
_PLACES: Final = (
    "told by month at places of one dimension or none; the vendor is the one whose reader judged, the other direction is "
    "the discrepancy rate of that vendor"
)

RECIPROCITY: Final = (
    Measure(
        "local_discrepancy_rate", "Discrepancy rate of the hospital's own reads", "院內判讀不一致率（廠商複閱）",
        "How often does a vendor's reader disagree with the read that the hospital made before?",
        "of these, those scored 2 or 3", "the hospital's reads that a vendor's reader scored", _PLACES,
        "share", "neutral", "Wilson", _NEEDS, _RADPEER,
    ),
    Measure(
        "local_significant_discrepancy_rate", "Significant discrepancy rate of the hospital's own reads",
        "院內判讀重大不一致率（廠商複閱）",
        "How often is such a disagreement likely to matter clinically?",
        "of these, those scored 2b or 3b", "the hospital's reads that a vendor's reader scored with known significance",
        "old plain scores 2, 3 and 4 carry no significance: counted, not in the denominator; " + _PLACES,
        "share", "neutral", "Wilson", _NEEDS, _RADPEER,
    ),
)  # fmt: skip
