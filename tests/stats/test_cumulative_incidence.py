import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight

from overread.stats.durations.cumulative_incidence import (
    cumulative_incidence,
    incidence_at,
    incidence_quantiles,
)
from overread.stats.durations.incidence_estimates import (
    FEW_CASES,
    FEW_EVENTS,
    FEW_FOLLOWED,
    FEW_LEFT,
    NO_CASES,
    NO_EVENT,
    NO_LIMIT,
    NOT_FOLLOWED,
    NOT_REACHED,
)
from overread.stats.durations.survival import kaplan_meier, survival_quantiles
from overread.stats.interval import t_quantile, wilson_limits

CASES = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 2)), min_size=1, max_size=40)


def histogram(cases, grid=None):
    """Distinct times, events of interest (1), competing (2) and censored (0)."""
    time, kind = (np.array(part) for part in zip(*cases, strict=True))
    grid = np.unique(time) if grid is None else np.asarray(grid)
    counts = [((time[:, None] == grid) & (kind[:, None] == k)).sum(axis=0) for k in (1, 2, 0)]
    return grid.astype(float), *counts


def test_by_hand():
    """Five tasks: read at 1 and 3, cancelled at 2, censored at 2 (after the event), read at 4."""
    curve = cumulative_incidence([1, 2, 3, 4], [1, 0, 1, 1], [0, 1, 0, 0], [0, 1, 0, 0])
    # S: 4/5, 4/5 x 3/4 = 3/5, 3/10, 0; I: 1/5, 1/5, 1/5 + 3/5 x 1/2, + 3/10 x 1
    np.testing.assert_allclose(curve.incidence, [0.2, 0.2, 0.5, 0.8], rtol=1e-12)
    np.testing.assert_allclose(curve.event_free, [0.8, 0.6, 0.3, 0.0], atol=1e-12)
    assert curve.at_risk.tolist() == [5, 4, 2, 1]
    # at 1 it is the binomial variance of 1 in 5
    np.testing.assert_allclose(curve.se[0], np.sqrt(0.2 * 0.8 / 5), rtol=1e-12)
    # at 3, by the formula: I(t)-I(s) = .3, .3, 0; e/(n(n-e)) = 1/20, 1/12, 1/2
    by_hand = 0.09 / 20 + 0.09 / 12 + (4 / 125 + 0.36 * 1 / 8) - 2 * 0.3 * 1 / 25
    np.testing.assert_allclose(curve.se[2] ** 2, by_hand, rtol=1e-12)


@settings(deadline=None, max_examples=60)
@given(CASES)
def test_equals_statsmodels_where_it_is_defined(cases):
    """Statsmodels divides by 0 where the last case has an event: NaN there, a number here."""
    if not any(kind == 1 for _, kind in cases):
        return
    time, kind = (np.array(part) for part in zip(*cases, strict=True))
    with np.errstate(all="ignore"):
        theirs = CumIncidenceRight(time, kind)
    ours = cumulative_incidence(*histogram(cases, theirs.times))
    np.testing.assert_allclose(ours.incidence, theirs.cinc[0], atol=1e-12)
    right = np.isfinite(theirs.cinc_se[0])
    np.testing.assert_allclose(ours.se[right] ** 2, theirs.cinc_se[0][right] ** 2, atol=1e-12)
    assert np.isfinite(ours.se).all()


@settings(deadline=None, max_examples=60)
@given(CASES)
def test_without_competing_events_it_is_one_less_kaplan_meier(cases):
    grid, read, cancelled, lost = histogram(cases)
    events = read + cancelled
    ours = cumulative_incidence(grid, events, 0, lost)
    theirs = kaplan_meier(grid, events, lost)
    np.testing.assert_allclose(ours.incidence, 1 - theirs.survival, atol=1e-12)
    np.testing.assert_allclose(ours.low, 1 - theirs.high, atol=1e-9)
    np.testing.assert_allclose(ours.high, 1 - theirs.low, atol=1e-9)
    shares = [0.1, 0.25, 0.5, 0.9]
    value, low, high = survival_quantiles(theirs, shares)
    quantiles = incidence_quantiles(ours, shares, interval="published")
    np.testing.assert_allclose(quantiles.value, value, rtol=1e-9)
    np.testing.assert_allclose(quantiles.low, np.where(np.isnan(value), np.nan, low), rtol=1e-9)
    np.testing.assert_allclose(quantiles.high, np.where(np.isnan(value), np.nan, high), rtol=1e-9)


@settings(deadline=None, max_examples=60)
@given(CASES)
def test_both_incidences_and_the_event_free_share_add_up_to_one(cases):
    grid, read, cancelled, lost = histogram(cases)
    one, two = (
        cumulative_incidence(grid, read, cancelled, lost),
        cumulative_incidence(grid, cancelled, read, lost),
    )
    np.testing.assert_allclose(one.incidence + two.incidence + one.event_free, 1, atol=1e-12)
    assert (np.diff(one.incidence) >= -1e-15).all()
    inner = np.isfinite(one.low)
    assert (one.low[inner] <= one.incidence[inner] + 1e-12).all()
    assert (one.incidence[inner] <= one.high[inner] + 1e-12).all()


@settings(deadline=None, max_examples=60)
@given(CASES, CASES)
def test_strata_on_one_grid_answer_as_each_alone(first, second):
    grid = np.unique([time for time, _ in first + second])
    parts = [histogram(cases, grid)[1:] for cases in (first, second)]
    together = cumulative_incidence(grid, *(np.stack(p) for p in zip(*parts, strict=True)))
    quantiles, at = incidence_quantiles(together, [0.2, 0.5]), incidence_at(together, [3, 7.5, 12])
    for i, cases in enumerate((first, second)):
        alone = cumulative_incidence(*histogram(cases))
        np.testing.assert_allclose(
            quantiles.value[i], incidence_quantiles(alone, [0.2, 0.5]).value, rtol=1e-12
        )
        single = incidence_at(alone, [3, 7.5, 12])
        np.testing.assert_allclose(at.value[i], single.value, atol=1e-12)
        np.testing.assert_allclose(at.high[i], single.high, atol=1e-9)
        assert at.reason[i].tolist() == single.reason.tolist()


@settings(deadline=None, max_examples=60)
@given(CASES, st.integers(2, 5))
def test_duplicated_cases_keep_the_curve_and_shrink_the_variance(cases, times):
    grid, *counts = histogram(cases)
    once = cumulative_incidence(grid, *counts)
    more = cumulative_incidence(grid, *(times * c for c in counts))
    np.testing.assert_allclose(once.incidence, more.incidence, atol=1e-12)
    np.testing.assert_allclose(once.se**2, times * more.se**2, atol=1e-12)


def test_censoring_instead_of_competing_overstates():
    """The reason for this module: cancelled tasks as censored make the share read too high."""
    grid, read, cancelled = np.arange(1.0, 6), np.full(5, 2), np.full(5, 2)
    right = cumulative_incidence(grid, read, cancelled, 0)
    wrong = 1 - kaplan_meier(grid, read, cancelled).survival
    np.testing.assert_allclose(right.incidence[-1], 0.5, rtol=1e-12)
    assert wrong[-1] > 0.7


def test_degenerate_strata():
    curve = cumulative_incidence(
        [1, 2, 3],
        [[0, 0, 0], [0, 0, 0], [0, 0, 0], [2, 0, 0]],
        [[0, 0, 0], [0, 0, 0], [1, 2, 0], [0, 0, 0]],
        [[0, 0, 0], [1, 2, 3], [0, 0, 0], [0, 2, 0]],
    )
    assert curve.status.tolist() == ["insufficient", "ok", "ok", "ok"]
    assert curve.reason.tolist() == [NO_CASES, NO_EVENT, NO_EVENT, ""]
    assert np.isnan(curve.incidence[0]).all()
    assert curve.incidence[1].tolist() == [0, 0, 0]
    at = incidence_at(curve, [0.5, 2, 9])
    assert at.reason[:, 2].tolist() == [NO_CASES, NOT_FOLLOWED, "", NOT_FOLLOWED]
    assert (at.low[2] == 0).all()
    assert (at.high[2] > 0.5).all()
    assert at.value[3, :2].tolist() == [0.0, 0.5]
    assert at.n[:, 0].tolist() == [0, 6, 3, 4]
    quantile = incidence_quantiles(curve, [0.75])
    assert quantile.reason.ravel().tolist() == [NO_CASES, *[NOT_REACHED] * 3]


def test_an_empty_grid_has_no_cases():
    curve = cumulative_incidence([], np.zeros((2, 0)), np.zeros((2, 0)), np.zeros((2, 0)))
    assert curve.reason.tolist() == [NO_CASES] * 2
    assert incidence_at(curve, [1.0]).status.ravel().tolist() == ["insufficient"] * 2
    assert incidence_quantiles(curve, [0.5]).status.ravel().tolist() == ["insufficient"] * 2


def test_without_censoring_the_interval_is_wilsons_on_the_cases():
    curve = cumulative_incidence([1, 2, 5], [3, 4, 0], [1, 0, 12], [0, 0, 0])
    at = incidence_at(curve, [0.5, 2.0, 9.0])
    theirs = wilson_limits(np.array([0, 0.35, 0.35]), np.full(3, 20.0), t_quantile(0.95, 20))
    np.testing.assert_allclose(at.low, theirs[0], atol=1e-9)
    np.testing.assert_allclose(at.high, theirs[1], rtol=1e-9)
    assert at.high[0] > 0.1


def test_with_few_left_after_censoring_there_is_no_interval():
    curve = cumulative_incidence([1, 2, 3], [5, 2, 1], [1, 0, 0], [0, 15, 3])
    at = incidence_at(curve, [1, 2, 2.5])
    assert at.reason.tolist() == ["", "", FEW_LEFT]
    assert np.isnan(at.low).tolist() == [False, False, True]
    np.testing.assert_allclose(at.value[2], at.value[1])


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3])
@pytest.mark.parametrize("n", [20, 60])
def test_intervals_at_a_time_cover(rate, n):
    rng = np.random.default_rng(n)
    read, cancelled, cut = (rng.geometric(p, (2000, n)) for p in (rate, 0.05, 0.06))
    time = np.minimum(np.minimum(read, cancelled), cut)
    kind = np.where(cut < np.minimum(read, cancelled), 0, np.where(read <= cancelled, 1, 2))
    grid = np.arange(1, 11)
    time, kind = np.minimum(time, 10), np.where(time > 10, 0, kind)
    counts = [((time == g) & (kind == k)).sum(axis=-1) for k in (1, 2, 0) for g in grid]
    curve = cumulative_incidence(grid, *np.array(counts).reshape(3, 10, 2000).transpose(0, 2, 1))
    truth = np.cumsum(((1 - rate) * 0.95) ** np.arange(10) * rate)[[2, 6]]
    at = incidence_at(curve, [3, 7])
    shown = np.isfinite(at.low)
    cover = np.array(
        [((at.low <= truth) & (truth <= at.high))[:, i][shown[:, i]].mean() for i in (0, 1)]
    )
    assert (cover > 0.93).all()
    assert (cover < 0.99).all()


def test_counts_whose_products_exceed_64_bits():
    curve = cumulative_incidence([1, 2], [4e9, 1e9], [1e9, 1e9], [0, 3e9])
    np.testing.assert_allclose(curve.incidence, [0.4, 0.5], rtol=1e-12)
    np.testing.assert_allclose(curve.se[0], np.sqrt(0.4 * 0.6 / 1e10), rtol=1e-9)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="ascend"):
        cumulative_incidence([2, 1], [1, 1], [0, 0], [0, 0])
    with pytest.raises(ValueError, match="negative"):
        cumulative_incidence([1, 2], [1, -1], [0, 0], [0, 0])


def test_quantiles_without_enough_behind_them_have_a_value_and_a_reason():
    """40 cases, one read a day, and two thirds open from the 13th day on."""
    grid = np.arange(1.0, 41.0)
    read = np.where(grid <= 13, 1, 0)
    lost = np.where(grid == 14, 27, 0)
    curve = cumulative_incidence(grid, read, np.zeros(40), lost)
    quantiles = incidence_quantiles(curve, [0.1, 0.2, 0.32])
    assert quantiles.value.tolist() == [4.5, 8.5, 13.0]
    assert quantiles.reason.tolist() == [FEW_EVENTS, "", NO_LIMIT]
    assert np.isfinite(quantiles.low).tolist() == [False, True, False]
    published = incidence_quantiles(curve, [0.1, 0.2, 0.32], interval="published")
    assert published.reason.tolist() == ["", "", ""]
    assert np.isfinite(published.low).all()
    assert np.isfinite(published.high).tolist() == [True, True, False]
    few = cumulative_incidence([1, 2, 3], [10, 5, 4], [0, 0, 0], [0, 0, 0])
    assert incidence_quantiles(few, [0.5]).reason.tolist() == [FEW_CASES]
    late = cumulative_incidence([1, 2, 3], [10, 15, 4], [0, 0, 0], [1, 0, 0])
    assert incidence_quantiles(late, [0.9]).reason.tolist() == [FEW_FOLLOWED]
    with pytest.raises(ValueError, match="not 'wald'"):
        incidence_quantiles(late, [0.9], interval="wald")
