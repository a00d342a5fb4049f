"""Turnaround, the SLA and open work."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_LEFT_OUT: Final = "; ".join(
    (
        "unfinished tasks",
        "tasks whose times are out of order. Arrival to final is told at places of one dimension or none",
    )
)
TURNAROUND: Final = (
    Measure(
        "turnaround_mean_completed_only", "Mean turnaround, finished tasks", "平均周轉時間（已完成）",
        "How long did finished tasks take on average?", "minutes of finished tasks", "finished tasks",
        _LEFT_OUT,
        "minutes", "lower", "Johnson's modified t, for skewed times",
        ("read_task.received_at", "read_task.final_at"),
        "ACR NRDR GRID",
    ),
    *(
        Measure(
            f"turnaround_{short}_completed_only", f"{name}, finished tasks", f"{name_zh_hant}（已完成）",
            f"Within what time {most} finished tasks done?", "minutes", "finished tasks", _LEFT_OUT,
            "minutes", "lower", "order statistics (binomial)", ("read_task.received_at", "read_task.final_at"),
            "Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2",
            formula=f"smallest time within which at least {share} of the finished tasks were done",
        )
        for short, name, name_zh_hant, most, share in (
            ("median", "Median turnaround", "周轉時間中位數", "was half of the", "half"),
            ("p75", "75th percentile of turnaround", "周轉時間第 75 百分位數", "were three quarters of the", "0.75"),
            ("p90", "90th percentile of turnaround", "周轉時間第 90 百分位數", "were nine of ten", "0.9"),
            ("p95", "95th percentile of turnaround", "周轉時間第 95 百分位數", "were 95 of 100 of the", "0.95"),
        )
    ),
    Measure(
        "sla_attainment", "SLA attainment", "服務水準達成率",
        "Which share of due tasks kept its contract's time?",
        "due tasks that kept the time", "tasks due by the data cut-off",
        "tasks not yet due, cancelled or returned; tasks without one clear term", "share", "higher", "Wilson",
        ("contract_term.target_minutes", "read_task.received_at", "read_task.final_at"), "contract terms",
    ),
    Measure(
        "sla_breaches", "SLA breaches", "逾時件數",
        "How many due tasks broke their contract's time?",
        "due tasks that did not keep the time, read or not", "tasks due by the data cut-off",
        "tasks not yet due, cancelled or returned; tasks without one clear term", "share", "lower", "Wilson",
        ("contract_term.target_minutes", "read_task.received_at", "read_task.final_at"), "contract terms",
    ),
    Measure(
        "tasks_at_risk", "Tasks due within 24 hours", "24 小時內到期之未完成件數",
        "How many unread tasks will break their contract's time unless they are read in the next 24 hours?",
        "tasks due within 24 hours of the data cut-off", "tasks not yet due and not yet read",
        "tasks due by the data cut-off, cancelled or returned; tasks without one clear term", "share",
        "neutral", "Wilson",
        ("contract_term.target_minutes", "read_task.received_at", "read_task.final_at"), "contract terms",
    ),
    Measure(
        "tasks_overdue", "Overdue open tasks", "已逾時之未完成件數",
        "How many tasks are open past the time of their contract at the data cut-off?",
        "open tasks past the due time of their term at the data cut-off: each is one of the SLA breaches too, and so in "
        "the denominator of SLA attainment, beside the tasks that were finished late",
        "open tasks under one clear term, whether due or not",
        "tasks finished, returned or cancelled; tasks without one clear term. Under a term on the preliminary report an "
        "open task whose preliminary came late stays overdue until its final. Where nothing is open, places of "
        "two dimensions or more have no row",
        "share", "lower", "Wilson",
        ("contract_term.target_minutes", "read_task.received_at", "read_task.final_at"), "contract terms",
    ),
    Measure(
        "open_tasks", "Open tasks by age", "未完成件數（依等候時間）",
        "How long have the tasks waited that are not read yet?",
        "open tasks of the age (category), from images received, else exam completed, to the data cut-off",
        "open tasks", "tasks finished, returned or cancelled", "share", "neutral", "Wilson",
        ("read_task.received_at", "read_task.final_at", "exam.completed_at"), "definition",
    ),
)  # fmt: skip
