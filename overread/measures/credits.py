"""Credits that contracts owe for late reads, in the currency of each: amounts of two currencies are never added."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import polars as pl

from overread.measures.table import rows
from overread.stats.estimate import make_estimate

NOTHING_DUE = "no task of a term with credits was due"
# Due tasks of each contract term in each month, and whether the month's attainment lets credits fall due.
TERMS: Final = (
    "SELECT *, credit_below IS NULL OR breach > 0 AND met < credit_below * (met + breach) - 1e-9 AS owed FROM ("
    "SELECT month, vendor, credit_currency, sla_term, credit, credit_below, "
    "coalesce(sum(n) FILTER (sla_outcome = 'met'), 0)::BIGINT AS met, "
    "coalesce(sum(n) FILTER (sla_outcome = 'breach'), 0)::BIGINT AS breach "
    "FROM {counted} GROUP BY ALL)"
)
# Sums over terms and months; money adds up in decimals, in whatever order.
OWED: Final = (
    "coalesce(sum(met + breach), 0)::BIGINT AS due, coalesce(sum(breach) FILTER (owed), 0)::BIGINT AS credited, "
    "coalesce(sum(credit::DECIMAL(18, 6) * breach) FILTER (owed), 0)::DOUBLE AS amount"
)
_GRAINS: Final = "(credit_currency), (credit_currency, vendor)"
_MONTHLY: Final = "(credit_currency, month), (credit_currency, vendor, month)"


def sla_credits(connection: duckdb.DuckDBPyConnection) -> Iterator[pl.DataFrame]:
    """Amounts per currency (category): all and per vendor, by month and over all months."""
    terms = TERMS.format(counted="count_credit")
    strata = connection.sql(
        f"WITH term AS ({terms}) "
        f"SELECT credit_currency AS category, vendor, month AS period, {OWED} FROM term "
        f"GROUP BY GROUPING SETS ({_MONTHLY}) UNION ALL "
        f"SELECT credit_currency, vendor, NULL, {OWED} FROM term "
        f"WHERE month NOT IN (SELECT month FROM held_month) GROUP BY GROUPING SETS ({_GRAINS})"
    ).pl()
    due, credited, amount = (
        strata[name].cast(pl.Float64).to_numpy() for name in ("due", "credited", "amount")
    )
    estimate = make_estimate(amount, n=due, method="count", insufficient=[(due == 0, NOTHING_DUE)])
    yield rows("sla_credits", strata, estimate, numerator=credited, denominator=due)
