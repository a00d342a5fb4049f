"""`make bench`: what Overread costs beside what people use today, one table of one run on one machine."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import against_loops, against_pandas, huge, ingest, statistics
from bench.child import Run, in_child
from bench.network import load, write_files
from bench.table import HEADER, Line, compared, document, in_seconds, machine, peak

SIZES = {"small": 100_000, "full": 10_000_000, "huge": 100_000_000}
# The script and ours meet on a million exams, however large the rest is.
PANDAS_EXAMS = 1_000_000
MEMORY, HUGE_MEMORY = 3_000_000_000, 12_000_000_000
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
MEMORY_NOTE = (
    "**Peak memory**: resident memory of the process that did the stage (`VmHWM`; `ru_maxrss` where there is no "
    "`/proc`), the largest of its runs; the interpreter and its imports are in it."
)


def seconds(runs: Sequence[Run]) -> list[float]:
    """Seconds of each run."""
    return [run.seconds for run in runs]


def network_lines(folder: Path, exams: int, repeats: int) -> list[Line]:
    """Ingest, statistics and a late month on the whole network, with their memory."""
    files, warehouse = folder / "files", folder / "warehouse.duckdb"
    made = in_child(write_files, files, exams)
    print(f"{exams:,} exams written in {in_seconds(made.seconds)}", flush=True)
    ours, own = ingest.runs(files, folder, repeats)
    # the other formats belong to the network, not to the comparison
    in_child(load, files, warehouse, ("parquet", "xlsx", "ndjson"))
    whole, late, month = statistics.runs(warehouse, repeats)
    return [
        compared(
            "ingest of CSV with everything : DuckDB's own load",
            seconds(ours),
            seconds(own),
            goal=3,
            at_most=True,
        ),
        compared(
            f"all counts and statistics at all grains ({whole[-1].result:,} measures) : DuckDB's own load",
            seconds(whole),
            seconds(own),
            goal=2,
            at_most=True,
        ),
        compared(
            f"one late month ({month}) recomputed : everything recomputed",
            seconds(late),
            seconds(whole),
            goal=1 / 8,
            at_most=True,
        ),
        *(
            peak(f"peak memory, {stage}", max(run.peak for run in runs), MEMORY)
            for stage, runs in (
                ("ingest", ours),
                ("counts and statistics", whole),
                ("one late month", late),
            )
        ),
    ]


def pandas_lines(folder: Path, exams: int, repeats: int) -> list[Line]:
    """The pandas and scikit-learn script : ours."""
    files, warehouse, tables = folder / "files", folder / "warehouse.duckdb", folder / "tables"
    if not warehouse.exists():
        in_child(write_files, files, exams)
        in_child(load, files, warehouse)
        in_child(statistics.compute, warehouse, None)
    in_child(against_pandas.export, warehouse, tables)
    theirs, ours, alone, equal = against_pandas.runs(tables, repeats)
    what = ", ".join(f"{count:,} {kind}" for kind, count in equal.items())
    script = f"pandas + scikit-learn script ({what}; {exams:,} exams)"
    return [
        compared(f"{script} : ours, from the rows", seconds(theirs), seconds(ours), goal=300, at_most=False),
        compared(f"{script} : ours, from the counts", seconds(theirs), alone, goal=300, at_most=False),
    ]  # fmt: skip


def loop_lines(repeats: int) -> list[Line]:
    """The loops over PyPI's packages : ours."""
    lines = []
    for package, loop in in_child(against_loops.runs, repeats).result.items():
        what = f"loop over {package}, {against_loops.STRATA:,} strata : ours"
        for start, side in (("ratings", loop.ours), ("counts", loop.counted)):
            name = f"{what}, from the {start}"
            lines.append(compared(name, loop.theirs, side, goal=1000, at_most=False))
    return lines


def huge_lines(folder: Path, exams: int) -> list[Line]:
    """Parquet at full length against a tenth of it: time and memory."""
    totals, peaks = [], []
    for size in (exams // 10, exams):
        files, warehouse = folder / f"files{size}", folder / f"warehouse{size}.duckdb"
        in_child(write_files, files, size)
        in_child(huge.to_parquet, files)
        loaded = in_child(huge.load, files, warehouse)
        computed = in_child(statistics.compute, warehouse, None)
        totals.append(loaded.seconds + computed.seconds)
        peaks.append(max(loaded.peak, computed.peak))
        print(f"{size:,} exams from Parquet: {in_seconds(totals[-1])}", flush=True)
        warehouse.unlink()
    return [
        compared(
            f"ingest from Parquet and all measures, {exams:,} exams : {exams // 10:,} exams",
            totals[1:],
            totals[:1],
            goal=11.5,
            at_most=True,
        ),
        peak(f"peak memory at {exams:,} exams", peaks[1], HUGE_MEMORY),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the size asks for, print the table and write its page."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--exams", type=int, help="another number of exams than the size's own")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scratch", type=Path, help="folder for files and warehouses (TMPDIR)")
    parser.add_argument("--page", type=Path, default=PAGE, help="Markdown page to write")
    asked = parser.parse_args(arguments)
    exams = asked.exams or SIZES[asked.size]
    notes = [huge.NOTE, MEMORY_NOTE]
    repeats = 1 if asked.size == "huge" else asked.repeats
    seen_on = machine()
    # what tells the size; folders are the machine's own
    command = f"python -m bench --size {asked.size} --repeats {repeats}"
    if asked.exams:
        command += f" --exams {exams}"
    with tempfile.TemporaryDirectory(dir=asked.scratch, prefix="bench-") as scratch:
        folder = Path(scratch)
        if asked.size == "huge":
            lines = huge_lines(folder, exams)
        else:
            notes = [ingest.NOTE, statistics.NOTE, against_pandas.NOTE, MEMORY_NOTE]
            lines = network_lines(folder, exams, repeats)
            script_exams = min(exams, PANDAS_EXAMS)
            script_folder = folder / "million" if script_exams < exams else folder
            script_folder.mkdir(exist_ok=True)
            lines += pandas_lines(script_folder, script_exams, repeats)
            lines += loop_lines(repeats)
            notes.append(against_loops.NOTE)
    print("\n".join([HEADER, *(line.markdown() for line in lines)]))
    asked.page.write_text(
        document(command, exams, repeats, seen_on, lines, notes), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
