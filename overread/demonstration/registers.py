"""The small registers: reader roster, contract terms and claims (a few rows, written out)."""

from __future__ import annotations

from collections.abc import Iterator

from overread.demonstration.network import ALGORITHMS, READERS_PER_VENDOR, VENDORS
from overread.demonstration.problems import CLAIM

ROSTER = ("reader", "vendor", "works_from", "subspecialty", "licensed_in", "from", "to")
TERMS = (
    "term", "vendor", "region", "patient_class", "engagement", "deployment", "countries",
    "clock", "minutes", "counts", "share", "currency", "price", "credit", "credit_below", "from", "to",
)  # fmt: skip
CLAIMS = ("claim", "vendor", "measure", "algorithm", "finding", "value", "n", "stated_in", "stated_on")  # fmt: skip

_SUBSPECIALTIES = ("neuro", "body", "musculoskeletal", "breast", "nuclear", "general")
_LICENCES = ("US", "DE", "GB", "TW", "AU")


# Share of the price that a late read is credited, and the month's attainment below which it is: per term.
CREDITS = {"A": ("0.25", ""), "B": ("0.2", "0.95"), "C": ("0.5", "0.9")}


def roster() -> Iterator[tuple[str, ...]]:
    """Each reader's licences; one reader of each vendor had none before 2025-07."""
    for vendor in VENDORS:
        for number in range(1, READERS_PER_VENDOR + 1 if vendor.countries else 1):
            for licence in _LICENCES:
                yield (
                    f"{vendor.id}-{number:02d}",
                    vendor.id,
                    vendor.countries[number % len(vendor.countries)],
                    _SUBSPECIALTIES[number % len(_SUBSPECIALTIES)],
                    licence,
                    "2025-07-01" if number == READERS_PER_VENDOR else "2023-01-01",
                    "",
                )


def terms() -> Iterator[tuple[str, ...]]:
    """A general term per vendor; readings add one for emergencies, Northlight one more in one region.

    The subspecialists' term counts the working hours of the site. Readers owe credits, algorithms do not.
    """
    for number, vendor in enumerate(VENDORS, start=1):
        countries, price = " ".join(vendor.countries), f"{vendor.price:.2f}"

        def term(
            suffix: str,
            region: str,
            patient_class: str,
            minutes: int,
            deployment: str,
            start: str = "2024-07-01",
            end: str = "",
            paid: tuple[str, str, str, str] = (
                vendor.id,
                vendor.engagement,
                countries,
                vendor.currency,
            ),
            counts: str = "elapsed",
            price: str = price,
            number: int = number,
            credit: tuple[str, str] = ("", ""),
        ) -> tuple[str, ...]:
            seller, engagement, allowed, currency = paid
            return (
                f"{number:02d}-{suffix}", seller, region, patient_class, engagement, deployment, allowed,
                "received_to_final", str(minutes), counts, "0.90", currency, price, *credit, start, end,
            )  # fmt: skip

        late, emergency, regional = (CREDITS[name] for name in "ABC")
        if not vendor.countries:
            yield term("A", "", "", 15, vendor.deployment)
        elif vendor.id == "harbour":
            # four working days of ten hours
            yield term("A", "", "", 2400, vendor.deployment, counts="business", credit=late)
        else:
            # the general term was renewed with the year
            yield term("A", "", "", 1440, vendor.deployment, end="2025-12-31", credit=late)
            yield term("A", "", "", 1200, vendor.deployment, start="2026-01-01", credit=late)
            yield term("B", "", "emergency", 60, vendor.deployment, credit=emergency)
        if vendor.id == "northlight":
            yield term("C", "emea", "emergency", 60, "nearshore", credit=regional)


def claims() -> Iterator[tuple[str, ...]]:
    """What vendors state of themselves: true, but for one."""
    for number, algorithm in enumerate(ALGORITHMS, start=1):
        for offset, (measure, value) in enumerate(
            (("sensitivity", algorithm.sensitivity), ("specificity", algorithm.specificity))
        ):
            false = (algorithm.vendor, measure) == (CLAIM["vendor"], CLAIM["measure_id"])
            yield (
                str(CLAIM["claim_id"]) if false else f"C-1{number}{offset}",
                algorithm.vendor, measure, algorithm.name, algorithm.finding,
                str(CLAIM["claimed"] if false else value), "850", "product brochure", "2024-11-15",
            )  # fmt: skip
    yield (
        "C-201", "alpenblick", "significant_discrepancy_rate", "", "", "0.012", "4100",
        "annual quality report", "2025-01-20",
    )  # fmt: skip
