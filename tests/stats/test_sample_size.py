import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint, samplesize_confint_proportion

from overread.stats.sample_sizes.sample_size import (
    NO_POPULATION,
    NO_SAMPLE,
    share_sample_size,
    share_width,
)
from overread.stats.sample_sizes.sample_size_auc import auc_sample_size, auc_width
from overread.stats.sample_sizes.sample_size_kappa import (
    NOT_REACHED,
    expected_agreement,
    kappa_sample_size,
    kappa_width,
)
from overread.stats.shares.proportion import wilson_weighted

SHARES, WIDTHS = st.floats(0, 1), st.floats(0.005, 1.2)


def test_widths_published_by_presize():
    """README of the R package presize: prec_prop(p = c(.2, .4), n = 10, method = "wilson")."""
    np.testing.assert_allclose(share_width([0.2, 0.4], 10).value, [0.4531554, 0.5191459], atol=5e-8)


@pytest.mark.parametrize(("x", "n"), [(0, 5), (3, 11), (50, 100), (100, 100), (7, 2000)])
def test_width_equals_statsmodels(x, n):
    low, high = proportion_confint(x, n, method="wilson")
    np.testing.assert_allclose(share_width(x / n, n).value, high - low, rtol=1e-9)


def test_large_samples_need_what_the_normal_interval_needs():
    p, width = np.array([0.5, 0.2, 0.05]), 0.01
    theirs = samplesize_confint_proportion(p, width / 2)
    np.testing.assert_allclose(share_sample_size(p, width).value, theirs, rtol=2e-3)


def test_five_points_either_side_of_one_half():
    """The 385 of every survey textbook is that of the normal interval; of 1,000 it leaves 278, Wilson 276."""
    assert share_sample_size(0.5, 0.1).value == 381
    assert np.ceil(samplesize_confint_proportion(0.5, 0.05)) == 385
    assert share_sample_size(0.5, 0.1, population=1000).value == 276


@settings(deadline=None)
@given(SHARES, WIDTHS, st.floats(0.5, 4), st.one_of(st.just(np.inf), st.integers(1, 5000)))
def test_n_is_enough_and_one_less_is_not(p, width, effect, population):
    options = {"design_effect": effect, "population": population}
    n = share_sample_size(p, width, **options).value
    assert 1 <= n <= population
    assert share_width(p, n, **options).value <= width
    if n > 1:
        assert share_width(p, n - 1, **options).value > width


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 400), st.floats(0.01, 1), st.floats(1, 3))
def test_the_width_is_that_of_the_weighted_interval(n, p, effect):
    """Kish's effective n of the estimate and the design effect here are one notion."""
    for options, given_weights in (
        ({"design_effect": effect}, (n * effect, n)),
        ({"population": 500}, (n, n, 500)),
    ):
        theirs = wilson_weighted(p * n, n, *given_weights)
        ours = share_width(p, n, **options).value
        np.testing.assert_allclose(ours, theirs.high - theirs.low, atol=1e-9)


def test_degenerate_shares():
    assert share_sample_size(0, 2).value == 1
    assert share_sample_size(0.3, 0.1, population=[0, 1, 5]).reason[0] == NO_POPULATION
    assert share_sample_size(0.3, 1e-3, population=[1, 5]).value.tolist() == [1, 5]
    assert share_width(0.3, [0, 5]).reason.tolist() == [NO_SAMPLE, ""]
    assert share_width(0.3, 7, population=7).value == 0
    assert share_width(0.3, 0, population=0).status == "insufficient"
    assert share_sample_size(0.5, 1e-9).value > 1e18
    for bad in (lambda: share_width(1.2, 5), lambda: share_width(0.5, 9, population=8)):
        with pytest.raises(ValueError, match="outside"):
            bad()
    for options in ({"width": 0}, {"width": 0.1, "design_effect": 0}, {"width": np.nan}):
        with pytest.raises(ValueError, match="above 0"):
            share_sample_size(0.5, **options)
    with pytest.raises(ValueError, match="negative"):
        share_sample_size(0.5, 0.1, population=-1)


def test_kappa_of_balanced_raters_by_hand():
    """At a prevalence of one half the variance of kappa is (1 - kappa^2) / n."""
    kappa, z = np.array([0.0, 0.6, 0.8]), 1.959963984540054
    shares = expected_agreement(kappa, 0.5, 0.5)
    needed = np.ceil((2 * z / 0.2) ** 2 * (1 - kappa**2))
    published = {"interval": "published"}
    assert kappa_sample_size(shares, 0.2, **published).value.tolist() == needed.tolist()
    np.testing.assert_allclose(
        kappa_width(shares, 500, **published).value, 2 * z * np.sqrt((1 - kappa**2) / 500)
    )


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_width_equals_statsmodels(weights):
    table = np.array([[60, 9, 2], [7, 40, 8], [1, 12, 30]])
    theirs = cohens_kappa(table, wt=weights)
    ours = kappa_width(table / table.sum(), table.sum(), weights=weights, interval="published")
    np.testing.assert_allclose(ours.value, theirs.kappa_upp - theirs.kappa_low, rtol=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.floats(0.05, 0.9), st.floats(0.1, 0.9), st.floats(0.02, 0.8))
def test_kappa_n_is_enough_and_one_less_is_not(kappa, prevalence, width):
    shares = expected_agreement(kappa, prevalence, prevalence)
    n = kappa_sample_size(shares, width).value
    assert kappa_width(shares, n).value <= width
    fewer = kappa_width(shares, n - 1)
    assert fewer.status == "insufficient" or fewer.value > width


def test_a_rare_finding_needs_cases_before_its_kappa_has_an_interval():
    shares = expected_agreement(0.6, 0.03, 0.03)
    hidden = kappa_width(shares, 100)
    assert hidden.status == "insufficient"
    assert hidden.reason
    needed = kappa_sample_size(shares, 0.9).value
    assert needed > 1000
    assert kappa_width(shares, needed).status == "ok"


def test_expected_agreement_has_the_kappa_asked_for():
    table = expected_agreement(0.4, 0.3, 0.25)
    np.testing.assert_allclose(table.sum(axis=1), [0.3, 0.7], rtol=1e-12)
    np.testing.assert_allclose(table.sum(axis=0), [0.25, 0.75], rtol=1e-12)
    np.testing.assert_allclose(cohens_kappa(table * 1000).kappa, 0.4, rtol=1e-9)
    with pytest.raises(ValueError, match="no table"):
        expected_agreement(0.9, 0.1, 0.6)


def test_kappa_that_never_has_an_interval_and_no_cases():
    one = [[[1, 0], [0, 0]], [[0.4, 0.1], [0.1, 0.4]]]
    result = kappa_sample_size(one, 0.1)
    assert result.reason.tolist() == [NOT_REACHED, ""]
    assert kappa_width(one[1], [0, 100]).reason.tolist() == [NO_SAMPLE, ""]
    certain = kappa_sample_size([[0.5, 0], [0, 0.5]], 0.1, interval="published")
    assert certain.reason == NOT_REACHED


def test_auc_width_published():
    """Hanley and McNeil 1982: AUC 0.893, 51 abnormal and 58 normal images, standard error 0.032."""
    width = auc_width(0.893, 109, 51 / 109).value
    np.testing.assert_allclose(width / (2 * 1.959964), 0.032, atol=6e-4)


def test_auc_variance_by_hand():
    auc, sick, well = 0.8, 40, 120
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (sick - 1) * (first - auc**2) + (well - 1) * (second - auc**2)
    width = auc_width(auc, 160, 0.25).value
    np.testing.assert_allclose((width / 3.919928) ** 2, variance / (sick * well), rtol=1e-6)
    # Obuchowski, V of the binormal model with k = 3 healthy for each diseased case
    a = 0.8416212335729143 * np.sqrt(2)
    v = 0.0099 * np.exp(-(a**2) / 2) * ((5 * a**2 + 8) + (a**2 + 8) / 3)
    width = auc_width(auc, 160, 0.25, method="obuchowski").value
    np.testing.assert_allclose((width / 3.919928) ** 2, v / sick, rtol=1e-6)


@pytest.mark.parametrize("method", ["hanley-mcneil", "obuchowski"])
@settings(deadline=None)
@given(auc=st.floats(0.5, 0.99), width=st.floats(0.01, 0.9), prevalence=st.floats(0.05, 0.95))
def test_auc_n_is_enough_and_one_less_is_not(method, auc, width, prevalence):
    n = auc_sample_size(auc, width, prevalence, method=method).value
    assert auc_width(auc, n, prevalence, method=method).value <= width
    if n > 1:
        assert auc_width(auc, n - 1, prevalence, method=method).value > width


def test_auc_shapes_and_bad_input():
    assert auc_sample_size([[0.7], [0.9]], [0.1, 0.2, 0.05], 0.5).shape == (2, 3)
    assert auc_width(0.8, [0, 10], 0.5).reason.tolist() == [NO_SAMPLE, ""]
    for bad in ({"auc": 1}, {"prevalence": 0}, {"method": "guess"}):
        with pytest.raises(ValueError, match=r"between|method"):
            auc_sample_size(**({"auc": 0.8, "width": 0.1, "prevalence": 0.5} | bad))
