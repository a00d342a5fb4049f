"""`overread run --engine spark`: the whole job, the same measures; what is missing is told before anything is loaded."""

import sys
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from assets.publications import site
from overread import measures
from overread.counts.build import build
from overread.counts.plan import PLAN
from overread.demonstration.generate import generate
from overread.feeds.configuration import load_configuration
from overread.warehouse import analysis
from pipelines.cli import BAD_CONFIGURATION, HELD, app
from pipelines.definitions import ASSETS
from pipelines.run import instance_in

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
VIPER = EXAMPLES / "viper"
# Sums of fractions may differ in the last bit: their order is that of the rows, and threads decide it.
LAST_BITS = 1e-12


def run(config, data, out, engine="spark"):
    arguments = ["--config", config, "--data", data, "--out", out, "--engine", engine]
    return CliRunner().invoke(app, ["run", "--quiet", *map(str, arguments)])


def told(connection):
    """The measure table: (names and types, rows)."""
    described = [row[:2] for row in connection.execute("DESCRIBE measure").fetchall()]
    keys = [name for name, kind in described if kind != "DOUBLE"]
    numbers = [name for name, kind in described if kind == "DOUBLE"]
    rows = connection.execute(
        f"SELECT ({', '.join(keys)}), [{', '.join(numbers)}] FROM measure ORDER BY ALL"
    ).fetchall()
    return described, rows


def counted_on(out):
    with instance_in(out) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("counts"))
        return event.asset_materialization.metadata["engine"].value


def assert_same_measures(config, data, out):
    """The job on Spark gives the measures that DuckDB gives of the same facts."""
    result = run(config, data, out)
    assert result.exit_code in (0, HELD), result.output
    assert counted_on(out) == "spark"
    assert list((out / "spark").iterdir()) == []
    configuration, _ = load_configuration(config)
    with duckdb.connect(str(out / "warehouse.duckdb")) as connection:
        described, spark = told(connection)
        for step in PLAN:
            connection.execute(f"DROP TABLE {step.table}")
        build(connection)
        measures.compute(connection, analysis.data_cutoff(connection), configuration.targets)
        same, plain = told(connection)
    assert described == same
    assert len(plain) > 1000
    assert [keys for keys, _ in spark] == [keys for keys, _ in plain]
    for (keys, left), (_, right) in zip(spark, plain, strict=True):
        for a, b in zip(left, right, strict=True):
            assert a == b or a == pytest.approx(b, rel=LAST_BITS, abs=LAST_BITS), keys


@pytest.fixture
def unpublished(spark, monkeypatch):
    """The job without its pages, which know no engine and would take a third of the time."""
    monkeypatch.setattr("pipelines.run.ASSETS", [asset for asset in ASSETS if asset is not site])
    return spark


@pytest.mark.usefixtures("unpublished")
def test_the_viper_study_has_the_same_measures(tmp_path, monkeypatch):
    # checks know no engine either; the network below has them, for the sake of its held months
    monkeypatch.setattr("pipelines.run.CHECKS", ())
    assert_same_measures(VIPER / "overread.yaml", VIPER, tmp_path)


@pytest.mark.usefixtures("unpublished")
def test_the_demonstration_network_has_the_same_measures(tmp_path):
    generate(tmp_path / "landing", exams=1_000)
    assert_same_measures(
        EXAMPLES / "demo" / "overread.yaml", tmp_path / "landing", tmp_path / "out"
    )


def test_without_pyspark_the_remedy_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    result = run(VIPER / "overread.yaml", VIPER, tmp_path / "out")
    assert result.exit_code == BAD_CONFIGURATION
    assert "pip install 'overread[spark]'" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("home", [None, "nowhere"])
def test_without_java_the_remedy_is_told(tmp_path, monkeypatch, home):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if home:
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / home))
    result = run(VIPER / "overread.yaml", VIPER, tmp_path / "out")
    assert result.exit_code == BAD_CONFIGURATION
    assert "needs Java 17 or newer" in result.output
    assert (f"JAVA_HOME ({tmp_path / home})" if home else "on the PATH") in result.output


def test_an_unknown_engine_is_refused(tmp_path):
    result = run(VIPER / "overread.yaml", VIPER, tmp_path / "out", "abacus")
    assert result.exit_code == BAD_CONFIGURATION
    assert "abacus" in result.output
