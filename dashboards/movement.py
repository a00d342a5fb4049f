"""What control charts say of a monthly series: both icons, and the lines of its chart.

The tables `reading` and `control_chart` belong to the signals floor. A warehouse that an older version computed lacks
them: then nothing is said of change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from dashboards.definitions import definition
from dashboards.release import KEYS, PLACES, Items, Released, Topic
from dashboards.stored import columns_of
from dashboards.words import Words

Key = tuple[str, Items, Items]
_SAID: Final = ("better", "worse", "up", "down")
_READ: Final = (
    "variation",
    "went",
    "assurance",
    "since",
    "last",
    "rule",
    "reason",
    "months",
    "level_before",
    "level_since",
    "current",
)
_POINT: Final = ("centre", "lower", "upper", "segment", "baseline", "broken", "provisional")


@dataclass(frozen=True, slots=True)
class Movement:
    """Both icons of a series.

    Attributes:
        variation: better | worse | up | down (said to have changed), none, or trial (too few months).
        went: up | down, "" where no change is said.
        assurance: meets | misses | hit_or_miss | no_target | trial.
        since: First month of the change, None where none is said.
        last: Last settled month.
        rule: Run rule that proposed the change, "" for none.
        reason: Why no more is said, "" else.
        months: Settled months.
        level_before: Level before the change, None where unknown.
        level_since: Level since then.
        current: Whether the series still runs.
    """

    variation: str
    went: str
    assurance: str
    since: str | None
    last: str | None
    rule: str
    reason: str
    months: int | None
    level_before: float | None
    level_since: float | None
    current: bool

    @property
    def changed(self) -> bool:
        """Whether a change is said."""
        return self.variation in _SAID

    @property
    def mark(self) -> str:
        """Mark of the variation; "" under trial limits, which earn no icon."""
        return {"better": "better", "worse": "worse", "none": "steady", "trial": ""}.get(
            self.variation, "moved"
        )

    @property
    def arrow(self) -> str:
        """Where the value went, "" where it did not."""
        return {"up": "↑", "down": "↓"}.get(self.went, "") if self.changed else ""

    @property
    def glyph(self) -> str:
        """Glyph of the assurance; "" under trial limits."""
        return {"meets": "✓", "misses": "✕", "hit_or_miss": "±", "no_target": "–"}.get(
            self.assurance if self.mark else "", ""
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """A month on its chart.

    Attributes:
        centre: Mean of the segment.
        lower: Lower limit.
        upper: Upper limit.
        segment: Number of the segment, -1 outside; limits are computed anew in each.
        baseline: Whether the month set the limits.
        broken: Run rule that the month is part of, "" for none.
        provisional: Whether late deliveries may still change it.
    """

    centre: float | None
    lower: float | None
    upper: float | None
    segment: int
    baseline: bool
    broken: str
    provisional: bool


def _scope(released: Released, there: frozenset[str]) -> tuple[str, list[str | None]]:
    """A vendor reads its own series only; nobody reads those of a reader."""
    where = '"reader" IS NULL' if "reader" in there else "true"
    if released.audience == "committee":
        return where, []
    return where + " AND vendor = ?", [released.recipient]


def _fixed(row: Mapping[str, Any]) -> tuple[Items, Items]:
    keys = frozenset((n, str(row[n])) for n in KEYS if row.get(n) is not None)
    place = frozenset((n, str(row[n])) for n in PLACES if row.get(n) is not None)
    return keys, place


def movements(connection: duckdb.DuckDBPyConnection, released: Released) -> dict[Key, Movement]:
    """Icons of every series that this audience may see: (measure, keys, place) -> movement."""
    there = columns_of(connection, "reading")
    if not {"measure_id", "vendor", "variation", "assurance"} <= there:
        return {}
    where, parameters = _scope(released, there)
    names = [n for n in ("measure_id", *KEYS, *PLACES, *_READ) if n in there]
    listed = ", ".join(f'"{name}"' for name in names)
    told = set(released.measures())
    found = {}
    for values in connection.execute(
        f"SELECT {listed} FROM reading WHERE {where}", parameters
    ).fetchall():
        row = dict(zip(names, values, strict=True))
        if row["measure_id"] not in told:
            continue
        current = row.get("current")
        found[(row["measure_id"], *_fixed(row))] = Movement(
            variation=row["variation"],
            went=row.get("went") or "",
            assurance=row["assurance"],
            since=row.get("since"),
            last=row.get("last"),
            rule=row.get("rule") or "",
            reason=row.get("reason") or "",
            months=row.get("months"),
            level_before=row.get("level_before"),
            level_since=row.get("level_since"),
            current=True if current is None else bool(current),
        )
    return found


def limits_of(
    connection: duckdb.DuckDBPyConnection, topic: Topic, place: Mapping[str, str]
) -> dict[str, Limits]:
    """The chart of one series: month -> its lines, {} where no chart was made."""
    there = columns_of(connection, "control_chart")
    if not {"measure_id", "period", "centre", "lower", "upper"} <= there:
        return {}
    named = {"measure_id": topic.measure_id, **dict(topic.keys), **place}
    fixed = [n for n in ("measure_id", *KEYS, *PLACES) if n in there]
    if not named.keys() <= set(fixed):
        return {}
    where = " AND ".join(f'"{name}" IS NOT DISTINCT FROM ?' for name in fixed)
    columns = [name for name in _POINT if name in there]
    listed = ", ".join(f'"{name}"' for name in columns)
    months = {}
    for period, *values in connection.execute(
        f"SELECT period, {listed} FROM control_chart WHERE {where} ORDER BY period",
        [named.get(name) for name in fixed],
    ).fetchall():
        row = dict(zip(columns, values, strict=True))
        segment = row.get("segment")
        months[period] = Limits(
            centre=row["centre"],
            lower=row["lower"],
            upper=row["upper"],
            segment=0 if segment is None else int(segment),
            baseline=bool(row.get("baseline", False)),
            broken=row.get("broken") or "",
            provisional=bool(row.get("provisional", False)),
        )
    return months


def variation_words(words: Words, moved: Movement, *, short: bool = False) -> str:
    """Variation in words, e.g. "has risen since March 2026: worse".

    Args:
        words: Language.
        moved: Icons of the series.
        short: Without the month.
    """
    _ = words.text
    if moved.variation == "trial":
        return _("{months} months: too few for limits", months=moved.months or 0)
    if not moved.changed:
        return _("no real change")
    judged = {"better": _("better"), "worse": _("worse")}.get(moved.variation, _("moved"))
    if short or not moved.since:
        return judged
    parts = {"month": words.month(moved.since, short=True), "judged": judged}
    if moved.went == "up":
        return _("has risen since {month}: {judged}", **parts)
    return _("has fallen since {month}: {judged}", **parts)


def assurance_words(words: Words, moved: Movement) -> str:
    """Assurance in words, "" under trial limits."""
    _ = words.text
    return {
        "meets": _("reliably meets the target"),
        "misses": _("reliably misses the target"),
        "hit_or_miss": _("hits or misses the target by chance"),
        "no_target": _("no target"),
    }.get(moved.assurance if moved.mark else "", "")


def rule_words(words: Words, rule: str) -> str:
    """A rule of signals in words."""
    _ = words.text
    name = rule.removeprefix("change_")
    named = {
        "interval_beyond_target": _("the whole interval lies beyond the target"),
        "funnel_outside": _("beyond the funnel's 99.8% limits in the last twelve months"),
        "beyond_limits": _("a month beyond the control limits"),
        "shift_7": _("seven months in a row on one side of the mean"),
        "two_of_three": _("two of three months near a control limit"),
        "trend_7": _("seven months in a row, each further than the one before"),
    }
    return named.get(name) or name.replace("_", " ")


def better_way(measure_id: str) -> str:
    """Which way is better: "up", "down" or ""."""
    return {"higher": "up", "lower": "down"}.get(definition(measure_id).direction, "")
