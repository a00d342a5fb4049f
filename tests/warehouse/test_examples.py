"""The real studies, from file to facts."""

from pathlib import Path

import numpy as np
import pytest

from overread.feeds.configuration import load_configuration
from overread.stats.accuracy.auc import auc_delong
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
KEY = b"0123456789abcdef0123456789abcdef"


def loaded(example: str, folder: Path):
    connection = open_warehouse()
    return connection, ingest(
        connection, *load_configuration(EXAMPLES / example / "overread.yaml"), folder, KEY
    )


@pytest.fixture(scope="module")
def viper():
    return loaded("viper", EXAMPLES / "viper")


def test_viper_rows(viper):
    connection, loads = viper
    assert [
        (f.rows_read, f.rows_accepted, f.rows_quarantined, f.rows_duplicate) for f in loads
    ] == [
        (20382, 20382, 0, 0),
        (20382, 20382, 0, 0),
    ]
    joined = connection.sql(
        "SELECT count(*) FROM reader_call_current JOIN read_task_current USING (task_id)"
    )
    assert joined.fetchall() == [(20382,)]
    assert connection.sql("SELECT count(DISTINCT reader_id) FROM reader_call").fetchall() == [(43,)]


def test_viper_runs_on_the_shared_folder_too(shared, viper):
    connection, _ = loaded("viper", shared / "data" / "viper_mammography")
    query = "SELECT * EXCLUDE (load_id) FROM reader_call ORDER BY ALL"
    assert connection.sql(query).fetchall() == viper[0].sql(query).fetchall()


AUCS = """
WITH reads AS (
    SELECT c.vendor, e.technique, c.reader_id, c.score,
        (r.truth = 'present')::INT AS sick
    FROM reader_call_current c JOIN exam_current e USING (exam_id)
    JOIN reference_standard_current r ON r.exam_id = c.exam_id AND r.horizon_days = ?
), cells AS (
    SELECT vendor, technique, reader_id, score, sum(sick) AS sick, sum(1 - sick) AS well
    FROM reads GROUP BY ALL
)
SELECT vendor, technique, reader_id, list(sick ORDER BY score), list(well ORDER BY score)
FROM cells GROUP BY ALL
"""


@pytest.mark.parametrize("horizon", [365, 455])
def test_viper_pooled_auc_equals_the_published(viper, shared, horizon):
    """AUC per reader, pooled with weights positives x negatives."""
    connection, _ = viper
    sums: dict[tuple[str, str], np.ndarray] = {}
    for vendor, technique, _, sick, well in connection.execute(AUCS, [horizon]).fetchall():
        weight = float(sum(sick)) * float(sum(well))
        value = (
            float(auc_delong(np.array(sick, float), np.array(well, float)).value) if weight else 0.0
        )
        sums[vendor, technique] = sums.get((vendor, technique), 0) + np.array(
            [weight * value, weight]
        )
    file = shared / "data" / "viper_mammography" / f"published_iMRMC_Ustat_{horizon}.csv"
    published = connection.execute(
        "SELECT substudy, modalityA, AUCA FROM read_csv(?, header = true, nullstr = 'NA') "
        "WHERE metric = 'auc' AND modalityB = 'NO_MOD'",
        [str(file)],
    ).fetchall()
    assert len(published) == 10
    for vendor, technique, value in published:
        total, weight = sums[vendor, technique]
        assert total / weight == pytest.approx(value, abs=5e-6), (vendor, technique)


def test_cad_aucs_equal_the_note(shared):
    connection, loads = loaded("cad", shared / "data" / "cad_vs_radiologists")
    assert [(f.rows_read, f.rows_accepted) for f in loads] == [(2000, 2000)]
    scores = (
        "SELECT list(sick ORDER BY score), list(well ORDER BY score) FROM (SELECT {who} AS who, score, "
        "sum((truth = 'present')::INT) AS sick, sum((truth = 'absent')::INT) AS well FROM {table}_current c "
        "JOIN reference_standard_current r USING (exam_id) GROUP BY ALL) GROUP BY who"
    )

    def aucs(who: str, table: str) -> list[float]:
        rows = connection.sql(scores.format(who=who, table=table)).fetchall()
        return sorted(
            round(float(auc_delong(np.array(s, float), np.array(w, float)).value), 4)
            for s, w in rows
        )

    assert aucs("algorithm", "ai_result") == [0.8169]
    assert aucs("reader_id", "reader_call") == [
        0.7970, 0.8269, 0.8381, 0.8412, 0.8416, 0.8564, 0.8584, 0.8787, 0.8997,
    ]  # fmt: skip
