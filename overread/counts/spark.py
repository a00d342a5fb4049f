"""Counts on Spark: facts go there as month-partitioned Parquet, counts come back through Arrow."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import narwhals as nw

from overread.counts.plan import PLAN, Frame

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

STORE: Final = "OVERREAD_SPARK_STORE"
# DuckDB type of a fact's column -> Spark type; what Parquet holds in another way on both sides travels as text.
_TYPES: Final = {
    "VARCHAR": "string",
    "UUID": "string",
    "BOOLEAN": "boolean",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "DOUBLE": "double",
}


class SparkEngine:
    """Counts on Spark.

    Each fact is written once, when a pass first asks for it, with the columns and months that the plan reads and
    nothing else; `close` removes it. With OVERREAD_SPARK_STORE (s3a://..., abfss://..., hdfs://...) Spark's own
    connector carries the files to that prefix, so that one set of credentials serves both ways.

    Args:
        connection: The warehouse.
        session: A Spark session.
        months: Months that are counted; None = all.
        folder: Local folder of the hand-over; it is on a shared disk where the workers are other machines and
            there is no store.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        session: SparkSession,
        months: Sequence[str] | None,
        folder: Path,
    ) -> None:
        self._connection = connection
        self._session = session
        self._months = months
        # a name of its own: two runs never read each other's files
        self._run = f"run-{uuid.uuid4().hex}"
        self._folder = folder.resolve() / self._run
        self._store = os.environ.get(STORE, "").rstrip("/")
        self._frames: dict[str, Any] = {}

    def fact(self, name: str) -> Frame:
        """A data frame on the Parquet files of the fact."""
        if name not in self._frames:
            self._frames[name] = self._handed_over(name)
        frame: Frame = nw.from_native(self._frames[name]).lazy()
        return frame

    def results(self, parts: Sequence[Frame]) -> Iterator[duckdb.DuckDBPyRelation]:
        """All parts in one job: starting jobs is what small counts cost."""
        together = nw.concat(list(parts), how="vertical") if len(parts) > 1 else parts[0]
        yield self._connection.from_arrow(together.to_native().toArrow())

    def close(self) -> None:
        """Remove the files that were handed over: rows stay in the warehouse only."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._store and self._frames:
            path = self._hadoop_path(f"{self._store}/{self._run}")
            path.getFileSystem(self._hadoop_configuration()).delete(path, True)

    def _handed_over(self, name: str) -> Any:
        steps = [step for step in PLAN if step.fact == name]
        columns = dict.fromkeys(("month", *(column for step in steps for column in step.columns)))
        months = self._months if all(step.by_month for step in steps) else None
        types = {
            row[0]: str(row[1])
            for row in self._connection.execute(f"DESCRIBE {name}").fetchall()
            if row[0] in columns
        }
        schema = ", ".join(f"`{column}` {_TYPES[kind]}" for column, kind in types.items())
        kept = ", ".join(
            f"{column}::VARCHAR AS {column}" if _TYPES[kind] == "string" else column
            for column, kind in types.items()
        )
        query = f"SELECT {kept} FROM {name}"
        if months is not None:
            query += " WHERE month IN (SELECT unnest($months::VARCHAR[]))"
        rows = self._connection.sql(
            query, params={"months": list(months)} if months is not None else None
        )
        if not rows.limit(1).fetchall():
            # no rows, no files: there is nothing that Spark could open
            return self._session.createDataFrame([], schema)
        local = self._folder / name
        local.mkdir(parents=True)
        rows.write_parquet(str(local), partition_by=["month"], overwrite=True)
        place = f"file://{local}"
        if self._store:
            place = f"{self._store}/{self._run}/{name}"
            path = self._hadoop_path(place)
            store = path.getFileSystem(self._hadoop_configuration())
            store.copyFromLocalFile(True, True, self._hadoop_path(f"file://{local}"), path)
        return self._session.read.schema(schema).option("__globPaths__", "false").parquet(place)

    def _hadoop_path(self, uri: str) -> Any:
        jvm: Any = self._session.sparkContext._jvm
        return jvm.org.apache.hadoop.fs.Path(uri)

    def _hadoop_configuration(self) -> Any:
        return self._session.sparkContext._jsc.hadoopConfiguration()
