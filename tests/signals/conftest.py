"""A warehouse whose measures are given, with its signals."""

import polars as pl
import pytest

from overread.measures.table import SCHEMA
from overread.signals import compute
from overread.warehouse.analysis import build
from overread.warehouse.schema import open_warehouse


@pytest.fixture
def signalled():
    """Rows of `measure` -> an open warehouse with the tables that the signals write."""

    def opened(measures):
        connection = open_warehouse()
        build(connection, None)
        blank = dict.fromkeys(SCHEMA) | {"status": "ok", "reason": "", "n": 100.0}
        rows = pl.DataFrame([blank | row for row in measures], schema=SCHEMA)
        connection.register("given", rows.to_arrow())
        connection.execute("CREATE TABLE measure AS SELECT * FROM given")
        compute(connection)
        return connection

    return opened
