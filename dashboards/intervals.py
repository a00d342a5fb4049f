"""Which interval speaks for turnaround where a page shows one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dashboards.edition import Edition
from overread.measures.catalogue import CATALOGUE

# Asked first: the hospital's clock, then the vendor's.
_ASKED: Final = (
    "completed_to_final",
    "received_to_final",
    "completed_to_preliminary",
    "received_to_preliminary",
    "information_to_final",
    "preliminary_to_final",
    "pace",
)


def main_interval(there: Iterable[str | None]) -> str | None:
    """The interval that speaks for turnaround: the hospital's clock where it is there."""
    found = {interval for interval in there if interval}
    ranked = [interval for interval in _ASKED if interval in found]
    return ranked[0] if ranked else min(found, default=None)


def interval_shown(
    edition: Edition, measure_id: str = "turnaround_median_completed_only"
) -> str | None:
    """The main interval of a measure over network and vendors."""
    if measure_id not in CATALOGUE:
        return None
    return main_interval(
        cell.topic.key("interval")
        for place in ({}, *({"vendor": vendor.id} for vendor in edition.vendors))
        for cell in edition.released.topics(measure_id, place)
    )
