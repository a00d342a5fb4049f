"""`python -m bench.coverage`: run the coverage study and write its page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.coverage import (
    accuracy,
    many_raters,
    models,
    proportions,
    reader_studies,
    times,
    two_raters,
    units,
)
from bench.coverage.page import render
from bench.coverage.study import Study

Part = Callable[[np.random.Generator, int], Iterator[Study]]
SECTIONS: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("Proportions, differences and ratios", proportions.STUDIES),
    ("Agreement of two raters", two_raters.STUDIES),
    ("Agreement of many raters", many_raters.STUDIES),
    ("Area under the ROC curve and verification bias", accuracy.STUDIES),
    ("Times", times.STUDIES),
    ("Reader studies", reader_studies.STUDIES),
    ("Units compared", units.STUDIES),
    ("Fitted models", models.STUDIES),
)
SEED, RUNS = 20160, 4000
PAGE = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"


def run(runs: int, seed: int = SEED) -> list[tuple[str, list[Study]]]:
    """All studies; each has its own stream of random numbers, so that adding one changes no other.

    Args:
        runs: Replications of each simulated cell.
        seed: Seed of all streams.
    """
    return [
        (
            title,
            [
                study
                for place, part in enumerate(parts)
                for study in part(np.random.default_rng([seed, section, place]), runs)
            ],
        )
        for section, (title, parts) in enumerate(SECTIONS)
    ]


def main(arguments: list[str] | None = None) -> int:
    """Write the page; 1 where an interval that pages show fails."""
    parser = argparse.ArgumentParser(prog="python -m bench.coverage", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="replications of each cell")
    parser.add_argument("--out", type=Path, default=PAGE, help="page to write")
    options = parser.parse_args(arguments)
    sections = run(options.runs)
    options.out.write_text(render(sections, SEED, options.runs), encoding="utf-8")
    failed = [study for _, studies in sections for study in studies if study.verdict == "fails"]
    for study in failed:
        print(f"fails: {study.method}; {study.condition}; {study.worst}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
