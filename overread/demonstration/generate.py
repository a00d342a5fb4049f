"""Make the demonstration network: plans, files, broken rows, answer key."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import duckdb

from overread.demonstration.answer_key import Tally
from overread.demonstration.chance import Chance
from overread.demonstration.codes import create_types
from overread.demonstration.delivery import Form, deliveries
from overread.demonstration.exams import plan_exams
from overread.demonstration.findings import plan_findings
from overread.demonstration.local_reviews import plan_local_reviews
from overread.demonstration.periods import ALL, MONTHS, Span
from overread.demonstration.problems import CUT_OFF, SHIFTED_CLOCK
from overread.demonstration.reviews import plan_reviews
from overread.demonstration.spoiling import spoil
from overread.demonstration.tasks import plan_tasks
from overread.demonstration.writing import FOLDERS, Part, put, write_parts, write_registers

SMALLEST, LARGEST = 1_000, 100_000_000
# From this size on a network is planned and written month by month.
IN_PARTS_FROM = 400_000
# Months in work at a time. Each has a database and a thread of its own: nothing is shared, so nothing waits.
WORKERS = 2
MEMORY_OF_EACH = "4GB"
ANSWER_KEY = "answer_key.json"


def generate(
    folder: Path, exams: int = 60_000, seed: int = 1, form: Form = "csv"
) -> dict[str, object]:
    """Write the source files of the demonstration network and their answer key.

    The same size, seed and form give the same bytes. Each row is a function of its own number, so a month is planned
    and written without the others: memory is that of the months in work, and no size is too large.

    Args:
        folder: The data folder; the files of an earlier run that its answer key names are replaced.
        exams: Number of exams, 1,000 to 100 million.
        seed: Seed of all draws.
        form: `csv`: text files in the manner of each region, with some Excel, Parquet and NDJSON, broken rows,
            repeated rows and a file sent twice. `parquet`: files per site, of 400,000 exams and more per
            month, too, with typed times; only its registers are text and have broken and repeated rows.

    Returns:
        The answer key, as written to `folder/answer_key.json`: seed, exams, form, cut_off, files (path -> data
        rows), problems, broken_rows, repeated_rows, resent_files and held_months.

    Raises:
        ValueError: The number of exams is out of range, or the form is unknown.
    """
    if not SMALLEST <= exams <= LARGEST:
        raise ValueError(f"{exams} exams: ask for {SMALLEST} to {LARGEST}")
    if form not in ("csv", "parquet"):
        raise ValueError(f"form {form}: ask for csv or parquet")
    _clear(folder)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows: Counter[str] = Counter(dict(write_registers(folder)))
    total = Tally()
    spans = MONTHS if exams >= IN_PARTS_FROM else (ALL,)
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix=".plan-") as scratch,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        work = partial(_work, Chance(seed), exams, form, Path(scratch))
        # in the order of the spans, whichever is done first: a file's parts stand in the order of their days
        for parts, tally in pool.map(work, spans):
            total.add(tally)
            for part in parts:
                put(part, folder)
                rows[part.path] += part.rows
    spoilt = spoil(folder, rows)
    for plant in (*spoilt.broken, *spoilt.repeated):
        rows[str(plant["file"])] += 1
    for copy, original in spoilt.resent.items():
        rows[copy] = rows[original]
    key: dict[str, object] = {
        "seed": seed,
        "exams": exams,
        "form": form,
        "cut_off": CUT_OFF,
        "files": dict(sorted(rows.items())),
        "held_months": [SHIFTED_CLOCK["held_month"]],
        "problems": total.problems(),
        "broken_rows": spoilt.broken,
        "repeated_rows": spoilt.repeated,
        "resent_files": spoilt.resent,
    }
    text = json.dumps(key, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / ANSWER_KEY).write_text(text + "\n", encoding="utf-8")
    return key


def _clear(folder: Path) -> None:
    """Remove the files of an earlier run: another size or form has others, and both would be loaded."""
    if not (folder / ANSWER_KEY).exists():
        return
    key = json.loads((folder / ANSWER_KEY).read_text(encoding="utf-8"))
    for file in key["files"]:
        path = (folder / file).resolve()
        if path.is_relative_to(folder.resolve()):
            path.unlink(missing_ok=True)


def _work(
    chance: Chance, exams: int, form: Form, scratch: Path, span: Span
) -> tuple[list[Part], Tally]:
    """Plan a span of days, write its parts of the files and count its planted problems."""
    target = scratch / span.label
    target.mkdir()
    tally = Tally()
    # One thread keeps the order of the rows, and with it the bytes.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "memory_limit": MEMORY_OF_EACH,
        "temp_directory": str(target / "spill"),
    }
    with duckdb.connect(config=settings) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET autoinstall_known_extensions = false")
        create_types(connection)
        plan_exams(connection, chance, exams, span)
        plan_tasks(connection, chance)
        plan_reviews(connection, chance)
        plan_local_reviews(connection, chance)
        plan_findings(connection, chance)
        parts = write_parts(connection, deliveries(form, span), target)
        tally.count(connection)
    return parts, tally
