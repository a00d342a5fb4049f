"""An entry of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measure:
    """An entry of the catalogue.

    Attributes:
        id: Name in the `measure` table.
        name: Name for readers, in English and Traditional Chinese.
        question: The question that it answers.
        numerator: What is counted.
        denominator: Out of what.
        exclusions: What is left out, and counted.
        unit: "share" (0 to 1), "minutes", "coefficient" (bounded: kappa, area), "ratio" (unbounded, e.g. observed to
            expected), "count" or "amount" (of money).
        direction: Which way is better.
        minimum_n: Below it no judgement is passed on a vendor.
        interval_method: How the interval is made.
        input_columns: Fact columns that it needs.
        source: Paper, standard or registry of the definition.
        formula: How the value is made of the parts.
        version: Version of the definition.
        vendor_sees: What a vendor sees of its own number: "all"; "position": it tells of the other vendors, so rounded,
            without its parts, and only where there are enough others; "nothing": it tells of too few others.
    """

    id: str
    name: str
    name_zh_hant: str
    question: str
    numerator: str
    denominator: str
    exclusions: str
    unit: Literal["share", "minutes", "coefficient", "ratio", "count", "amount"]
    direction: Literal["lower", "higher", "neutral"]
    interval_method: str
    input_columns: tuple[str, ...]
    source: str
    minimum_n: int = 11
    formula: str = "numerator / denominator"
    version: int = 1
    vendor_sees: Literal["all", "position", "nothing"] = "all"
