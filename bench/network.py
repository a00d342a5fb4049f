"""The demonstration network as the benchmarks use it: its files, its configuration, its warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from overread.demonstration.generate import generate
from overread.feeds.configuration import Configuration, load_configuration
from overread.feeds.mapping import Mapping
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

CONFIGURATION = Path(__file__).resolve().parents[1] / "examples" / "demo" / "overread.yaml"
# A fixed key: pseudonyms of a benchmark need no secret, and each run does the same work.
KEY = b"\x00" * 32
FORMATS = ("csv", "parquet", "xlsx", "ndjson")


def write_files(folder: Path, exams: int) -> None:
    """Write the network's files."""
    generate(folder, exams)


def described(folder: Path, formats: Sequence[str]) -> tuple[Configuration, list[Mapping]]:
    """The configuration, and its mappings of these formats that find a file in the folder."""
    configuration, mappings = load_configuration(CONFIGURATION)
    return configuration, [
        mapping
        for mapping in mappings
        if mapping.format in formats and any(any(folder.glob(g)) for g in mapping.files)
    ]


def load(folder: Path, warehouse: Path, formats: Sequence[str] = FORMATS) -> int:
    """Load the files of these formats into the warehouse. Returns the rows read."""
    configuration, mappings = described(folder, formats)
    with open_warehouse(warehouse) as connection:
        loads = ingest(connection, configuration, mappings, folder, KEY)
        return sum(one.rows_read for one in loads)
