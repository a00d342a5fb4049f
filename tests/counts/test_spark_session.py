"""What a run does to a Spark that others use, and to its files when it fails."""

import pytest

from overread.counts.engine import EngineName, opened
from overread.counts.spark_session import spark_session
from overread.warehouse import analysis
from overread.warehouse.schema import open_warehouse

ZONE = "spark.sql.session.timeZone"


def test_a_running_spark_keeps_its_settings_and_goes_on(spark):
    others = spark.newSession()
    others.conf.set(ZONE, "Asia/Taipei")
    others.conf.set("spark.sql.ansi.enabled", "false")
    with spark_session() as session:
        assert session.sparkContext is others.sparkContext
        assert (session.conf.get(ZONE), session.conf.get("spark.sql.ansi.enabled")) == (
            "UTC",
            "true",
        )
    assert others.conf.get(ZONE) == "Asia/Taipei"
    assert others.conf.get("spark.sql.ansi.enabled") == "false"
    assert others.range(3).count() == 3


@pytest.mark.usefixtures("spark")
def test_no_row_stays_outside_the_warehouse_after_a_failure(tmp_path):
    connection = open_warehouse()
    analysis.build(connection, None)
    connection.execute("INSERT INTO review_fact (month, vendor) VALUES ('2026-01', 'v1')")

    def fail():
        with opened(EngineName.SPARK, connection, None, tmp_path) as counting:
            counting.fact("review_fact")
            assert len(list(tmp_path.rglob("month=2026-01/*.parquet"))) == 1
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    assert list(tmp_path.iterdir()) == []
