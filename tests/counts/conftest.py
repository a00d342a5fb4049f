"""One Spark for all tests, and facts that are nasty on purpose."""

import pytest

from overread.counts.engine import EngineName
from overread.counts.spark_session import spark_session

# Small jobs: no second compiler, no more tasks than needed, no page.
SMALL = """
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.driver.host localhost
spark.driver.bindAddress 127.0.0.1
spark.sql.shuffle.partitions 1
spark.ui.enabled false
spark.ui.showConsoleProgress false
"""


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """Spark on this machine; the runs that the tests start find it and leave it running."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        with spark_session() as session:
            yield session


@pytest.fixture(scope="session", params=list(EngineName))
def engine(request):
    if request.param is EngineName.SPARK:
        request.getfixturevalue("spark")
    return request.param
