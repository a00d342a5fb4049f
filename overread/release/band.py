"""The anonymous band: quartiles over vendors, from blurred values so that no value of a peer can be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from overread.measures.catalogue import CATALOGUE

# Fewer peers, or peers with fewer cases, could be told apart from the band.
PEERS: Final = 5
PEER_CASES: Final = 11
# Width of the grid that values are rounded to, per unit; other units keep two significant digits.
GRID: Final = {"share": 0.01, "coefficient": 0.05}


def _of(unit: str) -> str:
    """Measures of a unit, as a list in SQL."""
    return ", ".join(f"'{m.id}'" for m in CATALOGUE.values() if m.unit == unit)


def blurred(value: str = "value") -> str:
    """SQL of a vendor's value on the grid of its measure.

    A quartile of exact values is often one of them, and a recipient whose own value moves from release to release
    could close in on its neighbour's. What is computed from rounded values never tells more than those.

    Args:
        value: SQL of the exact value.
    """
    steps = " ".join(
        f"WHEN measure_id IN ({_of(unit)}) THEN round(round({value} / {step}) * {step}, 2) + 0.0"
        for unit, step in GRID.items()
    )
    two_digits = f"round({value}, 1 - floor(log10(abs({value})))::INTEGER)"
    return f"CASE {steps} WHEN {value} = 0 THEN 0.0 ELSE {two_digits} END"


def band(stratum: Sequence[str]) -> str:
    """SQL of the band of every stratum: the number of vendors in it and the quartiles of their blurred values.

    Amounts of money have none: they follow from a contract, which is nobody else's.

    Args:
        stratum: Columns that name a stratum, without vendor and reader.
    """
    names = ", ".join(stratum)
    return f"""SELECT {names}, count(*) AS peers, quantile_cont(blurred, 0.25) AS band_low,
            quantile_cont(blurred, 0.5) AS band_median, quantile_cont(blurred, 0.75) AS band_high
        FROM (SELECT *, {blurred()} AS blurred FROM measure
            WHERE vendor IS NOT NULL AND reader IS NULL AND status = 'ok' AND n >= {PEER_CASES}
                AND measure_id NOT IN ({_of("amount")}))
        GROUP BY {names}"""
