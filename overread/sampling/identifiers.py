"""Tokens back to the identifiers that a site delivered: only where its files and the key lie, and only those asked for.

The warehouse cannot do it: it holds tokens, which cannot be reversed. The files that brought the rows are read again,
their identifiers tokenised anew, and the ones that give a wanted token are told. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from overread.feeds.configuration import Configuration
from overread.feeds.mapping import Mapping as Source
from overread.feeds.mapping import Target
from overread.model.facts import TABLES
from overread.model.tables import Kind
from overread.sampling.frame import SamplingError
from overread.warehouse.convert import applies
from overread.warehouse.ingest import matched_files
from overread.warehouse.prepare import UNREADABLE, records_of
from overread.warehouse.pseudonyms import know_tokens, token_key, token_sql
from overread.warehouse.schema import describe_network, open_warehouse
from overread.warehouse.staging import staged
from overread.warehouse.values import text_of

# Tables whose current row of a token tells the file that the identifier stands in.
_SOURCES: Final = (
    ("read_task", ("task_id", "exam_id", "reader_id")),
    ("review_assignment", ("assignment_id", "task_id", "reviewer_id")),
)


def _paths(connection: duckdb.DuckDBPyConnection, tokens: Collection[str]) -> list[str]:
    """Delivered files of the rows that carry a token."""
    wanted = pl.DataFrame({"token": sorted(tokens)}, schema={"token": pl.String})
    connection.register("wanted_token", wanted.to_arrow())
    found = " UNION ".join(
        f"SELECT load_id FROM {table}_current SEMI JOIN wanted_token ON {column}::VARCHAR = token"
        for table, columns in _SOURCES
        for column in columns
        if column != "reader_id"
    )
    try:
        rows = connection.execute(
            f"SELECT DISTINCT path FROM ledger WHERE load_id IN ({found}) ORDER BY path"
        ).fetchall()
    finally:
        connection.unregister("wanted_token")
    return [str(path) for (path,) in rows]


def _tokens(target: Target, source: Source) -> Iterable[str]:
    """Queries of the tokens and texts of a target's identifiers over the staged rows."""
    site = target.columns.get("site")
    site_text = text_of(site) if site is not None else "NULL"
    for column in TABLES[target.table].columns:
        if column.kind is Kind.TOKEN and column.name in target.columns:
            text = text_of(target.columns[column.name])
            made = token_sql(column.token or "", "coalesce(z.issuer, '')", text)
            yield (
                f"SELECT {made}::VARCHAR AS token, {text} AS text FROM staged LEFT JOIN site z ON z.site = {site_text} "
                f"WHERE {applies(target, source.missing)}"
            )


def _found(
    scratch: duckdb.DuckDBPyConnection, path: Path, source: Source, key: bytes
) -> dict[str, str]:
    """Wanted tokens of a file with their identifiers."""
    delivered = path.read_bytes() if source.format == "csv" else None
    for exact in (False, True):
        records = records_of(source, path, delivered, exact=exact)
        try:
            with staged(scratch, records, source):
                queries = [query for target in source.rows for query in _tokens(target, source)]
                return dict(
                    scratch.execute(
                        f"SELECT DISTINCT token, text FROM ({' UNION ALL '.join(queries)}) "
                        "SEMI JOIN wanted_token USING (token)",
                        token_key(key),
                    ).fetchall()
                )
        except duckdb.InvalidInputException:
            # the parser refuses a record of a file that looked sound: it is searched record by record, as at the load
            if exact or records.plain is None:
                raise
    return {}


def identifiers(
    connection: duckdb.DuckDBPyConnection,
    configuration: Configuration,
    sources: Sequence[Source],
    folder: Path,
    key: bytes,
    tokens: Collection[str],
) -> Mapping[str, str]:
    """The delivered identifiers behind tokens.

    Args:
        connection: The warehouse: its ledger tells which files to read.
        configuration: The network.
        sources: Its mappings.
        folder: The data folder of the site.
        key: The network's key.
        tokens: Tokens of exams, tasks, assignments and reviewers.

    Returns:
        Token -> identifier as delivered.

    Raises:
        SamplingError: A file is not there any more or cannot be read, or a token is in none.
    """
    files = {
        path.relative_to(folder).as_posix(): (path, source)
        for path, source in matched_files(sources, folder)
    }
    paths = _paths(connection, tokens)
    if absent := [path for path in paths if path not in files]:
        raise SamplingError(
            f"{folder}: {', '.join(absent[:3])}{' and others' if absent[3:] else ''} brought the tasks and are not "
            "there, or no mapping takes them any more; name the folder of the delivered files with --data"
        )
    scratch = open_warehouse()
    try:
        know_tokens(scratch)
        describe_network(scratch, configuration)
        wanted = pl.DataFrame({"token": sorted(tokens)}, schema={"token": pl.String})
        scratch.register("wanted_token", wanted.to_arrow())
        told: dict[str, str] = {}
        for name in paths:
            try:
                told |= _found(scratch, *files[name], key)
            except UNREADABLE as error:
                raise SamplingError(f"{name}: cannot be read any more; {error}") from None
    finally:
        scratch.close()
    if lost := sorted(set(tokens) - set(told)):
        raise SamplingError(
            f"{len(lost)} of {len(set(tokens))} identifiers are not in the files of {folder}: the files were changed "
            "since they were loaded, or the key is another. Use the folder and the results of one run."
        )
    return told
