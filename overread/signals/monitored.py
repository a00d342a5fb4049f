"""Which measures are followed month by month, on which chart, at which places, and when a month of theirs is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Monitored:
    """A measure that is followed.

    Attributes:
        measure_id: Entry of the catalogue.
        chart: "share": numerators and denominators, on a p chart; "time": one value a month, on an XmR chart of its
            logarithm, since turnaround is skewed and never negative.
        where: SQL condition on its rows beyond the place: which categories are followed.
        settling: Days after its end within which a month is provisional: late deliveries still change it.
        reviewed: Whether it rests on assigned reviews: then a month is provisional, too, while reviews are open.
    """

    measure_id: str
    chart: Literal["share", "time"]
    where: str = "true"
    settling: int = 7
    reviewed: bool = False


_CLOCKS: Final = "interval IN ('received_to_final', 'completed_to_final')"
_ALGORITHM: Final = "algorithm IS NOT NULL AND population IS NULL"
# Reviews of a blinded random sample estimate the rate; what is chosen otherwise moves with how it is chosen.
RANDOM: Final = "route = 'random'"

MONITORED: Final = (
    Monitored("discrepancy_rate", "share", RANDOM, reviewed=True),
    Monitored("significant_discrepancy_rate", "share", RANDOM, reviewed=True),
    Monitored("sla_attainment", "share"),
    Monitored("turnaround_median", "time", _CLOCKS),
    Monitored("turnaround_p90", "time", _CLOCKS),
    Monitored("turnaround_median_completed_only", "time", _CLOCKS),
    Monitored("turnaround_p90_completed_only", "time", _CLOCKS),
    Monitored("sensitivity", "share", _ALGORITHM, settling=31),
    Monitored("specificity", "share", _ALGORITHM, settling=31),
    Monitored("agreement_percent", "share", _ALGORITHM, settling=31),
)
BY_ID: Final[Mapping[str, Monitored]] = MappingProxyType({m.measure_id: m for m in MONITORED})

# Places that are followed: the network, one dimension, a vendor's parts; and the cut in which a vendor's slip in one
# patient class of one region shows.
PLACES: Final = (
    (),
    ("vendor",),
    ("region",),
    ("site",),
    ("vendor", "region"),
    ("vendor", "modality"),
    ("vendor", "service"),
    ("vendor", "region", "modality", "patient_class"),
)

# While more than this share of the reviews that were assigned of a month is open, the month is provisional.
OPEN_REVIEWS: Final = 0.05
