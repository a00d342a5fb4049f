"""Medians by hour of the week, held to a plain median of the tasks of the hour."""

from statistics import median_low

import numpy as np
import pytest

from overread import measures
from overread.counts.build import build
from overread.counts.declared import HOURS
from overread.measures.hour_of_week import FEWEST, LABELS, TOO_FEW
from overread.warehouse.analysis import build as build_facts
from overread.warehouse.schema import open_warehouse


@pytest.fixture(scope="module")
def tasks():
    rng = np.random.default_rng(3)
    hours = rng.choice([0, 5, 167], 400, p=[0.6, 0.37, 0.03])
    return [
        (str(rng.choice(["2026-01", "2026-02"])), str(rng.choice(["v1", "v2"])), "emea", int(hour), int(seconds))
        for hour, seconds in zip(hours, rng.integers(60, 9_000, 400), strict=True)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def connection(tasks):
    opened = open_warehouse()
    build_facts(opened, None)
    build(opened)
    columns = ", ".join((*HOURS.dimensions, *HOURS.keys, "n"))
    opened.executemany(
        f"INSERT INTO count_hour_of_week ({columns}) VALUES (?, ?, ?, ?, ?, 1)", tasks
    )
    return opened


def told(connection, vendor):
    measures.compute(connection, None)
    rows = connection.execute(
        "SELECT category, n, value, low, high, status, reason FROM measure WHERE period IS NULL AND region IS NULL "
        "AND measure_id = 'turnaround_by_hour_of_week' AND vendor IS NOT DISTINCT FROM ?",
        [vendor],
    ).fetchall()
    assert {row[0] for row in rows} == set(LABELS)
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("vendor", [None, "v1", "v2"])
def test_each_hour_has_the_median_of_its_tasks(connection, tasks, vendor):
    rows = told(connection, vendor)
    for hour, label in enumerate(LABELS):
        mine = [task[4] for task in tasks if task[3] == hour and vendor in (None, task[1])]
        n, value, low, high, status, reason = rows[label]
        assert n == len(mine)
        if len(mine) >= FEWEST:
            assert (value, status) == (pytest.approx(median_low(mine) / 60), "ok")
            assert low < value < high
        else:
            assert (value, low, high, status) == (None, None, None, "insufficient")
            assert reason == (TOO_FEW if mine else "no cases")
    assert sum(row[4] == "ok" for row in rows.values()) == 2


def test_a_held_month_is_left_out(connection, tasks):
    connection.execute("INSERT INTO held_month VALUES ('2026-02', 'clocks', 'they stood')")
    rows = told(connection, None)
    connection.execute("DELETE FROM held_month")
    assert rows["mon-00"][0] == sum(task[0] == "2026-01" and task[3] == 0 for task in tasks)
