"""Reviewers and what their severity does to the vendors' rates."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_NEEDS: Final = ("review.task_id", "review.route", "review.score", "review.reviewer_id")
_SOURCE: Final = (
    "Breslow and Clayton, J Am Stat Assoc 88:9-25 (1993); "
    "standardisation: Lane and Nelder, Biometrics 38:613-621 (1982)"
)
_ALONE: Final = (
    "routes other than random: only a blinded random sample gives reviewers the same kind of reports; reviews without a "
    "reviewer or a score; told over all months only"
)

REVIEWERS: Final = (
    Measure(
        "reviewer_severity", "Reviewer severity", "複閱者嚴格度",
        "How much more or less readily than the average does a reviewer find a discrepancy?",
        "reviews scored 2 or 3", "random reviews of the reviewer", _ALONE, "ratio", "neutral",
        "t on reviewers - 1 degrees of freedom, on the log odds", _NEEDS, _SOURCE,
        formula="odds ratio to the average reviewer (1), from a logistic model with vendors fixed and reviewers random: "
        "shrunk towards 1 where there is little to go by",
    ),
    Measure(
        "reviewer_zero_rate", "Reviews without a discrepancy, by reviewer", "複閱者零不一致比率",
        "How often does a reviewer find nothing, beside all reviewers of the blinded random sample?",
        "reviews scored 1", "random reviews of the reviewer; without a reviewer, of all of them", _ALONE,
        "share", "neutral", "Wilson", _NEEDS, "definition",
    ),
    Measure(
        "discrepancy_rate_adjusted", "Discrepancy rate, reviewers' severity taken out", "校正複閱者嚴格度之不一致率",
        "What would a vendor's discrepancy rate be if every vendor had the same reviewers?",
        "random reviews scored 2 or 3, as counted", "random reviews, as counted", _ALONE, "share", "lower",
        "normal on the log odds, delta method", _NEEDS, _SOURCE,
        formula="mean over all reviewers, weighted by their share of all reviews, of the chance that the model (vendors "
        "fixed, reviewers random) gives a report of the vendor; not numerator / denominator",
    ),
)  # fmt: skip
