"""The code lists of the plans as ENUM types: a code takes a byte, compares as a number and still reads as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb

from overread.demonstration.network import READERS_PER_VENDOR, SITES, VENDORS
from overread.demonstration.periods import MONTHS
from overread.demonstration.problems import COUNTRY

CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "site": tuple(site.id for site in SITES),
    "region": tuple(dict.fromkeys(site.region for site in SITES)),
    "facility_type": tuple(dict.fromkeys(site.facility_type for site in SITES)),
    "month": tuple(month.label for month in MONTHS),
    "patient_class": ("emergency", "inpatient", "outpatient"),
    "modality": (
        "ct", "mri", "ultrasound", "xray", "xray.mammography", "nuclear.pet", "nuclear.spect",
    ),
    "body_region": (
        "head", "chest", "abdomen", "brain", "spine", "knee", "pelvis", "hand", "hip", "breast", "whole body",
        "heart", "bone",
    ),
    "technique": ("FFDM", "SFM"),
    "priority": ("stat", "urgent", "routine"),
    "age_band": ("0-17", "18-39", "40-64", "65-79", "80+"),
    "sex": ("F", "M"),
    "maker": ("Siemens", "GE", "Philips", "Canon"),
    "vendor": tuple(vendor.id for vendor in VENDORS),
    "reader": tuple(
        f"{vendor.id}-{number:02d}"
        for vendor in VENDORS
        for number in range(1, READERS_PER_VENDOR + 1)
    ),
    "reader_country": tuple(
        dict.fromkeys((*(c for v in VENDORS for c in v.countries), str(COUNTRY["country"])))
    ),
    "service": (
        "teleradiology.primary.after_hours", "teleradiology.primary.routine",
        "teleradiology.secondary.subspecialty", "consulting", "reporting", "archiving", "image_analysis.ai",
        "image_analysis.cad",
    ),
    "role": ("preliminary", "final", "second_opinion"),
    "fate": ("open", "returned", "cancelled"),
    "direction": ("miss", "overcall", "wrong_interpretation", "communication", "indeterminate"),
    "attribution": ("vendor", "local", "unresolved"),
    "status": ("ok", "failed", "excluded"),
}  # fmt: skip


def create_types(connection: duckdb.DuckDBPyConnection) -> None:
    """Create a type `<column>_code` per code list."""
    for column, codes in CODES.items():
        names = ", ".join(f"'{code}'" for code in codes)
        connection.execute(f"CREATE TYPE {column}_code AS ENUM ({names})")


def code(column: str, value: str) -> str:
    """SQL of a constant code."""
    return f"'{value}'::{column}_code"


def code_at(column: str, values: Sequence[str], index: str) -> str:
    """SQL of the code that stands at a 0-based index (SQL) of a list."""
    items = ", ".join(f"'{value}'" for value in values)
    return f"([{items}]::{column}_code[])[1 + {index}]"


def word(column: str, words: Mapping[str, str], of: str = "") -> str:
    """SQL of the local word for each code of a column; a code without one is written as it is.

    Args:
        column: Code list.
        words: Code -> word.
        of: Column that holds the code, where it is named differently.
    """
    items = ", ".join(f"'{words.get(value, value)}'" for value in CODES[column])
    return f"[{items}][1 + enum_code({of or column})]"
