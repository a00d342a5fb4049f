"""VIPER in the measure table: every published row of the authors' own analysis, its parts, and what is withheld."""

from itertools import product
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import polars as pl
import pytest

from overread import measures
from overread.counts.build import build
from overread.measures import study_strata
from overread.measures.reader_study import DIFFERENCE_METHOD, MEASURES, METHOD
from overread.stats.reader_studies.mrmc import mrmc, mrmc_difference
from overread.warehouse.analysis import build as build_facts
from overread.warehouse.schema import open_warehouse

GRAIN = (
    "period IS NULL AND region IS NULL AND modality IS NULL AND site IS NULL AND service IS NULL AND reader IS NULL "
    "AND engagement IS NULL AND facility_type IS NULL AND deployment IS NULL AND patient_class IS NULL "
    "AND priority IS NULL AND population = 'readers'"
)
MEASURE = {"auc": "auc", "tpf": "sensitivity", "tnf": "specificity"}


def published(viper, shared, horizon, single):
    file = shared / "data" / "viper_mammography" / f"published_iMRMC_Ustat_{horizon}.csv"
    value = "AUCA" if single else "AUCAminusAUCB"
    variance = "varAUCA" if single else "varAUCAminusAUCB"
    return viper.execute(
        f"SELECT substudy, metric, modalityA, modalityB, {value}, {variance}, botCInormal, topCInormal, N1, N0 "
        f"FROM read_csv(?, header = true, nullstr = 'NA') WHERE (modalityB = 'NO_MOD') = ? ORDER BY ALL",
        [str(file), single],
    ).fetchall()


@pytest.fixture(scope="session")
def reads(viper):
    """The strata and reads of the ingested warehouse."""
    return study_strata.study(viper)


def set_of(reads, **place):
    """Number of the set of reads of a stratum that fixes nothing but its place."""
    fixed = {name: place.get(name) for name in (*study_strata.PLACE, "reference")}
    row = reads.strata.filter(pl.col(n).eq_missing(pl.lit(v)) for n, v in fixed.items())
    assert row.height == 1
    return row["study"].item()


def close(estimate, variance, index, expected, where):
    ours = [part[index] for part in (estimate.value, variance, estimate.low, estimate.high)]
    # 5 significant digits
    np.testing.assert_allclose(ours, expected, rtol=5e-6, err_msg=where)


def test_every_published_estimate_from_the_ingested_reads(viper, shared, reads):
    """Estimate, variance and normal interval of each of the 60 rows of one modality."""
    results = {
        each.measure_id: mrmc(
            reads.reads(each.answer), each.metric, reads.studies, interval="published"
        )
        for each in MEASURES
    }
    for horizon in (365, 455):
        rows = published(viper, shared, horizon, single=True)
        assert len(rows) == 30
        for substudy, metric, technique, _, *numbers, _, _ in rows:
            result = results[MEASURE[metric]]
            place = {"vendor": substudy, "technique": technique}
            index = set_of(reads, reference=f"follow_up_{horizon}", **place)
            close(result.estimate, result.variance, index, numbers, f"{substudy} {metric} {place}")


def test_every_published_difference_from_the_ingested_reads(viper, shared, reads):
    """Estimate, variance and normal interval of each of the 30 rows of two modalities."""
    results = {
        each.measure_id: mrmc_difference(
            *(reads.reads(each.answer, technique=technique) for technique in ("FFDM", "SFM")),
            each.metric,
            reads.studies,
            interval="published",
        )
        for each in MEASURES
    }
    for horizon in (365, 455):
        rows = published(viper, shared, horizon, single=False)
        assert len(rows) == 15
        for substudy, metric, first, second, *numbers, _, _ in rows:
            assert (first, second) == ("FFDM", "SFM")
            result = results[MEASURE[metric]]
            index = set_of(reads, reference=f"follow_up_{horizon}", vendor=substudy)
            close(result.estimate, result.variance, index, numbers, f"{substudy} {metric}")


@pytest.mark.parametrize("horizon", [365, 455])
def test_pages_show_the_published_estimate_with_the_interval_that_covers(viper, shared, horizon):
    wider = []
    for substudy, metric, technique, _, value, _, low, high, sick, well in published(
        viper, shared, horizon, single=True
    ):
        ((n, ours, *limits, status, method, reason),) = viper.execute(
            "SELECT n, value, low, high, status, method, reason FROM measure WHERE measure_id = ? AND vendor = ? "
            f"AND technique = ? AND reference = ? AND {GRAIN}",
            [MEASURE[metric], substudy, technique, f"follow_up_{horizon}"],
        ).fetchall()
        assert ours == pytest.approx(value, rel=5e-6), f"{substudy} {metric} {technique}"
        assert (status, method, reason) == ("ok", METHOD, "")
        assert n == {"auc": sick + well, "tpf": sick, "tnf": well}[metric]
        assert 0 < limits[0] < ours < limits[1] < 1
        # on the logit scale the limit nearer to one half is the further one
        assert (ours - limits[0] > limits[1] - ours) == (ours > 0.5)
        wider.append((limits[1] - limits[0]) / (high - low))
        parts = viper.execute(
            "SELECT category, value, reason FROM measure WHERE measure_id = ? AND vendor = ? "
            f"AND technique = ? AND reference = ? AND {GRAIN} ORDER BY 1",
            [MEASURE[metric] + "_variance_share", substudy, technique, f"follow_up_{horizon}"],
        ).fetchall()
        assert [part[0] for part in parts] == ["cases", "readers", "readers_with_cases"]
        if not any("shown as" in part[2] for part in parts):
            assert sum(part[1] for part in parts) == pytest.approx(1)
    # t and the logit scale widen it where readers are few or shares near one; by a third at the most here
    assert 1 < min(wider) < max(wider) < 1.35


@pytest.mark.parametrize("horizon", [365, 455])
def test_pages_show_the_published_difference_with_the_interval_that_covers(viper, shared, horizon):
    for substudy, metric, first, second, value, _, low, high, *_ in published(
        viper, shared, horizon, single=False
    ):
        ((ours, *limits, method),) = viper.execute(
            "SELECT value, low, high, method FROM measure WHERE measure_id = ? AND vendor = ? AND technique IS NULL "
            f"AND category = ? AND reference = ? AND {GRAIN}",
            [
                MEASURE[metric] + "_difference",
                substudy,
                f"{first}-{second}",
                f"follow_up_{horizon}",
            ],
        ).fetchall()
        assert ours == pytest.approx(value, rel=5e-6), f"{substudy} {metric}"
        assert method == DIFFERENCE_METHOD
        assert ours - limits[0] == pytest.approx(limits[1] - ours)
        assert 1 < (limits[1] - limits[0]) / (high - low) < 1.1


def test_readers_make_specificity_unsure_and_cases_the_auc(viper):
    """Readers set their thresholds far apart; they rank the cases much alike."""
    shares = {
        (measure_id, category): value
        for measure_id, category, value in viper.execute(
            "SELECT measure_id, category, avg(value) FROM measure WHERE measure_id LIKE '%variance_share' "
            f"AND vendor IS NOT NULL AND technique IS NOT NULL AND {GRAIN} GROUP BY ALL"
        ).fetchall()
    }
    assert shares["specificity_variance_share", "readers"] > 0.7
    assert shares["auc_variance_share", "cases"] > 0.5 > shares["auc_variance_share", "readers"]


def test_places_that_hold_the_same_reads_say_the_same(viper):
    """VIPER has one region, one site and one service: their rows equal those of the whole."""
    for measure_id, place in product(MEASURE.values(), ("region", "site", "service", "modality")):
        others = " AND ".join(
            f"{name} IS NULL"
            for name in ("vendor", "region", "site", "service", "modality")
            if name != place
        )
        rows = viper.execute(
            "SELECT count(*), count(DISTINCT (value, low, high)) FROM measure WHERE measure_id = ? "
            f"AND period IS NULL AND reader IS NULL AND technique IS NULL AND {others} "
            "AND engagement IS NULL AND facility_type IS NULL AND deployment IS NULL AND patient_class IS NULL "
            "AND priority IS NULL AND reference = 'follow_up_365'",
            [measure_id],
        ).fetchall()
        assert rows == [(2, 1)]


def test_months_of_one_reader_keep_the_interval_of_one_reader(viper):
    rows = viper.execute(
        "SELECT p.value, p.low, p.n, r.value, r.low, r.n FROM measure p JOIN measure r ON r.period = p.period "
        "AND r.vendor = p.vendor AND r.technique = p.technique AND r.reference = p.reference "
        "AND r.measure_id = 'auc' AND p.measure_id = 'auc' AND p.reader IS NULL AND r.reader IS NOT NULL "
        "AND p.method = 'AUC, DeLong, logit' AND r.value IS NOT NULL"
    ).fetchall()
    assert len(rows) > 20
    for pooled in rows:
        assert pooled[:3] == pooled[3:]


PLACE = {
    "month": "2026-01", "vendor": "v1", "region": "emea", "site": "ber", "modality": "ct", "technique": "(unknown)",
    "service": "reporting", "engagement": "project", "facility_type": "hospital", "deployment": "onshore",
    "patient_class": "outpatient", "priority": "routine", "finding": "nodule", "reference": "consensus",
}  # fmt: skip


def study(reads, held=()):
    """Measures of reads given as (reader, exam, diseased, called) and further columns of the fact."""
    connection = open_warehouse()
    build_facts(connection, None)
    facts = pl.DataFrame(
        [
            {
                **PLACE,
                "reader": reader,
                "exam_id": str(uuid5(NAMESPACE_OID, exam)),
                "case_id": str(uuid5(NAMESPACE_OID, further.get("patient", exam))),
                "truth": "present" if diseased else "absent",
                "call": "present" if called else "absent",
                **{name: value for name, value in further.items() if name != "patient"},
            }
            for reader, exam, diseased, called, further in reads
        ]
    )
    connection.register("facts", facts.to_arrow())
    connection.execute("INSERT INTO call_fact BY NAME SELECT * FROM facts")
    for month in held:
        connection.execute("INSERT INTO held_month VALUES (?, 'order', 'held')", [month])
    build(connection)
    measures.compute(connection, None)
    return connection


def crossed(readers, cases, seed=0):
    """Readers of different skill who all read all cases, some of which are harder than others."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(size=cases)
    return [
        (reader, f"exam {case}", case % 2, (case % 2) + hard[case] + rng.normal() > 0.3 * skill, {})
        for skill, reader in enumerate(readers)
        for case in range(cases)
    ]


def measured(connection, measure_id, columns="value, low, status, reason, method, numerator, n"):
    return connection.execute(
        f"SELECT {columns} FROM measure WHERE measure_id = ? AND {GRAIN} AND vendor IS NULL AND technique IS NULL",
        [measure_id],
    ).fetchall()


def test_one_reader_per_exam_keeps_wilson():
    reads = [(r, f"exam {r} {k}", k % 2, k % 3 == 0, {}) for r in "abc" for k in range(20)]
    # two exams of one patient, by two readers, are no reader study
    connection = study([(*read[:4], {"patient": f"patient {read[1][-1]}"}) for read in reads])
    for measure_id in ("sensitivity", "specificity"):
        ((value, low, status, reason, method, numerator, n),) = measured(connection, measure_id)
        assert (method, status, reason, n) == ("wilson", "ok", "", 30)
        assert value == numerator / n
        assert low < value
    assert connection.execute("SELECT count(*) FROM count_item").fetchall() == [(0,)]
    assert measured(connection, "sensitivity_difference") == []
    assert measured(connection, "sensitivity_variance_share") == []


def test_only_the_vendor_with_shared_exams_is_pooled():
    alone = [(f"d{k // 10}", f"own {k}", k % 2, k % 3 == 0, {"vendor": "v2"}) for k in range(60)]
    connection = study(crossed("abcdef", 60) + alone)
    methods = dict(
        connection.execute(
            f"SELECT vendor, method FROM measure WHERE measure_id = 'sensitivity' AND {GRAIN} "
            "AND technique IS NULL"
        ).fetchall()
    )
    assert methods == {"v1": METHOD, "v2": "wilson", None: METHOD}
    assert measured(connection, "sensitivity", "n") == [
        (60,)
    ]  # 30 shared cases and 30 of one reader


def test_shared_exams_without_both_classes_have_no_interval():
    """Two readers share diseased exams and read no healthy one: the pooled method cannot weigh them."""
    connection = study([(r, f"exam {k}", 1, k % 3 == 0, {}) for r in "ab" for k in range(12)])
    ((value, low, status, reason, _, numerator, n),) = measured(connection, "sensitivity")
    assert (value, low, status) == (numerator / n, None, "ok")
    assert "none read both classes" in reason
    ((value, _, status, *_),) = measured(connection, "specificity")
    assert (value, status) == (None, "insufficient")


def test_few_readers_are_pooled_without_an_interval():
    connection = study(crossed("ab", 40))
    ((value, low, status, reason, method, numerator, n),) = measured(connection, "sensitivity")
    assert (low, status, method, numerator, n) == (None, "ok", METHOD, None, 20)
    assert 0 < value < 1
    assert "fewer than 3 readers" in reason
    assert measured(connection, "auc") == []


def test_techniques_are_compared_over_the_patients_that_they_share():
    reads = [
        (r, f"{exam} {technique}", ill, called, {"technique": technique})
        for seed, technique in enumerate(("old", "new"))
        for r, exam, ill, called, _ in crossed("abcdef", 60, seed)
    ]
    paired = [(*read[:4], {**read[4], "patient": read[1].rsplit(" ", 1)[0]}) for read in reads]
    connection = study(paired)
    (row,) = measured(connection, "sensitivity_difference", "value, low, high, n, category, reason")
    rates = dict(
        connection.execute(
            f"SELECT technique, value FROM measure WHERE measure_id = 'sensitivity' AND {GRAIN} AND vendor IS NULL "
            "AND technique IS NOT NULL"
        ).fetchall()
    )
    assert row[0] == pytest.approx(rates["new"] - rates["old"])
    assert row[1] < row[0] < row[2]
    assert row[3:] == (30, "new-old", "")
    # the same reads of patients who had one technique each compare nothing
    assert measured(study(reads), "sensitivity_difference") == []


def test_a_held_month_stays_out_of_what_is_pooled_over_months():
    reads = crossed("abcdef", 60)
    later = [(*read[:4], {"month": "2026-02"}) for read in crossed("ghijkl", 50)]
    held = study(reads + later, held=["2026-02"])
    columns = "value, low, high, n"
    without = study(reads)
    for measure_id in ("sensitivity", "specificity"):
        assert measured(held, measure_id, columns) == measured(without, measure_id, columns)
    blocked = held.execute(
        "SELECT DISTINCT status, value FROM measure WHERE period = '2026-02' AND measure_id = 'sensitivity'"
    ).fetchall()
    assert blocked == [("blocked", None)]
