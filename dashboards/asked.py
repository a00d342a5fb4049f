"""What a signal asks of the committee next: by its rule and by what it measures."""

from __future__ import annotations

from typing import Final

from dashboards.alerts import FUNNEL, Alert
from dashboards.words import Words, marked

_REVIEW: Final = ("discrepancy", "significant", "radpeer", "review", "arbitration", "preliminary")
_TIME: Final = ("turnaround", "sla", "open", "unread", "cumulative", "tasks_")
# What is asked where a result lies beyond its target for the worse, by what is measured.
_MISSED: Final = {
    "review": marked(
        "Read the discrepant reports of this part together with the vendor, arbitrate what is disputed, and decide "
        "whether to draw more reviews here next month."
    ),
    "coverage": marked(
        "Ask who owes the open reviews and by when; until they are in, the rates of this part may be too low."
    ),
    "time": marked(
        "Ask the vendor for the cause of the breaches and the date of the remedy; check the credits due under the "
        "contract."
    ),
    "answers": marked(
        "Read the missed cases, ask the vendor whether the version or the input changed, and decide whether the "
        "algorithm may go on being used here."
    ),
}
_CHANGED: Final = marked(
    "Ask what changed in that month: readers, protocol, scanner, version or case mix. Look again with the next month's "
    "data before anything is concluded."
)
_OUTSIDE: Final = marked(
    "Compare the case mix and the reviewers of this unit with the others before it is judged; then read the cases."
)
_MOVED: Final = marked("Ask what changed in that month; neither way is better by itself.")


def _subject(measure_id: str) -> str:
    if measure_id.startswith(("review_completion", "review_coverage", "review_expired")):
        return "coverage"
    if measure_id.startswith(_REVIEW):
        return "review"
    return "time" if measure_id.startswith(_TIME) else "answers"


def asked(words: Words, alert: Alert) -> str:
    """The next step, a whole sentence; "" where a result is better and nothing is asked."""
    if alert.mark == "moved":
        return words.text(_MOVED)
    if not alert.worse:
        return ""
    if alert.changed:
        return words.text(_CHANGED)
    if alert.rule == FUNNEL:
        return words.text(_OUTSIDE)
    return words.text(_MISSED[_subject(alert.cell.topic.measure_id)])
