"""Sequential probability ratio test of a share: stop as soon as the cases say enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from overread.stats.estimate import FloatArray, TextArray
from overread.stats.monitoring.baseline import BoolArray, IntArray
from overread.stats.monitoring.cusum import restarting_path

CONTINUE: Final = "continue"
ACCEPT: Final = "accept"
REJECT: Final = "reject"


@dataclass(frozen=True, slots=True)
class SequentialTest:
    """A sequential test per stratum.

    Attributes:
        path: Log-likelihood ratio after each step, shape (..., steps); it stays where the test ended.
        lower: Boundary at which the null share is accepted.
        upper: Boundary at which it is rejected.
        decision: "continue", "accept" (the null share) or "reject", shape (...).
        first: Step of the decision, -1 = none yet, shape (...).
        accepted: How many times the null share was accepted: at most 1, unless the test resets. Shape (...).
        n: Cases used, up to the decision, shape (...).
    """

    path: FloatArray
    lower: float
    upper: float
    decision: TextArray
    first: IntArray
    accepted: IntArray
    n: FloatArray


def wald_boundaries(alpha: float, beta: float) -> tuple[float, float]:
    """Boundaries of the log-likelihood ratio, log(beta / (1 - alpha)) and log((1 - beta) / alpha).

    Args:
        alpha: Probability of rejecting a true null share.
        beta: Probability of accepting it when the alternative is true.

    Returns:
        Lower and upper boundary.

    Raises:
        ValueError: An error probability lies outside 0..1, or both together reach 1.

    Source:
        Wald, Ann Math Stat 16:117-186 (1945).
    """
    if not (0 < alpha < 1 and 0 < beta < 1 and alpha + beta < 1):
        raise ValueError("alpha and beta lie between 0 and 1, and together below 1")
    return float(np.log(beta / (1 - alpha))), float(np.log((1 - beta) / alpha))


def sprt(
    x: Any,
    n: Any = 1,
    *,
    null: float,
    alternative: float,
    alpha: float = 0.05,
    beta: float = 0.2,
    reset: bool = False,
) -> SequentialTest:
    """Wald's test of one share against another, case by case or by lots.

    After each step the log-likelihood ratio grows by x log(p1 / p0) + (n - x) log((1 - p1) / (1 - p0)).

    Args:
        x: Events of each step in order, shape (..., steps); NaN = no cases (padding, a month not reviewed).
        n: Cases of each step: 1 = case by case; lots (months) decide later and a little more cautiously.
        null: Share p0 that is accepted.
        alternative: Share p1 that matters, above or below p0.
        alpha: Probability of rejecting p0 though true, of one test; a resetting test has it for each of its tests.
        beta: Probability of accepting p0 though p1 is true.
        reset: Start again from 0 after each acceptance and go on watching (the resetting SPRT); a rejection
            still ends it.

    Returns:
        The test. Without a step it says "continue".

    Raises:
        ValueError: Events lie outside 0..cases, shares are equal or outside 0..1, or error probabilities cannot be.

    Source:
        Wald, Ann Math Stat 16:117-186 (1945); resetting: Grigg, Farewell and Spiegelhalter, Stat Methods Med Res
        12:147-170 (2003).
    """
    if not (0 < null < 1 and 0 < alternative < 1 and null != alternative):
        raise ValueError("the two shares differ and lie between 0 and 1")
    lower, upper = wald_boundaries(alpha, beta)
    xs, ns = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if np.any(xs < 0) or np.any(xs > ns):
        raise ValueError("events lie outside 0..cases")
    case = np.isfinite(xs) & np.isfinite(ns)
    xs, ns = np.where(case, xs, 0.0), np.where(case, ns, 0.0)
    shape, size = xs.shape[:-1], xs.shape[-1]
    steps = xs * np.log(alternative / null) + (ns - xs) * np.log((1 - alternative) / (1 - null))

    def crossed(path: FloatArray) -> BoolArray:
        return (path <= lower) | (path >= upper)

    def ends(level: FloatArray) -> BoolArray:
        return (level >= upper) | (not reset)

    flat = steps.reshape(int(np.prod(shape)), size)
    path, crossing = restarting_path(flat, crossed, ends, held=False)
    rejected = (crossing & (path >= upper)).any(axis=-1)
    accepted = (crossing & (path <= lower)).sum(axis=-1)
    ended = rejected | ((accepted > 0) & (not reset))
    # The crossing that ends a test is the last one, for nothing is counted after it.
    last = np.where(crossing, np.arange(size), -1).max(axis=-1, initial=-1)
    end = np.where(ended, last, -1)
    decision = np.where(rejected, REJECT, np.where(ended, ACCEPT, CONTINUE)).astype(object)
    before = np.arange(size) <= np.where(ended, end, size)[:, None]
    used = np.where(before, ns.reshape(flat.shape), 0.0).sum(axis=-1)
    return SequentialTest(
        path.reshape(xs.shape),
        lower,
        upper,
        decision.reshape(shape),
        end.reshape(shape),
        accepted.reshape(shape),
        used.reshape(shape),
    )
