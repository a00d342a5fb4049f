import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.stats.monitoring.baseline import Baseline
from overread.stats.monitoring.run_rules import NHS, WESTERN_ELECTRIC, run_rules
from overread.stats.monitoring.spc_counts import cases_between, g_chart, u_chart


def test_u_chart_by_hand():
    """64 events in 16 units: u = 4; a period with exposure 4 has limits 4 +- 3 sqrt(4/4), one with 1 has 0 to 10."""
    chart = u_chart([14, 18, 2, 30, 0], [4, 4, 1, 7, 0])
    assert float(chart.centre) == 4
    np.testing.assert_allclose(chart.low[:3], [1, 1, 0])
    np.testing.assert_allclose(chart.high[:3], [7, 7, 10])
    assert np.isnan([chart.point[4], chart.low[4], chart.high[4]]).all()
    assert float(chart.z[1]) == pytest.approx(0.5)
    assert float(chart.points) == 4


def test_u_chart_has_more_events_than_exposure_but_never_without_any():
    assert u_chart([3], [0.5]).status[()] == "ok"
    with pytest.raises(ValueError, match="without cases"):
        u_chart([3], [0])


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), min_size=1, max_size=15),
    st.integers(2, 50),
)
def test_u_chart_does_not_ask_for_the_unit_of_exposure(counts, unit):
    """Per exam or per thousand: points and limits scale together, z stays."""
    events, exposure = (np.array(part, dtype=float) for part in zip(*counts, strict=True))
    events[exposure == 0] = 0
    one, many = u_chart(events, exposure), u_chart(events, exposure * unit)
    np.testing.assert_allclose(one.high, many.high * unit)
    np.testing.assert_allclose(one.z, many.z, atol=1e-9)
    assert one.status[()] == many.status[()]


def test_u_chart_degenerate():
    chart = u_chart([[0, 0], [0, 0]], [[5, 9], [0, 0]])
    assert chart.status.tolist() == ["ok", "insufficient"]
    assert chart.reason.tolist() == [
        "no variation in the baseline: limits have no width",
        "no cases",
    ]


BETWEEN = [12, 30, 7, 55, 21, 3, 40, 18, 9, 25]


def test_g_chart_by_hand():
    """Mean 22, median 19.5; upper limit 22 + 3 sqrt(22 x 23) = 89.4833."""
    chart = g_chart(BETWEEN)
    assert float(chart.centre) == 19.5
    assert float(chart.spread) == 22
    np.testing.assert_allclose(chart.high, 22 + 3 * np.sqrt(506))
    np.testing.assert_array_equal(chart.low, 0)
    assert float(g_chart(BETWEEN, centre="theoretical").centre) == pytest.approx(15.246)


def test_two_events_of_one_day_are_two_points():
    """MEA-17: events on days 1, 5, 5, 9, counted from day 0."""
    chart = g_chart(np.diff([0, 1, 5, 5, 9]))
    assert chart.point.tolist() == [1, 4, 0, 4]
    assert float(chart.spread) == 2.25


def test_g_chart_signals_a_long_silence_and_runs_about_the_median_but_has_no_zones():
    chart = g_chart([*BETWEEN, 120], Baseline(periods=10))
    assert run_rules(chart, WESTERN_ELECTRIC).first.tolist() == [10, -1, -1, -1]
    sooner = g_chart([*BETWEEN, *[19, 15, 10, 19, 12, 18, 4]], Baseline(periods=10))
    found = run_rules(sooner, NHS)
    assert found.first[1] == 16
    assert found.direction[1, 16] == -1


def test_median_splits_geometric_counts_and_false_alarms_are_few():
    """Simulated: half of the points above the centre line, at most 2 % beyond three sigma (skewed: not 0.1 %)."""
    between = np.random.default_rng(11).geometric(0.02, (200, 300)) - 1.0
    chart = g_chart(between)
    assert np.mean(chart.point > chart.line) == pytest.approx(0.5, abs=0.01)
    assert 0.005 < np.mean(chart.point > chart.high) < 0.025
    theory = g_chart(between, centre="theoretical")
    assert np.mean(theory.point > theory.line) == pytest.approx(0.5, abs=0.015)


def test_g_chart_degenerate():
    chart = g_chart([[np.nan, np.nan], [0, 0], [4, np.nan]])
    assert chart.reason.tolist() == [
        "no events",
        "no variation in the baseline: limits have no width",
        "",
    ]
    assert chart.centre[2] == 4
    assert g_chart(np.empty((2, 0))).status.tolist() == ["insufficient"] * 2
    with pytest.raises(ValueError, match="negative"):
        g_chart([3, -1])


def test_cases_between_by_hand():
    found = cases_between([[0, 0, 1, 1, 0, 0], [0, np.nan, 0, np.nan, 1, 0], [0] * 6])
    np.testing.assert_array_equal(found.between, [[2, 0], [2, np.nan], [np.nan, np.nan]])
    assert found.period.tolist() == [[2, 3], [4, -1], [-1, -1]]
    assert found.since.tolist() == [2, 1, 6]


OUTCOMES = st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, np.nan]), min_size=6, max_size=6)


@given(st.lists(OUTCOMES, min_size=1, max_size=6))
def test_cases_add_up_and_strata_are_counted_as_each_alone(outcomes):
    y = np.array(outcomes)
    found = cases_between(y)
    events = np.isfinite(found.between).sum(axis=-1)
    cases = np.nansum(found.between, axis=-1) + events + found.since
    np.testing.assert_array_equal(cases, np.isfinite(y).sum(axis=-1))
    np.testing.assert_array_equal(events, np.nansum(y, axis=-1))
    for row, one in enumerate(y):
        gaps, quiet = [], 0
        for case in one[np.isfinite(one)]:
            quiet, gaps = (0, [*gaps, quiet]) if case else (quiet + 1, gaps)
        assert found.between[row][: len(gaps)].tolist() == gaps
        assert found.since[row] == quiet


def test_outcomes_are_checked_and_nothing_is_nothing():
    with pytest.raises(ValueError, match="0 or 1"):
        cases_between([0, 2])
    assert cases_between(np.empty((3, 0))).between.shape == (3, 0)
    assert cases_between(np.empty((0, 4))).since.shape == (0,)
