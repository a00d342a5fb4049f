"""What becomes of discrepancies: arbitration, whose they were, their direction, when their reader heard of them."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_REVIEW: Final = ("review.task_id", "review.route", "review.score")
_ARBITRATED: Final = (*_REVIEW, "review.arbitrated_score")
_DELIVERED: Final = (*_REVIEW, "review.reviewed_at", "review.delivered_at")
_RADPEER: Final = "ACR RADPEER, 2016 form"
_PLACES: Final = (
    "told by month at places of one dimension or none; routes apart over all months only"
)
_WINDOW: Final = (
    "discrepancies reviewed less than 30 days before the data cut-off (nobody can say yet), without a time of the "
    "review, or delivered before it"
)

DISCREPANCIES: Final = (
    Measure(
        "reviews_arbitrated", "Discrepant reviews arbitrated", "不一致複閱送仲裁比率",
        "How many of the reviewers' discrepancies have been arbitrated?",
        "reviews scored 2 or 3 with an arbitrated score", "reviews scored 2 or 3",
        f"none: arbitrations still to come count as not arbitrated; {_PLACES}",
        "share", "neutral", "Wilson", _ARBITRATED, _RADPEER,
    ),
    Measure(
        "arbitration_overturned", "Overturned in arbitration", "仲裁改判比率",
        "How often does arbitration change the reviewer's score?",
        "arbitrated reviews whose agreement class (1, 2, 3) or whose significance (a, b, where both scores tell it) "
        "changed; the category tells how: to_concordant, to_discrepant, significance (class may change, too) or "
        "degree (2 to 3 or back, significance as it was or untold)",
        "reviews with a reviewer's and an arbitrated score", f"reviews that were not arbitrated; {_PLACES}",
        "share", "neutral", "Wilson", _ARBITRATED, _RADPEER,
    ),
    Measure(
        "discrepancy_attribution", "Attribution of discrepancies", "不一致歸責分布",
        "Whose were the discrepancies that stood in arbitration?",
        "of these, those of the category: vendor, local, unresolved or (unknown)",
        "reviews with an arbitrated score of 2 or 3", f"reviews that were not arbitrated; {_PLACES}",
        "share", "neutral", "Wilson", (*_ARBITRATED, "review.attribution"), "definition",
    ),
    Measure(
        "discrepancy_direction", "Direction of discrepancies", "不一致類型分布",
        "What kind of discrepancies do reviewers find?",
        "of these, those of the category: miss, overcall, wrong_interpretation, communication, indeterminate or "
        "(unknown)",
        "reviews scored 2 or 3", f"none; {_PLACES}",
        "share", "neutral", "Wilson", (*_REVIEW, "review.direction"),
        "Brook et al., RadioGraphics 2010 (classes of error)",
    ),
    Measure(
        "discrepancies_delivered", "Discrepancies delivered to the reader", "不一致回饋判讀醫師比率",
        "Does the reader hear of a discrepancy within 30 days?",
        "discrepancies delivered to the reader within 30 days of the review",
        "reviews scored 2 or 3 at least 30 days before the data cut-off", f"{_WINDOW}; {_PLACES}",
        "share", "higher", "Wilson", _DELIVERED, "definition",
    ),
    Measure(
        "delivery_days", "Time until a discrepancy is delivered", "不一致回饋時間中位數",
        "How long until the reader hears of a discrepancy?",
        "minutes", "reviews scored 2 or 3 at least 30 days before the data cut-off",
        f"{_WINDOW}; told by month at places of one dimension or none",
        "minutes", "lower", "order statistics", _DELIVERED,
        "Conover, Practical Nonparametric Statistics, 3rd ed. (1999), section 3.2",
        formula="median time from the review to the delivery; later than 30 days or never counts as longer than any "
        "other, so a median beyond 30 days is not told",
    ),
    Measure(
        "preliminary_major_change", "Major change from preliminary to final", "初步報告重大更改率",
        "How often does the final report change the preliminary one significantly?",
        "finals over preliminaries scored 2b or 3b", "finals over preliminaries whose significance is known",
        "other routes; old plain scores 2, 3 and 4 carry no significance: counted, not in the denominator; told by "
        "month at places of one dimension or none",
        "share", "lower", "Wilson on the effective size that repeated patients leave", (*_REVIEW, "exam.patient_id"),
        "ACR RADPEER, 2016 form; Cochran, Sampling Techniques, 3rd ed. (1977), section 9A.3",
    ),
)  # fmt: skip
