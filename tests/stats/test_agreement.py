import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from overread.stats.raters.agreement import cohen_kappa, gwet_ac, pabak, percent_agreement, scott_pi
from overread.stats.raters.agreement_weights import agreement_weights
from overread.stats.raters.prevalence_bias import bias_index, prevalence_index

THREE = [[61, 5, 5], [8, 71, 15], [6, 17, 52]]
WEIGHTS = ("identity", "linear", "quadratic", "ordinal")
# a busy machine is no failure
quick = settings(deadline=None, max_examples=40)
COEFFICIENTS = (cohen_kappa, scott_pi, gwet_ac, percent_agreement)


def tables(k, largest=60):
    return st.lists(
        st.lists(st.integers(0, largest), min_size=k, max_size=k), min_size=k, max_size=k
    ).map(np.array)


def parts(estimate):
    return np.array([estimate.value, estimate.se, estimate.low, estimate.high])


# value, standard error and t limits by PyPI irrCAC 0.4.4 (raw ratings of THREE)
IRRCAC = [
    (scott_pi, "identity", 0.6474892791, 0.0414560348, 0.5658234026, 0.7291551556),
    (scott_pi, "linear", 0.6708795988, 0.0416209714, 0.5888888072, 0.7528703905),
    (scott_pi, "quadratic", 0.6962435740, 0.0471654783, 0.6033304397, 0.7891567083),
    (scott_pi, "ordinal", 0.6858454232, 0.0443121855, 0.5985531029, 0.7731377435),
    (gwet_ac, "linear", 0.6887089228, 0.0393022238, 0.6112859235, 0.7661319222),
    (gwet_ac, "ordinal", 0.7109992422, 0.0409555107, 0.6303193677, 0.7916791168),
]


@pytest.mark.parametrize(("statistic", "weights", "value", "se", "low", "high"), IRRCAC)
def test_published_intervals_equal_those_of_irrcac(statistic, weights, value, se, low, high):
    got = parts(statistic(THREE, weights, interval="published"))
    np.testing.assert_allclose(got, [value, se, low, high], atol=1e-9)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_published_kappa_equals_statsmodels(weights):
    theirs = cohens_kappa(np.array(THREE), wt={None: None, "linear": "ca"}.get(weights, "fc"))
    ours = cohen_kappa(THREE, weights, interval="published")
    assert float(ours.value) == pytest.approx(theirs.kappa)
    assert float(ours.se) == pytest.approx(theirs.std_kappa)
    assert float(ours.low) == pytest.approx(theirs.kappa_low)
    assert float(ours.high) == pytest.approx(theirs.kappa_upp)


def test_ordinal_weights_of_four_grades():
    np.testing.assert_allclose(agreement_weights(4, "ordinal")[0], [1, 5 / 6, 3 / 6, 0])


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match="weights"):
        agreement_weights(3, "cubic")
    with pytest.raises(ValueError, match="covering or published"):
        cohen_kappa(THREE, interval="plain")
    with pytest.raises(ValueError, match="square"):
        cohen_kappa([[1, 2, 3], [4, 5, 6]])
    with pytest.raises(ValueError, match="negative"):
        scott_pi([[1, -2], [4, 5]])
    with pytest.raises(ValueError, match="yes/no"):
        bias_index(THREE)


@pytest.mark.parametrize("statistic", COEFFICIENTS)
@quick
@given(tables(3), st.sampled_from(WEIGHTS))
def test_transposed_tables_agree_alike(statistic, table, weights):
    np.testing.assert_allclose(
        parts(statistic(table, weights)), parts(statistic(table.T, weights)), atol=1e-9
    )


@pytest.mark.parametrize("statistic", COEFFICIENTS)
@quick
@given(tables(3), st.sampled_from(WEIGHTS))
def test_a_scale_read_from_its_other_end_agrees_alike(statistic, table, weights):
    np.testing.assert_allclose(
        parts(statistic(table, weights)), parts(statistic(table[::-1, ::-1], weights)), atol=1e-9
    )


@pytest.mark.parametrize("statistic", COEFFICIENTS)
@quick
@given(tables(3), st.permutations(range(3)))
def test_names_of_categories_do_not_matter(statistic, table, order):
    relabelled = table[np.ix_(order, order)]
    np.testing.assert_allclose(parts(statistic(table)), parts(statistic(relabelled)), atol=1e-9)


@pytest.mark.parametrize("statistic", COEFFICIENTS)
@quick
@given(tables(3), st.sampled_from(WEIGHTS))
def test_every_case_twice_keeps_the_value_and_narrows_the_error(statistic, table, weights):
    once = statistic(table, weights, interval="published")
    twice = statistic(2 * table, weights, interval="published")
    np.testing.assert_allclose(once.value, twice.value, atol=1e-12)
    n = table.sum()
    if n >= 2:
        # Cohen's variance divides by n, Gwet's by n - 1
        factor = 2 if statistic in (cohen_kappa, percent_agreement) else (2 * n - 1) / (n - 1)
        np.testing.assert_allclose(once.se, twice.se * np.sqrt(factor), atol=1e-9)


@quick
@given(st.lists(tables(2), min_size=2, max_size=4))
def test_months_add_up(months):
    """Percent agreement of the sum is the mean weighted by cases; strata do not disturb each other."""
    each, whole = percent_agreement(np.stack(months)), percent_agreement(sum(months))
    if whole.n > 0:
        mean = (np.nan_to_num(each.value) * each.n).sum() / each.n.sum()
        assert float(whole.value) == pytest.approx(mean)
    stacked = np.stack([*months, sum(months)])
    for statistic in (cohen_kappa, scott_pi, gwet_ac, pabak, prevalence_index, bias_index):
        alone = [parts(statistic(table)) for table in stacked]
        np.testing.assert_allclose(parts(statistic(stacked)).T, alone, atol=1e-12)


@quick
@given(tables(3, 2_000), st.sampled_from(WEIGHTS))
def test_an_interval_holds_its_value_and_an_absent_one_has_a_reason(table, weights):
    for statistic in COEFFICIENTS:
        estimate = statistic(table, weights)
        if np.isnan(estimate.low):
            assert estimate.reason[()] != ""
        else:
            assert estimate.status[()] == "ok"
            assert -1 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_counts_beyond_64_bits():
    """Values that a product of 64-bit integers would wrap: the same as those of the table in units of 2^40."""
    small = np.array([[3900.0, 500], [700, 4000]])
    huge = [[int(count) << 40 for count in row] for row in small]
    for statistic in (*COEFFICIENTS, pabak, prevalence_index, bias_index):
        few, many = statistic(small), statistic(huge)
        assert float(many.value) == pytest.approx(float(few.value), rel=1e-12)
        assert 0 < float(many.high - many.low) < 1e-6


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[94, 3], [3, 0]], "expected cells below 5"),
        ([[40, 0], [10, 0]], "expected cells below 5"),
        ([[90, 5, 0], [5, 90, 0], [0, 0, 9]], "fewer than 10 times"),
    ],
)
def test_thin_margins_withhold_the_interval_of_kappa_and_pi(table, reason):
    for statistic in (cohen_kappa, scott_pi):
        estimate = statistic(table)
        assert estimate.status[()] == "ok"
        assert np.isnan(estimate.low)
        assert reason in estimate.reason[()]


def test_few_grades_apart_withhold_the_interval_of_quadratic_kappa():
    estimate = cohen_kappa(np.array(THREE) // 5, "quadratic")
    assert np.isnan(estimate.high)
    assert "disagreements" in estimate.reason[()]
    assert np.isfinite(cohen_kappa(THREE, "quadratic").high)


@pytest.mark.parametrize("statistic", [cohen_kappa, scott_pi])
def test_one_category_is_insufficient_and_no_case_too(statistic):
    estimate = statistic([[[50, 0], [0, 0]], [[0, 0], [0, 0]]])
    assert estimate.status.tolist() == ["insufficient"] * 2
    assert estimate.reason.tolist() == [
        "both raters used one category only: chance agreement is complete",
        "no cases",
    ]


def test_complete_agreement_has_an_honest_lower_limit():
    for statistic in (cohen_kappa, scott_pi, gwet_ac):
        estimate = statistic([[30, 0], [0, 30]])
        assert float(estimate.high) == 1
        assert 0.8 < float(estimate.low) < 0.95


def test_one_case_has_no_variance():
    estimate = gwet_ac([[1, 0], [0, 0]])
    assert float(estimate.value) == 1
    assert np.isnan([estimate.se, estimate.low, estimate.high]).all()
    assert estimate.reason[()] == "one case: no variance"


def test_prevalence_and_bias_index_of_byrt():
    """a = 40, b = 15, c = 5, d = 40 of 100: no prevalence effect, a bias of 0.1."""
    table = [[40, 15], [5, 40]]
    assert float(prevalence_index(table).value) == 0
    bias = bias_index(table)
    assert float(bias.value) == pytest.approx(0.10)
    # adjusted Wald: (15.5 - 5.5) / 102 +- 1.96 sqrt(21 / 102 - (10 / 102)^2) / sqrt(102)
    half = 1.959964 * np.sqrt((21 / 102 - (10 / 102) ** 2) / 102)
    assert (float(bias.low), float(bias.high)) == pytest.approx((10 / 102 - half, 10 / 102 + half))


@quick
@given(tables(2))
def test_pabak_follows_from_kappa_and_both_indices(table):
    """Kappa (1 - PI^2 + BI^2) = PABAK - PI^2 + BI^2 (Byrt 1993)."""
    kappa = cohen_kappa(table)
    if kappa.status[()] == "ok":
        prevalence, bias = prevalence_index(table).value, bias_index(table).value
        shift = bias**2 - prevalence**2
        assert float(kappa.value * (1 + shift)) == pytest.approx(
            float(pabak(table).value + shift), abs=1e-9
        )
