"""How many cases a wanted width of an AUC's interval needs, and what width a given number gives."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate
from overread.stats.interval import normal_quantile
from overread.stats.sample_sizes.sample_size import NO_SAMPLE, smallest_whole, wanted_width

AucVariance = Literal["hanley-mcneil", "obuchowski"]


def _checked(auc: Any, prevalence: Any, other: Any, method: str) -> tuple[FloatArray, ...]:
    area, sick, rest = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (auc, prevalence, other))
    )
    if not (np.all(area > 0) and np.all(area < 1)):
        raise ValueError("an expected AUC lies strictly between 0 and 1")
    if not (np.all(sick > 0) and np.all(sick < 1)):
        raise ValueError("a prevalence lies strictly between 0 and 1")
    if method not in ("hanley-mcneil", "obuchowski"):
        raise ValueError(f"method is hanley-mcneil or obuchowski, not {method!r}")
    return area, sick, rest


def _variance_parts(
    auc: FloatArray, prevalence: FloatArray, method: AucVariance
) -> tuple[FloatArray, FloatArray]:
    """The variance with n cases in all is first / n + second / n^2."""
    well = 1 - prevalence
    if method == "obuchowski":
        a = np.sqrt(2) * stats.norm.ppf(auc)
        bracket = (5 * a**2 + 8) + (a**2 + 8) * prevalence / well
        first = 0.0099 * np.exp(-(a**2) / 2) * bracket / prevalence
        return np.asarray(first, dtype=np.float64), np.zeros(auc.shape)
    sick_pairs = auc / (2 - auc) - auc**2
    well_pairs = 2 * auc**2 / (1 + auc) - auc**2
    pairs = prevalence * well
    first = (prevalence * sick_pairs + well * well_pairs) / pairs
    return first, (auc * (1 - auc) - sick_pairs - well_pairs) / pairs


def auc_width(
    auc: Any,
    n: Any,
    prevalence: Any,
    *,
    method: AucVariance = "hanley-mcneil",
    level: float = 0.95,
) -> Estimate:
    """Width of the normal interval of an AUC, not cut to 0..1.

    Args:
        auc: Expected AUC, strictly between 0 and 1, shape S.
        n: Cases of both classes, shape S.
        prevalence: Share of diseased cases, shape S.
        method: Hanley and McNeil (exponential scores) or Obuchowski (binormal scores; wider at a high AUC).
        level: Confidence level.

    Returns:
        Estimate of shape S whose value is the width; "insufficient" without cases.

    Raises:
        ValueError: An AUC or a prevalence outside 0..1, or an unknown method.

    Source:
        Hanley and McNeil, Radiology 143:29-36 (1982); Obuchowski, AJR 184:364-372 (2005).
    """
    area, sick, cases = _checked(auc, prevalence, n, method)
    first, second = _variance_parts(area, sick, method)
    some = np.where(cases > 0, cases, 1.0)
    width = 2 * normal_quantile(level) * np.sqrt(first / some + second / some**2)
    return make_estimate(
        width, n=cases, method=f"width, AUC, {method}", insufficient=[(cases <= 0, NO_SAMPLE)]
    )


def auc_sample_size(
    auc: Any,
    width: Any,
    prevalence: Any,
    *,
    method: AucVariance = "hanley-mcneil",
    level: float = 0.95,
) -> Estimate:
    """Smallest number of cases of both classes whose AUC has an interval at most this wide.

    Args:
        auc: Expected AUC, strictly between 0 and 1, shape S.
        width: Wanted whole width, shape S.
        prevalence: Share of diseased cases, shape S.
        method: Hanley and McNeil (exponential scores) or Obuchowski (binormal scores; wider at a high AUC).
        level: Confidence level.

    Returns:
        Estimate of shape S whose value and n are the cases needed; of them n x prevalence diseased.

    Raises:
        ValueError: An AUC or a prevalence outside 0..1, a width not above 0, or an unknown method.

    Source:
        Hanley and McNeil, Radiology 143:29-36 (1982); Obuchowski, AJR 184:364-372 (2005).
    """
    area, sick, wanted = _checked(auc, prevalence, wanted_width(width), method)
    first, second = _variance_parts(area, sick, method)
    z = normal_quantile(level)
    allowed = (wanted / (2 * z)) ** 2
    start = (first + np.sqrt(np.maximum(first**2 + 4 * allowed * second, 0.0))) / (2 * allowed)
    n = smallest_whole(start, lambda m: 2 * z * np.sqrt(first / m + second / m**2), wanted)
    return make_estimate(n, n=n, method=f"sample size, AUC, {method}")
