import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.stats.monitoring.sprt import sprt, wald_boundaries


def test_boundaries_are_walds():
    assert wald_boundaries(0.05, 0.1) == pytest.approx((np.log(0.1 / 0.95), np.log(18)))


def test_by_hand():
    """p0 = 0.1, p1 = 0.3: an event adds log 3 = 1.0986, none adds log(7/9) = -0.2513; bounds -1.5581 and 2.7726."""
    test = sprt([1, 0, 1, 1, 0, 0], null=0.1, alternative=0.3)
    np.testing.assert_allclose(
        test.path, [1.0986, 0.8473, 1.9459, 3.0445, 3.0445, 3.0445], atol=1e-4
    )
    assert (test.decision[()], int(test.first), float(test.n)) == ("reject", 3, 4)
    calm = sprt([0] * 9, null=0.1, alternative=0.3)
    assert (calm.decision[()], int(calm.first), float(calm.n)) == ("accept", 6, 7)
    assert sprt([0] * 6, null=0.1, alternative=0.3).decision[()] == "continue"


def walk(events, cases, p0, p1, reset):
    lower, upper = wald_boundaries(0.05, 0.2)
    level, path, decision, first, accepted, used = 0.0, [], "continue", -1, 0, 0
    fresh = False
    for t, (x, n) in enumerate(zip(events, cases, strict=True)):
        if decision == "continue":
            level = 0.0 if fresh else level
            fresh = False
            if not np.isnan(x):
                used += n
                level += x * np.log(p1 / p0) + (n - x) * np.log((1 - p1) / (1 - p0))
            if level >= upper:
                decision, first = "reject", t
            elif level <= lower:
                accepted += 1
                fresh = reset
                if not reset:
                    decision, first = "accept", t
        path.append(level)
    return path, decision, first, accepted, used


LOTS = st.lists(
    st.one_of(
        st.just((float("nan"), 5)),
        st.tuples(st.integers(0, 3), st.integers(3, 12)),
    ),
    min_size=14,
    max_size=14,
)


@given(
    st.lists(LOTS, min_size=1, max_size=4),
    st.sampled_from([(0.1, 0.3), (0.3, 0.1)]),
    st.booleans(),
)
def test_strata_walk_as_each_alone(rows, shares, reset):
    x, n = (np.array([[lot[k] for lot in row] for row in rows]) for k in (0, 1))
    test = sprt(x, n, null=shares[0], alternative=shares[1], reset=reset)
    for row in range(len(rows)):
        path, decision, first, accepted, used = walk(x[row], n[row], *shares, reset)
        np.testing.assert_allclose(test.path[row], path, atol=1e-9)
        assert test.decision[row] == decision
        assert test.first[row] == first
        assert test.accepted[row] == accepted
        assert test.n[row] == used


def test_errors_are_kept():
    """Wald's bounds are conservative: the errors of 4,000 simulated tests stay at or below the nominal ones."""
    rng = np.random.default_rng(4)
    options = {"null": 0.05, "alternative": 0.1, "alpha": 0.05, "beta": 0.1}
    good = sprt(rng.random((4000, 1500)) < 0.05, **options)
    bad = sprt(rng.random((4000, 1500)) < 0.1, **options)
    assert np.mean(good.decision == "reject") < 0.055
    assert np.mean(bad.decision == "accept") < 0.105
    assert np.mean(good.decision == "continue") < 0.01


def test_a_resetting_test_never_accepts_for_good():
    """Thirty quiet cases would be the end of Wald's test; the resetting one still sees what follows."""
    cases = [0] * 30 + [1, 1, 1, 0, 0]
    once, again = (sprt(cases, null=0.1, alternative=0.3, reset=r) for r in (False, True))
    assert (once.decision[()], int(once.first)) == ("accept", 6)
    assert (again.decision[()], int(again.first), int(again.accepted)) == ("reject", 32, 4)
    assert again.path[7] == pytest.approx(np.log(7 / 9))


def test_degenerate():
    test = sprt(np.empty((3, 0)), null=0.1, alternative=0.3)
    assert test.decision.tolist() == ["continue"] * 3
    padded = sprt([np.nan, np.nan], null=0.1, alternative=0.3)
    assert (padded.decision[()], float(padded.n)) == ("continue", 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"null": 0.3}, "two shares differ"),
        ({"null": 0.0}, "two shares differ"),
        ({"alpha": 0.6, "beta": 0.5}, "together below 1"),
        ({"x": [2]}, "outside 0..cases"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        sprt(**{"x": [1], "null": 0.1, "alternative": 0.3, **change})
