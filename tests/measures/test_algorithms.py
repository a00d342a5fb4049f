"""The 2 x 2 table of an algorithm, the reader beside it, and its runs, on cases that can be counted by hand."""

import pytest
from pairs import count, crossed, empty, measured, told
from scipy import stats

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
