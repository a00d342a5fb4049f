"""Credits for late reads."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

CREDITS: Final = (
    Measure(
        "sla_credits", "SLA credits owed", "逾時扣款金額",
        "How much does the vendor owe for reads that broke the contract's time?",
        "late reads that a credit is due for", "due tasks of terms with a credit in this currency (category)",
        "tasks not yet due, cancelled or returned; terms without a credit; tasks without one clear term. A task's month "
        "is that of its exam. Told for all and for each vendor only, each currency apart",
        "amount", "lower", "none: a count of what the contract says, not an estimate",
        ("contract_term.price", "contract_term.credit_share", "contract_term.currency", "contract_term.target_minutes",
         "read_task.received_at", "read_task.final_at"),
        "contract terms", minimum_n=1,
        formula="sum over months and terms of late reads x price x credit_share, where the term's attainment in the "
        "month lies below credit_below, or the term names no such limit",
    ),
)  # fmt: skip
