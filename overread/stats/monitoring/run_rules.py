"""Run rules over a control chart: Western Electric, Nelson, and the NHS 'Making Data Count' set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from overread.stats.estimate import FloatArray
from overread.stats.monitoring.baseline import BoolArray, IntArray
from overread.stats.monitoring.control_chart import ROUNDING, ControlChart

Pattern = Literal["beyond", "zone", "side", "trend", "alternating", "within", "outside"]
Gaps = Literal["break", "bridge"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `count` of the latest `window` points show the pattern.

    Attributes:
        name: Name for the column.
        pattern: "beyond" the limits; "zone" = beyond `sigma` on one side; "side" of the centre line; "trend" = each
            point higher (lower) than the one before; "alternating" up and down; "within" or "outside" `sigma`, on
            either side.
        count: Points that must show it.
        window: Points looked at.
        sigma: Distance in standard deviations, for "zone", "within" and "outside".
        same_side: For "zone": every point of the window, near or far, lies on that side of the centre line.

    Raises:
        ValueError: So few points cannot show the pattern, or more are asked for than the window holds.
    """

    name: str
    pattern: Pattern
    count: int
    window: int
    sigma: float = 0.0
    same_side: bool = False

    def __post_init__(self) -> None:
        least = {"trend": 2, "alternating": 3}.get(self.pattern, 1)
        if not least <= self.count <= self.window:
            raise ValueError(f"a rule {self.pattern} counts {least} to {self.window} points")


def shift(length: int) -> Rule:
    """`length` points in a row on one side of the centre line."""
    return Rule(f"shift_{length}", "side", length, length)


def trend(length: int) -> Rule:
    """`length` points in a row, each higher (or each lower) than the one before it."""
    return Rule(f"trend_{length}", "trend", length, length)


BEYOND_LIMITS: Final = Rule("beyond_limits", "beyond", 1, 1)
TWO_OF_THREE: Final = Rule("two_of_three", "zone", 2, 3, 2.0)
TWO_OF_THREE_SAME_SIDE: Final = Rule("two_of_three", "zone", 2, 3, 2.0, same_side=True)
FOUR_OF_FIVE: Final = Rule("four_of_five", "zone", 4, 5, 1.0)
WITHIN_ONE_SIGMA: Final = Rule("within_one_sigma_15", "within", 15, 15, 1.0)
OUTSIDE_ONE_SIGMA: Final = Rule("outside_one_sigma_8", "outside", 8, 8, 1.0)
ALTERNATING: Final = Rule("alternating_14", "alternating", 14, 14)

# Western Electric, Statistical Quality Control Handbook (1956), part B.
WESTERN_ELECTRIC: Final = (BEYOND_LIMITS, TWO_OF_THREE, FOUR_OF_FIVE, shift(8))
# Nelson, J Qual Technol 16:237-239 (1984), tests 1 to 8 (in the order of how they are read).
NELSON: Final = (
    BEYOND_LIMITS,
    shift(9),
    trend(6),
    ALTERNATING,
    TWO_OF_THREE,
    FOUR_OF_FIVE,
    WITHIN_ONE_SIGMA,
    OUTSIDE_ONE_SIGMA,
)
# NHS England, Making Data Count, as NHSRplotthedots computes it: a trend is seven points (six steps), and two of
# three near a limit ask for all three on that side of the mean.
NHS: Final = (BEYOND_LIMITS, shift(7), TWO_OF_THREE_SAME_SIDE, trend(7))


@dataclass(frozen=True, slots=True)
class RunSignals:
    """What rules say of a chart.

    Attributes:
        rules: The rules, in order.
        signal: Periods at which a rule's pattern is complete, shape (..., rules, periods): what was known then.
        member: Points that belong to such a pattern, shape (..., rules, periods): what is coloured on a chart.
        direction: +1 or -1 at members of a pattern that has a direction, else 0; of a trend, the way it runs, on
            whichever side of the centre line. Shape (..., rules, periods).
        first: Period of the first signal of each rule, -1 = never, shape (..., rules).
    """

    rules: tuple[Rule, ...]
    signal: BoolArray
    member: BoolArray
    direction: IntArray
    first: IntArray


@dataclass(frozen=True, slots=True)
class _Track:
    """The points in the order that rules read them, on the stretches that no rule crosses."""

    point: FloatArray
    side: IntArray
    z: FloatArray
    beyond: IntArray
    joined: BoolArray
    start: IntArray

    def recent(self, shown: BoolArray, window: int) -> IntArray:
        """How many of the latest `window` points of the stretch show a pattern."""
        total = np.cumsum(shown, axis=-1, dtype=np.int64)
        place = np.arange(shown.shape[-1])
        before = np.maximum(place - window, self.start - 1)
        earlier = np.take_along_axis(total, np.maximum(before, 0), axis=-1)
        return total - np.where(before < 0, 0, earlier)

    def back(self, complete: BoolArray, window: int) -> BoolArray:
        """Points that lie in the window of a complete pattern of their own stretch."""
        inside = complete.copy()
        for ahead in range(1, min(window, complete.shape[-1])):
            own = self.start[..., ahead:] == self.start[..., :-ahead]
            inside[..., :-ahead] |= complete[..., ahead:] & own
        return inside


def run_rules(
    chart: ControlChart, rules: tuple[Rule, ...] = WESTERN_ELECTRIC, gaps: Gaps = "break"
) -> RunSignals:
    """Look for patterns that chance seldom makes.

    Args:
        chart: A control chart, strata of shape (...).
        rules: A rule set: WESTERN_ELECTRIC, NELSON, NHS, or rules of one's own.
        gaps: "break": a period without cases ends every run and every window, as if the chart began anew after it;
            "bridge": the points before and after it are neighbours. A rebase always breaks.

    Returns:
        Signals of shape (..., rules, periods). A point on the centre line is on neither side; two equal neighbours end
        a trend. Where limits have no width nothing is beyond them, and where a chart has no sigma (g chart) the
        rules about zones are silent.

    Source:
        Western Electric (1956); Nelson, J Qual Technol 16:237-239 (1984); NHS England, Making Data Count.
    """
    seen = np.isfinite(chart.point) & np.isfinite(chart.line)
    # Bridging is reading the points without the gaps; every answer then goes back to its period.
    order = np.argsort(~seen, axis=-1, kind="stable")
    if gaps == "break":
        order = np.broadcast_to(np.arange(seen.shape[-1]), seen.shape)
    track = _track(chart, seen, order)
    answers = [_apply(rule, track) for rule in rules]
    back = np.argsort(order, axis=-1, kind="stable")[..., None, :]
    signal = np.take_along_axis(np.stack([a[0] for a in answers], axis=-2), back, axis=-1)
    member = np.take_along_axis(np.stack([a[1] for a in answers], axis=-2), back, axis=-1)
    direction = np.take_along_axis(np.stack([a[2] for a in answers], axis=-2), back, axis=-1)
    ever = signal.any(axis=-1)
    first = np.where(ever, signal.argmax(axis=-1) if signal.size else 0, -1)
    return RunSignals(rules, signal, member, direction, first)


def _track(chart: ControlChart, seen: BoolArray, order: IntArray) -> _Track:
    """The chart's points in reading order, with the stretches that no rule crosses."""
    scale = ROUNDING * np.maximum(np.abs(chart.point), np.abs(chart.line))
    away = chart.point - chart.line
    side = (away > scale).astype(np.int64) - (away < -scale)
    wide = chart.high - chart.low > ROUNDING * np.abs(chart.line)
    over = (chart.point > chart.high + scale).astype(np.int64)
    beyond = np.where(wide, over - (chart.point < chart.low - scale), 0)
    point, side, z, beyond, there, segment = (
        np.take_along_axis(part, order, axis=-1)
        for part in (chart.point, side, chart.z, beyond, seen, chart.segment)
    )
    joined = np.zeros(seen.shape, dtype=bool)
    joined[..., 1:] = there[..., 1:] & there[..., :-1] & (segment[..., 1:] == segment[..., :-1])
    place = np.broadcast_to(np.arange(seen.shape[-1]), seen.shape)
    start = np.where(joined, 0, place)
    if start.size:
        start = np.maximum.accumulate(start, axis=-1)
    return _Track(point, side, z, beyond, joined, start)


def _apply(rule: Rule, track: _Track) -> tuple[BoolArray, BoolArray, IntArray]:
    """Signal, member and direction of one rule, in reading order."""
    if rule.pattern in ("alternating", "within", "outside"):
        if rule.pattern == "alternating":
            count, shown = rule.count - 2, _turns(track)
        else:
            near = np.abs(track.z) < rule.sigma
            far = np.abs(track.z) > rule.sigma
            count, shown = rule.count, near if rule.pattern == "within" else far
        complete = track.recent(shown, count) >= count
        return complete, track.back(complete, rule.window), np.zeros(complete.shape, np.int64)
    up, up_member = _one_way(rule, track, 1)
    down, down_member = _one_way(rule, track, -1)
    # Where a rise ends, a fall may begin: the point belongs to both, and to the newer one for its direction.
    direction = np.where(up_member, 1, 0) - np.where(down_member, 1, 0)
    both = up_member & down_member
    direction = np.where(both, np.where(up, -1, 1), direction)
    return up | down, up_member | down_member, direction


def _one_way(rule: Rule, track: _Track, way: int) -> tuple[BoolArray, BoolArray]:
    """Signal and members of a rule that has a direction."""
    if rule.pattern == "trend":
        steps = rule.count - 1
        complete = track.recent(_steps(track) == way, steps) >= steps
        return complete, track.back(complete, rule.window)
    if rule.pattern == "zone":
        shown = track.z * way > rule.sigma
    else:
        shown = (track.beyond if rule.pattern == "beyond" else track.side) == way
    complete = track.recent(shown, rule.window) >= rule.count
    if rule.same_side:
        complete &= track.recent(track.side == way, rule.window) >= rule.window
    else:
        # The pattern is complete at the point that completes it, not at a quiet point after it.
        complete &= shown
    return complete, track.back(complete, rule.window) & shown


def _steps(track: _Track) -> IntArray:
    """+1 for a rise from the point before, -1 for a fall, 0 for neither and at the start of a stretch."""
    steps = np.zeros(track.point.shape, dtype=np.int64)
    change = np.diff(track.point, axis=-1)
    scale = ROUNDING * np.abs(track.point[..., 1:])
    way = (change > scale).astype(np.int64) - (change < -scale)
    steps[..., 1:] = np.where(track.joined[..., 1:], way, 0)
    return steps


def _turns(track: _Track) -> BoolArray:
    """Points whose step goes against the step before it, in one stretch."""
    steps = _steps(track)
    turns = np.zeros(steps.shape, dtype=bool)
    turns[..., 1:] = steps[..., 1:] * steps[..., :-1] < 0
    return turns
