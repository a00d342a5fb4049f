"""A warehouse whose measures are given, with its signals."""

import shutil
from itertools import count

import duckdb
import polars as pl
import pytest

from overread.counts.build import build as build_counts
from overread.measures.table import SCHEMA
from overread.signals import compute
from overread.warehouse.analysis import build
from overread.warehouse.schema import open_warehouse


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """Call -> an open warehouse of its own whose facts and counts are empty."""
    folder = tmp_path_factory.mktemp("signals")
    connection = open_warehouse(folder / "empty.duckdb")
    build(connection, None)
    build_counts(connection)
    connection.close()
    number = count()

    def opened():
        copy = folder / f"{next(number)}.duckdb"
        shutil.copy(folder / "empty.duckdb", copy)
        return duckdb.connect(str(copy))

    return opened


@pytest.fixture
def signalled(empty):
    """Rows of `measure` -> an open warehouse with the tables that the signals write."""

    def opened(measures):
        connection = empty()
        blank = dict.fromkeys(SCHEMA) | {"status": "ok", "reason": "", "n": 100.0}
        rows = pl.DataFrame([blank | row for row in measures], schema=SCHEMA)
        connection.register("given", rows.to_arrow())
        connection.execute("CREATE TABLE measure AS SELECT * FROM given")
        compute(connection)
        return connection

    return opened
