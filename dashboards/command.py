"""The command line that explains a number, to be copied."""

from __future__ import annotations

import shlex

from dashboards.release import KEYS, PLACES, Cell

# Where `overread run` and `overread demo` leave their results is known to who runs them.
FOLDER = "out"


def explain_line(cell: Cell, folder: str = FOLDER) -> str:
    """`overread explain` for a released row.

    Args:
        cell: The row.
        folder: Folder of the results.

    Returns:
        The line, its values quoted for a shell.
    """
    named = {**cell.place, **dict(cell.topic.keys)}
    parts = ["overread", "explain", cell.topic.measure_id, "--out", folder]
    for name in (*PLACES, *KEYS):
        if name in named:
            parts += ["--" + name.replace("_", "-"), named[name]]
    if cell.period is not None:
        parts += ["--month", cell.period]
    return shlex.join(parts)
