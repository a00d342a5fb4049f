"""Strata flattened for the fit get their axes back."""

from __future__ import annotations

from dataclasses import replace

from overread.stats.estimate import Estimate


def with_strata(estimate: Estimate, leading: tuple[int, ...]) -> Estimate:
    """Replace the first axis of an estimate by the axes that were flattened into it.

    Args:
        estimate: Estimate of shape (strata, ...).
        leading: Shape of the strata; its product is the length of the first axis.

    Returns:
        The same estimate, of shape (*leading, ...).
    """
    shape = (*leading, *estimate.shape[1:])
    names = ("value", "se", "low", "high", "n", "status", "reason")
    return replace(estimate, **{name: getattr(estimate, name).reshape(shape) for name in names})
