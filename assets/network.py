"""The network that a run is about: its configuration, its data folder and its warehouse."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb

import overread
from overread.feeds.configuration import Configuration, load_configuration
from overread.feeds.mapping import Mapping
from overread.warehouse import due
from overread.warehouse.pseudonyms import load_key
from overread.warehouse.schema import open_warehouse

MONTHS = dg.DynamicPartitionsDefinition(name="month")
WAREHOUSE_POOL = "warehouse"


class Network(dg.ConfigurableResource[None]):
    """Paths of a run. The key of the pseudonyms lies beside the warehouse, never in it.

    Attributes:
        config: Configuration file.
        data: Folder of the delivered files.
        out: Folder of the results.
        engine: Where the counts run, "duckdb" or "spark".
    """

    config: str
    data: str
    out: str
    engine: str = "duckdb"

    def described(self) -> tuple[Configuration, Sequence[Mapping]]:
        """The configuration and its mappings."""
        return load_configuration(Path(self.config))

    def fingerprint(self) -> str:
        """What everything rests on besides the files: configuration, mappings and the library's version."""
        configuration, mappings = self.described()
        described = [part.model_dump(mode="json") for part in (configuration, *mappings)]
        return due.fingerprint(overread.__version__, described)

    def key(self) -> bytes:
        """The key of the pseudonyms; made at the first run."""
        return load_key(Path(self.out) / "keys" / "pseudonym.key")

    @contextmanager
    def warehouse(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """An open warehouse; closed afterwards, since DuckDB admits one writer."""
        Path(self.out).mkdir(parents=True, exist_ok=True)
        connection = open_warehouse(Path(self.out) / "warehouse.duckdb")
        try:
            yield connection
        finally:
            connection.close()


class Stopwatch:
    """Seconds since it was made, for the metadata of a materialisation."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def metadata(self) -> dict[str, float]:
        """The entry `seconds`."""
        return {"seconds": round(time.perf_counter() - self._start, 3)}


def preview(
    connection: duckdb.DuckDBPyConnection, query: str, limit: int = 10
) -> dg.MarkdownMetadataValue:
    """First rows of a query as a Markdown table."""
    cursor = connection.execute(f"SELECT * FROM ({query}) LIMIT {limit}")
    names = [column[0] for column in cursor.description or ()]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += [
        "| " + " | ".join("" if v is None else str(v) for v in row) + " |"
        for row in cursor.fetchall()
    ]
    return dg.MetadataValue.md("\n".join(lines))
