import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.stats.late_reviews.nowcast import (
    MIN_EVENTS,
    NO_EARLY,
    NO_EVENT,
    NONE_IN,
    TAIL_UNSEEN,
    nowcast,
)

# arbitration: a quarter of the discrepant reviews take four months or more
SLOW = [0.15, 0.25, 0.25, 0.15, 0.1, 0.1]
FAST = [0.6, 0.25, 0.1, 0.03, 0.01, 0.01]
DELAYS = len(SLOW)


def _reviews(rng, shape, assigned, rate, slow=SLOW, fast=FAST, respond=0.9, pace=1.0):
    """Triangles at the cut-off, and the final rate that only time will show; newest month last."""
    given_ = np.broadcast_to(np.asarray(assigned), shape).astype(np.int64)
    done = rng.binomial(given_, respond)
    bad = rng.binomial(done, rate)
    observed = np.arange(DELAYS) < np.arange(shape[-1], 0, -1)[:, None]
    later, sooner = (_slowed(profile, shape[-1], pace) for profile in (slow, fast))
    x = rng.multinomial(bad, later)
    y = rng.multinomial(done - bad, sooner)
    return y * observed, x * observed, given_, bad / np.maximum(done, 1)


def _slowed(profile, months, pace):
    """Delay profile per month; the newest month's reviews come at `pace` times the usual speed."""
    profiles = np.tile(np.asarray(profile, dtype=float), (months, 1))
    profiles[-1, 0] *= pace
    profiles[-1, 1:] *= (1 - profiles[-1, 0]) / profiles[-1, 1:].sum()
    return profiles


@pytest.mark.parametrize(
    ("shape", "pooled", "assigned", "rate"),
    [((600, 18), (), 200, 0.05), ((200, 4, 18), (1,), 60, 0.08), ((600, 18), (), 400, 0.1)],
)
def test_recovers_the_truth_where_arbitration_delays_the_discrepant(shape, pooled, assigned, rate):
    y, x, given_, truth = _reviews(np.random.default_rng(11), shape, assigned, rate)
    result = nowcast(y, x, given_, pool_axes=pooled, draws=300)
    axes = tuple(range(len(shape) - 1))
    young = ~result.complete
    seen = (x + y).sum(-1)
    naive = (x.sum(-1) / np.maximum(seen, 1)).mean(axes)[young]
    real, now = truth.mean(axes)[young], np.nanmean(result.rate.value, axes)[young]
    # the naive rate falls month by month, down to a third of the truth: a false gain
    assert np.all(np.diff(naive) < 0)
    assert naive[-1] < 0.4 * real[-1]
    # no bias beyond the simulation's own error (three standard errors)
    error = result.rate.value - truth
    allowed = 3 * np.nanstd(error, axes)[young] / np.sqrt(np.prod(shape[:-1]))
    assert np.all(np.abs(now - real) < allowed + 0.001)
    covered = ((result.rate.low <= truth) & (truth <= result.rate.high)).mean(axes)[young]
    # per month within the simulation's error of 93 %, all together nominal
    assert np.all(covered > 0.91)
    assert 0.93 < covered.mean() < 0.98


def test_reviews_are_projected_from_assignments_with_coverage():
    rng = np.random.default_rng(5)
    given_ = np.full((500, 18), 150)
    done = rng.binomial(given_, 0.85)
    bad = rng.binomial(done, 0.06)
    observed = np.arange(DELAYS) < np.arange(18, 0, -1)[:, None]
    y, x = rng.multinomial(done - bad, FAST) * observed, rng.multinomial(bad, SLOW) * observed
    lapsed = np.zeros((500, 18, DELAYS))
    lapsed[..., 4] = rng.binomial(given_ - done, 0.5)  # half of the non-response is told as expired
    result = nowcast(y, x, given_, expired=lapsed * observed, draws=300)
    young = ~result.complete
    covered = ((result.reviews.low <= done) & (done <= result.reviews.high)).mean(0)[young]
    assert np.all((covered > 0.91) & (covered < 0.995))
    assert result.reviews.value.mean(0)[young] == pytest.approx(done.mean(0)[young], rel=0.005)


def test_a_month_that_is_slow_as_a_whole_is_not_taken_for_a_better_one():
    """Both kinds at a third of the usual pace in the newest month: the composition still tells the rate."""
    y, x, given_, truth = _reviews(np.random.default_rng(3), (600, 18), 400, 0.1, pace=1 / 3)
    result = nowcast(y, x, given_, draws=50)
    assert result.rate.value[:, -1].mean() == pytest.approx(truth[:, -1].mean(), rel=0.06)


# Taylor and Ashe's cumulative claims, the standard example of the chain ladder
CLAIMS = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]


def test_development_and_dispersion_equal_the_published_chain_ladder():
    triangle = np.zeros((10, 10))
    for month, row in enumerate(CLAIMS):
        triangle[month, : len(row)] = np.diff(row, prepend=0)
    given_ = np.full(10, 1e8)
    result = nowcast(np.zeros((10, 10)), triangle, given_, draws=20)
    factors = result.discrepant_developed[1:] / result.discrepant_developed[:-1]
    # Mack (1993), table of development factors
    published = [3.4906, 1.7473, 1.4574, 1.1739, 1.1038, 1.0863, 1.0539, 1.0766, 1.0177]
    assert factors == pytest.approx(published, abs=5e-5)
    ultimate = triangle.sum(-1) / result.discrepant_developed[::-1]
    assert (ultimate - triangle.sum(-1)).sum() == pytest.approx(18_680_856, abs=1)
    # England and Verrall (2002): Pearson dispersion of the over-dispersed Poisson fit
    assert float(result.dispersion) == pytest.approx(52_601, rel=1e-4)


def test_complete_months_come_back_unchanged():
    y, x, given_, truth = _reviews(np.random.default_rng(2), (3, 20), 300, 0.08)
    result = nowcast(y, x, given_, draws=50)
    done = result.complete
    assert done.sum() == 20 - DELAYS + 1
    for part in (result.rate.value, result.rate.low, result.rate.high):
        assert np.array_equal(part[:, done], truth[:, done])
    assert (result.rate.se[:, done] == 0).all()
    assert not result.provisional[:, done].any()
    assert np.array_equal(result.reviews.value[:, done], (x + y).sum(-1)[:, done])
    assert np.array_equal(result.share_in[:, done], np.ones_like(truth)[:, done])


def test_vendors_share_the_delays_of_their_route():
    """A small vendor alone learns little; pooled, all vendors of the route get the sums' development."""
    y, x, given_, _ = _reviews(np.random.default_rng(9), (2, 3, 18), 40, 0.1)
    together = nowcast(y, x, given_, pool_axes=(1,), draws=50)
    summed = nowcast(y.sum(1), x.sum(1), given_.sum(1), draws=50)
    assert together.discrepant_developed.shape == (2, 1, DELAYS)
    assert together.discrepant_developed[:, 0] == pytest.approx(summed.discrepant_developed)
    assert together.concordant_developed[:, 0] == pytest.approx(summed.concordant_developed)
    assert np.array_equal(
        together.rate.value, nowcast(y, x, given_, pool_axes=(-1,), draws=50).rate.value
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_duplicated_counts_give_the_same_rate(seed, times):
    y, x, given_, _ = _reviews(np.random.default_rng(seed), (14,), 120, 0.15)
    once = nowcast(y, x, given_, draws=20)
    more = nowcast(times * y, times * x, times * given_, draws=20)
    assert more.rate.value == pytest.approx(once.rate.value, nan_ok=True)
    assert more.reviews.value == pytest.approx(times * once.reviews.value)
    low, value, high = once.rate.low, once.rate.value, once.rate.high
    fine = once.rate.status == "ok"
    assert ((low <= value) & (value <= high))[fine].all()
    assert (low[fine] >= 0).all()
    assert (high[fine] <= 1).all()
    # what is in bounds what can come
    assert (value * once.reviews.value >= x.sum(-1) - 1e-9)[fine].all()


def test_the_same_seed_gives_the_same_interval():
    y, x, given_, _ = _reviews(np.random.default_rng(4), (18,), 100, 0.1)
    first, again, other = (nowcast(y, x, given_, draws=100, seed=s).rate.high for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_few_months_or_few_events_are_provisional():
    y, x, given_, _ = _reviews(np.random.default_rng(6), (18,), 400, 0.1)
    assert not nowcast(y, x, given_, draws=20).provisional.any()
    short = nowcast(y[-11:], x[-11:], given_[-11:], draws=20)
    assert short.provisional[~short.complete].all()
    assert set(short.provisional_reason[short.provisional]) == {
        "provisional: delays learnt from fewer than 12 origin months"
    }
    y, x, given_, _ = _reviews(np.random.default_rng(6), (18,), 20, 0.05)
    rare = nowcast(y, x, given_, draws=20)
    assert 0 < x.sum() < MIN_EVENTS
    assert rare.provisional[~rare.complete].all()
    assert not rare.provisional[rare.complete].any()


def test_degenerate_triangles_have_a_status():
    y, x, given_, _ = _reviews(np.random.default_rng(8), (18,), 100, 0.1)
    # no event at all: what is complete stands, what is open has nothing to learn from
    none = nowcast(y, np.zeros_like(x), given_, draws=20)
    assert (none.rate.value[none.complete] == 0).all()
    assert set(none.rate.reason[~none.complete]) == {NO_EVENT}
    assert (none.reviews.status == "ok").all()
    # discrepant reviews that never come back within a month: the newest month has no development
    late = np.where(np.arange(DELAYS) == 0, 0, x)
    slow = nowcast(y, late, given_, draws=20)
    assert slow.rate.reason[-1] == NO_EARLY
    assert (slow.rate.status[:-1] == "ok").all()
    # assigned, and nothing is in; an idle month; a month of non-response only
    y[[5, -2]], x[[5, -2]] = 0, 0
    y[3], x[3], given_[3] = 0, 0, 0
    gaps = nowcast(y, x, given_, draws=20)
    assert gaps.rate.reason[[5, -2]].tolist() == [NONE_IN, NONE_IN]
    assert gaps.rate.reason[3] == "nothing assigned"
    assert gaps.reviews.status[[3, 5]].tolist() == ["insufficient", "ok"]
    assert gaps.reviews.value[5] == 0
    assert gaps.reviews.value[-2] > 0
    assert np.isnan(gaps.share_in[[3, 5]]).all()
    # younger than the last delay, all of them
    unseen = nowcast(y[-4:], x[-4:], given_[-4:], draws=20)
    assert set(unseen.rate.reason) == {TAIL_UNSEEN}


def test_expired_assignments_are_no_longer_awaited():
    y, x, given_, _ = _reviews(np.random.default_rng(12), (18,), 100, 0.1)
    lapsed = np.zeros_like(x)
    lapsed[-1, 0] = given_[-1] - (x + y)[-1].sum()
    ended = nowcast(y, x, given_, expired=lapsed, draws=50)
    assert ended.reviews.value[-1] == (x + y)[-1].sum()
    assert ended.share_in[-1] == 1


def test_all_discrepant_and_nothing_open():
    y, x, given_, _ = _reviews(np.random.default_rng(13), (18,), 100, 1.0, respond=1.0)
    result = nowcast(y, x, given_, draws=50)
    assert (result.rate.value == 1).all()
    assert result.reviews.value == pytest.approx(given_)


def test_counts_that_cannot_be_are_refused():
    y, x, given_, _ = _reviews(np.random.default_rng(14), (8,), 100, 0.1)
    beyond = x.copy()
    beyond[-1, 3] = 1
    for arguments, why in [
        ((y, beyond, given_), "beyond the cut-off"),
        ((-y, x, given_), "never negative"),
        ((y, x, given_ * 0), "than assigned"),
    ]:
        with pytest.raises(ValueError, match=why):
            nowcast(*arguments)
    with pytest.raises(ValueError, match="age"):
        nowcast(y, x, given_, age=np.zeros(8))


def test_no_strata_and_nothing_assigned():
    assert nowcast(np.zeros((0, 14, 6)), np.zeros((0, 14, 6)), np.zeros((0, 14))).rate.shape == (
        0,
        14,
    )
    idle = nowcast(np.zeros((14, 6)), np.zeros((14, 6)), np.zeros(14), draws=20)
    assert set(idle.rate.reason) == set(idle.reviews.reason) == {"nothing assigned"}
