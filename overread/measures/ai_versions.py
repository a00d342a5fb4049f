"""Two versions of an algorithm on the same cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import numpy as np
import polars as pl

from overread.measures.ai_two_by_two import numbers
from overread.measures.grains import roll_up
from overread.measures.table import rows
from overread.stats.estimate import OK
from overread.stats.shares.mcnemar import mcnemar
from overread.stats.shares.paired_difference import paired_difference

_KEYS: Final = ("algorithm", "old_version", "new_version", "finding", "reference")
_PLACES: Final = ((), ("vendor",), ("region",), ("site",))
ANSWERED: Final = " AND ".join(
    f"{name} IN ('present', 'absent')" for name in ("truth", "old_call", "new_call")
)
WHO: Final = ("both", "new", "old", "neither")
# Of the diseased: called by both versions, one, neither; of the healthy: spared by them.
RIGHT: Final = ", ".join(
    f"coalesce(sum(n) FILTER (truth = '{truth}' AND new_call {new} '{truth}' AND old_call {old} '{truth}'), 0)::BIGINT "
    f"AS {group}_{who}"
    for truth, group in (("present", "sick"), ("absent", "well"))
    for who, (new, old) in zip(
        WHO, (("=", "="), ("=", "<>"), ("<>", "="), ("<>", "<>")), strict=True
    )
)
DIFFERENCES: Final = {
    "sensitivity_version_difference": "sick",
    "specificity_version_difference": "well",
}


def version_differences(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Sensitivity and specificity of the newer version less the older one's, with McNemar's p."""
    strata = roll_up(
        connection, "count_version", _KEYS, RIGHT, where=ANSWERED, months=False, places=_PLACES
    )
    told = strata.with_columns(
        algorithm_version=pl.col("new_version"),
        category=pl.col("old_version") + "-" + pl.col("new_version"),
    )
    for measure_id, group in DIFFERENCES.items():
        table = np.stack(numbers(strata, *(f"{group}_{who}" for who in WHO)), axis=-1)
        estimate = paired_difference(table.reshape(-1, 2, 2))
        p = np.where(estimate.status == OK, mcnemar(table.reshape(-1, 2, 2)).p_exact, np.nan)
        yield rows(measure_id, told, estimate, p=p)
