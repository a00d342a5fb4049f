"""A demonstration network with a held month and a reader study, each in a results folder."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from overread import measures
from overread.counts.build import build
from overread.demonstration.generate import generate
from overread.feeds.configuration import load_configuration
from overread.warehouse import analysis
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
# Two of VIPER's five sub-studies, whose readers read the same cases.
STUDIES = ("challengeMedP", "challengeHighP")
HELD = "2025-06"


def measured(example, data, out, held=()):
    connection = open_warehouse(out / "warehouse.duckdb")
    ingest(connection, *load_configuration(EXAMPLES / example / "overread.yaml"), data, b"0" * 32)
    cutoff = analysis.data_cutoff(connection)
    analysis.build(connection, cutoff)
    build(connection)
    for month in held:
        connection.execute("INSERT INTO held_month VALUES (?, 'clocks', 'they stood')", [month])
    measures.compute(connection, cutoff)
    connection.close()


@pytest.fixture(scope="session")
def network(made_once):
    """Results folder of the demonstration network; its files are in `landing`."""

    def make(out):
        generate(out / "landing", exams=1_500, seed=1, form="parquet")
        measured("demo", out / "landing", out, [HELD])

    return made_once("explained-network", make)


@pytest.fixture(scope="session")
def study(made_once):
    """Results folder of the reader study."""

    def make(out):
        for name, column in (("viperObs", "subStudyLabel"), ("viperObs365", "desc")):
            reads = pl.read_csv(EXAMPLES / "viper" / f"{name}.csv.gz", infer_schema=False)
            reads.filter(pl.col(column).is_in(STUDIES)).write_csv(out / f"{name}.csv")
        measured("viper", out, out)

    return made_once("explained-study", make)


def opened(folder):
    return duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True)


@pytest.fixture(scope="session")
def demo(network):
    return opened(network)


@pytest.fixture(scope="session")
def viper(study):
    return opened(study)
