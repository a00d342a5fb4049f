"""Where the passes run: in the warehouse itself, or on Spark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import duckdb
import narwhals as nw

from overread.counts.plan import Frame
from overread.counts.spark import SparkEngine
from overread.counts.spark_session import require_spark, spark_session


class EngineName(StrEnum):
    """The engines that there are."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Engine(Protocol):
    """What a pass needs of an engine."""

    def fact(self, name: str) -> Frame:
        """The lazy frame of a fact, with at least the columns and months that the plan reads."""

    def results(self, parts: Sequence[Frame]) -> Iterator[duckdb.DuckDBPyRelation]:
        """The rows of all parts, as relations of the warehouse."""


class DuckDBEngine:
    """Counts where the facts are; nothing is copied.

    Args:
        connection: The warehouse.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def fact(self, name: str) -> Frame:
        """A relation on the fact table."""
        frame: Frame = nw.from_native(self._connection.table(name)).lazy()
        return frame

    def results(self, parts: Sequence[Frame]) -> Iterator[duckdb.DuckDBPyRelation]:
        """Part by part: the groups of one part are in memory at a time."""
        for part in parts:
            yield part.to_native()


def require(name: EngineName) -> None:
    """Make sure that an engine can run here, before anything is loaded for it.

    Raises:
        SparkUnavailableError: Spark is asked for and is not installed, or there is no Java.
    """
    if name is EngineName.SPARK:
        require_spark()


@contextmanager
def opened(
    name: EngineName,
    connection: duckdb.DuckDBPyConnection,
    months: Sequence[str] | None,
    folder: Path,
) -> Iterator[Engine]:
    """An engine that counts the facts of the warehouse.

    Args:
        name: Which engine.
        connection: The warehouse, with its analysis facts built.
        months: Months that are counted; None = all.
        folder: Where facts are handed over to Spark; empty again afterwards.

    Raises:
        SparkUnavailableError: Spark is asked for and is not installed, or there is no Java.
    """
    require(name)
    if name is EngineName.DUCKDB:
        yield DuckDBEngine(connection)
        return
    with spark_session() as session:
        engine = SparkEngine(connection, session, months, folder)
        try:
            yield engine
        finally:
            engine.close()
