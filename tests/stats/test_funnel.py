from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from overread.stats.comparison.funnel import funnel, funnel_limits

RNG = np.random.default_rng(17)
MANY_N = RNG.integers(50, 3000, 40)
MANY_X = RNG.binomial(MANY_N, np.clip(RNG.normal(0.06, 0.02, 40), 0, 1))


def spiegelhalter(target, n, tail):
    """Appendix A.1.1 with sums of binomial terms."""
    terms = [comb(n, k) * target**k * (1 - target) ** (n - k) for k in range(n + 1)]
    total = 0.0
    for k, term in enumerate(terms):
        if total + term > tail:
            return max((k - (total + term - tail) / term) / n, 0.0)
        total += term
    raise AssertionError("a distribution sums to more than its tail")


@given(st.integers(1, 120), st.floats(0.01, 0.99))
def test_exact_limits_are_spiegelhalters_and_mirror(n, target):
    model = funnel([0, 1], [50, 50], target=target).model
    low, high = funnel_limits(model, [n])
    for level, tail in enumerate((0.025, 0.001)):
        assert low[level, 0] == pytest.approx(spiegelhalter(target, n, tail), abs=1e-9)
        assert high[level, 0] == pytest.approx(1 - spiegelhalter(1 - target, n, tail), abs=1e-9)


@given(st.integers(1, 300), st.floats(0.005, 0.995))
def test_chance_alone_is_never_flagged_more_often_than_the_tail(n, target):
    counts = np.arange(n + 1)
    low, high = funnel_limits(funnel([0, 1], [50, 50], target=target).model, [n])
    weight = stats.binom.pmf(counts, n, target)
    for level, tail in enumerate((0.025, 0.001)):
        assert weight[counts / n < low[level, 0]].sum() <= tail + 1e-9
        assert weight[counts / n > high[level, 0]].sum() <= tail + 1e-9


@pytest.mark.parametrize("model", ["exact", "multiplicative", "additive"])
def test_the_limits_drawn_are_the_limits_tested(model):
    """A verdict read off lines drawn over a grid is the verdict given."""
    found = funnel(MANY_X, MANY_N, model=model)
    grid = np.arange(1, 3001)
    low, high = funnel_limits(found.model, grid)
    at = MANY_N - 1
    share = MANY_X / MANY_N
    words = np.full(share.shape, "within", dtype=object)
    for level, name in enumerate(("95", "99_8")):
        words[share > high[level, at]] = f"above_{name}"
        words[share < low[level, at]] = f"below_{name}"
    assert found.verdict.tolist() == words.tolist()
    assert (words != "within").any()


def test_multiplicative_and_additive_limits_by_formula():
    n = np.array([400, 5000])
    multiplied, added = (
        funnel(MANY_X, MANY_N, model=m).model for m in ("multiplicative", "additive")
    )
    theta = MANY_X.sum() / MANY_N.sum()
    phi, tau2 = float(multiplied.dispersion.phi), float(multiplied.dispersion.tau2)
    assert phi > 2
    variance = theta * (1 - theta) / n
    for model, spread in (
        (multiplied, np.sqrt(phi * variance)),
        (added, np.sqrt(variance + tau2)),
    ):
        low, high = funnel_limits(model, n)
        for level, z in enumerate((1.959964, 3.090232)):
            np.testing.assert_allclose(low[level], np.maximum(theta - z * spread, 0), rtol=1e-6)
            np.testing.assert_allclose(high[level], theta + z * spread, rtol=1e-6)


def test_fewer_than_twenty_units_have_exact_limits_and_a_warning():
    few, enough = funnel(MANY_X[:19], MANY_N[:19]), funnel(MANY_X[:20], MANY_N[:20])
    assert few.reason[()] == "fewer than 20 units: exact limits, over-dispersion unknown"
    assert (few.status[()], enough.reason[()]) == ("ok", "")
    exact = funnel(MANY_X[:19], MANY_N[:19], model="exact")
    np.testing.assert_array_equal(few.high, exact.high)


def test_units_without_cases_do_not_count_towards_twenty():
    x, n = np.append(MANY_X[:19], 0), np.append(MANY_N[:19], 0)
    found = funnel(x, n)
    assert found.reason[()].startswith("fewer than 20")
    assert (found.verdict[-1], found.unit_status[-1]) == ("", "not_applicable")


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(60, 500)), min_size=2, max_size=30),
    st.sampled_from(["exact", "multiplicative", "additive"]),
)
def test_over_dispersion_never_narrows_and_complements_mirror(units, model):
    x, n = (np.array(part) for part in zip(*units, strict=True))
    found, exact = funnel(x, n, model=model), funnel(x, n, model="exact")
    assert (found.low <= exact.low + 1e-12).all()
    assert (found.high >= exact.high - 1e-12).all()
    other = funnel(n - x, n, model=model)
    np.testing.assert_allclose(found.low, 1 - other.high, atol=1e-9)
    # levels are nested: what lies outside 99.8 % lies outside 95 %
    assert (found.low[1] <= found.low[0] + 1e-12).all()
    assert (found.high[1] >= found.high[0] - 1e-12).all()


def test_strata_are_answered_as_each_alone():
    both = funnel([MANY_X, MANY_X[::-1] // 2], [MANY_N, MANY_N[::-1]])
    alone = funnel(MANY_X[::-1] // 2, MANY_N[::-1])
    np.testing.assert_allclose(both.high[1], alone.high)
    assert both.verdict[1].tolist() == alone.verdict.tolist()
    low, _ = funnel_limits(both.model, np.arange(100))
    assert low.shape == (2, 2, 100)
    assert np.isnan(low[..., 0]).all()


def test_degenerate_funnels():
    found = funnel([[5, 0], [0, 0], [0, 0]], [[50, 0], [0, 0], [50, 9]])
    assert found.status.tolist() == ["insufficient", "insufficient", "ok"]
    assert found.reason.tolist()[:2] == ["fewer than two units: nothing to compare", "no cases"]
    assert found.verdict.tolist() == [["", ""], ["", ""], ["within", "within"]]
    assert found.unit_status[0].tolist() == ["insufficient", "not_applicable"]
    stated = funnel([5], [50], target=0.01)
    assert (stated.status[()], stated.verdict[0]) == ("ok", "above_99_8")
    assert funnel([0, 1], [50, 50], target=0.0).verdict.tolist() == ["within", "above_99_8"]
    assert funnel([50, 49], [50, 50], target=1.0).verdict.tolist() == ["within", "below_99_8"]
    assert funnel(np.empty((2, 0)), np.empty((2, 0))).verdict.shape == (2, 0)


def test_a_rare_event_is_not_flagged_by_the_normal_limit_alone():
    """2 % of 40: the normal 99.8 % limit is 8.8 %, yet 4 of 40 (10 %) occur in 0.8 % of such units."""
    n = np.full(40, 40)
    x = np.zeros(40)
    x[:28] = 1
    x[0] = 4
    found = funnel(x, n, target=0.02)
    assert 0.02 + 3.0902 * np.sqrt(0.02 * 0.98 / 40) < 4 / 40
    assert stats.binom.sf(3, 40, 0.02) > 0.005
    assert found.verdict[0] == "above_95"
