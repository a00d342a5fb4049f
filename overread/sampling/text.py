"""A plan as text."""

from __future__ import annotations

from typing import Final

import polars as pl

from overread.sampling.plan import Plan

_HEADS: Final = (
    "vendor", "modality", "finished", "reviewed", "assigned", "rate", "rate from", "get done", "needed", "to draw",
    "half-width",
)  # fmt: skip


def _cells(row: dict[str, object]) -> tuple[str, ...]:
    width = row["expected_half_width"]
    return (
        str(row["vendor"]),
        str(row["modality"]),
        str(row["eligible"]),
        str(row["done"]),
        str(row["assigned"]),
        f"{row['rate']:.3f}",
        str(row["rate_source"]),
        f"{row['completion']:.0%}",
        str(row["needed"]),
        str(row["draw"]),
        ("none" if width is None else f"{width:.3f}") + ("" if row["meets"] else " !"),
    )


def as_text(chosen: Plan) -> str:
    """The plan as a table with what its columns mean; strata that miss the wanted width are marked."""
    lines = [_HEADS, *map(_cells, chosen.strata.iter_rows(named=True))]
    widths = [max(len(line[at]) for line in lines) for at in range(len(_HEADS))]
    text = [
        f"{chosen.month}: reviews for a half-width of {chosen.half_width:g} of the discrepancy rate's 95 % interval,",
        "by the random route, per vendor and modality.",
        "",
        *(
            "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ),
        "",
        f"{int(chosen.strata['draw'].sum())} to draw of {int(chosen.strata['eligible'].sum())} finished tasks.",
    ]
    missing = chosen.strata.filter(~pl.col("meets")).height
    if missing:
        text.append(
            f"! {missing} too small: every task drawn, the interval stays wider, since some reviews do not get done."
        )
    if chosen.held:
        text.append(
            f"The month is held ({chosen.held}): its reviews will not enter numbers over all months."
        )
    return "\n".join(text)
