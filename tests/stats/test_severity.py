import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

from overread.stats.comparison import severity as module
from overread.stats.comparison.crossed_effects import fit_crossed
from overread.stats.comparison.severity import reviewer_severity, zero_finders

N = np.array([[60, 30, 10, 0], [20, 40, 40, 30], [5, 80, 25, 30]])
X = np.array([[6, 5, 0, 0], [3, 8, 1, 4], [1, 11, 0, 5]])


def _design(n=N):
    """One row per pair of vendor and reviewer: indicators of both."""
    vendors, reviewers = n.shape
    of_vendor = np.repeat(np.eye(vendors), reviewers, axis=0)
    of_reviewer = np.tile(np.eye(reviewers), (vendors, 1))
    return of_vendor, of_reviewer, n.ravel() > 0


def test_without_shrinkage_it_is_the_fixed_effects_glm_of_statsmodels():
    of_vendor, of_reviewer, met = _design()
    # reviewer 2 finds nothing at all: no finite fixed effect, so leave him a discrepancy here
    x = X.copy()
    x[1, 2] += 1
    design = np.hstack([of_vendor, of_reviewer[:, 1:]])
    pairs = np.column_stack([x.ravel(), (N - x).ravel()])[met]
    fit = sm.GLM(pairs, design[met], family=sm.families.Binomial()).fit(tol=1e-12)
    mix = N.sum(0) / N.sum()
    p = fit.predict(design).reshape(N.shape)
    gradient = np.zeros((3, 6))
    for vendor in range(3):
        slope = p[vendor] * (1 - p[vendor]) * mix
        gradient[vendor] = slope @ design.reshape(3, 4, 6)[vendor]
    se = np.sqrt(np.diag(gradient @ fit.cov_params() @ gradient.T))
    ours = reviewer_severity(x, N, sigma=1e4)
    assert ours.adjusted.value == pytest.approx(p @ mix, abs=1e-7)
    assert ours.adjusted.se == pytest.approx(se, rel=1e-5)
    assert ours.severity.value - ours.severity.value[0] == pytest.approx(
        [0, *fit.params[3:]], abs=1e-5
    )
    centre, half = special.logit(p @ mix), 1.959964 * se / ((p @ mix) * (1 - p @ mix))
    assert ours.adjusted.low == pytest.approx(special.expit(centre - half), rel=1e-5)


def test_with_shrinkage_it_is_the_mixed_glm_of_statsmodels():
    """Posterior mode at sigma = 1: statsmodels' prior on log sigma is squeezed onto 0."""
    of_vendor, of_reviewer, _ = _design()
    successes, failures = X.ravel(), (N - X).ravel()
    rows = np.concatenate([np.repeat(np.arange(12), successes), np.repeat(np.arange(12), failures)])
    called = np.concatenate([np.ones(successes.sum()), np.zeros(failures.sum())])
    mixed = BinomialBayesMixedGLM(
        called,
        of_vendor[rows],
        of_reviewer[rows],
        np.zeros(4, dtype=int),
        vcp_p=1e-3,
        fe_p=1e4,
    ).fit_map("L-BFGS-B", minim_opts={"gtol": 1e-7, "ftol": 1e-14}, rng=1)
    ours = fit_crossed(X[None], N[None], 1.0)
    assert ours.rows[0] == pytest.approx(mixed.fe_mean, abs=2e-4)
    assert ours.columns[0] == pytest.approx(mixed.vc_mean, abs=2e-4)


def _dense_criterion(log_sigma, x, n):
    """Laplace restricted likelihood with Chung's prior, on the full design with a general optimiser."""
    vendors, reviewers = n.shape
    of_vendor, of_reviewer, _ = _design(n)
    design = np.hstack([of_vendor, of_reviewer])
    sigma = np.exp(log_sigma)
    penalty = np.diag([0.0] * vendors + [sigma**-2] * reviewers)

    def loss(beta):
        eta = design @ beta
        fitted = x.ravel() * eta - n.ravel() * np.logaddexp(0, eta)
        return -fitted.sum() + beta @ penalty @ beta / 2

    def gradient(beta):
        return design.T @ (n.ravel() * special.expit(design @ beta) - x.ravel()) + penalty @ beta

    best = optimize.minimize(
        loss, np.full(vendors + reviewers, -1.0), jac=gradient, method="BFGS", tol=1e-9
    )
    p = special.expit(design @ best.x)
    information = (design.T * (n.ravel() * p * (1 - p))) @ design + penalty
    volume = np.linalg.slogdet(information)[1] / 2
    return best.fun + reviewers * log_sigma + volume - log_sigma + sigma


def test_sigma_equals_a_dense_maximisation():
    # the vendor whose zero would be infinite is not here: every row has an event
    fit = fit_crossed(X[None], N[None])
    best = optimize.minimize_scalar(
        _dense_criterion, bounds=(np.log(0.02), np.log(5)), args=(X, N), method="bounded"
    )
    assert float(fit.sigma[0]) == pytest.approx(np.exp(best.x), rel=2e-3)
    assert float(fit.criterion[0]) == pytest.approx(-best.fun, abs=1e-4)


def test_a_lenient_reviewer_who_reads_mostly_one_vendor_no_longer_flatters_it():
    """Vendor 0 is the worst (9 % against 6 %); its reviewer names a third of what the others name."""
    rng = np.random.default_rng(1)
    effect = np.array([np.log(1 / 3), 0.1, 0.0, 0.2, 0.0, 0.1])
    base = special.logit([0.09, 0.06, 0.06, 0.06])
    n = np.full((400, 4, 6), 60)
    n[:, 0], n[:, 1:, 0] = 30, 120
    n[:, 0, 0] = 500
    p = special.expit(base[:, None] + effect)
    x = rng.binomial(n, p)
    mix = n.sum(1)[0] / n[0].sum()
    truth = p @ mix
    result = reviewer_severity(x, n)
    assert (result.adjusted.status == "ok").all()
    raw, adjusted = result.raw.value.mean(0), result.adjusted.value.mean(0)
    assert truth[0] > truth[1] + 0.015
    assert raw[0] < raw[1] - 0.004  # the raw rates turn the ranking round
    assert adjusted == pytest.approx(truth, abs=0.0035)
    inside = (result.adjusted.low <= truth) & (truth <= result.adjusted.high)
    assert np.all(inside.mean(0) > 0.92)
    assert 0.93 < inside.mean() < 0.98
    # with so few reviewers the interval is wide, and tells the lenient one from the average in half of the samples
    assert (result.severity.high[:, 0] < 0).mean() > 0.45
    assert result.severity.value.argmin(-1).tolist().count(0) > 390


@pytest.mark.parametrize(("spread", "base"), [(0.6, 0.06), (0.0, 0.06), (0.8, 0.15)])
def test_intervals_cover_where_severities_differ_and_where_not(spread, base):
    rng = np.random.default_rng(7)
    b = rng.normal(0, spread, (300, 8))
    a = special.logit(base) + np.linspace(-0.4, 0.4, 6)
    n = rng.multinomial(300, rng.dirichlet(np.full(8, 0.5), (300, 6)))
    n[..., 0] += 5  # one reviewer sees everybody: the vendors stay comparable
    p = special.expit(a[:, None] + b[:, None, :])
    x = rng.binomial(n, p)
    truth = (p * (n.sum(1) / n.sum((1, 2))[:, None])[:, None, :]).sum(-1)
    result = reviewer_severity(x, n)
    inside = (result.adjusted.low <= truth) & (truth <= result.adjusted.high)
    assert 0.93 < inside.mean() < 0.98
    seen = result.severity.status == "ok"
    known = ((result.severity.low <= b) & (b <= result.severity.high))[seen]
    assert known.mean() > 0.94
    if spread > 0:
        covers = ((result.raw.low <= truth) & (truth <= result.raw.high)).mean()
        assert covers < 0.9
        error = [np.sqrt(((r.value - truth) ** 2).mean()) for r in (result.adjusted, result.raw)]
        assert error[0] < error[1]
        assert np.median(result.sigma.value) == pytest.approx(spread, rel=0.2)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(3)), st.permutations(range(4)), st.integers(1, 3))
def test_order_and_strata_do_not_matter(vendors, reviewers, copies):
    plain = reviewer_severity(X, N)
    moved = reviewer_severity(
        np.tile(X[vendors][:, reviewers], (copies, 2, 1, 1)),
        np.tile(N[vendors][:, reviewers], (copies, 2, 1, 1)),
    )
    assert moved.adjusted.value.shape == (copies, 2, 3)
    assert moved.adjusted.value[-1, 1] == pytest.approx(plain.adjusted.value[vendors], rel=2e-3)
    assert moved.severity.value[0, 0] == pytest.approx(plain.severity.value[reviewers], abs=2e-3)
    assert (moved.adjusted.low <= moved.adjusted.value).all()
    assert (moved.adjusted.value <= moved.adjusted.high).all()


def test_vendors_that_share_no_reviewer_are_not_compared():
    n, x = np.zeros((5, 5), dtype=int), np.zeros((5, 5), dtype=int)
    # a chain: 0 and 1 share reviewer 0, 1 and 2 share reviewer 1; vendors 3 and 4 have their own; 4 has few
    n[0, 0], n[1, :2], n[2, 1:3], n[3, 3], n[4, 4] = 100, 100, 100, 100, 20
    x[n > 0] = n[n > 0] // 10
    result = reviewer_severity(x, n)
    assert result.adjusted.status[:3].tolist() == ["ok"] * 3
    assert result.adjusted.reason[3:].tolist() == [module.NOT_COMPARABLE] * 2
    assert result.severity.reason[3:].tolist() == [module.NOT_COMPARABLE] * 2
    assert (result.raw.status == "ok").all()
    joined = reviewer_severity(x[:3, :3], n[:3, :3])
    assert result.adjusted.value[:3] == pytest.approx(joined.adjusted.value, rel=2e-3)


def test_degenerate_tables_have_a_status():
    n = np.full((6, 3, 4), 50)
    x = np.full((6, 3, 4), 4)
    n[0], x[0] = 0, 0  # nothing reviewed
    x[1] = 0  # nobody finds anything
    x[2] = n[2]  # everything is discrepant
    n[3, :, 1:], x[3, :, 1:] = 0, 0  # one reviewer
    x[4, 0] = 0  # a vendor without a discrepancy
    n[5, 2], x[5, 2] = 0, 0  # a vendor without reviews
    result = reviewer_severity(x, n)
    assert set(result.adjusted.reason[0]) == {module.NO_REVIEWS}
    assert set(result.severity.reason[0]) == {module.NO_REVIEWS}
    for stratum in (1, 2):
        assert set(result.adjusted.reason[stratum]) == {module.NO_EVENT}
        assert str(result.sigma.reason[stratum]) == module.NO_EVENT
    assert result.adjusted.value[3] == pytest.approx(result.raw.value[3])
    assert result.severity.reason[3].tolist() == [module.ONE_REVIEWER] + [module.NO_REVIEWS] * 3
    assert str(result.sigma.reason[3]) == module.ONE_REVIEWER
    assert result.adjusted.value[4, 0] == 0
    assert result.adjusted.low[4, 0] == 0
    assert 0.005 < result.adjusted.high[4, 0] < 0.05
    assert result.adjusted.reason[5].tolist() == ["", "", module.NO_REVIEWS]
    assert (result.adjusted.status[4] == "ok").all()
    # equal reviewers: nothing to adjust
    assert result.adjusted.value[5, :2] == pytest.approx([0.08, 0.08], abs=1e-6)
    full = reviewer_severity(np.stack([n[4, 0], x[4, 1], x[4, 2]]), n[4])
    assert full.adjusted.value[0] == 1
    assert full.adjusted.high[0] == 1
    assert full.adjusted.low[0] > 0.9
    with pytest.raises(ValueError, match="numerator"):
        reviewer_severity(n + 1, n)


def test_counts_beyond_64_bits_stay_finite():
    result = reviewer_severity(X * 10.0**10, N * 10.0**10)
    assert (result.adjusted.status == "ok").all()
    assert np.isfinite(result.adjusted.high).all()


def test_a_reviewer_who_never_finds_a_discrepancy_is_held_against_the_blinded_sample():
    result = zero_finders([0, 0, 3, 0], [10, 200, 200, 0], 12, 400)
    assert result.never.tolist() == [True, True, False, False]
    assert result.probability.value[:3] == pytest.approx(stats.binom.pmf(0, [10, 200, 200], 0.03))
    assert result.probability.value[1] < 0.003  # 0 of 200 is hardly chance, 0 of 10 is
    assert result.probability.reason[3] == module.NO_REVIEWS
    assert float(result.observed) == 2
    assert float(result.expected.value) == pytest.approx(0.97**10 + 2 * 0.97**200)
    assert (result.probability.low <= result.probability.value)[:3].all()
    assert (result.probability.value <= result.probability.high)[:3].all()


def test_zero_finders_expect_what_blinded_reviewing_gives():
    rng = np.random.default_rng(2)
    n = rng.integers(5, 80, (2000, 20))
    honest = zero_finders(rng.binomial(n, 0.04), n, rng.binomial(3000, 0.04, 2000), 3000)
    assert honest.observed.mean() == pytest.approx(honest.expected.value.mean(), rel=0.02)
    silent = zero_finders(rng.binomial(n, 0.01), n, rng.binomial(3000, 0.04, 2000), 3000)
    assert silent.observed.mean() > 2 * silent.expected.value.mean()


def test_without_a_blinded_sample_there_is_nothing_to_hold_against():
    result = zero_finders([[0, 1], [0, 0]], [[5, 5], [5, 5]], [0, 0], [0, 50])
    assert set(result.probability.reason[0]) == {module.NO_SAMPLE}
    assert result.expected.status.tolist() == ["insufficient", "ok"]
    assert result.probability.value[1].tolist() == [1, 1]  # the sample found none either
    assert (result.probability.low[1] < 1).all()
    with pytest.raises(ValueError, match="numerator"):
        zero_finders([3], [2], 1, 10)


def test_no_strata_and_a_single_vendor():
    assert reviewer_severity(np.zeros((0, 3, 4)), np.zeros((0, 3, 4))).adjusted.shape == (0, 3)
    one = reviewer_severity([[3, 8, 0]], [[50, 60, 0]])
    assert float(one.adjusted.value[0]) == pytest.approx(float(one.raw.value[0]), rel=0.05)
    assert one.severity.value[0] < one.severity.value[1]
