"""Peer review, turnaround and held months on rows that can be counted by hand."""

from datetime import datetime

import numpy as np
import pytest

from overread import measures
from overread.counts.build import build
from overread.counts.declared import DIMENSIONS
from overread.stats.shares.proportion import wilson
from overread.warehouse.analysis import build as build_facts
from overread.warehouse.schema import open_warehouse

PLACE = {
    "month": "2026-01", "vendor": "v1", "region": "emea", "site": "ber", "modality": "ct", "technique": "(unknown)",
    "service": "reporting", "engagement": "subscription", "facility_type": "hospital", "deployment": "onshore",
    "patient_class": "emergency", "priority": "stat",
}  # fmt: skip


@pytest.fixture
def connection():
    opened = open_warehouse()
    build_facts(opened, None)
    build(opened)
    return opened


def count(connection, table, n, **keys):
    cells = {**PLACE, **keys, "n": n}
    cells = {key: value for key, value in cells.items() if value is not None}
    known = {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    cells = {key: value for key, value in cells.items() if key in known or key in keys}
    columns = ", ".join(f"? AS {name}" for name in cells)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT {columns}", list(cells.values()))


def told(connection, measure_id, where="true"):
    top = " AND ".join(f"{name} IS NULL" for name in DIMENSIONS[1:])
    return connection.execute(
        f"SELECT period, numerator, denominator, value, low, high, status, reason FROM measure "
        f"WHERE measure_id = ? AND {top} AND {where} ORDER BY period NULLS LAST",
        [measure_id],
    ).fetchall()


def test_old_scores_leave_the_denominator_of_the_significant_rate(connection):
    for score, n in (("1", 90), ("2a", 4), ("2b", 2), ("3b", 1), ("3", 3)):
        count(connection, "count_review", n, route="random", score=score)
    measures.compute(connection, datetime(2026, 2, 1))
    (row,) = told(connection, "discrepancy_rate", "route IS NULL AND period IS NULL")
    assert row[1:4] == (10, 100, 0.1)
    (row,) = told(connection, "significant_discrepancy_rate", "route = 'random' AND period IS NULL")
    assert row[1:4] == (3, 97, pytest.approx(3 / 97))
    expected = wilson(3, 97)
    assert row[4:6] == (pytest.approx(float(expected.low)), pytest.approx(float(expected.high)))
    (row,) = told(connection, "discrepancy_rate_arbitrated", "route IS NULL AND period IS NULL")
    assert row[6:] == ("insufficient", "no cases")


def test_routes_never_mix_silently(connection):
    count(connection, "count_review", 100, route="random", score="1")
    count(connection, "count_review", 10, route="ad_hoc", score="3b")
    measures.compute(connection, None)
    assert [
        r[3] for r in told(connection, "discrepancy_rate", "route = 'random' AND period IS NULL")
    ] == [0.0]
    assert [
        r[3] for r in told(connection, "discrepancy_rate", "route = 'ad_hoc' AND period IS NULL")
    ] == [1.0]


def test_a_held_month_is_blocked_and_left_out_of_the_roll_up(connection):
    count(connection, "count_review", 10, route="random", score="1")
    count(connection, "count_review", 90, month="2026-02", route="random", score="3b")
    connection.execute(
        "INSERT INTO held_month VALUES ('2026-02', 'order', '3.1% final before completed, limit 1%')"
    )
    measures.compute(connection, None)
    january, february, together = told(connection, "discrepancy_rate", "route IS NULL")
    assert january[3] == 0.0
    assert february[3:] == (
        None,
        None,
        None,
        "blocked",
        "order: 3.1% final before completed, limit 1%",
    )
    assert together[1:4] == (0, 10, 0.0)


def test_quantiles_over_merged_months(connection):
    """The order statistics of the union, not a mean of medians."""
    rng = np.random.default_rng(1)
    values = {m: rng.integers(60, 7200, size) for m, size in (("2026-01", 41), ("2026-02", 200))}
    columns = ", ".join(f"? AS {name}" for name in PLACE)
    for cell, (month, seconds) in enumerate(values.items()):
        connection.execute(
            f"INSERT INTO task_cell BY NAME SELECT {cell} AS cell, {columns}",
            list({**PLACE, "month": month}.values()),
        )
        connection.executemany(
            "INSERT INTO count_duration BY NAME SELECT ? AS cell, 'completed_to_final' AS interval, "
            "? AS seconds, 1 AS n",
            [(cell, int(second)) for second in seconds],
        )
    measures.compute(connection, None)
    together = np.sort(np.concatenate(list(values.values()))) / 60
    rows = told(connection, "turnaround_median_completed_only")
    for row, expected in zip(
        rows, (values["2026-01"] / 60, values["2026-02"] / 60, together), strict=True
    ):
        assert row[3] == pytest.approx(np.quantile(expected, 0.5, method="inverted_cdf"))
        assert row[4] < row[3] < row[5]
    (row,) = told(connection, "turnaround_mean_completed_only", "period IS NULL")
    assert row[3] == pytest.approx(together.mean())
    (row,) = told(connection, "turnaround_p90_completed_only", "period IS NULL")
    assert row[3] == pytest.approx(np.quantile(together, 0.9, method="inverted_cdf"))
    for percent in (75, 95):
        (row,) = told(connection, f"turnaround_p{percent}_completed_only", "period IS NULL")
        assert row[3] == pytest.approx(np.quantile(together, percent / 100, method="inverted_cdf"))


def test_sla_counts_due_tasks_only(connection):
    for outcome, n in (
        ("met", 80), ("breach", 20), ("not_due", 50), ("none", 7), ("tie", 3), ("no_calendar", 2),
    ):  # fmt: skip
        count(
            connection,
            "count_sla",
            n,
            sla_interval="received_to_final",
            sla_target=0.9,
            sla_outcome=outcome,
            sla_at_risk=False,
        )
    measures.compute(connection, None)
    (row,) = told(connection, "sla_attainment", "period IS NULL")
    assert row[1:4] == (80, 100, 0.8)
    (row,) = told(connection, "sla_breaches", "period IS NULL")
    assert row[1:4] == (20, 100, 0.2)
    assert connection.execute(
        "SELECT DISTINCT measure_id, target FROM measure WHERE measure_id IN ('sla_attainment', 'sla_breaches', "
        "'tasks_at_risk') ORDER BY 1"
    ).fetchall() == [
        ("sla_attainment", 0.9),
        ("sla_breaches", None),
        ("tasks_at_risk", None),
    ]  # fmt: skip


def test_tasks_at_risk_are_a_part_of_those_not_yet_due(connection):
    keys = {"sla_interval": "received_to_final", "sla_target": 0.9}
    for outcome, soon, n in (("not_due", True, 6), ("not_due", False, 14), ("breach", False, 80)):
        count(connection, "count_sla", n, sla_outcome=outcome, sla_at_risk=soon, **keys)
    count(
        connection, "count_sla", 30, month="2026-02", sla_outcome="met", sla_at_risk=False, **keys
    )
    measures.compute(connection, None)
    # February waits for nothing
    assert [row[:4] for row in told(connection, "tasks_at_risk")] == [
        ("2026-01", 6, 20, 0.3),
        (None, 6, 20, 0.3),
    ]
    expected = wilson(6, 20)
    assert told(connection, "tasks_at_risk")[0][4] == pytest.approx(float(expected.low))


def test_open_tasks_by_age(connection):
    for age, n in (("<1 d", 12), ("1-3 d", 5), (">7 d", 3)):
        count(connection, "count_task", n, state="open", order_violation=False, open_age=age)
    count(connection, "count_task", 900, state="finished", order_violation=False)
    measures.compute(connection, None)
    found = connection.execute(
        "SELECT category, numerator, denominator FROM measure WHERE measure_id = 'open_tasks' AND vendor = 'v1' "
        "AND period IS NULL AND modality IS NULL ORDER BY ALL"
    ).fetchall()
    assert found == [("1-3 d", 5, 20), ("3-7 d", 0, 20), ("<1 d", 12, 20), (">7 d", 3, 20)]


def test_tasks_without_a_report_are_a_part_of_all(connection):
    for state, n in (("finished", 80), ("open", 12), ("returned", 5), ("cancelled", 3)):
        count(connection, "count_task", n, state=state, order_violation=False)
    measures.compute(connection, None)
    found = connection.execute(
        "SELECT category, numerator, denominator, value, low, high FROM measure WHERE measure_id = 'unread_share' "
        "AND vendor = 'v1' AND period IS NULL ORDER BY ALL"
    ).fetchall()
    assert [row[:4] for row in found] == [
        ("cancelled", 3, 100, 0.03), ("open", 12, 100, 0.12), ("returned", 5, 100, 0.05),
    ]  # fmt: skip
    expected = wilson(12, 100)
    assert found[1][4:] == (pytest.approx(float(expected.low)), pytest.approx(float(expected.high)))


def test_ai_agreement_and_accuracy(connection):
    keys = {
        "algorithm": "bleed", "algorithm_version": "1.0", "finding": "haemorrhage", "reference": "adjudicated",
        "status": "ok",
    }  # fmt: skip
    for call, reader, truth, n in (
        ("present", "present", "present", 40),
        ("present", "absent", "absent", 8),
        ("absent", "present", "present", 10),
        ("absent", "absent", "absent", 142),
    ):
        judged = {**keys, "call": call, "truth": truth}
        count(connection, "count_pair", n, reader_call=reader, first_reference=True, **judged)
        count(connection, "count_population", n, age_band="65-79", **judged)
    measures.compute(connection, None)
    (row,) = told(connection, "agreement_percent", "period IS NULL")
    assert row[1:4] == (182, 200, pytest.approx(0.91))
    (row,) = told(connection, "sensitivity", "period IS NULL AND population IS NULL")
    assert row[1:4] == (40, 50, 0.8)
    (row,) = told(connection, "specificity", "period IS NULL AND population = 'age_band:65-79'")
    assert row[1:4] == (142, 150, pytest.approx(142 / 150))


def test_arbitrated_scores_and_the_spread_of_scores(connection):
    for score, ruling, n in (
        ("1", None, 85),
        ("2b", "2a", 3),
        ("2b", "2b", 4),
        ("3b", "3b", 6),
        ("2a", "1", 2),
    ):
        count(connection, "count_review", n, route="random", score=score, arbitrated_score=ruling)
    measures.compute(connection, None)
    where = "route = 'random' AND period IS NULL"
    (row,) = told(connection, "discrepancy_rate_arbitrated", where)
    assert row[1:4] == (13, 15, pytest.approx(13 / 15))
    (row,) = told(connection, "significant_discrepancy_rate_arbitrated", where)
    assert row[1:4] == (10, 15, pytest.approx(10 / 15))
    expected = wilson(10, 15)
    assert row[4:6] == (pytest.approx(float(expected.low)), pytest.approx(float(expected.high)))
    shares = connection.execute(
        "SELECT category, numerator, denominator FROM measure WHERE measure_id = 'radpeer_share' AND vendor = 'v1' "
        f"AND modality IS NULL AND region IS NULL AND service IS NULL AND {where} ORDER BY ALL"
    ).fetchall()
    assert shares == [("1", 85, 100), ("2a", 2, 100), ("2b", 7, 100), ("3b", 6, 100)]


def test_where_nothing_was_arbitrated_the_rates_say_so(connection):
    count(connection, "count_review", 20, route="random", score="2b")
    measures.compute(connection, None)
    for measure_id in ("discrepancy_rate_arbitrated", "significant_discrepancy_rate_arbitrated"):
        (row,) = told(connection, measure_id, "route = 'random' AND period IS NULL")
        assert row[3:] == (None, None, None, "insufficient", "no cases")
