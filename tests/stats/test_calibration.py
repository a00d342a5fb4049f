import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from overread.stats.accuracy.calibration import (
    NO_CASES,
    ONE_OUTCOME,
    ONE_PROBABILITY,
    SEPARATION,
    calibration,
    calibration_line,
)

TENTHS = np.arange(0.05, 1, 0.1)


def simulated(seed, intercept, slope, n=400):
    rng = np.random.default_rng(seed)
    p = np.round(special.expit(rng.normal(-1, 1.5, n)), 3)
    truth = rng.random(n) < special.expit(intercept + slope * special.logit(p))
    return truth.astype(float), p


def test_scores_and_bins_by_hand():
    result = calibration([0, 1, 1, np.nan], [0.1, 0.9, 0.3, 0.5], bins=2)
    np.testing.assert_allclose(result.brier.value, (0.01 + 0.01 + 0.49) / 3, rtol=1e-12)
    assert result.n.tolist() == [2, 1]
    assert result.share.tolist() == [0.5, 1.0]


@pytest.mark.parametrize(("intercept", "slope"), [(0, 1), (0.5, 0.6), (-1, 1.4), (0.2, -0.3)])
def test_the_line_equals_statsmodels(intercept, slope):
    truth, p = simulated(1, intercept, slope)
    ours = calibration_line(truth, 1 - truth, p)
    logit = special.logit(p)
    theirs = sm.Logit(truth, sm.add_constant(logit)).fit(disp=0)
    for mine, place in ((ours.intercept, 0), (ours.slope, 1)):
        np.testing.assert_allclose(mine.value, theirs.params[place], rtol=1e-6)
        np.testing.assert_allclose(mine.se, theirs.bse[place], rtol=1e-6)
        np.testing.assert_allclose([mine.low, mine.high], theirs.conf_int()[place], rtol=1e-5)
    large = sm.GLM(truth, np.ones(truth.size), offset=logit, family=sm.families.Binomial()).fit()
    np.testing.assert_allclose(ours.in_the_large.value, large.params[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours.in_the_large.se, large.bse[0], rtol=1e-5)
    assert ours.slope.n == 400


def test_counts_at_each_probability_equal_the_items():
    truth, p = simulated(2, 0.3, 0.8)
    places, position = np.unique(p, return_inverse=True)
    counted = calibration_line(
        np.bincount(position, truth), np.bincount(position, 1 - truth), places
    )
    items = calibration_line(truth, 1 - truth, p)
    for name in ("intercept", "slope", "in_the_large"):
        for part in ("value", "se", "n"):
            np.testing.assert_allclose(
                getattr(getattr(counted, name), part),
                getattr(getattr(items, name), part),
                rtol=1e-7,
            )


def test_predictions_that_are_right_have_intercept_0_and_slope_1():
    counts = np.full(10, 1000.0)
    line = calibration_line(counts * TENTHS, counts * (1 - TENTHS), TENTHS)
    np.testing.assert_allclose(line.intercept.value, 0, atol=1e-9)
    np.testing.assert_allclose(line.slope.value, 1, rtol=1e-9)
    np.testing.assert_allclose(line.in_the_large.value, 0, atol=1e-9)


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(3)
    truth = special.expit(0.4 + 0.7 * special.logit(TENTHS))
    sick = rng.binomial(40, truth, (2000, 10))
    line = calibration_line(sick, 40 - sick, TENTHS)
    assert (line.slope.status == "ok").all()
    for estimate, value in ((line.intercept, 0.4), (line.slope, 0.7)):
        assert 0.935 < ((estimate.low <= value) & (value <= estimate.high)).mean() < 0.965


COUNTS = st.lists(st.integers(0, 12), min_size=10, max_size=10)


@settings(deadline=None, max_examples=60)
@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_strata_answer_as_each_alone_and_always_with_a_status(a, b, c, d):
    both = calibration_line([a, c], [b, d], TENTHS)
    for i, (sick, well) in enumerate(((a, b), (c, d))):
        alone = calibration_line(sick, well, TENTHS)
        for name in ("intercept", "slope", "in_the_large"):
            ours, theirs = getattr(both, name), getattr(alone, name)
            assert ours.status[i] == theirs.status
            assert ours.reason[i] == theirs.reason
            np.testing.assert_allclose(ours.value[i], theirs.value, rtol=1e-6, atol=1e-8)
            np.testing.assert_allclose(ours.se[i], theirs.se, rtol=1e-6)
            assert (theirs.status == "ok") == bool(
                np.isfinite(theirs.value) & np.isfinite(theirs.se)
            )
        assert "converge" not in str(alone.slope.reason)


@settings(deadline=None, max_examples=40)
@given(COUNTS, COUNTS)
def test_the_other_outcome_mirrors_the_line(sick, well):
    line, mirror = calibration_line(sick, well, TENTHS), calibration_line(well, sick, 1 - TENTHS)
    np.testing.assert_allclose(mirror.slope.value, line.slope.value, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(mirror.intercept.value, -line.intercept.value, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(
        mirror.in_the_large.value, -line.in_the_large.value, rtol=1e-5, atol=1e-7
    )


def test_separation_and_other_strata_without_a_line():
    p = [0.1, 0.4, 0.7, 0.9]
    sick = [
        [0, 0, 3, 4],
        [0, 2, 3, 4],
        [5, 1, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 3, 0, 0],
        [0, 2, 1, 0],
    ]
    well = [
        [3, 4, 0, 0],
        [3, 4, 0, 0],
        [0, 2, 3, 0],
        [2, 0, 1, 0],
        [0, 0, 0, 0],
        [0, 2, 0, 0],
        [1, 0, 2, 1],
    ]
    line = calibration_line(sick, well, p)
    expected = [SEPARATION] * 3 + [ONE_OUTCOME, NO_CASES, ONE_PROBABILITY, ""]
    assert line.slope.reason.tolist() == expected
    assert line.intercept.reason.tolist() == expected
    assert line.in_the_large.status.tolist() == ["ok"] * 3 + ["insufficient"] * 2 + ["ok"] * 2
    # all at 0.4, three of five: the intercept moves the logit to that of 0.6
    np.testing.assert_allclose(
        line.in_the_large.value[5], special.logit(0.6) - special.logit(0.4), rtol=1e-9
    )


def test_probabilities_without_a_logit_are_left_out_and_counted():
    truth, p = simulated(4, 0.2, 0.9)
    more, there = np.append(truth, [1, 0, 0, 1]), np.append(p, [1, 0, 1, np.nan])
    line, alone = calibration_line(more, 1 - more, there), calibration_line(truth, 1 - truth, p)
    assert line.left_out == 3
    assert line.slope.n == 400
    np.testing.assert_allclose(line.slope.value, alone.slope.value, rtol=1e-9)


def test_extreme_probabilities_and_counts_converge():
    p = np.array([1e-12, 1e-4, 0.5, 1 - 1e-9])
    line = calibration_line([1, 2, 9e9, 50], [1e9, 30, 1e10, 1], p)
    assert line.slope.status == "ok"
    assert line.in_the_large.status == "ok"
    model = sm.GLM(
        np.array([[1, 1e9], [2, 30], [9e9, 1e10], [50, 1]]),
        sm.add_constant(special.logit(p)),
        family=sm.families.Binomial(),
    ).fit(tol=1e-14)
    np.testing.assert_allclose(line.slope.value, model.params[1], rtol=1e-4)


@pytest.mark.parametrize("tiny", [5e-324, 1e-300, 1e-16])
def test_the_smallest_probabilities_warn_nobody(tiny):
    line = calibration_line([[3, 1, 2], [3, 0, 0]], [[1, 2, 2], [4, 0, 0]], [tiny, 0.4, 0.6])
    assert line.slope.status[0] == "ok"
    assert line.slope.reason[1] == ONE_PROBABILITY
    finite = np.isfinite(line.in_the_large.value)
    assert (finite == (line.in_the_large.status == "ok")).all()


def test_thousands_of_strata_in_one_call():
    rng = np.random.default_rng(5)
    sick = rng.binomial(30, TENTHS, (3000, 10))
    line = calibration_line(sick, 30 - sick, TENTHS)
    assert (line.slope.status == "ok").all()
    np.testing.assert_allclose(np.median(line.slope.value), 1, atol=0.02)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="outside"):
        calibration_line([1], [1], [1.2])
    with pytest.raises(ValueError, match="negative"):
        calibration_line([-1], [1], [0.2])
    assert calibration_line(np.zeros((0, 3)), np.zeros((0, 3)), [0.1, 0.2, 0.3]).slope.shape == (0,)
    assert calibration_line([], [], []).slope.reason == NO_CASES
