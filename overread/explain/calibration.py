"""Evidence of scores as probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from overread.explain.accuracy import FAILED, UNRATED, question
from overread.explain.evidence import Evidence, Explain, Statistic, Stored, of_row
from overread.explain.facts import RESULTS
from overread.measures.score_calibration import BINS, SETTLED
from overread.stats.accuracy.calibration import ROUNDING, calibration_line
from overread.warehouse.analysis.calls import SCORE_SCALE

_LISTED: Final = (
    f"SELECT row, score_key / {SCORE_SCALE} AS score, (truth = 'present')::INTEGER AS diseased "
    f"FROM stratum WHERE {SETTLED}"
)
_INSIDE: Final = "bool_and(score BETWEEN 0 AND 1)"


def _evidence(row: Stored, result: str, statistic: Statistic | None = None) -> Evidence:
    return Evidence(
        RESULTS,
        question(row, "algorithm", "algorithm_version"),
        (("scored", _LISTED),),
        result,
        (("contributing", _LISTED),),
        (*FAILED, *UNRATED),
        statistic=statistic,
    )


def brier(row: Stored) -> Evidence:
    """Mean squared difference of score and truth."""
    return _evidence(
        row,
        f"SELECT count(*)::DOUBLE AS n, CASE WHEN {_INSIDE} THEN avg((score - diseased) ** 2) END AS value FROM scored",
    )


def calibration_error(row: Stored) -> Evidence:
    """Gaps of mean score and share in bins of equal width, weighted by their cases."""
    place = f"least(floor(score * {BINS} + {ROUNDING}), {BINS - 1})"
    gaps = f"SELECT abs(sum(diseased - score)) AS gap, count(*) AS n, {_INSIDE} AS inside FROM scored GROUP BY {place}"
    return _evidence(
        row,
        "SELECT sum(n)::DOUBLE AS n, CASE WHEN bool_and(inside) THEN sum(gap) / sum(n) END AS value "
        f"FROM ({gaps})",
    )


def line(row: Stored) -> Evidence:
    """Slope or intercept of the logistic recalibration."""

    def value(contributing: pl.DataFrame) -> float:
        sick = contributing["diseased"].to_numpy()
        found = calibration_line(sick, 1 - sick, contributing["score"].to_numpy())
        part = found.slope if row["measure_id"] == "calibration_slope" else found.intercept
        return float(part.value)

    return _evidence(
        row,
        "SELECT count(*) FILTER (score > 0 AND score < 1)::DOUBLE AS n, sum(diseased) AS diseased FROM scored",
        Statistic("overread.stats.accuracy.calibration.calibration_line", value),
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    {
        "brier": of_row(brier),
        "calibration_error": of_row(calibration_error),
        **dict.fromkeys(("calibration_slope", "calibration_intercept"), of_row(line)),
    }
)
