"""Peer review: how often a reviewer disagrees."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_REVIEW: Final = ("review.task_id", "review.route", "review.score")
_ARBITRATED: Final = (*_REVIEW, "review.arbitrated_score")
_RADPEER: Final = "ACR RADPEER, 2016 form"
_OLD: Final = "old plain scores 2, 3 and 4 carry no significance: counted, not in the denominator"

CONCORDANCE: Final = (
    Measure(
        "discrepancy_rate", "Discrepancy rate", "不一致率",
        "How often does a reviewer disagree with the report?",
        "reviews scored 2 or 3", "reviews", "none", "share", "lower", "Wilson", _REVIEW, _RADPEER,
    ),
    Measure(
        "significant_discrepancy_rate", "Significant discrepancy rate", "重大不一致率",
        "How often is a discrepancy likely to matter clinically?",
        "reviews scored 2b or 3b", "reviews whose significance is known", _OLD,
        "share", "lower", "Wilson", _REVIEW, _RADPEER,
    ),
    Measure(
        "discrepancy_rate_arbitrated", "Discrepancy rate, arbitrated", "仲裁後不一致率",
        "How often does the arbitrated score disagree with the report?",
        "arbitrated reviews scored 2 or 3", "arbitrated reviews", "reviews that were not arbitrated",
        "share", "lower", "Wilson", _ARBITRATED, _RADPEER,
    ),
    Measure(
        "significant_discrepancy_rate_arbitrated", "Significant discrepancy rate, arbitrated",
        "仲裁後重大不一致率", "How often does a significant discrepancy stand after arbitration?",
        "arbitrated reviews scored 2b or 3b", "arbitrated reviews whose significance is known",
        "reviews that were not arbitrated; " + _OLD, "share", "lower", "Wilson", _ARBITRATED, _RADPEER,
    ),
    Measure(
        "radpeer_share", "RADPEER distribution", "RADPEER 分布", "How do the scores spread?",
        "reviews with the score", "reviews", "none", "share", "neutral", "Wilson", _REVIEW, _RADPEER,
    ),
)  # fmt: skip
