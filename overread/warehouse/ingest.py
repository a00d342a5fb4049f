"""A data folder into the warehouse: each file by the one mapping that takes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

import duckdb

from overread.feeds.configuration import Configuration
from overread.feeds.mapping import Mapping
from overread.feeds.yaml_model import ConfigurationError
from overread.warehouse.load import FileLoad, load_file
from overread.warehouse.prepare import Lists, Prepared, prepare
from overread.warehouse.pseudonyms import know_tokens
from overread.warehouse.schema import describe_network

# Files that are read and converted at one time, while the one before them is written.
AHEAD = 2
# Endings of files that may hold rows.
DATA_FILES = (
    ".csv",
    ".csv.gz",
    ".tsv",
    ".txt",
    ".xlsx",
    ".xls",
    ".parquet",
    ".ndjson",
    ".jsonl",
    ".ndjson.gz",
)


def matched_files(mappings: Sequence[Mapping], folder: Path) -> list[tuple[Path, Mapping]]:
    """Files of the folder with their mappings, in order of mapping and path.

    Raises:
        ConfigurationError: Two mappings take one file, or no file is taken at all.
    """
    found: dict[Path, Mapping] = {}
    for mapping in mappings:
        for path in sorted({p for glob in mapping.files for p in folder.glob(glob)}):
            if path in found:
                raise ConfigurationError(
                    f"{path.name}: mappings {found[path].source!r} and {mapping.source!r} both take it; narrow one"
                )
            found[path] = mapping
    if not found:
        globs = ", ".join(glob for mapping in mappings for glob in mapping.files)
        raise ConfigurationError(f"no file of the data folder matches {globs}; check --data")
    return list(found.items())


def unmapped_files(mappings: Sequence[Mapping], folder: Path) -> list[str]:
    """Files that look like data and that no mapping takes: told, so that none is overlooked.

    Args:
        mappings: The network's mappings.
        folder: The data folder.

    Returns:
        Paths relative to the folder, in order.
    """
    taken = set(dict(matched_files(mappings, folder)))
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path not in taken and path.name.lower().endswith(DATA_FILES)
    )


def ingest(
    connection: duckdb.DuckDBPyConnection,
    configuration: Configuration,
    mappings: Sequence[Mapping],
    folder: Path,
    key: bytes,
) -> list[FileLoad]:
    """Load every file of a data folder that is not known yet.

    Args:
        connection: The warehouse.
        configuration: The network.
        mappings: Its mappings.
        folder: The data folder.
        key: The network's key.

    Returns:
        What became of each file.

    Raises:
        ConfigurationError: The mappings do not fit the folder.
        RowAccountingError: The rows of a file do not add up.
    """
    files = matched_files(mappings, folder)
    describe_network(connection, configuration)
    know_tokens(connection)
    ledger = connection.execute("SELECT sha256 FROM ledger WHERE status = 'loaded'").fetchall()
    known = {sha256 for (sha256,) in ledger}
    lists = Lists(
        connection.sql("SELECT site, zone, issuer FROM site").to_arrow_table(),
        connection.sql("SELECT vendor FROM vendor").to_arrow_table(),
        key,
    )
    loads = []
    with closing(_prepared(connection, lists, files, folder, known)) as prepared:
        for file in prepared:
            # the same bytes may lie there under two names
            if file.sha256 in known:
                loads.append(FileLoad(file.name, None, "known"))
                continue
            loads.append(load_file(connection, file, key))
            if loads[-1].status == "loaded":
                known.add(file.sha256)
    return loads


def _prepared(
    connection: duckdb.DuckDBPyConnection,
    lists: Lists,
    files: Sequence[tuple[Path, Mapping]],
    folder: Path,
    known: set[str],
) -> Generator[Prepared]:
    """The files in order, each converted while the ones before it are written; its area lasts until the next."""
    waiting: deque[tuple[str, Future[Prepared]]] = deque()
    numbers = count()
    coming = iter(files)

    def drop(area: str) -> None:
        connection.execute(f"DETACH DATABASE IF EXISTS {area}")

    with ThreadPoolExecutor(AHEAD) as pool:

        def send() -> None:
            file = next(coming, None)
            if file is not None:
                path, mapping = file
                area = f"overread_area_{next(numbers)}"
                work = pool.submit(prepare, connection, lists, mapping, (folder, path), known, area)
                waiting.append((area, work))

        try:
            for _ in range(AHEAD):
                send()
            while waiting:
                send()
                area, work = waiting[0]
                yield work.result()
                waiting.popleft()
                drop(area)
        finally:
            for area, work in waiting:
                if not work.cancel():
                    work.exception()  # waits: its area is in use
                drop(area)
