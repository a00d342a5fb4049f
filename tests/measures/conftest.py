"""The two real studies, measured."""

from pathlib import Path

import pytest

from overread import measures
from overread.counts.build import build
from overread.demonstration.generate import generate
from overread.feeds.configuration import load_configuration
from overread.warehouse import analysis
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def measured(example, folder):
    connection = open_warehouse()
    ingest(connection, *load_configuration(EXAMPLES / example / "overread.yaml"), folder, b"0" * 32)
    cutoff = analysis.data_cutoff(connection)
    analysis.build(connection, cutoff)
    build(connection)
    measures.compute(connection, cutoff)
    return connection


@pytest.fixture(scope="session")
def viper():
    return measured("viper", EXAMPLES / "viper")


@pytest.fixture(scope="session")
def cad(shared):
    return measured("cad", shared / "data" / "cad_vs_radiologists")


@pytest.fixture(scope="session")
def reviewed(tmp_path_factory):
    """A demonstration network with its counts, and the folder of its delivered files."""
    folder = tmp_path_factory.mktemp("reviewed")
    key = generate(folder, exams=12_000, seed=1, form="parquet")
    connection = open_warehouse()
    ingest(connection, *load_configuration(EXAMPLES / "demo" / "overread.yaml"), folder, b"0" * 32)
    analysis.build(connection, analysis.data_cutoff(connection))
    build(connection)
    return connection, folder, key
