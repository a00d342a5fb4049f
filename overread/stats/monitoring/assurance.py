"""The NHS reading of a control chart: what its variation says, and whether a target can be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from overread.stats.estimate import INSUFFICIENT, NOT_APPLICABLE, OK, TextArray
from overread.stats.monitoring.baseline import IntArray, judged
from overread.stats.monitoring.control_chart import ROUNDING, ControlChart
from overread.stats.monitoring.run_rules import NHS, Gaps, Rule, run_rules

COMMON_CAUSE: Final = "common_cause"
IMPROVING: Final = "special_cause_improving"
CONCERNING: Final = "special_cause_concerning"
NEUTRAL: Final = "special_cause_neutral"

PASSING: Final = "consistently_passing"
HIT_AND_MISS: Final = "hit_and_miss"
FAILING: Final = "consistently_failing"
NO_TARGET: Final = "no_target"


@dataclass(frozen=True, slots=True)
class Reading:
    """The two icons of a chart, per stratum.

    Attributes:
        variation: "common_cause", "special_cause_improving", "special_cause_concerning" or "special_cause_neutral";
            "" where `status` is not "ok".
        direction: Where the values went: +1 up, -1 down, 0 without a special cause of a direction.
        rule: Number, in the rule set, of the rule that speaks; -1 = none.
        since: First period of the unbroken stretch of points that belong to such a pattern, -1 = none.
        assurance: "consistently_passing", "hit_and_miss", "consistently_failing" or "no_target"; "" where `status` is
            "insufficient".
        status: "ok" or "insufficient", shape (...).
        reason: Why there are no icons.
        assurance_status: "ok", "insufficient" or "not_applicable" (no target, or no good direction).
    """

    variation: TextArray
    direction: IntArray
    rule: IntArray
    since: IntArray
    assurance: TextArray
    status: TextArray
    reason: TextArray
    assurance_status: TextArray


def read_chart(
    chart: ControlChart,
    good: Any,
    target: Any = np.nan,
    *,
    rules: tuple[Rule, ...] = NHS,
    gaps: Gaps = "break",
    minimum: int = 12,
) -> Reading:
    """Read variation and assurance from the latest segment.

    Variation is that of the latest point: the first rule of the set that the point belongs to, by the direction of its
    pattern. Assurance asks where the target lies against the limits of that point: a target on the limit itself is
    met by values on it. Earlier segments have no say.

    Args:
        chart: A control chart, strata of shape (...).
        good: +1 where higher values are better, -1 where lower ones are, 0 where neither; shape (...) or scalar.
        target: Target in the unit of the chart, NaN = none; shape (...) or scalar.
        rules: Rule set, in order of precedence.
        gaps: How rules treat a gap.
        minimum: Fewest points in the baseline of the latest segment; with fewer, limits are on trial: no icons.

    Returns:
        The reading. "insufficient" where the chart is, where its baseline is short, where its limits have no width, or
        where the latest segment has no point yet.

    Raises:
        ValueError: `good` is not -1, 0 or 1.

    Source:
        NHS England, Making Data Count (icons of variation and assurance); the order of rules is NHSRplotthedots'.
    """
    shape = chart.centre.shape
    better = np.broadcast_to(np.asarray(good, dtype=np.int64), shape)
    if not np.isin(better, (-1, 0, 1)).all():
        raise ValueError("the good direction is -1, 0 or 1")
    aim = np.broadcast_to(np.asarray(target, dtype=np.float64), shape)

    seen = np.isfinite(chart.point) & (chart.segment == chart.segment[..., -1:])
    last = _last(seen)
    low, high = (_at(part, last) for part in (chart.low, chart.high))
    flat = ~(high - low > ROUNDING * np.abs(_at(chart.line, last)))
    status, reason = judged(
        shape,
        (chart.status != OK, INSUFFICIENT, "the chart has no limits to be used"),
        (last < 0, INSUFFICIENT, "no point since the rebase"),
        (chart.points < minimum, INSUFFICIENT, f"fewer than {minimum} points: limits on trial"),
        (flat, INSUFFICIENT, "limits have no width"),
    )
    usable = status == OK

    found = run_rules(chart, rules, gaps)
    belongs = _at(found.member, last[..., None]) & usable[..., None]
    any_rule = belongs.any(axis=-1)
    rule = np.where(any_rule, belongs.argmax(axis=-1), -1)
    chosen = np.maximum(rule, 0)[..., None, None]
    way = np.take_along_axis(found.direction, chosen, axis=-2)[..., 0, :]
    member = np.take_along_axis(found.member, chosen, axis=-2)[..., 0, :]
    direction = np.where(any_rule, _at(way, last), 0)
    other = seen & ~(member & (way == direction[..., None]))
    began = _next(seen, _last(other & (np.arange(seen.shape[-1]) <= last[..., None])))
    since = np.where(any_rule, began, -1)

    variation = np.full(shape, "", dtype=object)
    variation[usable] = COMMON_CAUSE
    variation[any_rule] = NEUTRAL
    variation[any_rule & (direction * better > 0)] = IMPROVING
    variation[any_rule & (direction * better < 0)] = CONCERNING

    named = np.isfinite(aim) & (better != 0)
    assurance_status = np.where(named, status, np.where(usable, NOT_APPLICABLE, status))
    best, worst = np.where(better > 0, high, -low), np.where(better > 0, low, -high)
    aimed = np.where(better > 0, aim, -aim)
    scale = ROUNDING * np.abs(aimed)
    assurance = np.full(shape, "", dtype=object)
    assurance[usable] = np.where(named, HIT_AND_MISS, NO_TARGET)[usable]
    assurance[usable & named & (worst >= aimed - scale)] = PASSING
    assurance[usable & named & (best < aimed - scale)] = FAILING
    return Reading(
        variation, direction, rule, since, assurance, status, reason, assurance_status.astype(object)
    )  # fmt: skip


def _last(mask: Any) -> IntArray:
    """Position of the last True along the last axis, -1 without any."""
    size = mask.shape[-1]
    place = np.where(mask, np.arange(size), -1)
    last: IntArray = place.max(axis=-1, initial=-1)
    return last


def _next(mask: Any, after: IntArray) -> IntArray:
    """Position of the first True behind a position; the size of the axis without any."""
    size = mask.shape[-1]
    place = np.where(mask & (np.arange(size) > after[..., None]), np.arange(size), size)
    first: IntArray = place.min(axis=-1, initial=size)
    return first


def _at(values: Any, place: IntArray) -> Any:
    """The value of each stratum at its place; at the last period where there is none, 0 without periods."""
    if values.shape[-1] == 0:
        return np.zeros(values.shape[:-1], dtype=values.dtype)
    where = np.broadcast_to(place, values.shape[:-1])[..., None]
    return np.take_along_axis(values, where, axis=-1)[..., 0]
