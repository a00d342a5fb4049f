import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.stats.comparison.funnel import over_dispersion
from overread.stats.comparison.standardisation import standardised_ratio
from overread.stats.monitoring.cusum import risk_adjusted_cusum
from overread.stats.monitoring.drift import population_stability_index
from overread.stats.monitoring.spc import laney_p_chart, p_chart, xmr_chart

COUNTS = st.lists(st.integers(1, 500), min_size=2, max_size=12)


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0.001, 0.9)), min_size=1), st.floats(0.3, 5))
def test_cusum_is_steiners_recursion(cases, odds_ratio):
    outcome, risk = (np.array(part, dtype=float) for part in zip(*cases, strict=True))
    level, path = 0.0, []
    for y, p in cases:
        level = max(0.0, level + y * np.log(odds_ratio) - np.log(1 - p + odds_ratio * p))
        path.append(level)
    np.testing.assert_allclose(risk_adjusted_cusum(outcome, risk, odds_ratio), path, atol=1e-9)


@pytest.mark.parametrize(("risk", "odds_ratio"), [(np.nan, 2), (1.2, 2), (-0.1, 2), (0.1, 0)])
def test_cusum_refuses_what_is_no_probability_or_odds_ratio(risk, odds_ratio):
    with pytest.raises(ValueError, match="risks lie in"):
        risk_adjusted_cusum([1, 0], [0.2, risk], odds_ratio)


@given(COUNTS, st.randoms(use_true_random=False))
def test_psi_is_symmetric_not_negative_and_blind_to_volume(before, random):
    now = before.copy()
    random.shuffle(now)
    there, back = (
        float(population_stability_index(*pair).value) for pair in ((before, now), (now, before))
    )
    assert there == pytest.approx(back, abs=1e-12)
    assert there >= -1e-12
    assert float(population_stability_index(before, np.array(before) * 7).value) == pytest.approx(0)


@given(st.integers(0, 300), st.floats(0.1, 400))
def test_exact_limits_enclose_the_ratio_and_byar_is_near_them(observed, expected):
    exact, byar = (standardised_ratio(observed, expected, m) for m in ("exact", "byar"))
    assert exact.low <= exact.value <= exact.high
    assert float(byar.high) == pytest.approx(float(exact.high), rel=0.02)


def test_a_month_without_cases_is_a_gap_that_moves_no_limit():
    chart, without = p_chart([4, 0, 6], [80, 0, 100]), p_chart([4, 6], [80, 100])
    assert np.isnan([chart.point[1], chart.low[1], chart.high[1]]).all()
    np.testing.assert_allclose(chart.high[[0, 2]], without.high)


def test_moving_ranges_do_not_bridge_a_gap():
    """Ranges 2, 2 and 1; the step from 12 over the gap to 11 does not count."""
    chart = xmr_chart([10, 12, np.nan, 11, 13, 12])
    assert float(chart.high[0]) == pytest.approx(11.6 + 3 * (5 / 3) / 1.128)
    assert laney_p_chart([5, 0, 9], [100, 0, 90]).status[()] == "insufficient"


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(41, 400)), min_size=2, max_size=20))
def test_strata_are_answered_as_each_alone_and_limits_never_narrow(units):
    x, n = (np.array(part) for part in zip(*units, strict=True))
    both = over_dispersion([x, x[::-1]], [n, n[::-1]])
    assert both.phi[0] == pytest.approx(both.phi[1])
    assert both.phi[0] == pytest.approx(float(over_dispersion(x, n).phi))
    assert (both.factor >= 1).all()
    charts = laney_p_chart([x, x], [n, n])
    np.testing.assert_allclose(charts.low[0], laney_p_chart(x, n).low)
