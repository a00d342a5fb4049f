"""Work in a process of its own, so that its peak memory is its own and no run warms up the next."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took.

    Attributes:
        seconds: Wall time of the work, without the start of the process.
        peak: Peak resident memory of the process, in bytes.
        result: What the work returned.
    """

    seconds: float
    peak: int
    result: Any


def peak_memory() -> int:
    """Peak resident memory of this process in bytes.

    On Linux `ru_maxrss` of a fresh process starts at its parent's peak, so the kernel's own mark is read there.
    """
    status = Path("/proc/self/status")
    if status.exists():
        marks = [s.split() for s in status.read_text().splitlines() if s.startswith("VmHWM:")]
        return int(marks[0][1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, the BSDs kilobytes
    return peak if sys.platform == "darwin" else peak * 1024


def timed(work: Callable[..., Any], *arguments: Any) -> Run:
    """Run the work here and now."""
    start = time.perf_counter()
    result = work(*arguments)
    seconds = time.perf_counter() - start
    return Run(seconds, peak_memory(), result)


def in_child(work: Callable[..., Any], *arguments: Any) -> Run:
    """Run the work in a fresh process. The work and its arguments must be importable and picklable."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(timed, work, *arguments).result()
