"""The table of the coverage study as a page of the documents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.coverage.study import Study

HEAD = """# Coverage of the intervals

<!-- written by `make coverage` (`python -m bench.coverage`); do not edit -->

A 95 % interval should hold the truth in 95 of 100 samples. This page is the study of every interval that the
library gives: samples are drawn (seed {seed}, {runs:,} replications a cell, fewer where a sample is large, all in one
call of the library's own function) or, where a sample is one or two counts, all possible samples are enumerated. It is
written by `make coverage`, in a few minutes.

- **coverage** is the mean over the cells of the grid, **lowest** and **highest** are single cells. It counts the
  intervals that are shown; a cell in which fewer than 5 % of the replications show one is not judged.
- **withheld** is the share of values whose interval is withheld by rule (the value stands alone, with its reason).
- **holds**: every cell between 93 and 97 %, up to three standard errors of the simulation. **holds on average**:
  the mean is, single cells are not. Discrete data move in jumps, so that no interval without
  randomisation covers 95 % at every p; the worst cell is named. **at least 95 %**: exact methods, which
  promise no less and are wide. **wide**: above 97 % on average and nowhere below 93 %: the interval is safe, and longer
  than it need be. **not on pages**: the textbook's interval
  (`interval="published"`), printed to show why pages show another. **withheld**: never shown under this condition.
- A one-sided limit or test (non-inferiority) should hold in 97.5 of 100 samples; there half the leeway, 96.5 to
  98.5 %, is judged. A unit's shrunken rate, its rank, a reviewer's severity and a month's final rate are drawn anew
  in each sample: coverage is that of all units together, small and extreme ones among them.

The rules depend on numbers of cases and on margins (for survival: on how many are followed that far), never on the
agreement or accuracy seen: a rule that waits for more disagreements shows the unlucky samples only, and these
cover badly. One rule has no choice: a reader study whose variance is estimated at zero or below shows no interval; the
**withheld** column tells how rarely.
"""


def _percent(value: float) -> str:
    return f"{100 * value:.1f}" if np.isfinite(value) else "–"


def _number(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "–"


def _row(study: Study) -> str:
    worst = study.worst
    several = worst is not None and len(study.judged) > 1
    coverages = [cell.coverage for cell in study.judged]
    parts = [
        study.method + (" (published)" if study.published else ""),
        study.condition,
        _percent(study.mean("coverage")),
        f"{_percent(worst.coverage)} ({worst.label})" if worst is not None and several else "",
        _percent(max(coverages)) if several else "",
        _number(study.mean("width")),
        _percent(study.mean("withheld")),
        study.verdict,
    ]
    return "| " + " | ".join(parts) + " |"


def render(sections: Sequence[tuple[str, Sequence[Study]]], seed: int, runs: int) -> str:
    """The page.

    Args:
        sections: Title and studies of each section.
        seed: Seed of the simulations.
        runs: Replications of each simulated cell.
    """
    lines = [HEAD.format(seed=seed, runs=runs)]
    for title, studies in sections:
        lines += [
            f"\n## {title}\n",
            "| method | condition | coverage % | lowest % | highest % | mean width | withheld % | verdict |",
            "|---|---|---|---|---|---|---|---|",
            *(_row(study) for study in studies),
        ]
    return "\n".join(lines) + "\n"
