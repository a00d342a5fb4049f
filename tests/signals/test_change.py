"""Monthly series on control charts: what is drawn, what is read, and when "changed" is said."""

import math
from datetime import datetime

import numpy as np
import pytest

from overread.counts.declared import DIMENSIONS
from overread.model.codes import UNKNOWN
from overread.signals import compute

MONTHS = [f"{2024 + m // 12}-{m % 12 + 1:02d}" for m in range(40)]
CUT_OFF = datetime(2030, 1, 1)


def shares(events, cases=200, vendor="v", measure_id="sla_attainment", **more):
    """A row of `measure` for every month."""
    return [
        {
            "measure_id": measure_id, "vendor": vendor, "period": month, "n": float(cases), "numerator": float(x),
            "denominator": float(cases), "value": x / cases, "low": x / cases - 0.01, "high": x / cases + 0.01,
            "data_cutoff": CUT_OFF, **more,
        }
        for month, x in zip(MONTHS, events, strict=False)
    ]  # fmt: skip


def times(minutes, vendor="v", n=50.0):
    return [
        {
            "measure_id": "turnaround_median_completed_only", "interval": "received_to_final", "vendor": vendor,
            "period": month, "n": n, "value": value, "low": value, "high": value, "data_cutoff": CUT_OFF,
        }
        for month, value in zip(MONTHS, minutes, strict=False)
    ]  # fmt: skip


def reading(connection, vendor="v", columns="variation, went, since, rule, assurance"):
    return connection.execute(
        f"SELECT {columns} FROM reading WHERE vendor = ?", [vendor]
    ).fetchone()


def chart(connection, column, vendor="v"):
    return [
        value
        for (value,) in connection.execute(
            f"SELECT {column} FROM control_chart WHERE vendor = ? ORDER BY period", [vendor]
        ).fetchall()
    ]


def assigned(connection, vendor):
    """Twenty random reviews of April are assigned, of which two are open."""
    places = ", ".join(f"'{UNKNOWN}' AS {name}" for name in DIMENSIONS[2:])
    for outcome, n in (("open", 2), ("completed", 17), ("expired", 1)):
        connection.execute(
            f"INSERT INTO count_assignment BY NAME SELECT '2025-04' AS month, '{vendor}' AS vendor, {places}, "
            f"'random' AS route, '{outcome}' AS outcome, {n} AS n"
        )


STABLE = [190, 188, 192, 189, 191, 190, 187, 193, 190, 189, 191, 190, 190, 188, 191, 190]


def test_limits_are_those_of_the_first_twelve_months(signalled):
    """A p chart by hand; the later months move no limit."""
    connection = signalled(shares([*STABLE[:12], 150, 150]))
    centre = sum(STABLE[:12]) / 12 / 200
    half = 3 * math.sqrt(centre * (1 - centre) / 200)
    assert chart(connection, "centre") == pytest.approx([centre] * 14)
    assert chart(connection, "lower") == pytest.approx([centre - half] * 14)
    assert chart(connection, "upper") == pytest.approx([centre + half] * 14)
    assert chart(connection, "baseline") == [True] * 12 + [False] * 2
    assert chart(connection, "broken") == [""] * 12 + ["beyond_limits"] * 2
    assert set(chart(connection, "chart")) == {"p"}


def test_a_step_is_said_with_its_month_and_a_signal(signalled):
    connection = signalled(shares([*STABLE[:12], 150, 152, 149], target=0.9))
    assert reading(connection) == ("worse", "down", "2025-01", "beyond_limits", "trial")
    ((rule, period, since, direction, went, before, level),) = connection.execute(
        "SELECT rule, period, since, direction, went, level_before, level_since FROM signal "
        "WHERE rule LIKE 'change%'"
    ).fetchall()
    assert (rule, period, since) == ("change_beyond_limits", "2025-03", "2025-01")
    assert (direction, went) == ("worse", "down")
    assert before == pytest.approx(sum(STABLE[:12]) / 2400)
    assert level == pytest.approx(451 / 600)


def test_better_is_said_by_the_measures_direction(signalled):
    """Fewer discrepancies are better, more of them worse."""
    rates = {"measure_id": "discrepancy_rate", "route": "random"}
    fell = shares(
        [40, 38, 41, 40, 39, 42, 40, 41, 38, 40, 39, 41, 10, 9, 11], vendor="fell", **rates
    )
    rose = shares([10, 9, 11, 10, 9, 10, 11, 12, 9, 10, 11, 10, 40, 38, 41], vendor="rose", **rates)
    connection = signalled(fell + rose)
    assert reading(connection, "fell")[:3] == ("better", "down", "2025-01")
    assert reading(connection, "rose")[:3] == ("worse", "up", "2025-01")


def test_a_lone_rule_among_many_series_is_chance(signalled):
    """Seven months on one side of the line: said of one series alone, not among sixty."""
    shift = [*STABLE[:12], 185, 185, 184, 185, 185, 185, 185]
    alone = signalled(shares(shift))
    assert reading(alone)[:3] == ("worse", "down", "2025-01")
    rng = np.random.default_rng(1)
    others = [
        row
        for v in range(60)
        for row in shares(rng.binomial(200, 0.95, len(shift)), vendor=f"v{v}")
    ]
    among = signalled(shares(shift) + others)
    assert reading(among)[0] == "none"
    assert reading(among, columns="reason, rule") == (
        "a pattern, but among so many series chance may explain it", "shift_7",
    )  # fmt: skip
    assert "shift_7" in chart(among, "broken")
    assert among.execute("SELECT count(*) FROM signal WHERE rule LIKE 'change%'").fetchone() == (0,)


def test_with_eleven_months_limits_are_on_trial(signalled):
    connection = signalled(shares([*STABLE[:10], 100], target=0.9))
    assert reading(connection) == ("trial", "", None, "", "trial")
    assert reading(connection, columns="months, reason") == (
        11, "the chart has no limits to be used",
    )  # fmt: skip
    assert None not in chart(connection, "lower")


def test_a_baseline_without_variation_says_nothing(signalled):
    connection = signalled(shares([200] * 12 + [150] * 3))
    assert reading(connection, columns="variation, reason") == ("trial", "limits have no width")


def test_a_held_month_is_a_gap_that_no_rule_crosses(signalled):
    """Six months below the line before it and one after it are no run of seven."""
    months = shares([*STABLE[:12], 188, 188, 188, 188, 188, 188, 187, 187])
    held = months[18]
    months[18] = held | {"status": "blocked", "value": None, "low": None, "high": None}
    connection = signalled(months)
    assert chart(connection, "value")[18] is None
    assert chart(connection, "broken") == [""] * 20
    months[18] = held
    assert "shift_7" in chart(signalled(months), "broken")


def test_an_absent_month_keeps_its_place(signalled):
    months = shares(STABLE)
    del months[4]
    connection = signalled(months)
    assert chart(connection, "period") == MONTHS[:16]
    assert chart(connection, "value")[4] is None
    assert reading(connection, columns="months") == (15,)


def test_provisional_months_are_drawn_and_not_read(signalled):
    """The last month ended three days before the cut-off."""
    events = [*STABLE[:15], 120]
    late = shares(events, data_cutoff=datetime(2025, 5, 4))
    connection = signalled(late)
    assert chart(connection, "provisional") == [False] * 15 + [True]
    assert chart(connection, "value")[15] == 0.6
    assert reading(connection, columns="variation, last") == ("none", "2025-03")
    settled = signalled(shares(events, data_cutoff=datetime(2025, 5, 9)))
    assert reading(settled, columns="variation, last") == ("worse", "2025-04")


def test_a_change_of_twelve_months_is_the_new_usual(signalled):
    """Its limits start anew, so that the chart reads what happens next."""
    lower = [v - 40 for v in STABLE[:12]]
    connection = signalled(shares([*STABLE[:12], *lower[:11]]))
    assert set(chart(connection, "segment")) == {0}
    assert reading(connection)[0] == "worse"
    connection = signalled(shares([*STABLE[:12], *lower]))
    assert chart(connection, "segment") == [0] * 12 + [1] * 12
    assert reading(connection)[0] == "none"
    assert reading(connection, columns="centre")[0] == pytest.approx(sum(lower) / 2400)
    again = signalled(shares([*STABLE[:12], *lower, 190, 191, 190]))
    assert reading(again)[:3] == ("better", "up", "2026-01")


def test_months_that_vary_by_more_than_chance_widen_the_limits(signalled):
    wild = [1900, 1700, 1950, 1650, 1930, 1680, 1900, 1700, 1940, 1660, 1920, 1690, 1600]
    connection = signalled(shares(wild, cases=2_000))
    assert set(chart(connection, "chart")) == {"p'"}
    assert chart(connection, "broken") == [""] * 13


def test_times_are_charted_on_their_logarithm(signalled):
    """A factor is the same step whatever the level; limits never fall below zero."""
    usual = [20, 24, 18, 22, 19, 25, 21, 20, 23, 18, 22, 20]
    slow = [50, 55, 52]
    connection = signalled(times([*usual, *slow]) + times([10 * v for v in (*usual, *slow)], "w"))
    for vendor in ("v", "w"):
        assert reading(connection, vendor)[:3] == ("worse", "up", "2025-01")
    assert chart(connection, "lower", "w") == pytest.approx(
        [10 * v for v in chart(connection, "lower")]
    )
    log = np.log(usual)
    centre, sigma = log.mean(), np.abs(np.diff(log)).mean() / 1.128
    assert chart(connection, "centre")[0] == pytest.approx(math.exp(centre))
    assert chart(connection, "upper")[0] == pytest.approx(math.exp(centre + 3 * sigma))


def test_few_cases_are_no_series(signalled):
    """The catalogue asks for 11 cases; a month of fewer is no point of a chart of times."""
    connection = signalled(times([20, 22, 21] * 5, n=8.0))
    assert connection.execute("SELECT count(*) FROM control_chart").fetchone() == (0,)
    months = times([20, 22, 21] * 5)
    months[3]["n"] = 8.0
    assert chart(signalled(months), "value")[3] is None


def test_assurance_asks_where_the_target_lies(signalled):
    for target, word in (
        (0.5, "meets"),
        (0.95, "hit_or_miss"),
        (0.9999, "misses"),
        (None, "no_target"),
    ):
        connection = signalled(shares(STABLE, target=target))
        assert reading(connection, columns="assurance") == (word,)


def test_open_reviews_make_a_month_provisional(signalled):
    """Of the reviews assigned of April one in ten is open: the month is drawn and not read."""
    rates = shares([10] * 16, measure_id="discrepancy_rate", route="random")
    connection = signalled(rates)
    assert chart(connection, "provisional") == [False] * 16
    assigned(connection, "v")
    compute(connection)
    assert chart(connection, "provisional") == [False] * 15 + [True]


def test_a_series_that_ended_signals_no_more(signalled):
    """An old version stands where it ended; a place whose last month is open still speaks, of the month before."""
    step = [*STABLE[:12], 150, 152, 149]
    ended = signalled(shares(step, vendor="ended") + shares([*step, 150], vendor="runs"))
    assert reading(ended, "ended", "variation, current") == ("worse", False)
    assert reading(ended, "runs", "variation, current") == ("worse", True)
    assert ended.execute(
        "SELECT DISTINCT vendor FROM signal WHERE rule LIKE 'change%'"
    ).fetchall() == [("runs",)]


def test_a_place_with_an_open_month_is_current(signalled):
    """Its reviews of April are open, those of another vendor are in."""
    rates = {"measure_id": "discrepancy_rate", "route": "random"}
    connection = signalled(
        shares([10] * 16, vendor="open", **rates) + shares([10] * 16, vendor="in", **rates)
    )
    assigned(connection, "open")
    compute(connection)
    assert reading(connection, "open", "last, current") == ("2025-03", True)
    assert reading(connection, "in", "last, current") == ("2025-04", True)
