"""The 2 x 2 table of an algorithm, the reader beside it, and its runs, on cases that can be counted by hand."""

import pytest
from pairs import count, crossed, empty, measured, told
from scipy import stats
from statsmodels.stats.multitest import multipletests

from overread.stats.shares.proportion import newcombe_difference

# AI's call, reader's call, truth.
P, A = "present", "absent"
CELLS = {
    (P, P, P): 70, (P, A, P): 14, (A, P, P): 4, (A, A, P): 12,
    (P, P, A): 3, (P, A, A): 37, (A, P, A): 6, (A, A, A): 354,
}  # fmt: skip


@pytest.fixture(scope="module")
def hospital():
    connection = empty()
    crossed(connection, CELLS)
    # they knew the answer, and followed it
    crossed(connection, {(P, P, P): 40, (A, A, P): 10}, saw_ai_first=True)
    count(connection, 3, status="failed", truth=P)
    return measured(connection)


def test_the_shares_of_the_table(hospital):
    tp, fp, fn, tn = 70 + 14 + 40, 40, 4 + 12 + 10, 360
    for measure_id, x, n in (
        ("ppv", tp, tp + fp),
        ("npv", tn, tn + fn),
        ("accuracy", tp + tn, tp + fp + fn + tn),
    ):
        (row,) = told(hospital, measure_id)
        assert (row["numerator"], row["denominator"], row["value"]) == (x, n, x / n)
        exact = stats.binomtest(x, n).proportion_ci(method="wilson")
        assert (row["low"], row["high"]) == pytest.approx((exact.low, exact.high))


def test_the_ratios_of_the_table(hospital):
    sensitivity, specificity = 124 / 150, 0.9
    (row,) = told(hospital, "likelihood_ratio_positive")
    assert row["value"] == pytest.approx(sensitivity / (1 - specificity))
    assert row["low"] < row["value"] < row["high"]
    (row,) = told(hospital, "likelihood_ratio_negative")
    assert row["value"] == pytest.approx((1 - sensitivity) / specificity)
    (row,) = told(hospital, "false_alerts_per_true_alert")
    assert (row["numerator"], row["denominator"], row["value"]) == (40, 124, 40 / 124)
    false = stats.binomtest(40, 164).proportion_ci(method="wilson")
    assert row["low"] == pytest.approx(false.low / (1 - false.low))
    assert row["high"] == pytest.approx(false.high / (1 - false.high))


def test_readers_who_saw_the_answer_first_stand_apart(hospital):
    knew, alone = told(hospital, "sensitivity_less_reader")
    assert (knew["population"], alone["population"]) == ("reader:saw_ai_first", "reader:did_not")
    assert (alone["n"], alone["value"]) == (100, pytest.approx((14 - 4) / 100))
    assert alone["p"] == pytest.approx(stats.binomtest(4, 18).pvalue)
    assert alone["low"] < 0.1 < alone["high"]
    assert (knew["n"], knew["value"], knew["p"]) == (50, 0, 1)
    (healthy,) = [r for r in told(hospital, "specificity_less_reader") if r["n"]]
    assert (healthy["n"], healthy["value"]) == (400, pytest.approx((6 - 37) / 400))
    assert healthy["p"] == pytest.approx(stats.binomtest(6, 43).pvalue)


def test_what_cannot_be_told_says_so():
    connection = empty()
    crossed(connection, {(A, A, P): 5, (A, A, A): 20})
    measured(connection)
    for measure_id, why in (
        ("ppv", "no cases"),
        ("likelihood_ratio_positive", "no false positive: the ratio is unbounded"),
        ("false_alerts_per_true_alert", "no true alert: the ratio is unbounded"),
    ):
        (row,) = told(connection, measure_id)
        assert (row["value"], row["status"], row["reason"]) == (None, "insufficient", why)
    (row,) = told(connection, "likelihood_ratio_negative")
    assert row["value"] == 1
    assert row["low"] is None
    assert "fewer than 50" in row["reason"]
    (row,) = told(connection, "sensitivity_less_reader")
    assert (row["value"], row["p"]) == (0, 1)


def test_a_run_counts_once_whatever_its_references():
    connection = empty()
    for status, n in (("ok", 90), ("failed", 6), ("excluded", 4)):
        count(connection, n, "count_run", status=status, run_seconds=60, result_seconds=300)
    count(connection, 50, "count_run", status="failed", first_reference=False)
    measured(connection)
    for measure_id, x in (("ai_failure_rate", 6), ("ai_exclusion_rate", 4)):
        (row,) = told(connection, measure_id)
        assert (row["numerator"], row["denominator"]) == (x, 100)


def test_the_median_time_of_valid_runs():
    connection = empty()
    for seconds in range(60, 60 * 42, 60):
        count(connection, 1, "count_run", run_seconds=seconds)
    count(connection, 99, "count_run", status="failed", run_seconds=1)
    measured(connection)
    (row,) = told(connection, "ai_turnaround_median")
    assert (row["n"], row["value"]) == (41, 21)
    assert (row["low"], row["high"]) == (14, 28)
    connection = empty()
    count(connection, 1, "count_run", run_seconds=120)
    (row,) = told(measured(connection), "ai_turnaround_median")
    assert (row["value"], row["low"], row["status"]) == (2, None, "ok")
    assert row["reason"] == "too few cases for an order-statistic interval"


def test_a_gap_is_that_of_a_population_to_the_rest():
    connection = empty()
    for age, found, missed in (("80+", 9, 21), ("65-79", 50, 10), ("18-39", 18, 2)):
        crossed(connection, {(P, P, P): found, (A, P, P): missed, (A, A, A): 100}, age_band=age)
    # no population of its own, and no part of the others' rest
    crossed(connection, {(A, P, P): 500}, age_band="(unknown)")
    measured(connection)
    gaps = told(connection, "population_gap_sensitivity", "population LIKE 'age_band:%'")
    assert [gap["population"] for gap in gaps] == [
        f"age_band:{a}" for a in ("80+", "65-79", "18-39")
    ]
    old = gaps[0]
    assert (old["n"], old["value"]) == (110, pytest.approx(9 / 30 - 68 / 80))
    expected = newcombe_difference(9, 30, 68, 80)
    assert (old["low"], old["high"]) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert old["p"] == pytest.approx(2 * stats.fisher_exact([[9, 21], [68, 12]], "less").pvalue)
    every = [
        row
        for rate in ("sensitivity", "specificity")
        for row in told(connection, f"population_gap_{rate}")
        if row["p"] is not None
    ]
    assert [row["q"] for row in every] == pytest.approx(
        multipletests([row["p"] for row in every], method="fdr_bh")[1]
    )


def test_a_population_without_others_has_no_gap():
    connection = empty()
    crossed(connection, {(P, P, P): 5, (A, A, A): 20})
    (row,) = told(measured(connection), "population_gap_sensitivity", "population = 'sex:F'")
    assert (row["value"], row["p"], row["q"]) == (None, None, None)
    assert (row["status"], row["reason"]) == ("insufficient", "a group has no cases")
    (row,) = told(connection, "sensitivity", "population = 'sex:F'")
    assert (row["numerator"], row["value"]) == (5, 1)


def test_the_reader_beside_the_algorithm(hospital):
    knew, alone = told(hospital, "reader_sensitivity")
    assert (knew["population"], knew["numerator"], knew["denominator"]) == (
        "reader:saw_ai_first",
        40,
        50,
    )
    assert (alone["population"], alone["numerator"], alone["denominator"]) == (
        "reader:did_not",
        74,
        100,
    )
    (row,) = [r for r in told(hospital, "reader_specificity") if r["n"]]
    assert (row["numerator"], row["denominator"]) == (391, 400)
    assert hospital.execute(
        "SELECT count(*) FROM measure WHERE vendor IS NOT NULL AND measure_id IN "
        "('reader_sensitivity', 'reader_specificity', 'sensitivity_less_reader', 'specificity_less_reader')"
    ).fetchall() == [(0,)]


def test_agreement_is_told_apart_by_what_the_reader_saw(hospital):
    knew, alone = told(hospital, "agreement_percent")
    assert (knew["population"], knew["numerator"], knew["denominator"]) == (
        "reader:saw_ai_first",
        50,
        50,
    )
    assert (alone["population"], alone["numerator"], alone["denominator"]) == (
        "reader:did_not",
        439,
        500,
    )
