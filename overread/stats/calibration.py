"""How well predicted probabilities agree with outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, FloatArray, make_estimate

NO_CASES = "no cases"
# A probability such as 0.3 is a hair below three tenths in binary: bins are cut in decimal.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """Brier score and expected calibration error with the bins that show them.

    Attributes:
        brier: Mean squared difference of probability and outcome.
        ece: Mean absolute gap of mean probability and share, weighted by bin size.
        n: Cases per bin.
        mean_probability: Mean probability per bin; NaN in an empty bin.
        share: Share of outcomes per bin; NaN in an empty bin.
    """

    brier: Estimate
    ece: Estimate
    n: FloatArray
    mean_probability: FloatArray
    share: FloatArray


def calibration(truth: Any, probability: Any, bins: int = 10) -> Calibration:
    """Judge probabilities in equal-width bins [i/b, (i+1)/b), the last one closed.

    Args:
        truth: Outcomes 0 or 1, shape (cases,).
        probability: Predicted probabilities, shape (cases,); missing ones are left out.
        bins: Number of bins b.

    Returns:
        The two scores and the bins.

    Raises:
        ValueError: A probability lies outside 0..1.

    Source:
        Brier, Mon Weather Rev 78:1-3 (1950); Naeini, Cooper and Hauskrecht, AAAI 2015 (ECE).
    """
    outcome = np.asarray(truth, dtype=np.float64)
    predicted = np.asarray(probability, dtype=np.float64)
    kept = np.isfinite(outcome) & np.isfinite(predicted)
    outcome, predicted = outcome[kept], predicted[kept]
    if np.any((predicted < 0) | (predicted > 1)):
        raise ValueError("a probability lies outside 0..1")
    place = np.minimum(np.floor(predicted * bins + ROUNDING).astype(np.int64), bins - 1)
    n = np.bincount(place, minlength=bins).astype(np.float64)
    safe = np.where(n > 0, n, np.nan)
    mean = np.bincount(place, predicted, bins) / safe
    share = np.bincount(place, outcome, bins) / safe
    total = float(outcome.size)
    empty = [(total == 0, NO_CASES)]
    brier = ((predicted - outcome) ** 2).sum() / max(total, 1.0)
    ece = np.nansum(n * np.abs(mean - share)) / max(total, 1.0)
    return Calibration(
        make_estimate(brier, n=total, method="Brier score", insufficient=empty),
        make_estimate(ece, n=total, method=f"ECE, {bins} equal-width bins", insufficient=empty),
        n,
        mean,
        share,
    )
