"""The CUSUM of a share keeps its false alarms at few baseline months, and finds a change."""

import numpy as np
import pytest

from overread.stats.monitoring.cusum import tabular_cusum
from overread.stats.monitoring.share_cusum import share_cusum


def test_the_path_is_the_tabular_one():
    x, n = np.array([5, 9, 20, 30]), np.array([100, 90, 0, 110])
    x[2] = 0
    found = share_cusum(x, n, 20, 300, draws=10)
    z = []
    events, cases = 20, 300
    for month_x, month_n in zip(x, n, strict=True):
        share = (events + 0.5) / (cases + 1)
        error = np.sqrt(share * (1 - share) * (1 / max(month_n, 1) + 1 / cases))
        z.append((month_x / month_n - share) / error if month_n else np.nan)
        events, cases = events + month_x, cases + month_n
    up, down = tabular_cusum(np.array(z), reset=False)
    assert found.up.path == pytest.approx(up.path)
    assert found.down.path == pytest.approx(down.path)
    assert np.isnan(found.p_up[2])


def test_steady_shares_are_called_changed_as_rarely_as_said():
    rng = np.random.default_rng(4)
    rate, months = 0.15, np.full((1_000, 14), 60)
    found = share_cusum(
        rng.binomial(months, rate), months, rng.binomial(180, rate, 1_000), np.full(1_000, 180)
    )
    for p in (found.p_up, found.p_down):
        assert 0.03 < (p[:, -1] <= 0.05).mean() < 0.07


def test_a_doubled_share_is_found():
    found = share_cusum([[12, 9, 22, 25]], [[100, 100, 100, 100]], [30], [300])
    assert found.p_up[0, 1] > 0.05
    assert found.p_up[0, 3] < 0.005
    assert found.p_down[0, 3] > 0.3


def test_no_baseline_and_false_counts():
    assert np.isnan(share_cusum([1], [10], 0, 0).p_up).all()
    with pytest.raises(ValueError, match="outside"):
        share_cusum([11], [10], 1, 10)
