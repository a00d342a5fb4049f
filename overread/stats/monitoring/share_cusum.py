"""Self-starting CUSUM of a share by month, judged against chance at these numbers of cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from overread.stats.estimate import FloatArray
from overread.stats.monitoring.cusum import Cusum, tabular_cusum


@dataclass(frozen=True, slots=True)
class ShareCusum:
    """Both sides of the CUSUM; NaN at months without cases and where there is no baseline.

    Attributes:
        up: The side that watches for more, shape (..., months).
        down: The side that watches for less.
        p_up: Chance that the upper side has been as high by this month although nothing changed.
        p_down: The same of the lower side.
    """

    up: Cusum
    down: Cusum
    p_up: FloatArray
    p_down: FloatArray


def _paths(x: FloatArray, n: FloatArray, b: FloatArray, m: FloatArray) -> tuple[Cusum, Cusum]:
    """Self-starting CUSUM: each month against all before it, in standard errors of the difference."""
    known = b[..., None] + np.cumsum(x, axis=-1) - x, m[..., None] + np.cumsum(n, axis=-1) - n
    # half a case more: a share of 0 or 1 has an error, too
    centre = (known[0] + 0.5) / (known[1] + 1)
    size = np.where(n > 0, n, np.nan)
    spread = np.sqrt(centre * (1 - centre) * (1 / size + 1 / np.maximum(known[1], 1)))
    return tabular_cusum((x / size - centre) / spread, reset=False)


def share_cusum(
    events: Any,
    cases: Any,
    baseline_events: Any,
    baseline_cases: Any,
    *,
    draws: int = 1000,
    seed: int = 0,
) -> ShareCusum:
    """Watch a share month by month.

    Against a short baseline the error of the baseline adds up month by month; so each month is held to all months
    before it. The null is simulated with a baseline and months of these sizes that share one rate (that of all).

    Args:
        events: Events per month in order, shape (..., months).
        cases: Cases per month, shape (..., months); 0 = a gap.
        baseline_events: Events of the baseline, shape (...).
        baseline_cases: Cases of the baseline, shape (...).
        draws: Simulated histories; p has a resolution of 1 / (draws + 1).
        seed: Seed of the uniforms, which all strata share: neighbours do not change a result.

    Returns:
        Paths of slack 0.5 (`overread.stats.monitoring.cusum`), not reset, and their p-values.

    Raises:
        ValueError: An event count lies outside 0..cases.

    Source:
        Page, Biometrika 41:100-115 (1954); self-starting: Hawkins, The Statistician 36:299-316 (1987).
    """
    x, n = np.broadcast_arrays(
        np.asarray(events, dtype=np.float64), np.asarray(cases, dtype=np.float64)
    )
    b, m = np.broadcast_arrays(
        np.asarray(baseline_events, dtype=np.float64), np.asarray(baseline_cases, dtype=np.float64)
    )
    if np.any((x < 0) | (x > n)) or np.any((b < 0) | (b > m)):
        raise ValueError("a number of events lies outside 0..cases")
    up, down = _paths(x, n, b, m)
    rate = (x.sum(axis=-1) + b) / np.maximum(n.sum(axis=-1) + m, 1)
    uniform = np.random.default_rng(seed).random((draws, x.shape[-1] + 1))
    shape = (draws, *(1,) * (x.ndim - 1))
    level = uniform[:, 1:].reshape(*shape, x.shape[-1])
    null = _paths(
        np.asarray(stats.binom.ppf(level, n, rate[..., None])),
        n,
        np.asarray(stats.binom.ppf(uniform[:, 0].reshape(shape), m, rate)),
        m,
    )

    def chance(seen: Cusum, drawn: Cusum) -> FloatArray:
        reached = np.maximum.accumulate(seen.path, axis=-1)
        simulated = np.maximum.accumulate(drawn.path, axis=-1)
        p = (1 + (simulated >= reached - 1e-9).sum(axis=0)) / (draws + 1)
        return np.where((n > 0) & (m > 0)[..., None], p, np.nan)

    return ShareCusum(up, down, chance(up, null[0]), chance(down, null[1]))
