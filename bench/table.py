"""The table: what was compared, both times, the ratio and the goal."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

PACKAGES = ("duckdb", "numpy", "scipy", "polars", "pandas", "scikit-learn")
HEADER = "| what | the first | the second | ratio | goal | met |\n|---|---|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table.

    Attributes:
        what: The two sides, "first : second".
        first: Measure of the first side, with its unit.
        second: Measure of the second side; "" where one side stands alone.
        ratio: The ratio as text; "" where one side stands alone.
        goal: The goal as text.
        met: Whether the goal is met.
    """

    what: str
    first: str
    second: str
    ratio: str
    goal: str
    met: bool

    def markdown(self) -> str:
        """The line in Markdown."""
        cells = (self.what, self.first, self.second, self.ratio, self.goal)
        return f"| {' | '.join(cells)} | {'yes' if self.met else 'no'} |"


def in_seconds(seconds: float) -> str:
    """Seconds with three significant digits; milliseconds and microseconds below."""
    if seconds >= 1000:
        return f"{seconds:,.0f} s"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            return f"{seconds / size:.3g} {unit}"
    raise AssertionError


def compared(
    what: str, first: Sequence[float], second: Sequence[float], *, goal: float, at_most: bool
) -> Line:
    """A line of two sides that ran in turns: medians of both, and the median of the ratios of the pairs.

    Args:
        what: The two sides, "first : second".
        first: Seconds of each run of the first side.
        second: Seconds of the run beside it.
        goal: Wanted ratio first : second.
        at_most: Whether the goal is an upper limit (else a lower one).
    """
    ratio = median(a / b for a, b in zip(first, second, strict=True))
    met = ratio <= goal if at_most else ratio >= goal
    word = "at most" if at_most else "at least"
    return Line(
        what,
        in_seconds(median(first)),
        in_seconds(median(second)),
        _as_ratio(ratio),
        f"{word} {_as_ratio(goal)}",
        met,
    )


def _as_ratio(ratio: float) -> str:
    side = max(ratio, 1 / ratio)
    text = f"{side:,.0f}" if side >= 100 else f"{side:.3g}"
    return f"{text} : 1" if ratio >= 1 else f"1 : {text}"


def peak(what: str, bytes_used: int, goal: int) -> Line:
    """A line of peak memory."""
    gigabytes = f"{bytes_used / 1e9:.2f} GB"
    return Line(what, gigabytes, "", "", f"at most {goal / 1e9:g} GB", bytes_used <= goal)


def machine() -> str:
    """Processor, cores, memory, system, versions, and how busy the machine is at this moment."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    processor = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        lines = described.read_text(encoding="utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        processor = names[0] if names else processor
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{processor}, {os.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()}, "
        f"load average {os.getloadavg()[0]:.1f} before the run; "
        f"Python {platform.python_version()}, {versions}"
    )


def document(
    command: str,
    exams: int,
    repeats: int,
    seen_on: str,
    lines: Sequence[Line],
    notes: Sequence[str],
) -> str:
    """The page `docs/benchmarks.md`.

    Args:
        command: The command that wrote it.
        exams: Exams of the network.
        repeats: Runs of each side.
        seen_on: The machine, as `machine` tells it.
        lines: The table.
        notes: What the sides include.
    """
    turns = f"medians of {repeats} runs" if repeats > 1 else "one run"
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"Written by `{command}`: the demonstration network with {exams:,} exams, {turns}; the sides of a line "
            "take turns, each run in a process of its own.",
            "",
            f"Machine: {seen_on}.",
            "",
            HEADER,
            *(line.markdown() for line in lines),
            "",
            "## What each side includes",
            "",
            *(f"- {note}" for note in notes),
            "",
        ]
    )
