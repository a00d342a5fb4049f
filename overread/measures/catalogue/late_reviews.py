"""Nowcast of late reviews."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_NEEDS: Final = (
    "review_assignment.route", "review_assignment.assigned_at", "review_assignment.expired_at", "review.assignment_id",
    "review.score", "review.reviewed_at",
)  # fmt: skip
_SOURCE: Final = (
    "Mack, ASTIN Bulletin 23:213-225 (1993); Lawless, Can J Stat 22:15-31 (1994); England and Verrall, "
    "British Actuarial Journal 8:443-518 (2002)"
)
_LEFT_OUT: Final = (
    "prior-linked reviews, whose tasks enter once the patient comes back; requests of the running month; requests about "
    "exams of a held month; reviews without a time; reviews later than five months after the month of the request count "
    "as not done. Told by route, for each vendor and all of them, by month of the request (the period) only; marked "
    "provisional in the reason where the delays are learnt from fewer than 12 months of requests or 30 discrepancies"
)
_INTERVAL: Final = (
    "prediction interval: bootstrap of the triangles of concordant and of discrepant reviews, pooled over the vendors of "
    "the route, and of what is still to come; none wide where the month is complete"
)
_PROJECTION: Final = (
    "per month of the request, (d / Gd) / (d / Gd + c / Gc), with c and d the reviews in and Gc and Gd the shares that "
    "are in by that age, learnt apart (chain ladder), since arbitration delays those that disagree; held within what "
    "is still possible"
)
_EARLY: Final = "; not told where fewer than 20 % of such reviews are in by that age"

LATE_REVIEWS: Final = (
    Measure(
        "nowcast_reviews", "Reviews expected", "預估複閱完成數",
        "How many reviews will a month's requests bring in the end?",
        "reviews in so far", "requests of the month", _LEFT_OUT, "count", "neutral", _INTERVAL, _NEEDS, _SOURCE,
        formula="reviews in + open requests x chance that an open request of that age is ever reviewed",
    ),
    Measure(
        "nowcast_discrepancy_rate", "Discrepancy rate once all reviews are in", "不一致率即時預估",
        "What will a month's discrepancy rate be once its late reviews are in?",
        "reviews in so far that are scored 2 or 3", "reviews in so far", _LEFT_OUT + _EARLY, "share", "lower",
        _INTERVAL, _NEEDS, _SOURCE, formula=_PROJECTION,
    ),
    Measure(
        "nowcast_significant_discrepancy_rate", "Significant discrepancy rate once all reviews are in",
        "重大不一致率即時預估",
        "What will a month's rate of significant discrepancies be once its late reviews are in?",
        "reviews in so far that are scored 2b or 3b", "reviews in so far whose significance is known",
        _LEFT_OUT + _EARLY + "; old plain scores 2, 3 and 4 carry no significance: gone without an answer",
        "share", "lower", _INTERVAL, _NEEDS, _SOURCE, formula=_PROJECTION,
    ),
)  # fmt: skip
