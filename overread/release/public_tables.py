"""The fixed list of public tables. A change of it is a decision: see docs/decisions/0003-public-release.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal

from overread.model.codes import MODALITY, REGION, UNKNOWN

# Whole months between the end of a period and its first publication: by then most of the late data have come.
SETTLING_MONTHS: Final = 1
PARTS: Final = MappingProxyType({code.name: (*code.codes, UNKNOWN) for code in (REGION, MODALITY)})


@dataclass(frozen=True, slots=True)
class PublicTable:
    """A share that everybody may see: its total and one breakdown per dimension, for each whole period.

    Attributes:
        measure_id: Entry of the catalogue; a share whose numerator is part of its denominator.
        keys: Categories that are fixed, e.g. route = random.
        months: Length of a period: 3 = calendar quarter, 12 = calendar year.
        by: Dimensions that it is broken down by, one at a time, never crossed.
    """

    measure_id: str
    keys: tuple[tuple[str, str], ...]
    months: Literal[3, 12]
    by: tuple[str, ...]

    @property
    def id(self) -> str:
        """Name in the history of releases."""
        return "/".join([self.measure_id, *(f"{name}={value}" for name, value in self.keys)])

    @property
    def period(self) -> str:
        """SQL of the period of a month `period` "YYYY-MM": "YYYY" or "YYYY-Qn"."""
        year = "left(period, 4)"
        return year if self.months == 12 else f"{year} || '-Q' || (right(period, 2)::INT + 2) // 3"

    def published_from(self, period: str) -> date:
        """First day on which the period may be published."""
        last = 12 if self.months == 12 else 3 * int(period[-1])
        years, months = divmod(last + SETTLING_MONTHS, 12)
        return date(int(period[:4]) + years, months + 1, 1)

    def settled(self, period: str, cutoff: datetime) -> bool:
        """Whether the data of the period are old enough at a cut-off (UTC)."""
        return cutoff.date() >= self.published_from(period)


# No two tables count the same rows: the difference of two totals would be a third count. Review results by the year
# and by continent only, as non-identifiable review results have to be (42 CFR 3.212).
PUBLIC_TABLES: Final = (
    PublicTable("discrepancy_rate", (("route", "random"),), 12, ("region",)),
    PublicTable("sla_attainment", (("interval", "received_to_final"),), 3, ("region", "modality")),
)
