import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.stats.monitoring.cusum import (
    monitored_risk_adjusted_cusum,
    risk_adjusted_cusum,
    tabular_cusum,
)
from overread.stats.monitoring.spc import Baseline, xmr_chart

# Montgomery, table 9.1: 20 samples at mean 10 (sigma 1), then 10 at mean 11. Table 9.2: k = 0.5, h = 5.
MONTGOMERY = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34,
    9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84,
    10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
]  # fmt: skip
UPPER = [
    0, 0, 0, 1.16, 2.82, 2.50, 0.04, 1.00, 0, 0, 0, 0.97, 0.98, 0, 0, 0, 0.12, 0, 0, 0.34,
    0.74, 0, 1.79, 2.79, 2.89, 3.47, 3.35, 4.47, 5.28, 5.30,
]  # fmt: skip
LOWER = [
    0.05, 1.56, 1.77, 0, 0, 0, 1.46, 0, 0.30, 0, 0.47, 0, 0, 0.10, 0, 0.13, 0, 0, 0.98, 0,
    0, 0.17, 0, 0, 0, 0, 0, 0, 0, 0,
]  # fmt: skip


def test_montgomerys_table():
    up, down = tabular_cusum(np.array(MONTGOMERY) - 10, reset=False)
    np.testing.assert_allclose(up.path, UPPER, atol=1e-9)
    np.testing.assert_allclose(down.path, LOWER, atol=1e-9)
    assert (int(up.first), int(down.first)) == (28, -1)
    assert up.signal.nonzero()[0].tolist() == [28, 29]


def test_after_a_signal_the_sum_starts_again():
    up, _ = tabular_cusum(np.array(MONTGOMERY) - 10)
    np.testing.assert_allclose(up.path[:29], UPPER[:29], atol=1e-9)
    assert up.path[29] == pytest.approx(0.02)
    assert up.signal.nonzero()[0].tolist() == [28]


Z = st.lists(
    st.one_of(st.just(float("nan")), st.integers(-30, 30).map(lambda v: v / 10)),
    min_size=12,
    max_size=12,
)


@given(st.lists(Z, min_size=1, max_size=4), st.sampled_from([0.0, 0.25, 0.5]), st.booleans())
def test_both_sides_are_pages_recursion(rows, slack, reset):
    found = tabular_cusum(np.array(rows), slack, 2.03, reset=reset)
    for side, way in zip(found, (1, -1), strict=True):
        for row, z in enumerate(rows):
            level, signals = 0.0, []
            for t, value in enumerate(z):
                if reset and t and signals[-1]:
                    level = 0.0
                if not np.isnan(value):
                    level = max(0.0, level + way * value - slack)
                signals.append(level > 2.03)
                assert side.path[row, t] == pytest.approx(level, abs=1e-9)
            assert side.signal[row].tolist() == signals
            assert side.first[row] == (signals.index(True) if True in signals else -1)


def test_average_run_lengths_are_the_published_ones():
    """Montgomery, table 9.3: with k = 0.5, h = 5 in 465 points when in control, in 10.4 after a shift of one sigma."""
    rng = np.random.default_rng(2)
    for shift, points, expected in ((0.0, 6000, 465), (1.0, 120, 10.4)):
        up, down = tabular_cusum(rng.normal(shift, 1, (600, points)))
        first = np.minimum(*(np.where(s.first < 0, points, s.first) for s in (up, down)))
        assert (first < points).all()
        assert np.mean(first + 1) == pytest.approx(expected, rel=0.12)


def test_plain_cusum_beside_a_chart_with_a_baseline():
    """A shift of one sigma that no point betrays by itself."""
    calm = [50, 52, 49, 51, 50, 48, 51, 50, 52, 49, 50, 51]
    chart = xmr_chart([*calm, *[52, 51, 53, 52, 51, 52, 52, 52, 52, 52]], Baseline(periods=12))
    assert not (chart.point > chart.high).any()
    up, down = tabular_cusum(chart.z, limit=4.0)
    assert int(up.first) >= 12
    assert int(down.first) == -1


@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(0.01, 0.6)), min_size=1, max_size=60),
    st.sampled_from([0.5, 2.0]),
)
def test_monitoring_is_the_path_until_its_first_signal(cases, odds_ratio):
    outcome, risk = (np.array(part, dtype=float) for part in zip(*cases, strict=True))
    path = risk_adjusted_cusum(outcome, risk, odds_ratio)
    run_on = monitored_risk_adjusted_cusum(outcome, risk, odds_ratio, 1.5, reset=False)
    restarted = monitored_risk_adjusted_cusum(outcome, risk, odds_ratio, 1.5)
    np.testing.assert_allclose(run_on.path, path)
    assert run_on.first == restarted.first
    until = len(cases) if restarted.first < 0 else int(restarted.first) + 1
    np.testing.assert_allclose(restarted.path[:until], path[:until])
    rest = risk_adjusted_cusum(outcome[until:], risk[until:], odds_ratio)
    again = np.flatnonzero(rest > 1.5)
    stop = again[0] + 1 if again.size else rest.size
    np.testing.assert_allclose(restarted.path[until : until + stop], rest[:stop], atol=1e-9)


def test_a_case_that_is_none_moves_nothing_and_needs_no_risk():
    risk = [[0.1, 0.2, np.nan], [0.1, 0.2, 0.3]]
    padded = monitored_risk_adjusted_cusum([[1, 1, np.nan], [0, 1, 1]], risk)
    np.testing.assert_allclose(padded.path[0, :2], risk_adjusted_cusum([1, 1], [0.1, 0.2]))
    assert padded.path[0, 2] == padded.path[0, 1]
    np.testing.assert_allclose(padded.path[1], risk_adjusted_cusum([0, 1, 1], risk[1]))


def test_long_sequences_are_walked_in_strides_without_a_seam():
    rng = np.random.default_rng(8)
    z = rng.normal(0.2, 1, (3, 1000))
    for reset in (True, False):
        up, _ = tabular_cusum(z, 0.25, 4.0, reset=reset)
        for row in range(3):
            level, path = 0.0, []
            for value in z[row]:
                level = max(0.0, (0.0 if reset and level > 4 else level) + value - 0.25)
                path.append(level)
            np.testing.assert_allclose(up.path[row], path, atol=1e-9)
        assert up.signal.sum() > 10


def test_degenerate_and_refused():
    nothing = tabular_cusum(np.empty((2, 0)))[0]
    assert nothing.first.tolist() == [-1, -1]
    assert tabular_cusum([np.nan, np.nan])[0].path.tolist() == [0, 0]
    with pytest.raises(ValueError, match="limit"):
        tabular_cusum([1.0], limit=0)
    with pytest.raises(ValueError, match="slack"):
        tabular_cusum([1.0], slack=-1)
    with pytest.raises(ValueError, match="risks lie in"):
        monitored_risk_adjusted_cusum([1, 0], [0.2, np.nan])
