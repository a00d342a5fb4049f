"""The one result type of the statistics: estimates with their intervals, for many strata at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
TextArray = NDArray[np.object_]

OK: Final = "ok"
INSUFFICIENT: Final = "insufficient"
NOT_APPLICABLE: Final = "not_applicable"


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate per stratum; every array has the shape of the leading axes of the input.

    Attributes:
        value: The estimate; NaN exactly where `status` is not "ok".
        se: Standard error; NaN where the method has none.
        low: Lower limit of the interval; NaN where it is withheld.
        high: Upper limit of the interval; NaN where it is withheld.
        n: Number of cases that the estimate rests on (items, not ratings).
        method: Name of the estimator and of its interval, for the `method` column.
        status: "ok", "insufficient" or "not_applicable" per stratum.
        reason: Why there is no value, or why an "ok" value has no interval; else "".
    """

    value: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    n: FloatArray
    method: str
    status: TextArray
    reason: TextArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the strata."""
        return self.value.shape

    def __getitem__(self, place: Any) -> Estimate:
        """The estimates of some strata, by an index or mask of numpy."""
        return Estimate(
            self.value[place],
            self.se[place],
            self.low[place],
            self.high[place],
            self.n[place],
            self.method,
            self.status[place],
            self.reason[place],
        )


def joined(parts: Sequence[Estimate]) -> Estimate:
    """Estimates by one method, one after the other along the first axis.

    Raises:
        ValueError: There is none, or their methods differ.
    """
    methods = {part.method for part in parts}
    if len(methods) != 1:
        raise ValueError(f"estimates of one method are joined, not of {sorted(methods) or 'none'}")

    def end_to_end(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    value, se, low, high, n, status, reason = map(
        end_to_end, ("value", "se", "low", "high", "n", "status", "reason")
    )
    return Estimate(value, se, low, high, n, methods.pop(), status, reason)


def make_estimate(
    value: Any,
    *,
    n: Any,
    method: str,
    se: Any = np.nan,
    low: Any = np.nan,
    high: Any = np.nan,
    insufficient: list[tuple[Any, str]] | None = None,
    withheld: list[tuple[Any, str]] | None = None,
) -> Estimate:
    """Broadcast the parts and apply the rules of absence.

    Args:
        value: Estimates, shape S.
        n: Cases, shape S or scalar.
        method: Name of estimator and interval.
        se: Standard errors, shape S or scalar.
        low: Lower limits, shape S or scalar.
        high: Upper limits, shape S or scalar.
        insufficient: Pairs (mask of shape S, reason): no value at all. The first match names the reason.
        withheld: Pairs (mask of shape S, reason): the value stands, its interval and standard error do not.

    Returns:
        An estimate whose value is NaN exactly where its status is not "ok". A value that is not finite without a
        stated reason becomes "insufficient" too, so that no NaN or infinity travels as a number.
    """
    shape = np.broadcast_shapes(
        np.shape(value), np.shape(n), np.shape(se), np.shape(low), np.shape(high)
    )

    def full(part: Any) -> FloatArray:
        return np.array(np.broadcast_to(np.asarray(part, dtype=np.float64), shape))

    values, ses, lows, highs, ns = full(value), full(se), full(low), full(high), full(n)
    absences = [*(insufficient or []), (~np.isfinite(values), "undefined for these counts")]
    withholdings = withheld or []
    gone, unbounded = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    # which reason, by its place in `reasons`: texts are compared and written once, at the end
    told = np.zeros(shape, dtype=np.intp)
    for place, (mask, _) in enumerate(absences, start=1):
        hit = np.asarray(mask, dtype=bool) & ~gone
        told[hit] = place
        gone |= hit
    for place, (mask, _) in enumerate(withholdings, start=1 + len(absences)):
        hit = np.asarray(mask, dtype=bool) & ~gone
        told[hit & ~unbounded] = place
        unbounded |= hit
    values[gone] = np.nan
    for part in (ses, lows, highs):
        part[gone | unbounded | ~np.isfinite(part)] = np.nan
    reasons = ["", *(why for _, why in (*absences, *withholdings))]
    status = np.array([OK, INSUFFICIENT], dtype=object)[gone.ravel().astype(np.intp)]
    reason = np.array(reasons, dtype=object)[told.ravel()]
    return Estimate(
        values, ses, lows, highs, ns, method, status.reshape(shape), reason.reshape(shape)
    )
