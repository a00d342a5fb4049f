import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from overread.stats.comparison.dispersion import over_dispersion

UNITS = st.lists(st.tuples(st.integers(1, 400), st.floats(0.01, 0.5)), min_size=3, max_size=30).map(
    lambda pairs: tuple(np.array(part) for part in zip(*pairs, strict=True))
)


@given(UNITS)
def test_tau2_without_winsorising_is_dersimonian_and_laird(units):
    n, share = units
    x = np.ceil(n * share)
    found = over_dispersion(x, n, winsorise=0.0)
    theta = x.sum() / n.sum()
    if 0 < theta < 1:
        # units that agree too well make its other results infinite
        with np.errstate(divide="ignore", invalid="ignore"):
            theirs = combine_effects(x / n, theta * (1 - theta) / n, method_re="dl").tau2
        # statsmodels lets tau^2 be negative; a variance is not
        assert float(found.tau2) == pytest.approx(max(theirs, 0.0), abs=1e-12)


def test_tau2_finds_the_variance_between_units():
    """Shares spread by 0.02 about 0.2 in 4,000 units; with a tenth winsorised at each end, somewhat less."""
    rng = np.random.default_rng(5)
    n = rng.integers(200, 2000, 4000)
    x = rng.binomial(n, np.clip(rng.normal(0.2, 0.02, n.size), 0, 1))
    assert float(over_dispersion(x, n, winsorise=0.0).tau2) ** 0.5 == pytest.approx(0.02, rel=0.05)
    assert 0.01 < float(over_dispersion(x, n).tau2) ** 0.5 < 0.02


def test_units_held_against_a_stated_target_vary_about_that():
    found = over_dispersion([10, 10], [100, 100], 0.0, target=0.2)
    assert float(found.target) == 0.2
    assert float(found.phi) == pytest.approx(100 * 0.1**2 / (0.2 * 0.8))


def test_degenerate_units():
    found = over_dispersion([[0, 0], [5, 0], [0, 0]], [[9, 9], [50, 0], [0, 0]])
    assert found.units.tolist() == [2, 1, 0]
    assert found.status.tolist() == ["ok", "insufficient", "insufficient"]
    np.testing.assert_array_equal(found.tau2, [0, np.nan, np.nan])
    np.testing.assert_array_equal(found.factor, 1)
    assert over_dispersion(np.empty((4, 0)), np.empty((4, 0))).phi.shape == (4,)
    missing = over_dispersion([3, np.nan, 5], [30, 40, 50])
    assert float(missing.target) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("x", "n", "target", "message"),
    [([3], [2], None, "outside 0..denominator"), ([1], [2], 1.5, "target lies outside")],
)
def test_what_cannot_be_is_refused(x, n, target, message):
    with pytest.raises(ValueError, match=message):
        over_dispersion(x, n, target=target)
