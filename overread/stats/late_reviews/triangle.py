"""Reporting triangles: what came in by origin month and delay, and how much of it is still to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.stats.estimate import FloatArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Development:
    """Sums at each delay over the origin months that were seen there, shape (..., delays).

    Attributes:
        new: What came at the delay.
        before: What had come before it.
    """

    new: FloatArray
    before: FloatArray

    @classmethod
    def of(cls, triangle: FloatArray, observed: Mask) -> Development:
        """Sum a triangle of shape (..., months, delays) over its months; `observed` is (months, delays)."""
        new = np.where(observed, triangle, 0).sum(axis=-2)
        reached = np.where(observed, triangle.cumsum(axis=-1), 0).sum(axis=-2)
        return cls(new, reached - new)

    def share_in(self) -> FloatArray:
        """Share in by age 1..delays: the product of the inverse development factors of all later delays."""
        kept = np.where(
            self.new + self.before > 0, 1 - ratio(self.new, self.new + self.before), 1.0
        )
        later = np.concatenate([kept[..., 1:], np.ones_like(kept[..., :1])], axis=-1)
        return np.cumprod(later[..., ::-1], axis=-1)[..., ::-1]


def ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Quotient, 0 where the whole is 0."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.zeros(shape), where=whole > 0)


def completed_later(came: FloatArray, lapsed: FloatArray, stayed: FloatArray) -> FloatArray:
    """Chance that a case still open at age 1..delays is ever done; expiry competes with it.

    Args:
        came: Cases done at each delay, shape (..., delays).
        lapsed: Cases expired at each delay, same shape.
        stayed: Cases that were open and stayed so, same shape.

    Returns:
        Chances, shape (..., delays); 0 at the last age.
    """
    at_risk = came + lapsed + stayed
    done, stays = ratio(came, at_risk), ratio(stayed, at_risk)
    chance = np.zeros(done.shape)
    for delay in range(done.shape[-1] - 1, 0, -1):
        chance[..., delay - 1] = done[..., delay] + stays[..., delay] * chance[..., delay]
    return chance


def dispersion(
    triangles: tuple[FloatArray, ...], shares_in: tuple[FloatArray, ...], observed: Mask
) -> FloatArray:
    """Pearson dispersion of triangles around their chain-ladder fits, never below 1.

    Args:
        triangles: Triangles of shape (..., months, delays).
        shares_in: Their shares in by age, each of shape (..., delays).
        observed: Cells before the cut-off, shape (months, delays).

    Returns:
        One dispersion for all triangles, shape (...); 1 where nothing is left to estimate it from.

    Source:
        England and Verrall, British Actuarial Journal 8:443-518 (2002), section 7.
    """
    statistic: Any = 0.0
    freedom: Any = 0.0
    for triangle, share in zip(triangles, shares_in, strict=True):
        seen = np.where(observed, triangle, 0)
        step = np.diff(share, axis=-1, prepend=0.0)[..., None, :] * observed
        fitted = ratio(seen.sum(axis=-1), step.sum(axis=-1))[..., None] * step
        months, delays = ((fitted.sum(axis=axis) > 0).sum(axis=-1) for axis in (-1, -2))
        statistic = statistic + ratio((seen - fitted) ** 2, fitted).sum(axis=(-2, -1))
        cells = (fitted > 0).sum(axis=(-2, -1))
        freedom = freedom + np.where(cells > 0, cells - months - delays + 1, 0)
    free = np.asarray(freedom, dtype=np.float64)
    return np.where(free > 0, np.maximum(ratio(np.asarray(statistic), free), 1.0), 1.0)
