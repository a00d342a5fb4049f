"""Signals as the committee reads them: one per vendor and measure, worst first, the broadest cut speaking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import duckdb

from dashboards.definitions import definition
from dashboards.release import KEYS, PLACES, Cell, Released, Topic
from dashboards.stored import columns_of

# Rules of change over time begin so; the others are an interval beyond its target, and a unit beyond a funnel.
CHANGE: Final = "change_"
FUNNEL: Final = "funnel_outside"
# Columns that only some rules fill, and that a warehouse of an older version lacks.
_EVIDENCE: Final = ("q", "went", "level_before", "level_since", "centre")
# What a unit did in the months of its funnel.
_SEEN: Final = ("level_low", "level_high", "level_events", "level_n", "looked_from", "looked_to")


@dataclass(frozen=True, slots=True)
class Alert:
    """One signal.

    Attributes:
        cell: The released row that it speaks of.
        rule: Rule that raised it.
        worse: Whether it is for the worse.
        severity: Rank, 1 = worst.
        since: Month since when, None where the rule knows none.
        went: Where the value went or lies, "up" or "down"; "" for a target, whose side the judgement tells.
        q: Share of the signals of its family that may be chance, None where the rule gives none.
        before: Level before a change, or the share of all units of a funnel; None where the rule knows none, and for a
            vendor, whom the share of all units would tell of its peers.
        now: Level since a change, or the unit's share in the funnel's months.
        seen: The unit in the funnel's months, None for other rules.
        months: Those months.
        stored: Whether there is a released row of it; a funnel judges a vendor at a site, which no measure is told by.
        narrower: Alerts of the same vendor and measure in narrower cuts.
    """

    cell: Cell
    rule: str
    worse: bool
    severity: float
    since: str | None
    went: str = ""
    q: float | None = None
    before: float | None = None
    now: float | None = None
    seen: Cell | None = None
    months: tuple[str, ...] = ()
    stored: bool = True
    narrower: tuple[Alert, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether it says that something changed over time."""
        return self.rule.startswith(CHANGE)

    @property
    def mark(self) -> str:
        """Its mark: worse, better, or moved where neither way is better."""
        neutral = definition(self.cell.topic.measure_id).direction == "neutral"
        return "moved" if neutral else "worse" if self.worse else "better"


def _went(rule: str, direction: str, measure_id: str) -> str:
    """Where the value went or lies: named for neutral measures, else it follows from which way is worse."""
    if not rule.startswith(CHANGE) and rule != FUNNEL:
        return ""
    if direction in ("up", "down"):
        return direction
    worse_up = definition(measure_id).direction == "lower"
    return "up" if (direction == "worse") == worse_up else "down"


def read_alerts(connection: duckdb.DuckDBPyConnection, released: Released) -> list[Alert]:
    """Signals whose row this audience was given with its value, worst first.

    A vendor is told that it lies beyond a funnel only where it has peers enough for a band: of one or two others the
    funnel would speak by name.
    """
    names = ("period", *PLACES, *KEYS)
    same = " AND ".join(f'r."{name}" IS NOT DISTINCT FROM s."{name}"' for name in names)
    listed = ", ".join(f's."{name}"' for name in names)
    there = columns_of(connection, "signal")
    evidence = ", ".join(f"s.{name}" if name in there else "NULL" for name in (*_EVIDENCE, *_SEEN))
    rows = connection.execute(
        f"""SELECT s.rule, s.direction, s.severity, s.since, {evidence}, s.measure_id, {listed}, r.definition_version,
            s.n, r.numerator, r.denominator, s.value, s.low, s.high, r.method, s.target, r.status, r.reason, r.shown,
            r.note, r.band_low, r.band_median, r.band_high
        FROM signal s LEFT JOIN measure_release r ON r.measure_id = s.measure_id AND {same}
            AND r.audience = ? AND r.recipient IS NOT DISTINCT FROM ?
        WHERE CASE WHEN s.rule = '{FUNNEL}' AND ? = 'committee' THEN coalesce(r.shown, 'value') = 'value'
            WHEN s.rule = '{FUNNEL}' THEN r.shown = 'value' AND r.band_median IS NOT NULL
            ELSE r.shown = 'value' END
        ORDER BY s.severity, s.signal_id""",
        [released.audience, released.recipient, released.audience],
    ).fetchall()
    alerts = []
    own = 4 + len(_EVIDENCE) + len(_SEEN)
    for row in rows:
        rule, direction, severity, since, q, went, before, now, centre, *looked = row[:own]
        measure_id, period, *rest = row[own:]
        place = {n: v for n, v in zip(PLACES, rest, strict=False) if v is not None}
        keys = rest[len(PLACES) : len(PLACES) + len(KEYS)]
        topic = Topic(
            measure_id,
            frozenset((n, v) for n, v in zip(KEYS, keys, strict=True) if v is not None),
        )
        cell = Cell(topic, place, period, *rest[len(PLACES) + len(KEYS) :])
        stored = cell.shown is not None
        if not stored:
            cell = replace(
                cell,
                definition_version=definition(measure_id).version,
                value=now,
                status="ok",
                shown="value",
            )
        seen, months = None, ()
        if rule == FUNNEL:
            before = centre if released.audience == "committee" else None
            low, high, events, n, *between = looked
            months = tuple(month for month in between if month)
            seen = replace(
                cell,
                n=n,
                numerator=events,
                denominator=n,
                value=now,
                low=low,
                high=high,
                target=None,
            )
        alerts.append(
            Alert(
                cell,
                rule,
                direction == "worse",
                severity,
                since,
                went or _went(rule, direction, measure_id),
                q,
                before,
                now,
                seen,
                months,
                stored,
            )
        )
    return alerts


def _breadth(alert: Alert) -> tuple[int, int, float]:
    """Broad before narrow: few dimensions, then few categories, then severity."""
    route = alert.cell.topic.key("route")
    return (
        len(alert.cell.place),
        len(alert.cell.topic.keys) - (route == "random"),
        alert.severity,
    )


def grouped(alerts: Iterable[Alert]) -> list[Alert]:
    """One alert per vendor, rule and measure, in order of severity; narrower cuts ride along."""
    groups: dict[tuple[str | None, str, str, bool], list[Alert]] = {}
    for alert in alerts:
        key = (
            alert.cell.place.get("vendor"),
            alert.rule,
            alert.cell.topic.measure_id,
            alert.worse,
        )
        groups.setdefault(key, []).append(alert)
    heads = []
    for members in groups.values():
        first, *rest = sorted(members, key=_breadth)
        heads.append(replace(first, narrower=tuple(rest)))
    return sorted(heads, key=lambda alert: alert.severity)


def by_turns(alerts: Iterable[Alert]) -> list[Alert]:
    """The worst of each vendor, worst first, then the second of each: what one of them did hides no other."""
    turns: dict[str | None, int] = {}
    placed = []
    for alert in sorted(alerts, key=lambda alert: alert.severity):
        vendor = alert.cell.place.get("vendor")
        turns[vendor] = turns.get(vendor, 0) + 1
        placed.append((turns[vendor], alert))
    # the order by severity stands within a turn
    return [alert for _, alert in sorted(placed, key=lambda pair: pair[0])]
