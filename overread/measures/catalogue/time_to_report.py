"""Turnaround of all tasks, with those that are unread and those that were withdrawn."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_NEEDS: Final = (
    "read_task.received_at", "read_task.final_at", "read_task.returned_at", "read_task.cancelled_at",
    "exam.completed_at",
)  # fmt: skip
_LEFT_OUT: Final = (
    "tasks without the interval's first time; tasks whose times are out of order; finished tasks without a "
    "final time"
)
_QUANTILE: Final = (
    "smallest time t with I(t) >= {p}, the middle of the flat part where I equals it; I(t) = sum over s <= t of "
    "S(s-) d(s) / n(s): n at risk, d reported, S not yet reported, returned or cancelled; open tasks are censored at "
    "the data cut-off"
)
TIME_TO_REPORT: Final = (
    Measure(
        "turnaround_median", "Median turnaround, all tasks", "周轉時間中位數（全部案件）",
        "Within what time was half of all tasks reported, unread ones counted?",
        "minutes", "all tasks: reported, open (censored at the data cut-off), returned or cancelled (competing)",
        f"{_LEFT_OUT}. Told at places of one dimension or none, and for a vendor's modalities over all months",
        "minutes", "lower", "limits of the cumulative incidence (log-log); withheld below 20 tasks", _NEEDS,
        "Aalen and Johansen, Scand J Stat 5:141-150 (1978); Peng and Fine, Biometrika 94:709-719 (2007)",
        minimum_n=20, formula=_QUANTILE.format(p="0.5"),
    ),
    Measure(
        "turnaround_p90", "90th percentile of turnaround, all tasks", "周轉時間第 90 百分位數（全部案件）",
        "Within what time were nine of ten of all tasks reported, unread ones counted?",
        "minutes", "all tasks: reported, open (censored at the data cut-off), returned or cancelled (competing)",
        f"{_LEFT_OUT}. Told at places of one dimension or none, and for a vendor's modalities over all months",
        "minutes", "lower", "limits of the cumulative incidence (log-log); withheld below 20 tasks", _NEEDS,
        "Aalen and Johansen, Scand J Stat 5:141-150 (1978); Peng and Fine, Biometrika 94:709-719 (2007)",
        minimum_n=20, formula=_QUANTILE.format(p="0.9"),
    ),
    Measure(
        "reported_within", "Reported within 1, 4, 24 and 72 hours, all tasks", "時限內完成報告率（全部案件）",
        "Which share of all tasks was reported within the hours (category), unread ones counted?",
        "tasks reported within the hours", "all tasks: reported, open, returned or cancelled",
        f"{_LEFT_OUT}. Told at places of one dimension or none, and for a vendor's modalities over all months",
        "share", "higher", "Wilson on the effective size of the incidence's variance", _NEEDS,
        "Aalen and Johansen, Scand J Stat 5:141-150 (1978); Korn and Graubard, Survey Methodology 24:193-201 (1998)",
        formula="cumulative incidence I(t) at the hours, as of the median; numerator / denominator where no task was "
        "open before them",
    ),
    Measure(
        "turnaround_by_hour_of_week", "Median turnaround by hour of the week", "周轉時間中位數（依每週時段）",
        "In which hours of the week, on the site's clock, do finished tasks take longest?",
        "minutes", "finished tasks whose images were received in the hour (category: mon-00 to sun-23)",
        "unfinished tasks; tasks whose times are out of order; hours with fewer than 20 tasks are told without a "
        "value. Over all months, for all, each vendor and each region only",
        "minutes", "lower", "order statistics (binomial)",
        ("read_task.received_at", "read_task.final_at"),
        "Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2", minimum_n=20,
        formula="smallest time within which at least half of the hour's finished tasks were done",
    ),
    Measure(
        "unread_share", "Tasks without a report", "未完成報告之案件比率",
        "Which share of all tasks has no report: still open, returned unread, or cancelled (category)?",
        "tasks in the state at the data cut-off", "all tasks",
        "nothing. Told at places of one dimension or none", "share", "lower", "Wilson",
        ("read_task.final_at", "read_task.read_at", "read_task.returned_at", "read_task.cancelled_at"), "definition",
    ),
)  # fmt: skip
