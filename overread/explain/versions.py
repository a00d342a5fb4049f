"""Evidence of two versions of an algorithm on the same cases."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.explain.evidence import Evidence, Explain, Stored, from_sums, of_row, placed, same
from overread.explain.facts import VERSIONS
from overread.measures.ai_versions import ANSWERED, DIFFERENCES, RIGHT, WHO
from overread.warehouse.quoting import literal


def difference(row: Stored) -> Evidence:
    """The newer version less the older one; the category names both, and a version may have a hyphen of its own."""
    older = str(row["category"]).removesuffix(f"-{row['algorithm_version']}")
    group = DIFFERENCES[row["measure_id"]]
    both, new, old, neither = (f"{group}_{who}" for who in WHO)
    cases = f"({both} + {new} + {old} + {neither})"
    other = ("absent", "healthy") if group == "sick" else ("present", "diseased")
    return from_sums(
        VERSIONS,
        (
            *placed(row),
            *same(row, "algorithm", "finding", "reference", algorithm_version="new_version"),
            f"old_version = {literal(older)}",
        ),
        RIGHT,
        "",
        cases,
        (
            (f"answers on {other[1]} cases, which are another rate's", f"truth = '{other[0]}'"),
            ("answers on exams whose reference is uncertain", "truth NOT IN ('present', 'absent')"),
            ("exams without a plain call of both versions", "true"),
        ),
        ANSWERED,
        f"({new} - {old}) / nullif({cases}, 0)",
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType(
    dict.fromkeys(DIFFERENCES, of_row(difference))
)
