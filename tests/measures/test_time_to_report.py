"""Turnaround of all tasks, held to the redistribution of the censored ones, task by task."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from overread import measures
from overread.counts.build import build
from overread.measures.time_to_report import FEWEST_AT_RISK, POINTS
from overread.warehouse.analysis import build as build_facts
from overread.warehouse.schema import open_warehouse

STATES = {"open": 0, "returned": 2, "cancelled": 2}
PLACE = {
    "region": "emea", "site": "ber", "technique": "(unknown)", "service": "reporting", "engagement": "project",
    "facility_type": "hospital", "deployment": "onshore", "patient_class": "inpatient", "priority": "routine",
}  # fmt: skip


def shares_by_redistribution(tasks, horizons):
    """Efron: each open task hands its weight on to the tasks that are followed longer, in equal parts."""
    tasks = sorted(tasks, key=lambda task: (task[0], STATES.get(task[1], 1) == 0))
    weight, reported = [1 / len(tasks)] * len(tasks), []
    for place, (seconds, state) in enumerate(tasks):
        if state == "open":
            later = len(tasks) - place - 1
            for other in range(place + 1, len(tasks)):
                weight[other] += weight[place] / later
        elif state == "reported":
            reported.append((seconds, weight[place]))
    return [sum(part for seconds, part in reported if seconds <= horizon) for horizon in horizons]


def warehouse(tasks):
    """Tasks as (month, vendor, modality, seconds, state), in the counts."""
    connection = open_warehouse()
    build_facts(connection, None)
    build(connection)
    cells = sorted({task[:3] for task in tasks})
    columns = ", ".join(f"'{value}' AS {name}" for name, value in PLACE.items())
    for number, cell in enumerate(cells):
        connection.execute(
            f"INSERT INTO task_cell BY NAME SELECT ? AS cell, ? AS month, ? AS vendor, ? AS modality, {columns}",
            [number, *cell],
        )
    for *cell, seconds, state in tasks:
        table, more = (
            ("count_duration", "")
            if state == "reported"
            else ("count_time_to_report", f", '{state}' AS state")
        )
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT ? AS cell, 'received_to_final' AS interval, "
            f"? AS seconds, 1 AS n{more}",
            [cells.index(tuple(cell)), seconds],
        )  # fmt: skip
    measures.compute(connection, None)
    return connection


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(5)
    tasks = []
    for vendor, slow in (("v1", 1.0), ("v2", 8.0)):
        for modality, n in (("ct", 120), ("mri", 60)):
            seconds = np.round(rng.lognormal(9, 1.2, n) * slow)
            state = rng.choice(
                ["reported", "open", "returned", "cancelled"], n, p=[0.7, 0.2, 0.06, 0.04]
            )
            months = rng.choice(["2026-01", "2026-02"], n)
            tasks += [
                (str(month), vendor, modality, int(time), str(what))
                for month, time, what in zip(months, seconds, state, strict=True)
            ]  # fmt: skip
    return tasks, warehouse(tasks)


def told(connection, measure_id, where):
    return connection.execute(
        f"SELECT category, n, numerator, denominator, value, low, high, status, reason FROM measure "
        f"WHERE measure_id = ? AND site IS NULL AND technique IS NULL AND service IS NULL AND engagement IS NULL "
        f"AND facility_type IS NULL AND deployment IS NULL AND patient_class IS NULL AND priority IS NULL "
        f"AND region IS NULL AND {where} ORDER BY category",
        [measure_id],
    ).fetchall()


STRATA = {
    "vendor IS NULL AND modality IS NULL AND period IS NULL": lambda _: True,
    "vendor = 'v2' AND modality IS NULL AND period IS NULL": lambda task: task[1] == "v2",
    "vendor = 'v1' AND modality = 'mri' AND period IS NULL": lambda task: task[1:3] == ("v1", "mri"),
    "vendor IS NULL AND modality IS NULL AND period = '2026-02'": lambda task: task[0] == "2026-02",
}  # fmt: skip


@pytest.mark.parametrize("where", STRATA)
def test_shares_are_those_of_the_redistribution(drawn, where):
    tasks, connection = drawn
    mine = [task[3:] for task in tasks if STRATA[where](task)]
    horizons = {"1 h": 3600, "24 h": 86400, "4 h": 14400, "72 h": 259200}
    expected = shares_by_redistribution(mine, horizons.values())
    rows = told(connection, "reported_within", where)
    assert [row[0] for row in rows] == list(horizons)
    for (_, n, numerator, denominator, value, low, high, status, _), horizon, share in zip(
        rows, horizons.values(), expected, strict=True
    ):
        assert (status == "ok") == (horizon <= max(time for time, _ in mine))
        if status != "ok":
            continue
        assert n == denominator == len(mine)
        assert numerator == sum(1 for time, what in mine if what == "reported" and time <= horizon)
        assert value == pytest.approx(share)
        assert low < value < high


@pytest.mark.parametrize("where", STRATA)
def test_quantiles_are_those_of_the_curve_of_statsmodels(drawn, where):
    tasks, connection = drawn
    mine = [task[3:] for task in tasks if STRATA[where](task)]
    time, kind = np.array([(seconds, STATES.get(state, 1)) for seconds, state in mine]).T
    with np.errstate(all="ignore"):
        curve = CumIncidenceRight(time, kind)
    for measure_id, share in (("turnaround_median", 0.5), ("turnaround_p90", 0.9)):
        ((_, n, *_, value, low, high, status, reason),) = told(connection, measure_id, where)
        assert n == len(mine)
        reached = curve.cinc[0] >= share
        if reached.any():
            assert value == pytest.approx(curve.times[reached.argmax()] / 60)
            assert low < value
        else:
            assert (value, low, high, status) == (None, None, None, "insufficient")
            assert reason == "the incidence does not reach this share"


def test_the_curve_is_thin_and_ends_where_few_are_left(drawn):
    tasks, connection = drawn
    rows = connection.execute(
        "SELECT seconds, at_risk, reported, competing, censored, value, low, high FROM report_curve "
        "WHERE vendor IS NULL AND region IS NULL AND interval = 'received_to_final' ORDER BY seconds"
    ).fetchall()
    assert FEWEST_AT_RISK <= rows[-1][1] < 30
    assert 100 < len(rows) <= POINTS
    for seconds, at_risk, reported, competing, censored, value, low, high in rows[::7]:
        by_then = [task for task in tasks if task[3] <= seconds]
        assert at_risk == sum(task[3] >= seconds for task in tasks)
        assert [reported, competing, censored] == [
            sum(STATES.get(task[4], 1) == kind for task in by_then) for kind in (1, 2, 0)
        ]
        (share,) = shares_by_redistribution([task[3:] for task in tasks], [seconds])
        assert value == pytest.approx(share)
        assert low < value < high
    vendors = connection.execute("SELECT DISTINCT vendor, region FROM report_curve ORDER BY ALL")
    assert vendors.fetchall() == [("v1", None), ("v2", None), (None, "emea"), (None, None)]


def test_where_nothing_was_reported_there_is_a_reason_and_no_number():
    connection = warehouse([("2026-01", "v1", "ct", 60 * place, "open") for place in range(1, 31)])
    everywhere = "vendor = 'v1' AND modality IS NULL AND period IS NULL"
    ((_, n, *_, value, _, _, status, reason),) = told(connection, "turnaround_median", everywhere)
    assert (n, value, status) == (30, None, "insufficient")
    assert reason == "the incidence does not reach this share"
    rows = told(connection, "reported_within", everywhere)
    assert {row[7:] for row in rows} == {("insufficient", "nobody was followed that long")}


def test_a_held_month_is_blocked_and_outside_the_curve():
    tasks = [("2026-01", "v1", "ct", 60 * place, "reported") for place in range(1, 31)]
    tasks += [("2026-02", "v1", "ct", 6000 * place, "reported") for place in range(1, 31)]
    connection = warehouse(tasks)
    connection.execute("INSERT INTO held_month VALUES ('2026-02', 'clocks', 'they stood')")
    measures.compute(connection, None)
    everywhere = "vendor IS NULL AND modality IS NULL AND period"
    (row,) = told(connection, "turnaround_median", f"{everywhere} IS NULL")
    assert (row[1], row[4]) == (30, 15.5)
    (row,) = told(connection, "turnaround_median", f"{everywhere} = '2026-02'")
    assert (row[4], row[7]) == (None, "blocked")
    assert connection.execute("SELECT max(seconds) FROM report_curve").fetchall() == [(1260,)]


def test_without_tasks_the_curve_is_an_empty_table():
    connection = open_warehouse()
    build_facts(connection, None)
    build(connection)
    measures.compute(connection, None)
    assert connection.execute("SELECT count(*) FROM report_curve").fetchall() == [(0,)]
