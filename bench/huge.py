"""100 million exams from Parquet: the network's text files as Parquet, ingested and measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from bench.network import CONFIGURATION, KEY
from overread.feeds.configuration import load_configuration
from overread.feeds.mapping import Mapping
from overread.warehouse.ingest import ingest, matched_files
from overread.warehouse.schema import open_warehouse

TEXT = ("csv", "ndjson")
NOTE = (
    "**100 million exams**: the network's text files rewritten as Parquet with every column as text (not on the clock), "
    "ingested by the same mappings, then all facts, counts and measures; against a tenth of the exams in the same "
    "way. Linear growth is 10 : 1, the goal allows 1.15 times that."
)


def _renamed(path: Path, mapping: Mapping) -> Path:
    """A suffix of the mapping's own, so that no other mapping's glob takes the file."""
    return path.with_suffix(f".{mapping.source}")


def to_parquet(folder: Path) -> int:
    """Rewrite each text file that a mapping takes as Parquet, and remove it. Returns the files."""
    _, mappings = load_configuration(CONFIGURATION)
    taken = [pair for pair in matched_files(mappings, folder) if pair[1].format in TEXT]
    with duckdb.connect() as connection:
        for path, mapping in taken:
            target = str(_renamed(path, mapping)).replace("'", "''")
            source = str(path).replace("'", "''")
            if mapping.format == "csv":
                rows = (
                    f"read_csv('{source}', header = true, delim = '{mapping.delimiter}', all_varchar = true, "
                    "strict_mode = false, ignore_errors = true)"
                )
            else:
                rows = f"read_json('{source}', format = 'newline_delimited', ignore_errors = true)"
            connection.execute(
                f"COPY (SELECT COLUMNS(*)::VARCHAR FROM {rows}) TO '{target}' (FORMAT parquet)"
            )
            path.unlink()
    return len(taken)


def as_parquet(mappings: Sequence[Mapping]) -> list[Mapping]:
    """The mappings, those of rewritten files turned to Parquet."""
    return [
        mapping.model_copy(
            update={
                "format": "parquet",
                "files": tuple(str(_renamed(Path(glob), mapping)) for glob in mapping.files),
            }
        )
        if mapping.format in TEXT
        else mapping
        for mapping in mappings
    ]


def load(folder: Path, warehouse: Path) -> int:
    """Load the rewritten files. Returns the rows read."""
    configuration, mappings = load_configuration(CONFIGURATION)
    with open_warehouse(warehouse) as connection:
        loads = ingest(connection, configuration, as_parquet(mappings), folder, KEY)
        return sum(one.rows_read for one in loads)
