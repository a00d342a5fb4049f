"""What is recorded of one interval method under one condition, and how it is judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from overread.stats.estimate import OK, Estimate

# "near": 93 to 97 %. "guaranteed": exact methods, at least 95 % by construction. "one-sided": of one limit, or of
# a one-sided test, 97.5 % with half the leeway.
Aim = Literal["near", "guaranteed", "one-sided"]
BOUNDS = {"near": (0.93, 0.97), "guaranteed": (0.95, 1.0), "one-sided": (0.965, 0.985)}
# A cell whose interval is almost never shown says nothing about what pages show.
RARELY_SHOWN = 0.05


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of a grid.

    Attributes:
        coverage: Share of shown intervals that hold the truth; NaN where hardly any is shown.
        width: Their mean width.
        withheld: Share of replications (of those with a value) whose interval is withheld.
        error: Standard error of the coverage by simulation; 0 by enumeration.
        shown: Share of replications with an interval.
        label: The point, for the worst one to be named.
    """

    coverage: float
    width: float
    withheld: float
    error: float
    shown: float
    label: str


@dataclass(frozen=True, slots=True)
class Study:
    """One row of the table: a method, a condition, and the grid that was walked.

    Attributes:
        method: The estimator, as `Estimate.method` or the function names it.
        condition: What the grid varies.
        cells: Points of the grid.
        aim: Rule of judgement.
        published: True for the textbook's interval, which no page shows; it is printed for comparison.
    """

    method: str
    condition: str
    cells: Sequence[Cell] = field(default_factory=tuple)
    aim: Aim = "near"
    published: bool = False

    @property
    def judged(self) -> list[Cell]:
        """Cells in which intervals are shown often enough to be judged."""
        return [cell for cell in self.cells if np.isfinite(cell.coverage)]

    def mean(self, part: str) -> float:
        """Mean of a part over the grid; of coverage and width over the judged cells."""
        cells = self.cells if part == "withheld" else self.judged
        return float(np.mean([getattr(cell, part) for cell in cells])) if cells else float("nan")

    @property
    def worst(self) -> Cell | None:
        """The judged cell with the lowest coverage."""
        return min(self.judged, key=lambda cell: cell.coverage, default=None)

    @property
    def verdict(self) -> str:
        """In words, as the page explains them."""
        if self.published:
            return "not on pages"
        if not self.judged:
            return "withheld"
        mean = self.mean("coverage")
        error = float(np.linalg.norm([cell.error for cell in self.judged])) / len(self.judged)
        lowest = min(cell.coverage + 3 * cell.error for cell in self.judged)
        highest = max(cell.coverage - 3 * cell.error for cell in self.judged)
        least, most = BOUNDS[self.aim]
        if self.aim == "guaranteed":
            return "at least 95 %" if lowest >= least - 1e-9 else "fails"
        on_average = least - 3 * error <= mean <= most + 3 * error
        if lowest >= least and highest <= most and on_average:
            return "holds"
        if least <= mean <= most:
            return "holds on average"
        return "wide" if mean > most and lowest >= least else "fails"


def cell(estimate: Estimate, truth: Any, label: str, weight: Any = None) -> Cell:
    """Judge the estimates of one point of the grid.

    Args:
        estimate: Replications, or all possible samples, shape S.
        truth: True value, shape S or scalar.
        label: The point's name.
        weight: Probability of each sample where all are enumerated, shape S.
    """
    valued = estimate.status == OK
    shown = valued & np.isfinite(estimate.low) & np.isfinite(estimate.high)
    share = (
        np.full(estimate.shape, 1 / max(estimate.value.size, 1))
        if weight is None
        else np.broadcast_to(np.asarray(weight, dtype=np.float64), estimate.shape)
    )
    mass, valued_mass = float(share[shown].sum()), float(share[valued].sum())
    withheld = 1 - mass / valued_mass if valued_mass > 0 else 1.0
    if mass < RARELY_SHOWN:
        return Cell(float("nan"), float("nan"), withheld, 0.0, mass, label)
    true = np.broadcast_to(np.asarray(truth, dtype=np.float64), estimate.shape)
    holds = (estimate.low <= true + 1e-9) & (true <= estimate.high + 1e-9)
    coverage = min(float(share[holds & shown].sum() / mass), 1.0)
    width = float((share * (estimate.high - estimate.low))[shown].sum() / mass)
    shots = float(shown.sum())
    error = 0.0 if weight is not None else float(np.sqrt(coverage * (1 - coverage) / shots))
    return Cell(coverage, width, withheld, error, mass, label)


def study(method: str, condition: str, cells: Iterable[Cell], **about: Any) -> Study:
    """A row of the table from its cells."""
    return Study(method, condition, tuple(cells), **about)
