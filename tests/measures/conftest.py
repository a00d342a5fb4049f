"""The two real studies, measured."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from overread import measures
from overread.counts.build import build
from overread.demonstration.generate import generate
from overread.feeds.configuration import load_configuration
from overread.warehouse import analysis
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def counted(example, data, out):
    connection = open_warehouse(out / "warehouse.duckdb")
    ingest(connection, *load_configuration(EXAMPLES / example / "overread.yaml"), data, b"0" * 32)
    analysis.build(connection, analysis.data_cutoff(connection))
    build(connection)
    return connection


def measured(example, data, out):
    with counted(example, data, out) as connection:
        measures.compute(connection, analysis.data_cutoff(connection))


def opened(folder, tmp_path_factory):
    """A worker's own copy: tests add held months and temporary tables, and take them back."""
    own = shutil.copy(folder / "warehouse.duckdb", tmp_path_factory.mktemp("own"))
    return duckdb.connect(str(own))


@pytest.fixture(scope="session")
def viper(made_once, tmp_path_factory):
    data = EXAMPLES / "viper"
    folder = made_once("measured-viper", lambda out: measured("viper", data, out))
    return opened(folder, tmp_path_factory)


@pytest.fixture(scope="session")
def cad(made_once, shared, tmp_path_factory):
    data = shared / "data" / "cad_vs_radiologists"
    folder = made_once("measured-cad", lambda out: measured("cad", data, out))
    return opened(folder, tmp_path_factory)


@pytest.fixture(scope="session")
def reviewed(made_once, tmp_path_factory):
    """A demonstration network with its counts, the folder of its delivered files and the answer key."""

    def make(out):
        key = generate(out / "landing", exams=12_000, seed=1, form="parquet")
        (out / "key.json").write_text(json.dumps(key))
        counted("demo", out / "landing", out).close()

    folder = made_once("reviewed", make)
    connection = opened(folder, tmp_path_factory)
    return connection, folder / "landing", json.loads((folder / "key.json").read_text())
