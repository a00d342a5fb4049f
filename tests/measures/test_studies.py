"""Measures of the real studies equal what their authors published."""

import pytest

GRAIN = (
    "period IS NULL AND region IS NULL AND modality IS NULL AND site IS NULL AND service IS NULL "
    "AND engagement IS NULL AND facility_type IS NULL AND deployment IS NULL AND patient_class IS NULL "
    "AND priority IS NULL"
)


def test_viper_reader_auc(viper, shared):
    """Each reader's AUC equals the published per-reader figure."""
    file = shared / "data" / "viper_mammography" / "published_iMRMC_perReader_365.csv"
    published = sorted(
        viper.execute(
            "SELECT substudy, modalityA, AUCA, N0, N1 FROM read_csv(?, header = true, nullstr = 'NA') "
            "WHERE lower(metric) = 'auc' AND modalityB = 'NO_MOD' AND AUCA IS NOT NULL",
            [str(file)],
        ).fetchall()
    )
    ours = sorted(
        viper.execute(
            "SELECT vendor, technique, value, n FROM measure WHERE measure_id = 'auc' AND reader IS NOT NULL "
            "AND vendor IS NOT NULL AND technique IS NOT NULL AND reference = 'follow_up_365' AND status = 'ok' "
            f"AND {GRAIN}"
        ).fetchall()
    )
    assert len(ours) == len(published) > 150
    for (study, technique, auc, n0, n1), (vendor, ours_technique, value, n) in zip(
        published, ours, strict=True
    ):
        assert (study, technique) == (vendor, ours_technique)
        assert value == pytest.approx(auc, abs=1e-6)
        assert n == n0 + n1


def test_viper_agreement_and_pace(viper):
    for measure_id in ("agreement_percent", "cohen_kappa", "gwet_ac1", "pabak"):
        rows = viper.execute(
            "SELECT value FROM measure WHERE measure_id = ? AND population = 'readers' AND technique IS NULL "
            f"AND {GRAIN}",
            [measure_id],
        ).fetchall()
        assert len(rows) == 6  # five sub-studies and all together
        assert all(0 < value < 1 for (value,) in rows)
    (median,) = viper.execute(
        "SELECT value FROM measure WHERE measure_id = 'turnaround_median_completed_only' AND interval = 'pace' "
        f"AND vendor IS NULL AND technique IS NULL AND {GRAIN}"
    ).fetchall()
    assert median[0] in (1.0, 2.0)  # minutes: the times are to the minute


def test_cad_auc(cad):
    """The note of the data: 0.8169, radiologists' mean 0.8487."""
    value = (
        "SELECT value, low FROM measure WHERE measure_id = 'auc' AND vendor = ? AND reader IS NULL AND technique IS NULL "
        f"AND {GRAIN}"
    )
    ((auc, low),) = cad.execute(value, ["cad"]).fetchall()
    assert round(auc, 4) == 0.8169
    assert low is not None
    ((auc, low),) = cad.execute(value, ["radiologists"]).fetchall()
    assert round(auc, 4) == 0.8487
    assert 0.79 < low < auc  # nine readers, all of whom read all cases
    assert cad.execute("SELECT DISTINCT period FROM measure ORDER BY 1").fetchall() == [
        ("undated",),
        (None,),
    ]


def test_no_number_without_its_parts(viper):
    """An ok row has a value; any other has none and says why; limits enclose the value."""
    faults = viper.execute(
        "SELECT count(*) FROM measure WHERE (status = 'ok') <> (value IS NOT NULL) OR (status <> 'ok' AND reason = '') "
        "OR (low IS NULL AND reason = '') OR NOT coalesce(low <= value + 1e-9 AND value <= high + 1e-9, true) "
        "OR isnan(coalesce(value, 0)) OR isinf(coalesce(value, 0))"
    ).fetchall()
    assert faults == [(0,)]
