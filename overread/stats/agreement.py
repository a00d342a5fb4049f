"""Agreement of two raters from k x k tables; k is the declared scale, not what occurs."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy import stats

from overread.stats.estimate import Estimate, FloatArray, make_estimate

Weights = Literal["identity", "linear", "quadratic"]
NO_CASES = "no cases"
ONE_CATEGORY = "both raters used one category only: chance agreement is complete"
# Below this expected count in a cell the normal interval of kappa covers too little (89 % instead of 95 %
# at 100 cases and 3 % prevalence).
MINIMUM_EXPECTED = 5.0
SMALL_CELLS = "expected cells below 5: the normal interval covers too little"
NO_VARIANCE = "the formula's standard error is 0: not an interval"


def agreement_weights(k: int, weights: Weights | None) -> FloatArray:
    """Agreement weights of a k-point scale: 1 on the diagonal, shape (k, k).

    Raises:
        ValueError: Unknown weights.
    """
    step = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(k - 1, 1)
    if weights in (None, "identity"):
        return np.eye(k)
    if weights == "linear":
        return 1 - step
    if weights == "quadratic":
        return 1 - step**2
    raise ValueError(f"weights are identity, linear or quadratic, not {weights!r}")


def _proportions(table: Any) -> tuple[FloatArray, FloatArray]:
    """Cell shares (..., k, k) and totals (...); an empty table has shares 0."""
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2]:
        raise ValueError("agreement wants square tables (..., k, k)")
    if np.any(counts < 0):
        raise ValueError("a table has a negative count")
    n = counts.sum(axis=(-2, -1))
    return counts / np.where(n > 0, n, 1.0)[..., None, None], n


def _safe(n: FloatArray) -> FloatArray:
    return np.where(n > 0, n, 1.0)


def percent_agreement(table: Any, weights: Weights | None = None, level: float = 0.95) -> Estimate:
    """Share of agreement (weighted where the scale is ordinal).

    Args:
        table: Counts, shape (..., k, k).
        weights: Agreement weights; None counts identical ratings only.
        level: Confidence level of the Wilson interval (normal for weighted agreement).

    Returns:
        Estimate of shape (...).
    """
    p, n = _proportions(table)
    w = agreement_weights(p.shape[-1], weights)
    po = np.clip((w * p).sum(axis=(-2, -1)), 0, 1)
    variance = np.maximum((w**2 * p).sum(axis=(-2, -1)) - po**2, 0) / _safe(n)
    z = float(stats.norm.ppf(0.5 + level / 2))
    if weights in (None, "identity"):
        size = _safe(n)
        centre = (po + z * z / (2 * size)) / (1 + z * z / size)
        half = z / (1 + z * z / size) * np.sqrt(po * (1 - po) / size + (z / (2 * size)) ** 2)
        low = np.where(po == 0, 0.0, centre - half)
        high = np.where(po == 1, 1.0, centre + half)
        name = "percent agreement, wilson"
    else:
        low, high = po - z * np.sqrt(variance), po + z * np.sqrt(variance)
        name = f"{weights} weighted agreement, normal"
    return make_estimate(
        po,
        n=n,
        se=np.sqrt(variance),
        low=np.clip(low, 0, 1),
        high=np.clip(high, 0, 1),
        method=name,
        insufficient=[(n == 0, NO_CASES)],
    )


def _kappa_parts(p: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Observed and expected agreement and the large-sample variance times n."""
    rows, columns = p.sum(axis=-1), p.sum(axis=-2)
    po = (w * p).sum(axis=(-2, -1))
    pe = (w * rows[..., :, None] * columns[..., None, :]).sum(axis=(-2, -1))
    gap = np.where(1 - pe > 1e-12, 1 - pe, 1.0)
    kappa = (po - pe) / gap
    row_mean = columns @ w.T  # mean weight of a row category over the column margin
    column_mean = rows @ w
    bracket = (
        w - (row_mean[..., :, None] + column_mean[..., None, :]) * (1 - kappa)[..., None, None]
    )
    spread = (p * bracket**2).sum(axis=(-2, -1)) - (kappa - pe * (1 - kappa)) ** 2
    return kappa, pe, np.maximum(spread, 0) / gap**2


def cohen_kappa(table: Any, weights: Weights | None = None, level: float = 0.95) -> Estimate:
    """Cohen's kappa, plain or weighted, with the Fleiss-Cohen-Everitt standard error.

    Args:
        table: Counts, shape (..., k, k), rater A in rows.
        weights: None, "linear" or "quadratic" over the declared scale.
        level: Confidence level.

    Returns:
        Estimate of shape (...). "insufficient" for an empty table or one category only; the limits are
        withheld, with the reason, where expected cells are below 5 or the standard error is 0.

    Source:
        Cohen 1960, 1968; Fleiss, Cohen and Everitt, Psychol Bull 72:323-327 (1969).
    """
    p, n = _proportions(table)
    w = agreement_weights(p.shape[-1], weights)
    kappa, pe, spread = _kappa_parts(p, w)
    se = np.sqrt(spread / _safe(n))
    z = float(stats.norm.ppf(0.5 + level / 2))
    rows, columns = p.sum(axis=-1), p.sum(axis=-2)
    expected = n[..., None, None] * rows[..., :, None] * columns[..., None, :]
    used = (rows > 0)[..., :, None] & (columns > 0)[..., None, :]
    small = np.where(used, expected, np.inf).min(axis=(-2, -1)) < MINIMUM_EXPECTED
    flat = se <= 1e-12
    hidden = flat | small
    estimate = make_estimate(
        kappa,
        n=n,
        se=se,
        low=np.where(hidden, np.nan, np.clip(kappa - z * se, -1, 1)),
        high=np.where(hidden, np.nan, np.clip(kappa + z * se, -1, 1)),
        method=f"{weights or 'plain'} kappa, normal",
        insufficient=[(n == 0, NO_CASES), (1 - pe <= 1e-12, ONE_CATEGORY)],
    )
    fine = estimate.status == "ok"
    estimate.reason[fine & small] = SMALL_CELLS
    estimate.reason[fine & flat] = NO_VARIANCE
    return estimate


def pabak(table: Any, level: float = 0.95) -> Estimate:
    """Prevalence- and bias-adjusted kappa: (k po - 1) / (k - 1), the interval from that of po.

    Args:
        table: Counts, shape (..., k, k).
        level: Confidence level.

    Returns:
        Estimate of shape (...).

    Source:
        Byrt, Bishop and Carlin, J Clin Epidemiol 46:423-429 (1993); Brennan and Prediger 1981.
    """
    agreement = percent_agreement(table, None, level)
    k = np.shape(table)[-1]
    if k < 2:
        raise ValueError("PABAK wants a scale of at least two categories")
    return make_estimate(
        (k * agreement.value - 1) / (k - 1),
        n=agreement.n,
        se=agreement.se * k / (k - 1),
        low=(k * agreement.low - 1) / (k - 1),
        high=(k * agreement.high - 1) / (k - 1),
        method="PABAK, wilson transformed",
        insufficient=[(agreement.n == 0, NO_CASES)],
    )


def gwet_ac(table: Any, weights: Weights = "identity", level: float = 0.95) -> Estimate:
    """Gwet's AC1 (identity weights) or AC2, with Gwet's subject variance and a t interval.

    Args:
        table: Counts, shape (..., k, k).
        weights: Agreement weights over the declared scale.
        level: Confidence level.

    Returns:
        Estimate of shape (...); the interval is withheld below 2 cases.

    Source:
        Gwet, Br J Math Stat Psychol 61:29-48 (2008); Handbook of Inter-Rater Reliability (2014), ch. 5.
    """
    p, n = _proportions(table)
    k = p.shape[-1]
    w = agreement_weights(k, weights)
    pi = (p.sum(axis=-1) + p.sum(axis=-2)) / 2
    po = (w * p).sum(axis=(-2, -1))
    scale = w.sum() / (k * (k - 1)) if k > 1 else np.nan
    pe = scale * (pi * (1 - pi)).sum(axis=-1)
    gap = np.where(1 - pe > 1e-12, 1 - pe, 1.0)
    ac = (po - pe) / gap
    # per cell (a, b): the subject's chance term is the mean of (1 - pi) over its two ratings
    chance = scale * ((1 - pi)[..., :, None] + (1 - pi)[..., None, :]) / 2
    subject = (w - pe[..., None, None]) / gap[..., None, None]
    slope = 2 * (1 - ac)[..., None, None] * (chance - pe[..., None, None]) / gap[..., None, None]
    squares = (p * (subject - slope - ac[..., None, None]) ** 2).sum(axis=(-2, -1))
    se = np.sqrt(squares / np.where(n > 1, n - 1, 1.0))
    t = stats.t.ppf(0.5 + level / 2, np.where(n > 1, n - 1, 1.0))
    name = "AC1" if weights == "identity" else f"AC2 {weights}"
    return make_estimate(
        ac,
        n=n,
        se=se,
        low=np.maximum(ac - t * se, -1),
        high=np.minimum(ac + t * se, 1),
        method=f"{name}, t",
        insufficient=[(n == 0, NO_CASES), (1 - pe <= 1e-12, ONE_CATEGORY)],
        withheld=[(n < 2, "one case: no variance")],
    )
