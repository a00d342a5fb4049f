"""The clocks of the sites: UTC as local time and back, by the changes of each zone instead of a call per row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from overread.demonstration.network import DemoSite
from overread.demonstration.problems import CUT_OFF, FIRST_DAY, LONGEST_WAIT_DAYS

# The earliest order and the cut-off: nothing in the files is older or newer.
_FIRST = datetime.fromisoformat(FIRST_DAY).replace(tzinfo=UTC) - timedelta(
    days=LONGEST_WAIT_DAYS + 2
)
_LAST = datetime.fromisoformat(CUT_OFF).replace(tzinfo=UTC) + timedelta(days=2)


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())


@cache
def changes(zone: str) -> tuple[tuple[datetime, int, int], ...]:
    """Changes of a zone's clock, the latest first.

    Args:
        zone: IANA zone.

    Returns:
        Moment (UTC), seconds east of UTC before it, and from it on. The zones of the network change on the hour.
    """
    place, found = ZoneInfo(zone), []
    day = _FIRST
    while day < _LAST:
        if _offset(day, place) != _offset(day + timedelta(days=1), place):
            hours = [day + timedelta(hours=hour) for hour in range(25)]
            offsets = [_offset(hour, place) for hour in hours]
            at = next(n for n in range(1, 25) if offsets[n] != offsets[0])
            found.append((hours[at], offsets[at - 1], offsets[at]))
        day += timedelta(days=1)
    return tuple(reversed(found))


def _by_clock(
    sites: Sequence[DemoSite],
    cases: Callable[[str], list[tuple[str, int]]],
    then: Callable[[int], str],
) -> str:
    """SQL that picks `then` of the offset in force; sites whose clocks run alike share a branch."""
    alike: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for site in sites:
        alike.setdefault(tuple(cases(site.zone)), []).append(site.id)
    branches = {}
    for of_clock, names in alike.items():
        whens = "".join(
            f"WHEN {condition} THEN {then(shift)} " for condition, shift in of_clock[:-1]
        )
        last = then(of_clock[-1][1])
        branches[", ".join(f"'{name}'" for name in names)] = (
            f"CASE {whens}ELSE {last} END" if whens else last
        )
    if len(branches) == 1:
        return next(iter(branches.values()))
    told = " ".join(f"WHEN site IN ({names}) THEN {branch}" for names, branch in branches.items())
    return f"CASE {told} END"


def _standing(zone: str) -> int:
    """Offset before the first change that is looked at."""
    found = changes(zone)
    return found[-1][1] if found else _offset(_FIRST, ZoneInfo(zone))


def from_utc(moment: str, sites: Sequence[DemoSite], then: Callable[[int], str]) -> str:
    """SQL of something that depends on the offset in force at a UTC moment.

    Args:
        moment: SQL of the moment.
        sites: Sites whose rows are met; the row's own stands in the column `site`.
        then: SQL for an offset in seconds east of UTC.
    """

    def cases(zone: str) -> list[tuple[str, int]]:
        return [
            *(
                (f"{moment} >= TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}'", after)
                for at, _, after in changes(zone)
            ),
            ("", _standing(zone)),
        ]

    return _by_clock(sites, cases, then)


def to_utc(local: str, sites: Sequence[DemoSite]) -> str:
    """SQL of a site's local time as UTC.

    Of an hour that occurs twice the earlier instant is taken; a time that never was is read with the offset in
    force before the gap.

    Args:
        local: SQL of the local time.
        sites: As for `from_utc`.
    """

    def cases(zone: str) -> list[tuple[str, int]]:
        return [
            *(
                (
                    f"{local} >= TIMESTAMP '{at + timedelta(seconds=max(before, after)):%Y-%m-%d %H:%M:%S}'",
                    after,
                )
                for at, before, after in changes(zone)
            ),
            ("", _standing(zone)),
        ]

    return _by_clock(sites, cases, lambda offset: shifted(local, -offset))


def shifted(moment: str, seconds: int) -> str:
    """SQL of a moment shifted by a fixed number of seconds."""
    return f"{moment} + INTERVAL '{seconds}' SECOND" if seconds else moment
