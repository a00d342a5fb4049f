"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from overread.counts.spark_session import spark_session

# Speed is shown by the benchmark; a busy machine must not fail a test of what is true.
settings.register_profile("overread", deadline=None)
settings.load_profile("overread")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared inputs beside the checkout; absent on a stranger's machine, present on CI."""
    folder = ROOT.parent / "shared"
    if not (folder / "reference").is_dir():
        if os.environ.get("CI"):
            pytest.fail("CI must have the shared inputs beside the checkout")
        pytest.skip("the shared inputs are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Call (name, make) -> a folder that `make(folder)` filled once for all workers; nobody writes to it."""
    base = tmp_path_factory.getbasetemp()
    shared_by_workers = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name, make):
        folder, part = shared_by_workers / name, shared_by_workers / f"{name}.part"
        with FileLock(shared_by_workers / f"{name}.lock"):
            if not folder.exists():
                part.mkdir()
                make(part)
                part.rename(folder)
        return folder

    return made


# Small jobs: nothing is compiled twice or for one query, no more tasks than needed, no page.
SMALL_SPARK = """
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.driver.host localhost
spark.driver.bindAddress 127.0.0.1
spark.sql.shuffle.partitions 1
spark.sql.adaptive.enabled false
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.ui.enabled false
spark.ui.showConsoleProgress false
"""


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """Spark on this machine; the runs that the tests start find it and leave it running."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(SMALL_SPARK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        with spark_session() as session:
            yield session
