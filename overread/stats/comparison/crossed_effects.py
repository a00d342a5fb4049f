"""Logistic model with two crossed factors, one fixed and one random, from the table of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from overread.stats.estimate import FloatArray

_STEPS: Final = 60
# gain in log-likelihood that the next step promises
_TOLERANCE: Final = 1e-10
# relative ridge on a step: counts beyond 1e12 drown the penalty that holds the columns' common shift
_RIDGE: Final = 1e-13
_LONGEST_STEP: Final = 3.0
# spread of the random effects, on the scale of the log odds: an odds ratio of 1.02 to 150 for one sd
_SMALLEST, _LARGEST = 0.02, 5.0
_GRID: Final = 10
_SECTIONS: Final = 18
_APART: Final = 0.3
_GOLDEN: Final = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class CrossedFit:
    """Maximum of the penalised likelihood, and the covariance around it.

    Attributes:
        rows: Fixed effects (log odds) of the rows, shape (S, rows).
        columns: Random effects (log odds ratio to the average column), shape (S, columns).
        sigma: Their standard deviation, shape (S,).
        row_precision: Diagonal block of the information, shape (S, rows).
        cells: Its off-diagonal block, n p (1 - p), shape (S, rows, columns).
        column_covariance: Covariance of the column effects, shape (S, columns, columns).
        criterion: Log of the penalised restricted likelihood at sigma (Laplace), shape (S,).
        converged: Shape (S,).
    """

    rows: FloatArray
    columns: FloatArray
    sigma: FloatArray
    row_precision: FloatArray
    cells: FloatArray
    column_covariance: FloatArray
    criterion: FloatArray
    converged: NDArray[np.bool_]

    def probabilities(self) -> FloatArray:
        """Probability of every cell, seen or not, shape (S, rows, columns)."""
        p: FloatArray = special.expit(self.rows[..., None] + self.columns[..., None, :])
        return p

    def standardised(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Rate of each row over one common mix of columns, with its delta-method variance.

        Args:
            weights: Share of each column, shape (S, columns).

        Returns:
            Rates and variances, each of shape (S, rows).
        """
        p = self.probabilities()
        rate = (p * weights[:, None, :]).sum(axis=-1)
        by_column = p * (1 - p) * weights[:, None, :]
        by_row = by_column.sum(axis=-1)
        # a row effect moves against what the columns of its cells take: slope in the column effects alone
        pulled = by_column - (by_row / self.row_precision)[..., None] * self.cells
        through = ((pulled @ self.column_covariance) * pulled).sum(axis=-1)
        return rate, by_row**2 / self.row_precision + through


def _fit(x: FloatArray, n: FloatArray, start: CrossedFit | None, sigma: FloatArray) -> CrossedFit:
    """Newton's method at a given sigma; the row block of the information is diagonal and eliminated."""
    penalty = 1 / sigma**2
    strata, _, width = x.shape
    seen = n.sum(axis=-1) > 0
    if start is None:
        rows = np.where(seen, special.logit((x.sum(-1) + 0.5) / (n.sum(-1) + 1)), 0.0)
        columns = np.zeros((strata, width))
    else:
        rows, columns = start.rows.copy(), start.columns.copy()
    eye = np.eye(width)
    gain = np.full(strata, np.inf)
    for _ in range(_STEPS):
        p = special.expit(rows[..., None] + columns[:, None, :])
        cells = n * p * (1 - p)
        of_rows = np.where(seen, np.maximum(cells.sum(axis=-1), 1e-12), 1.0)
        scaled = cells / of_rows[..., None]
        schur = (cells.sum(axis=1) + penalty[:, None])[..., None] * eye
        schur = schur + _RIDGE * schur.max(axis=(-2, -1), keepdims=True) * eye
        schur = schur - np.swapaxes(scaled, -1, -2) @ cells
        gap = x - n * p
        slope_rows, slope_columns = gap.sum(axis=-1), gap.sum(axis=1) - penalty[:, None] * columns
        if (gain <= _TOLERANCE).all():
            break
        right = slope_columns - (scaled * slope_rows[..., None]).sum(axis=1)
        step_columns = np.linalg.solve(schur, right[..., None])[..., 0]
        step_rows = slope_rows / of_rows - (scaled * step_columns[:, None, :]).sum(axis=-1)
        gain = (slope_rows * step_rows).sum(-1) + (slope_columns * step_columns).sum(-1)
        moved = np.maximum(np.abs(step_rows).max(axis=-1), np.abs(step_columns).max(axis=-1))
        damped = np.minimum(1.0, _LONGEST_STEP / np.maximum(moved, 1e-300))[:, None]
        rows, columns = rows + damped * step_rows, columns + damped * step_columns
    likelihood = (special.xlogy(x, p) + special.xlog1py(n - x, -p)).sum(axis=(-2, -1))
    prior = 0.5 * penalty * (columns**2).sum(axis=-1) + width * np.log(sigma)
    volume = 0.5 * (np.log(of_rows).sum(axis=-1) + np.linalg.slogdet(schur)[1])
    # Chung's prior keeps sigma off its bound 0, where no reviewer would differ and every interval be too short
    criterion = likelihood - prior - volume + np.log(sigma) - sigma
    return CrossedFit(
        rows,
        columns,
        sigma,
        of_rows,
        cells,
        np.linalg.inv(schur),
        criterion,
        gain <= _TOLERANCE,
    )


def fit_crossed(events: Any, n: Any, sigma: float | None = None) -> CrossedFit:
    """Fit logit p = row effect + column effect, the column effects normal with mean 0.

    Args:
        events: Events, shape (S, rows, columns).
        n: Cases, same shape; 0 where a pair never met. Every row with cases needs an event and a non-event.
        sigma: Standard deviation of the column effects; None estimates it per stratum by penalised restricted
            maximum likelihood (Laplace), with Chung's gamma(2, 1) prior.

    Returns:
        The fit. A large sigma gives the fixed-effects model, sigma near 0 the raw rates.

    Source:
        Breslow and Clayton, J Am Stat Assoc 88:9-25 (1993); Chung et al., Psychometrika 78:685-709 (2013).
    """
    x, cases = (np.asarray(part, dtype=np.float64) for part in (events, n))
    strata = x.shape[0]
    if sigma is not None:
        return _fit(x, cases, None, np.full(strata, sigma))
    grid = np.linspace(np.log(_SMALLEST), np.log(_LARGEST), _GRID)
    fit: CrossedFit | None = None
    heights = []
    for point in grid:
        fit = _fit(x, cases, fit, np.full(strata, np.exp(point)))
        heights.append(fit.criterion)
    best = np.argmax(heights, axis=0)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, _GRID - 1)]
    for _ in range(_SECTIONS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        fit = _fit(x, cases, fit, np.exp(left))
        rising = fit.criterion < _fit(x, cases, fit, np.exp(right)).criterion
        low, high = np.where(rising, left, low), np.where(rising, high, right)
    return _fit(x, cases, fit, np.exp((low + high) / 2))


def spread_through_sigma(events: Any, n: Any, fit: CrossedFit) -> FloatArray:
    """Variance of the column effects that comes from estimating sigma, shape (S, columns).

    The effects are refitted at sigma / 1.35 and sigma x 1.35; the curvature of the criterion there tells the
    variance of log sigma, held at most at 1.

    Source:
        Kass and Steffey, J Am Stat Assoc 84:717-726 (1989).
    """
    x, cases = (np.asarray(part, dtype=np.float64) for part in (events, n))
    below, above = (_fit(x, cases, fit, fit.sigma * np.exp(way * _APART)) for way in (-1, 1))
    curvature = (2 * fit.criterion - below.criterion - above.criterion) / _APART**2
    slope = (above.columns - below.columns) / (2 * _APART)
    return slope**2 / np.maximum(curvature, 1.0)[..., None]
