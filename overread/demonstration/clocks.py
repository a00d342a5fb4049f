"""The clocks of the sites: UTC as local time and back, by the changes of each zone instead of a call per row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from overread.demonstration.network import DemoSite
from overread.demonstration.periods import Span
from overread.demonstration.problems import CUT_OFF, FIRST_DAY

Window: TypeAlias = tuple[datetime, datetime]

# No file holds a moment outside of it: the earliest order and the cut-off, with room.
_FIRST = datetime.fromisoformat(FIRST_DAY).replace(tzinfo=UTC) - timedelta(days=400)
_LAST = datetime.fromisoformat(CUT_OFF).replace(tzinfo=UTC) + timedelta(days=400)


def window(span: Span, before: int, after: int) -> Window:
    """UTC moments from so many days before a span to so many days after it."""
    first = datetime.fromisoformat(FIRST_DAY).replace(tzinfo=UTC)
    return first + timedelta(days=span.first - before), first + timedelta(days=span.end + after)


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())


@cache
def _every_change(zone: str) -> tuple[tuple[datetime, int], ...]:
    """Changes of a zone's clock: moment (UTC) and the offset from it on, in seconds; the first entry is no change."""
    place = ZoneInfo(zone)
    day, found = _FIRST, [(_FIRST, _offset(_FIRST, place))]
    while day < _LAST:
        if _offset(day + timedelta(days=1), place) != found[-1][1]:
            # the zones of the network change on the hour
            hours = (day + timedelta(hours=hour) for hour in range(1, 25))
            at = next(hour for hour in hours if _offset(hour, place) != found[-1][1])
            found.append((at, _offset(at, place)))
        day += timedelta(days=1)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a clock inside a window.

    Attributes:
        at: Moment (UTC).
        before: Seconds east of UTC before it.
        after: Seconds east of UTC from it on.
    """

    at: datetime
    before: int
    after: int


def changes(zone: str, during: Window) -> tuple[int, tuple[Change, ...]]:
    """Clock of a zone during a window.

    Args:
        zone: IANA zone.
        during: UTC moments, from (inclusive) and to (exclusive).

    Returns:
        Offset at its beginning, in seconds east of UTC, and its changes, the latest first.
    """
    every = _every_change(zone)
    standing = [offset for at, offset in every if at <= during[0]][-1]
    met = [
        Change(at, before, after)
        for (_, before), (at, after) in pairwise(every)
        if during[0] < at < during[1]
    ]
    return standing, tuple(reversed(met))


def _by_clock(
    sites: Sequence[DemoSite],
    during: Window,
    since: Callable[[Change], str],
    then: Callable[[int], str],
) -> str:
    """SQL that picks `then` of the offset in force; sites whose clocks run alike share a branch."""
    alike: dict[tuple[int, tuple[Change, ...]], list[str]] = {}
    for site in sites:
        alike.setdefault(changes(site.zone, during), []).append(site.id)
    branches = {}
    for (standing, met), names in alike.items():
        cases = "".join(f"WHEN {since(change)} THEN {then(change.after)} " for change in met)
        branch = f"CASE {cases}ELSE {then(standing)} END" if cases else then(standing)
        branches[", ".join(f"'{name}'" for name in names)] = branch
    if len(branches) == 1:
        return next(iter(branches.values()))
    told = " ".join(f"WHEN site IN ({names}) THEN {branch}" for names, branch in branches.items())
    return f"CASE {told} END"


def from_utc(
    moment: str, sites: Sequence[DemoSite], during: Window, then: Callable[[int], str]
) -> str:
    """SQL of something that depends on the offset in force at a UTC moment.

    Args:
        moment: SQL of the moment.
        sites: Sites whose rows are met; the row's own stands in the column `site`.
        during: Window in which every moment lies.
        then: SQL for an offset in seconds east of UTC.
    """
    return _by_clock(sites, during, lambda change: f"{moment} >= {_literal(change.at)}", then)


def to_utc(local: str, sites: Sequence[DemoSite], during: Window) -> str:
    """SQL of a site's local time as UTC.

    Of an hour that occurs twice the earlier instant is taken; a time that never was is read with the offset in
    force before the gap.

    Args:
        local: SQL of the local time.
        sites: As for `from_utc`.
        during: As for `from_utc`.
    """

    def since(change: Change) -> str:
        later = max(change.before, change.after)
        return f"{local} >= {_literal(change.at + timedelta(seconds=later))}"

    return _by_clock(sites, during, since, lambda offset: shifted(local, -offset))


def _literal(moment: datetime) -> str:
    return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}'"


def shifted(moment: str, seconds: int) -> str:
    """SQL of a moment shifted by a fixed number of seconds; adding an INTERVAL costs twice as much."""
    return f"make_timestamp(epoch_us({moment}) + {seconds * 1_000_000})"
