"""`make bench`: ingest with everything against DuckDB's own load of the same CSV, in one run."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from overread.feeds.configuration import Configuration
from overread.feeds.mapping import Mapping
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

CONFIGURATION = Configuration.model_validate(
    {
        "network": "bench",
        "title": "bench",
        "mappings": ["unused.yaml"],
        "sites": [
            {
                "id": "ber",
                "name": "ber",
                "country": "DE",
                "region": "emea",
                "zone": "Europe/Berlin",
                "facility_type": "hospital",
            }
        ],
        "vendors": [{"id": "v1", "name": "v1"}],
    }
)
MAPPING = Mapping.model_validate(
    {
        "source": "exams",
        "files": ["*.csv"],
        "rows": [
            {
                "table": "exam",
                "columns": {
                    "exam_id": "acc",
                    "site": {"value": "ber"},
                    "patient_id": "patient",
                    "modality": "modality",
                    "patient_class": "class",
                    "completed_at": "completed",
                },
            }
        ],
    }
)


def write_exams(path: Path, rows: int) -> None:
    """A CSV of exams: text identifiers, codes and naive local times."""
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT 'A' || i AS acc, 'P' || (i % {max(rows // 3, 1)}) AS patient, "
            "CASE i % 3 WHEN 0 THEN 'CT' WHEN 1 THEN 'MR' ELSE 'US' END AS modality, "
            "CASE i % 2 WHEN 0 THEN 'E' ELSE 'I' END AS class, "
            f"strftime(TIMESTAMP '2025-01-01' + to_seconds(i * 37 % 31536000), '%Y-%m-%d %H:%M:%S') AS completed "
            f"FROM range({rows}) t(i)) TO '{path}' (HEADER)"
        )


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "exams.csv"
        write_exams(file, arguments.rows)

        def plain() -> None:
            with duckdb.connect() as connection:
                connection.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{file}')")

        def ours() -> None:
            with open_warehouse() as connection:
                ingest(connection, CONFIGURATION, [MAPPING], Path(folder), b"0" * 32)

        pairs = [(seconds(ours), seconds(plain)) for _ in range(arguments.repeats)]
    own, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"| what ({arguments.rows:,} rows, median of {arguments.repeats}) | ours | DuckDB's own load | ratio |"
    )
    print("|---|---|---|---|")
    print(f"| ingest of CSV with everything | {own:.2f} s | {other:.2f} s | {ratio:.1f} : 1 |")


if __name__ == "__main__":
    main()
