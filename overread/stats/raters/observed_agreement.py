"""Percent agreement and PABAK of many raters with missing ratings, from item counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from overread.stats.estimate import Estimate
from overread.stats.interval import Interval, check_interval
from overread.stats.raters.multi_rater import NO_PAIRS
from overread.stats.raters.over_items import few_items, often_of, over_items

Weighting = Literal["items", "pairs"]
# Found by bench.coverage.
MINIMUM_ITEMS = 20


def percent_agreement_multi(
    counts: Any,
    weighting: Weighting = "items",
    level: float = 0.95,
    interval: Interval = "covering",
    frequency: Any = 1,
) -> Estimate:
    """How often two raters of an item gave one answer.

    Args:
        counts: Item counts, shape (..., items, categories); an item with fewer than two ratings does not enter.
        weighting: "items" weighs every item alike, "pairs" every pair of ratings (an item of r ratings then
            weighs r (r - 1) / 2).
        level: Confidence level.
        interval: "covering": Wilson on the effective size; "published": t interval over items.
        frequency: Items that have these counts, shape (..., items); equal items need not be written out, and
            counts that all strata share need no axis of strata.

    Returns:
        Estimate of shape (...) with the standard error over items, which are independent where pairs of ratings
        are not (by pairs that of a ratio, linearised); n counts the items. "insufficient" without an item of
        two ratings; the covering interval is withheld below 20 items.

    Raises:
        ValueError: Unknown weighting.

    Source:
        Gwet, Handbook of Inter-Rater Reliability, 4th ed. (2014), sections 2.5 and 5.3; ratio: Cochran,
        Sampling Techniques, 3rd ed. (1977), section 2.11.
    """
    check_interval(interval)
    if weighting not in ("items", "pairs"):
        raise ValueError(f"weighting is items or pairs, not {weighting!r}")
    table = np.asarray(counts, dtype=np.float64)
    often = often_of(frequency, table)
    r = table.sum(axis=-1)
    paired = r >= 2
    pairs = np.where(paired, r * (r - 1), 1.0)
    equal = np.where(paired, (table * (table - 1)).sum(axis=-1), 0.0)
    weight = np.where(paired, pairs if weighting == "pairs" else 1.0, 0.0)
    n, total = (often * paired).sum(axis=-1), (often * weight).sum(axis=-1)
    total1 = np.where(n > 0, total, 1.0)
    value = (often * weight * equal / pairs).sum(axis=-1) / total1
    linear = weight * (equal / pairs - value[..., None]) * (n / total1)[..., None]
    return over_items(
        value,
        np.ones(value.shape),
        linear,
        often,
        n,
        level,
        interval,
        cases=n,
        name=f"percent agreement over {weighting}, many raters",
        insufficient=[(n == 0, NO_PAIRS)],
        rules=few_items(n, MINIMUM_ITEMS),
    )


def pabak_multi(
    counts: Any, level: float = 0.95, interval: Interval = "covering", frequency: Any = 1
) -> Estimate:
    """Prevalence- and bias-adjusted kappa of many raters: agreement against chance at even use of k categories.

    (k x agreement - 1) / (k - 1), the agreement over items, and its limits alike.

    Args:
        counts: As of `percent_agreement_multi`; k is the length of the last axis, at least 2.
        level: Confidence level.
        interval: As of `percent_agreement_multi`.
        frequency: As of `percent_agreement_multi`.

    Returns:
        Estimate of shape (...), with the rules of `percent_agreement_multi`.

    Raises:
        ValueError: Fewer than two categories.

    Source:
        Byrt, Bishop and Carlin, J Clin Epidemiol 46:423-429 (1993); many raters: Brennan and Prediger, Educ
        Psychol Meas 41:687-699 (1981).
    """
    k = np.shape(counts)[-1]
    if k < 2:
        raise ValueError("a scale has two categories or more")
    agreement = percent_agreement_multi(counts, "items", level, interval, frequency)
    value, low, high = (
        (k * part - 1) / (k - 1) for part in (agreement.value, agreement.low, agreement.high)
    )
    return replace(
        agreement,
        value=value,
        se=agreement.se * k / (k - 1),
        low=low,
        high=high,
        method=agreement.method.replace("percent agreement over items", "PABAK"),
    )
