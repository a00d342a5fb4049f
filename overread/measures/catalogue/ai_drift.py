"""Drift of an algorithm: its scores, and its disagreement with the reader."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_SCORE: Final = ("ai_result.score", "ai_result.algorithm_version", "exam.completed_at")
_Q: Final = (
    "none; column p: the chance of as much without drift at these numbers of scores; column q: Benjamini-Hochberg over "
    "both statistics and all months of the version. Drift is found where q is below 0.05; the table version_change "
    "holds the error over all versions together"
)
_LEFT: Final = (
    "failed and excluded runs; results without score; held and undated months; the version's first three months, which "
    "are the baseline; told of the whole and of a vendor, by month only"
)

AI_DRIFT: Final = (
    Measure(
        "score_drift_psi", "Drift of scores, PSI", "分數漂移（PSI）",
        "Do this month's scores spread otherwise than in the version's first months?",
        "population stability index over ten bins of the baseline's scores", "scores of the month", _LEFT,
        "ratio", "lower", _Q, _SCORE, "Yurdakul 2018; Lin 2017",
        formula="sum over bins of (share now - share then) x ln(share now / share then), half a score added to each bin",
    ),
    Measure(
        "score_drift_ks", "Drift of scores, Kolmogorov-Smirnov", "分數漂移（KS）",
        "How far do this month's scores lie from those of the version's first months?",
        "largest gap of the cumulative shares at the edges of ten bins of the baseline's scores",
        "scores of the month", _LEFT, "share", "lower", _Q, _SCORE, "Smirnov 1939; Noether 1963",
        formula="largest |cumulative share now - cumulative share then|",
    ),
    Measure(
        "disagreement_cusum", "CUSUM of disagreement with the reader", "與判讀者不一致之累積和",
        "Has the algorithm come to differ from the reader more often, or less often, than in its first months?",
        "sum of the deviations of each month's share of discordant cases from that of all months before it, in standard "
        "errors, each less 0.5, held at 0 (category: more, less)", "cases that both answered",
        "failed and excluded runs; cases without one reader's call; readers who saw the AI first and those who did not "
        "are never put together (population); held and undated months; the version's first three months, which are "
        "the baseline; told of the whole and of a vendor, by month only",
        "ratio", "lower",
        "none; column p: the chance of a sum as high by this month without change, baseline and months of these "
        "sizes; column q: Benjamini-Hochberg over all months and sides of the version. A change is found where q is "
        "below 0.05; the table version_change holds the error over all versions together",
        ("ai_result.call", "reader_call.call", "reader_call.saw_ai_first"), "Page 1954; Hawkins 1987",
        formula="max(0, sum before + deviation - 0.5)",
    ),
)  # fmt: skip
