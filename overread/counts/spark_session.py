"""Spark as it is found here: whether it can run, and its session."""

from __future__ import annotations

import importlib.util
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MASTER: Final = "OVERREAD_SPARK_MASTER"
# What equal counts need, whatever the cluster's own settings: sums that overflow fail on both engines, and no
# time is ever read in the zone of a session.
_SEMANTICS: Final = {"spark.sql.ansi.enabled": "true", "spark.sql.session.timeZone": "UTC"}
# On one machine Spark is a library: no web page, no open port, no more partitions than cores can use.
_LOCAL: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "localhost",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.maxResultSize": "0",
    "spark.sql.shuffle.partitions": "8",
}


class SparkUnavailableError(RuntimeError):
    """Spark cannot run here; the message says what to do."""


def require_spark() -> None:
    """Make sure that PySpark and a Java runtime are there.

    Raises:
        SparkUnavailableError: One of them is missing.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise SparkUnavailableError(
            "the engine spark needs PySpark, which is not installed; install the extra: pip install 'overread[spark]' "
            "(from a checkout: pip install -e '.[spark]'), or use --engine duckdb"
        )
    home = os.environ.get("JAVA_HOME")
    if shutil.which(str(Path(home) / "bin" / "java") if home else "java") is None:
        where = f"under JAVA_HOME ({home})" if home else "on the PATH"
        raise SparkUnavailableError(
            f"the engine spark needs Java 17 or newer, and there is none {where}; install one (Debian: apt-get "
            "install default-jre-headless) or set JAVA_HOME, or use --engine duckdb"
        )


@contextmanager
def spark_session() -> Iterator[SparkSession]:
    """A session of the running Spark, else of one that is started now and stopped afterwards.

    The master is OVERREAD_SPARK_MASTER, local[2] by default; everything else comes from Spark's own
    spark-defaults.conf (folder SPARK_CONF_DIR).
    """
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    # of any thread: the active session is known to the thread only that started it
    running = SparkContext._active_spark_context is not None
    with warnings.catch_warnings():
        # the counts travel through Arrow; Spark's pandas functions are not used
        warnings.filterwarnings(
            "ignore", "PySpark does not yet fully support pandas", FutureWarning
        )
        started = (SparkSession.builder if running else _builder()).getOrCreate()
    try:
        # settings of a session of its own: those of whoever started Spark stay as they are
        session = started.newSession()
        for name, value in _SEMANTICS.items():
            session.conf.set(name, value)
        yield session
    finally:
        if not running:
            started.stop()


def _builder() -> SparkSession.Builder:
    from pyspark.sql import SparkSession

    master = os.environ.get(MASTER, "local[2]")
    builder = SparkSession.Builder().appName("overread counts").master(master)
    if not master.startswith("local") or "SPARK_CONF_DIR" in os.environ:
        return builder
    logging = (Path(__file__).parent / "log4j2.properties").resolve().as_uri()
    settings = {**_LOCAL, "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={logging}"}
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder
