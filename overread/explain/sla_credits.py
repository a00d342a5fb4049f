"""Evidence of SLA credits: which terms owed them in which month, and for which reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overread.explain.evidence import Evidence, Explain, Stored, of_row, placed
from overread.explain.facts import DUE_TASKS
from overread.explain.tasks import UNDUE
from overread.measures.credits import OWED, TERMS
from overread.warehouse.quoting import literal


def credits_owed(row: Stored) -> Evidence:
    """The amount in one currency."""
    kept = f"credit IS NOT NULL AND credit_currency = {literal(str(row['category']))}"
    terms = ("term", TERMS.format(counted=f"(FROM stratum WHERE {kept})"))
    return Evidence(
        DUE_TASKS,
        placed(row),
        (terms, ("summed", f"SELECT {OWED} FROM term")),
        "SELECT due::DOUBLE AS n, credited::DOUBLE AS numerator, due::DOUBLE AS denominator, "
        "CASE WHEN due > 0 THEN amount END AS value, (SELECT count(*) FROM term) AS terms_and_months, "
        "(SELECT count(*) FROM term WHERE owed) AS terms_and_months_that_owe FROM summed",
        (
            terms,
            (
                "contributing",
                "SELECT row, (owed AND sla_outcome = 'breach')::BIGINT AS in_numerator FROM stratum JOIN term "
                "USING (month, vendor, sla_term, credit, credit_currency) "
                f"WHERE {kept} AND sla_outcome IN ('met', 'breach') "
                "AND stratum.credit_below IS NOT DISTINCT FROM term.credit_below",
            ),
        ),
        (
            *UNDUE[:1],
            ("tasks whose contract term carries no credit", "credit IS NULL"),
            ("tasks whose credit is in another currency", f"NOT ({kept})"),
            *UNDUE[1:],
        ),
    )


EVIDENCE: Final[Mapping[str, Explain]] = MappingProxyType({"sla_credits": of_row(credits_owed)})
