"""Make the demonstration network: plans, files, broken rows, answer key."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import duckdb

from overread.demonstration.answer_key import problems
from overread.demonstration.chance import Chance
from overread.demonstration.delivery import deliver
from overread.demonstration.exams import plan_exams
from overread.demonstration.findings import plan_findings
from overread.demonstration.problems import CUT_OFF, SHIFTED_CLOCK
from overread.demonstration.reviews import plan_reviews
from overread.demonstration.spoiling import RESENT, spoil
from overread.demonstration.tasks import plan_tasks

SMALLEST, LARGEST = 1_000, 10_000_000
MEMORY = "2GB"


def generate(folder: Path, exams: int = 60_000, seed: int = 1) -> dict[str, object]:
    """Write the source files of the demonstration network and their answer key.

    The same size and seed give the same bytes. The plans lie in a DuckDB file beside the data while they are
    made, so memory stays bounded at any size.

    Args:
        folder: The data folder; files of an earlier run with the same names are overwritten.
        exams: Number of exams, 1,000 to 10 million.
        seed: Seed of all draws.

    Returns:
        The answer key, as written to `folder/answer_key.json`: seed, exams, cut_off, files (path -> data rows),
        problems, broken_rows, repeated_rows, resent_files and held_months.

    Raises:
        ValueError: The number of exams is out of range.
    """
    if not SMALLEST <= exams <= LARGEST:
        raise ValueError(f"{exams} exams: ask for {SMALLEST} to {LARGEST}")
    folder.mkdir(parents=True, exist_ok=True)
    chance = Chance(seed)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".plan-") as scratch:
        connection = duckdb.connect(str(Path(scratch) / "plan.duckdb"))
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute(f"SET memory_limit = '{MEMORY}'")
            plan_exams(connection, chance, exams)
            plan_tasks(connection, chance)
            plan_reviews(connection, chance)
            plan_findings(connection, chance)
            rows = deliver(connection, folder)
            told = problems(connection)
        finally:
            connection.close()
    broken, repeated = spoil(folder)
    for plant in (*broken, *repeated):
        rows[str(plant["file"])] += 1
    for copy, original in RESENT.items():
        rows[copy] = rows[original]
    key: dict[str, object] = {
        "seed": seed,
        "exams": exams,
        "cut_off": CUT_OFF,
        "files": dict(sorted(rows.items())),
        "held_months": [SHIFTED_CLOCK["held_month"]],
        "problems": told,
        "broken_rows": broken,
        "repeated_rows": repeated,
        "resent_files": dict(RESENT),
    }
    text = json.dumps(key, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / "answer_key.json").write_text(text + "\n", encoding="utf-8")
    return key
