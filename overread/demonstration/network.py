"""Who is in the demonstration network; `examples/demo/overread.yaml` says the same (a test holds them together)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DemoSite:
    """A site.

    Attributes:
        id: Site in the configuration.
        local: Code of the site in its own files.
        region: Region.
        zone: IANA zone.
        facility_type: Kind of site.
        weight: Share of the exams, in whole parts.
    """

    id: str
    local: str
    region: str
    zone: str
    facility_type: str
    weight: int


SITES: Final = (
    DemoSite("bos", "BOS-MAIN", "americas", "America/New_York", "hospital", 14),
    DemoSite("hou", "HOU-01", "americas", "America/Chicago", "hospital", 11),
    DemoSite("den", "DEN-ASC", "americas", "America/Denver", "ambulatory_surgical_center", 5),
    DemoSite("tor", "TOR-WALK", "americas", "America/Toronto", "clinic", 5),
    DemoSite("sao", "SAO-DX", "americas", "America/Sao_Paulo", "diagnostic_center", 7),
    DemoSite("ber", "Haus 1", "emea", "Europe/Berlin", "hospital", 14),
    DemoSite("lon", "Haus 2", "emea", "Europe/London", "hospital", 12),
    DemoSite("dxb", "Haus 3", "emea", "Asia/Dubai", "diagnostic_center", 6),
    DemoSite("jnb", "Haus 4", "emea", "Africa/Johannesburg", "clinic", 5),
    DemoSite("tpe", "886-02", "apac", "Asia/Taipei", "hospital", 10),
    DemoSite("syd", "61-02", "apac", "Australia/Sydney", "hospital", 8),
    DemoSite("akl", "64-09", "apac", "Pacific/Auckland", "ambulatory_surgical_center", 3),
)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """A calendar.

    Attributes:
        id: Calendar in the configuration.
        sites: Sites that it holds for.
        hours: ISO weekday -> hours in which it opens and closes.
        holidays: Days on which it stays closed.
    """

    id: str
    sites: tuple[str, ...]
    hours: dict[int, tuple[int, int]]
    holidays: tuple[str, ...]


CALENDARS: Final = (
    WorkingHours(
        "gulf", ("dxb",), {**dict.fromkeys((1, 2, 3, 4), (8, 18)), 5: (8, 12)},
        ("2025-01-01", "2025-12-02", "2026-01-01"),
    ),
    WorkingHours(
        "weekdays", tuple(site.id for site in SITES if site.id != "dxb"),
        dict.fromkeys((1, 2, 3, 4, 5), (8, 18)), ("2025-01-01", "2025-12-25", "2026-01-01"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoVendor:
    """A vendor.

    Attributes:
        id: Vendor in the configuration.
        name: Name, as the files write it.
        engagement: How the service is paid.
        deployment: Where its readers sit.
        countries: Countries its readers work from; empty where an algorithm reads.
        pace: Factor on the usual turnaround.
        currency: Currency of its prices.
        price: Price per read.
    """

    id: str
    name: str
    engagement: str
    deployment: str
    countries: tuple[str, ...]
    pace: float
    currency: str
    price: float


VENDORS: Final = (
    DemoVendor("northlight", "Northlight Teleradiology", "subscription", "onshore", ("US", "GB", "AU"), 0.95, "USD", 41),
    DemoVendor("southerncross", "Southern Cross Night Reads", "transaction", "nearshore", ("MX", "ZA"), 1.0, "USD", 36),
    DemoVendor("meridian", "Meridian Imaging Partners", "subscription", "onshore", ("US", "DE", "AU"), 1.1, "USD", 44),
    DemoVendor("orbit", "Orbit Offshore Reporting", "transaction", "offshore", ("IN", "PH"), 0.9, "USD", 19),
    DemoVendor("pacificread", "Pacific Read Group", "transaction", "nearshore", ("PH", "MY"), 0.85, "AUD", 33),
    DemoVendor("alpenblick", "Alpenblick Radiologie", "subscription", "onshore", ("DE", "AT", "CH"), 1.0, "EUR", 48),
    DemoVendor("harbour", "Harbour Subspecialists", "project", "onshore", ("US", "GB"), 1.0, "USD", 95),
    DemoVendor("keystone", "Keystone Archive and Reporting", "project", "onshore", ("US", "IE"), 1.15, "USD", 39),
    DemoVendor("cerebra", "Cerebra Algorithms", "subscription", "onshore", (), 1.0, "EUR", 3),
    DemoVendor("pulmonix", "Pulmonix", "transaction", "offshore", (), 1.0, "USD", 4),
    DemoVendor("mammavision", "Mammavision", "project", "nearshore", (), 1.0, "EUR", 5),
)  # fmt: skip

READERS_PER_VENDOR = 12

# Who reads for whom, in whole parts.
READING: Final = {
    "americas": {"northlight": 5, "southerncross": 4, "meridian": 4, "orbit": 3, "pacificread": 2, "keystone": 2},
    "emea": {"northlight": 5, "alpenblick": 5, "southerncross": 4, "orbit": 3, "meridian": 2, "keystone": 1},
    "apac": {"pacificread": 6, "northlight": 4, "southerncross": 4, "orbit": 3, "meridian": 2},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An algorithm.

    Attributes:
        vendor: Its maker.
        name: Name.
        modality: Modality of its exams.
        body_region: Body region of its exams.
        finding: Finding that it answers.
        sensitivity: True sensitivity.
        specificity: True specificity.
        prevalence: Share of exams with the finding.
    """

    vendor: str
    name: str
    modality: str
    body_region: str
    finding: str
    sensitivity: float
    specificity: float
    prevalence: float


ALGORITHMS: Final = (
    Algorithm("cerebra", "BleedScan", "ct", "head", "intracranial_haemorrhage", 0.86, 0.93, 0.03),
    Algorithm("pulmonix", "EmboliCheck", "ct", "chest", "pulmonary_embolism", 0.90, 0.92, 0.06),
    Algorithm("mammavision", "MammaMark", "xray.mammography", "breast", "cancer", 0.85, 0.88, 0.03),
)
