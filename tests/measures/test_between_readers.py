"""Agreement between readers in the measure table: the statistics of the exams written out, in blocks or at once."""

import numpy as np
import polars as pl
import pytest

from overread.measures import agreement
from overread.stats.raters.multi_rater import fleiss_kappa, gwet_ac_multi
from overread.stats.raters.observed_agreement import pabak_multi, percent_agreement_multi

WRITTEN_OUT = {
    "agreement_percent": lambda counts: percent_agreement_multi(counts, "pairs"),
    "cohen_kappa": fleiss_kappa,
    "gwet_ac1": gwet_ac_multi,
    "pabak": pabak_multi,
}


def table(viper):
    return pl.concat(agreement.between_readers(viper))


@pytest.mark.parametrize("vendor", ["challengeMedP", "screeningLowP"])
def test_a_vendor_has_the_statistics_of_its_exams(viper, vendor):
    cells = viper.execute(
        "SELECT present, readers, sum(n)::BIGINT FROM count_rating WHERE readers >= 2 AND vendor = ? GROUP BY ALL",
        [vendor],
    ).fetchall()
    counts = np.repeat([(p, r - p) for p, r, _ in cells], [n for *_, n in cells], axis=0)
    others = [name for name in agreement.DIMENSIONS[1:] if name != "vendor"]
    rows = table(viper).filter(
        pl.col("vendor") == vendor, *(pl.col(name).is_null() for name in others)
    )
    assert sorted(rows["measure_id"]) == sorted(WRITTEN_OUT)
    for row in rows.iter_rows(named=True):
        whole = WRITTEN_OUT[row["measure_id"]](counts)
        ours = [row[part] for part in ("value", "low", "high")]
        np.testing.assert_allclose(ours, [whole.value, whole.low, whole.high])
        assert (row["status"], row["reason"], row["method"]) == ("ok", "", whole.method)
        if row["measure_id"] == "agreement_percent":
            r = counts.sum(axis=1)
            assert row["n"] == row["denominator"] == (r * (r - 1)).sum() / 2
            assert row["value"] == pytest.approx(row["numerator"] / row["denominator"])
        else:
            assert row["n"] == len(counts)


def test_blocks_change_nothing(viper, monkeypatch):
    whole = table(viper)
    monkeypatch.setattr(agreement, "_BLOCK", 200)
    assert table(viper).equals(whole)


def test_few_exams_have_a_value_and_a_reason(viper):
    few = table(viper).filter(pl.col("measure_id") == "pabak", pl.col("n") < 20)
    shown = table(viper).filter(pl.col("measure_id") == "pabak", pl.col("n") >= 20)
    assert shown["low"].null_count() == 0
    assert few["low"].null_count() == few.height
    assert set(few["reason"]) <= {
        "fewer than 20 items: no interval covers 95 %",
        "one item: no variance",
    }


@pytest.mark.parametrize("months", [["2020-01", "2020-02"], ["2020-02", "2020-03"]])
def test_an_exam_of_a_held_month_does_not_enter(viper, months):
    """An exam that was read in two months reaches into both."""
    viper.begin()
    viper.execute(
        "UPDATE count_rating SET first_month = ?, last_month = ? WHERE vendor = 'challengeMedP'",
        months,
    )
    before = table(viper).filter(pl.col("vendor") == "challengeMedP")
    viper.execute("INSERT INTO held_month VALUES ('2020-02', 'clocks', 'they stood')")
    after = table(viper)
    viper.rollback()
    assert before.height
    assert after.filter(pl.col("vendor") == "challengeMedP").height == 0
    assert after.filter(pl.col("vendor") == "screeningLowP").height
