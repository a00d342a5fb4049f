"""Times on a logarithmic axis."""

from __future__ import annotations

from dashboards.numerals import clock_of, duration
from dashboards.words import Words


def tick_text(words: Words, minutes: float) -> str:
    """A round time as a label: "15 min", "4 h", "72 h", "7 days"."""
    clock = "h" if 120 <= minutes <= 4320 else clock_of([minutes])
    return duration(minutes, clock, language=words.language).replace(".0", "")
