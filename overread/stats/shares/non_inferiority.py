"""Is a new vendor's share no worse than the incumbent's by more than a margin?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import stats

from overread.stats.estimate import OK, Estimate, FloatArray, TextArray, make_estimate
from overread.stats.shares.proportion import newcombe_difference

NON_INFERIOR: Final = "non-inferior"
INFERIOR: Final = "inferior"
INCONCLUSIVE: Final = "inconclusive"
NOT_EXPECTED: Final = (
    "the expected shares are themselves inferior by the margin: no sample is large enough"
)


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """A non-inferiority comparison per stratum.

    Attributes:
        difference: New less incumbent with Newcombe's interval.
        verdict: "non-inferior" where the whole interval lies on the good side of the margin, "inferior" where it
            lies on the bad side, else "inconclusive"; "" where the difference is not "ok".
        z: Farrington-Manning score statistic; large where the new one is not worse by the margin.
        p: One-sided p of the hypothesis that it is worse by the margin or more; NaN where there is no z.
    """

    difference: Estimate
    verdict: TextArray
    z: FloatArray
    p: FloatArray


def _margin(margin: Any) -> FloatArray:
    allowed = np.asarray(margin, dtype=np.float64)
    if not (np.all(allowed > 0) and np.all(allowed < 1)):
        raise ValueError("a margin lies strictly between 0 and 1")
    return allowed


def constrained_shares(
    p1: Any, p2: Any, ratio: Any, difference: Any
) -> tuple[FloatArray, FloatArray]:
    """Maximum-likelihood shares of two groups whose difference is given.

    Args:
        p1: Observed or expected share of the first group, shape S.
        p2: That of the second group, shape S.
        ratio: Cases of the second group per case of the first, shape S.
        difference: The difference p1 - p2 that is held, strictly between -1 and 1, shape S.

    Returns:
        Both constrained shares, shape S, within 0..1.

    Source:
        Farrington and Manning, Stat Med 9:1447-1454 (1990), appendix; Miettinen and Nurminen 1985.
    """
    first, second, theta, d = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (p1, p2, ratio, difference))
    )
    a = 1 + theta
    b = -(1 + theta + first + theta * second + d * (theta + 2))
    c = d**2 + d * (2 * first + theta + 1) + first + theta * second
    e = -first * d * (1 + d)
    v = b**3 / (3 * a) ** 3 - b * c / (6 * a**2) + e / (2 * a)
    u = np.where(v < 0, -1.0, 1.0) * np.sqrt(np.maximum(b**2 / (3 * a) ** 2 - c / (3 * a), 0.0))
    flat = u == 0
    # rounding carries the cosine a hair beyond 1
    cosine = np.clip(np.where(flat, 1.0, v) / np.where(flat, 1.0, u) ** 3, -1.0, 1.0)
    angle = (np.pi + np.arccos(cosine)) / 3
    held = np.clip(2 * u * np.cos(angle) - b / (3 * a), np.maximum(d, 0.0), np.minimum(1 + d, 1.0))
    return held, np.clip(held - d, 0.0, 1.0)


def non_inferiority(
    x_new: Any,
    n_new: Any,
    x_old: Any,
    n_old: Any,
    margin: Any,
    *,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> NonInferiority:
    """Compare a new vendor with the incumbent against a margin.

    The verdict follows the two-sided interval of the difference, so its one-sided error is (1 - level) / 2. The
    score test uses another variance: near the margin it can differ from the verdict.

    Args:
        x_new: Numerators of the new one, shape S.
        n_new: Denominators of the new one, shape S.
        x_old: Numerators of the incumbent, shape S.
        n_old: Denominators of the incumbent, shape S.
        margin: By how much worse the new one may be, strictly between 0 and 1, shape S.
        higher_is_better: False for rates of discrepancies, breaches and the like.
        level: Confidence level of the interval.

    Returns:
        The comparison; "insufficient" where a group has no cases.

    Raises:
        ValueError: A margin outside 0..1 or a numerator outside 0..denominator.

    Source:
        Newcombe, Stat Med 17:873-890 (1998); Farrington and Manning, Stat Med 9:1447-1454 (1990); the reading of
        the interval: Piaggio et al., JAMA 308:2594-2604 (2012).
    """
    sign = 1.0 if higher_is_better else -1.0
    difference = newcombe_difference(x_new, n_new, x_old, n_old, level)
    new, cases_new, old, cases_old, allowed = np.broadcast_arrays(
        *(np.asarray(part, dtype=np.float64) for part in (x_new, n_new, x_old, n_old)),
        _margin(margin),
    )
    difference = _spread(difference, allowed.shape)
    fine = difference.status == OK
    size_new, size_old = np.where(fine, cases_new, 1.0), np.where(fine, cases_old, 1.0)
    p1, p2 = np.where(fine, new / size_new, 0.0), np.where(fine, old / size_old, 0.0)
    held = constrained_shares(p1, p2, size_old / size_new, -sign * allowed)
    variance = held[0] * (1 - held[0]) / size_new + held[1] * (1 - held[1]) / size_old
    z = np.where(fine, (sign * (p1 - p2) + allowed) / np.sqrt(variance), np.nan)
    worst = difference.low if higher_is_better else -difference.high
    best = difference.high if higher_is_better else -difference.low
    verdict = np.where(fine, INCONCLUSIVE, "").astype(object)
    verdict[fine & (worst > -allowed)] = NON_INFERIOR
    verdict[fine & (best < -allowed)] = INFERIOR
    return NonInferiority(difference, verdict, z, np.where(fine, stats.norm.sf(z), np.nan))


def _spread(estimate: Estimate, shape: tuple[int, ...]) -> Estimate:
    """The same estimate for each of several margins."""
    parts = (estimate.value, estimate.se, estimate.low, estimate.high, estimate.n)
    value, se, low, high, n = (np.array(np.broadcast_to(part, shape)) for part in parts)
    status, reason = (
        np.array(np.broadcast_to(part, shape)) for part in (estimate.status, estimate.reason)
    )
    return Estimate(value, se, low, high, n, estimate.method, status, reason)


def non_inferiority_sample_size(
    p_new: Any,
    p_old: Any,
    margin: Any,
    *,
    power: float = 0.8,
    ratio: Any = 1.0,
    higher_is_better: bool = True,
    level: float = 0.95,
) -> Estimate:
    """Cases of the new vendor that a pilot needs for the Farrington-Manning test to show non-inferiority.

    n = [(z(level) s0 + z(power) s1) / (distance to the margin)]^2, s0 and s1 the standard deviations of the
    difference per case of the new one under the margin and under the expected shares.

    Args:
        p_new: Expected share of the new one, shape S.
        p_old: Expected share of the incumbent, shape S.
        margin: By how much worse the new one may be, strictly between 0 and 1, shape S.
        power: Chance to show non-inferiority at the expected shares.
        ratio: Cases of the incumbent per case of the new one, shape S.
        higher_is_better: False for rates of discrepancies, breaches and the like.
        level: Two-sided confidence level, as in `non_inferiority`.

    Returns:
        Estimate of shape S whose value and n are the cases of the new one; the incumbent needs ratio times as
        many. "insufficient" where the expected shares themselves lie at or beyond the margin.

    Raises:
        ValueError: A share outside 0..1, a margin outside 0..1, a ratio not above 0, or a power that is not
            above the one-sided error.

    Source:
        Farrington and Manning, Stat Med 9:1447-1454 (1990), method 3.
    """
    first, second, allowed, theta = np.broadcast_arrays(
        np.asarray(p_new, dtype=np.float64),
        np.asarray(p_old, dtype=np.float64),
        _margin(margin),
        np.asarray(ratio, dtype=np.float64),
    )
    for share in (first, second):
        if not (np.all(share >= 0) and np.all(share <= 1)):
            raise ValueError("an expected share lies outside 0..1")
    if not np.all(theta > 0):
        raise ValueError("a ratio of cases is above 0")
    error = (1 - level) / 2
    if not error < power < 1:
        raise ValueError("a power lies between the one-sided error and 1")
    sign = 1.0 if higher_is_better else -1.0
    distance = sign * (first - second) + allowed
    beyond = distance <= 1e-12
    held = constrained_shares(first, second, theta, -sign * allowed)
    null = np.sqrt(held[0] * (1 - held[0]) + held[1] * (1 - held[1]) / theta)
    expected = np.sqrt(first * (1 - first) + second * (1 - second) / theta)
    reach = stats.norm.isf(error) * null + stats.norm.ppf(power) * expected
    needed = (reach / np.where(beyond, 1.0, distance)) ** 2
    n = np.maximum(np.ceil(needed * (1 - 1e-12)), 1.0)
    return make_estimate(
        n, n=n, method="sample size, Farrington-Manning", insufficient=[(beyond, NOT_EXPECTED)]
    )
