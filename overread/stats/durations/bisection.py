"""First places at which a condition holds, in many stretches at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from overread.stats.estimate import FloatArray

Side = Literal["left", "right"]
IntArray = NDArray[np.int64]


def first_where(
    low: IntArray, high: IntArray, reached: Callable[[IntArray], NDArray[np.bool_]]
) -> IntArray:
    """The first place of low .. high - 1 at which a condition holds that holds from there on; high where none.

    Args:
        low: First place of each stretch, shape S.
        high: Place behind each stretch, shape S.
        reached: Whether the condition holds at one place of each stretch; it is asked about `low` of an empty
            stretch, too, and its answer there is ignored.
    """
    for _ in range(int(np.max(high - low, initial=0)).bit_length()):
        inside = low < high
        middle = np.where(inside, (low + high) // 2, low)
        yes = reached(middle)
        low, high = np.where(inside & ~yes, middle + 1, low), np.where(inside & yes, middle, high)
    return low


def places_of(
    at: FloatArray,
    low: IntArray,
    high: IntArray,
    value: Callable[[IntArray], FloatArray],
    side: Side,
) -> IntArray:
    """As `numpy.searchsorted`, in a stretch of its own for each value.

    Args:
        at: Values looked for, shape S.
        low: First place of each stretch, shape S.
        high: Place behind each stretch, shape S.
        value: The values that ascend within the stretches, by place; asked about `low` of an empty stretch, too.
        side: "left": the first place with a value not below; "right": the first with one above.
    """

    def passed(place: IntArray) -> NDArray[np.bool_]:
        found = value(place)
        return np.asarray(found > at if side == "right" else found >= at)

    return first_where(low, high, passed)
