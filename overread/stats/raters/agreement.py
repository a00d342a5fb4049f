"""Agreement of two raters from k x k tables; k is the declared scale, not what occurs."""

from __future__ import annotations

from typing import Any

import numpy as np

from overread.stats.estimate import Estimate, make_estimate
from overread.stats.interval import (
    TINY,
    Interval,
    check_interval,
    normal_quantile,
    t_quantile,
    wilson_limits,
    without_interval,
)
from overread.stats.raters.agreement_weights import CONVEX, Weights, agreement_weights, cell_shares
from overread.stats.raters.chance_corrected import (
    Statistic,
    agreement_limits,
    at_least_one,
    cohen,
    covering_limits,
    few_cases,
    gwet,
    margin_rules,
    scott,
)

NO_CASES = "no cases"
ONE_CATEGORY = "both raters used one category only: chance agreement is complete"
ONE_CASE = "one case: no variance"
NO_VARIANCE = "the formula's standard error is 0: not an interval"


def percent_agreement(
    table: Any,
    weights: Weights | None = None,
    level: float = 0.95,
    interval: Interval = "covering",
) -> Estimate:
    """Share of agreement (weighted where the scale is ordinal).

    Args:
        table: Counts, shape (..., k, k).
        weights: Agreement weights; None counts identical ratings only.
        level: Confidence level.
        interval: "covering": Wilson, for weighted agreement on its effective size with the t quantile;
            "published": normal for weighted agreement.

    Returns:
        Estimate of shape (...); the interval of weighted agreement is withheld below 20 to 50 cases.

    Source:
        Wilson 1927; effective size: Korn and Graubard 1998.
    """
    check_interval(interval)
    p, n = cell_shares(table)
    w = agreement_weights(p.shape[-1], weights)
    po = np.clip((w * p).sum(axis=(-2, -1)), 0, 1)
    variance = np.maximum((w**2 * p).sum(axis=(-2, -1)) - po**2, 0) / at_least_one(n)
    few: list[tuple[Any, str]] = []
    if weights in (None, "identity"):
        low, high = wilson_limits(po, n, normal_quantile(level))
        name = "percent agreement, wilson"
    elif interval == "published":
        half = normal_quantile(level) * np.sqrt(variance)
        low, high = po - half, po + half
        name = f"{weights} weighted agreement, normal"
    else:
        low, high = agreement_limits(p, n, w, weights in CONVEX, level)
        name = f"{weights} weighted agreement, wilson on the effective size"
        few = few_cases(n, weights)
    estimate = make_estimate(
        po,
        n=n,
        se=np.sqrt(variance),
        low=np.clip(low, 0, 1),
        high=np.clip(high, 0, 1),
        method=name,
        insufficient=[(n == 0, NO_CASES)],
    )
    return without_interval(estimate, few)


def cohen_kappa(
    table: Any,
    weights: Weights | None = None,
    level: float = 0.95,
    interval: Interval = "covering",
) -> Estimate:
    """Cohen's kappa, plain or weighted, with the Fleiss-Cohen-Everitt standard error.

    Args:
        table: Counts, shape (..., k, k), rater A in rows.
        weights: None, "linear", "quadratic" or "ordinal" over the declared scale.
        level: Confidence level.
        interval: "covering": Wilson on the effective size (Fisher's z for convex weights), withheld where
            the margins are too thin; "published": the normal interval as vcd prints it.

    Returns:
        Estimate of shape (...). "insufficient" for an empty table or one category only. Limits are
        withheld, with the reason, for two categories in use with an expected cell below 5; for more, where a
        category was used fewer than 10 times by a rater (convex weights: where chance would give fewer than
        60 effective disagreements); and where the standard error of the published interval is 0.

    Source:
        Cohen 1960, 1968; Fleiss, Cohen and Everitt, Psychol Bull 72:323-327 (1969).
    """
    check_interval(interval)
    p, n = cell_shares(table)
    w = agreement_weights(p.shape[-1], weights)
    part = cohen(p, w)
    se = np.sqrt(part.squares / at_least_one(n))
    convex = weights in CONVEX
    if interval == "published":
        half = normal_quantile(level) * se
        low, high = part.value - half, part.value + half
        rules: list[tuple[Any, str]] = [(se <= TINY, NO_VARIANCE)]
        name = "normal"
    else:
        low, high = covering_limits(p, n, w, cohen, convex, level)
        rules = margin_rules(p, n, w, convex)
        name = "Fisher z" if convex else "wilson on the effective size"
    estimate = make_estimate(
        part.value,
        n=n,
        se=se,
        low=np.clip(low, -1, 1),
        high=np.clip(high, -1, 1),
        method=f"{weights or 'plain'} kappa, {name}",
        insufficient=[(n == 0, NO_CASES), (part.undefined, ONE_CATEGORY)],
    )
    return without_interval(estimate, rules)


def _by_subjects(
    table: Any, weights: Weights, level: float, interval: Interval, statistic: Statistic, name: str
) -> Estimate:
    """A coefficient with Gwet's variance over subjects: t interval where published."""
    check_interval(interval)
    p, n = cell_shares(table)
    w = agreement_weights(p.shape[-1], weights)
    part = statistic(p, w)
    se = np.sqrt(part.squares / np.where(n > 1, n - 1, 1.0))
    convex = weights in CONVEX
    rules: list[tuple[Any, str]] = []
    if interval == "published":
        half = t_quantile(level, n) * se
        low, high = part.value - half, part.value + half
        kind = "t"
    else:
        low, high = covering_limits(p, n, w, statistic, convex, level)
        kind = "Fisher z" if convex else "wilson on the effective size"
        # the chance agreement of AC1 and AC2 hardly moves with the margins: cases alone decide
        rules = few_cases(n, weights) if statistic is gwet else margin_rules(p, n, w, convex)
    estimate = make_estimate(
        part.value,
        n=n,
        se=se,
        low=np.clip(low, -1, 1),
        high=np.clip(high, -1, 1),
        method=f"{name}, {kind}",
        insufficient=[(n == 0, NO_CASES), (part.undefined, ONE_CATEGORY)],
        withheld=[(n < 2, ONE_CASE)],
    )
    return without_interval(estimate, rules)


def scott_pi(
    table: Any,
    weights: Weights = "identity",
    level: float = 0.95,
    interval: Interval = "covering",
) -> Estimate:
    """Scott's pi: chance agreement from the mean of both raters' margins; Gwet's variance over subjects.

    Args:
        table: Counts, shape (..., k, k).
        weights: Agreement weights over the declared scale.
        level: Confidence level.
        interval: "covering" as for `cohen_kappa`; "published": the t interval.

    Returns:
        Estimate of shape (...), withheld as for `cohen_kappa`; no variance below 2 cases.

    Source:
        Scott, Public Opin Q 19:321-325 (1955); variance: Gwet 2014, section 5.3.
    """
    name = "Scott pi" if weights == "identity" else f"Scott pi {weights}"
    return _by_subjects(table, weights, level, interval, scott, name)


def gwet_ac(
    table: Any,
    weights: Weights = "identity",
    level: float = 0.95,
    interval: Interval = "covering",
) -> Estimate:
    """Gwet's AC1 (identity weights) or AC2 (others), with Gwet's variance over subjects.

    Args:
        table: Counts, shape (..., k, k).
        weights: Agreement weights over the declared scale.
        level: Confidence level.
        interval: "covering": Wilson on the effective size (Fisher's z for convex weights), withheld below
            20 cases (linear 30, convex 50); "published": the t interval.

    Returns:
        Estimate of shape (...); no variance below 2 cases.

    Source:
        Gwet, Br J Math Stat Psychol 61:29-48 (2008); Handbook of Inter-Rater Reliability (2014), ch. 5.
    """
    name = "AC1" if weights == "identity" else f"AC2 {weights}"
    return _by_subjects(table, weights, level, interval, gwet, name)


def pabak(table: Any, level: float = 0.95) -> Estimate:
    """Prevalence- and bias-adjusted kappa: (k po - 1) / (k - 1), the interval from Wilson's of po.

    Args:
        table: Counts, shape (..., k, k).
        level: Confidence level.

    Returns:
        Estimate of shape (...).

    Raises:
        ValueError: The scale has one category only.

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
