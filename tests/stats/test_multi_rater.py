import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from overread.stats.raters.agreement import gwet_ac, scott_pi
from overread.stats.raters.multi_rater import (
    fleiss_kappa,
    gwet_ac_multi,
    item_counts,
    krippendorff_alpha,
)
from overread.stats.raters.observed_agreement import percent_agreement_multi

quick = settings(deadline=None, max_examples=40)
# four raters, three grades; values, standard errors and t limits of it by PyPI irrCAC 0.4.4
RATINGS = np.array(
    [
        [1, 1, 1, 2],
        [0, 0, 0, 2],
        [0, 0, 0, 1],
        [0, 0, 0, 1],
        [1, 1, 1, 0],
        [2, 2, 2, 1],
        [2, 2, 2, 2],
        [0, 0, 0, 1],
        [2, 2, 1, 1],
        [2, 0, 2, 0],
        [0, 0, 0, 0],
        [1, 1, 0, 2],
    ]
)
COUNTS = item_counts(RATINGS, 3)
# with missing ratings; irrCAC's coefficients
GAPS = item_counts(
    np.array(
        [
            [0, 0, np.nan],
            [1, 1, 1],
            [2, np.nan, np.nan],
            [0, 1, 0],
            [2, 2, np.nan],
            [np.nan, 1, 1],
            [0, 0, 0],
            [1, np.nan, 2],
            [0, np.nan, np.nan],
            [2, 2, 1],
        ]
    ),
    3,
)
STATISTICS = (
    fleiss_kappa,
    gwet_ac_multi,
    lambda x, **k: gwet_ac_multi(x, "quadratic", **k),
    krippendorff_alpha,
    lambda x, **k: krippendorff_alpha(x, "ordinal", **k),
    lambda x, **k: krippendorff_alpha(x, "interval", **k),
)


A_FEW = st.integers(2, 12)


def items(k=3, raters=4, size=A_FEW):
    """Item counts with missing ratings."""
    item = st.lists(st.integers(0, raters), min_size=k, max_size=k)
    return size.flatmap(lambda n: st.lists(item, min_size=n, max_size=n)).map(
        lambda rows: np.array(rows, dtype=float)
    )


def parts(estimate):
    return np.array([estimate.value, estimate.se, estimate.low, estimate.high])


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (
            gwet_ac_multi(COUNTS, interval="published"),
            [0.2971576227, 0.1086546221, 0.0580104120, 0.5363048335],
        ),
        (
            gwet_ac_multi(COUNTS, "linear", interval="published"),
            [0.3563218391, 0.1270448364, 0.0766980396, 0.6359456386],
        ),
        (
            fleiss_kappa(COUNTS, interval="published"),
            [0.2804232804, 0.1058837353, 0.0473747503, 0.5134718106],
        ),
    ],
)
def test_published_intervals_equal_those_of_irrcac(estimate, expected):
    np.testing.assert_allclose(parts(estimate), expected, atol=1e-9)


def test_missing_ratings_as_in_irrcac():
    assert float(gwet_ac_multi(GAPS).value) == pytest.approx(0.5630461923)
    assert float(gwet_ac_multi(GAPS).se) == pytest.approx(0.23713159)
    assert float(gwet_ac_multi(GAPS, "ordinal").value) == pytest.approx(0.7386109037)
    assert float(krippendorff_alpha(GAPS).value) == pytest.approx(0.5648854962)
    assert float(krippendorff_alpha(GAPS, "interval").value) == pytest.approx(0.7584745763)


def test_fleiss_kappa_equals_statsmodels():
    assert float(fleiss_kappa(COUNTS).value) == pytest.approx(inter_rater.fleiss_kappa(COUNTS))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_error_of_alpha_nears_the_jackknife(level):
    """Leave one item out, with 120 items: the linearised error is the jackknife's limit."""
    many = np.concatenate([COUNTS] * 10)
    n = len(many)
    left = np.stack([np.delete(many, i, axis=0) for i in range(n)])
    each = krippendorff_alpha(left, level).value
    jackknife = np.sqrt((n - 1) / n * ((each - each.mean()) ** 2).sum())
    assert float(krippendorff_alpha(many, level).se) == pytest.approx(jackknife, rel=0.01)


@quick
@given(st.lists(st.integers(0, 40), min_size=9, max_size=9))
def test_two_raters_agree_with_the_functions_of_two_raters(cells):
    table = np.array(cells).reshape(3, 3)
    pairs = np.repeat(np.argwhere(table >= 0), table.ravel(), axis=0)
    counts = item_counts(pairs.reshape(-1, 2), 3)
    for many, two in ((fleiss_kappa, scott_pi), (gwet_ac_multi, gwet_ac)):
        np.testing.assert_allclose(
            parts(many(counts, interval="published")),
            parts(two(table, interval="published")),
            atol=1e-9,
        )


@quick
@given(items(), st.permutations(range(3)))
def test_names_of_categories_do_not_matter(counts, order):
    for statistic in (fleiss_kappa, gwet_ac_multi, krippendorff_alpha):
        np.testing.assert_allclose(
            parts(statistic(counts)), parts(statistic(counts[:, order])), atol=1e-9
        )


@quick
@given(items(), st.randoms(use_true_random=False))
def test_order_of_items_and_reversed_scales_do_not_matter(counts, random):
    order = list(range(len(counts)))
    random.shuffle(order)
    for statistic in STATISTICS:
        before = parts(statistic(counts))
        np.testing.assert_allclose(before, parts(statistic(counts[order])), atol=1e-9)
        np.testing.assert_allclose(before, parts(statistic(counts[:, ::-1])), atol=1e-9)


@quick
@given(items())
def test_every_item_twice_keeps_fleiss_and_gwet(counts):
    twice = np.concatenate([counts, counts])
    for statistic in STATISTICS[:3]:
        once, double = (statistic(x, interval="published") for x in (counts, twice))
        np.testing.assert_allclose(once.value, double.value, atol=1e-12)


@quick
@given(items(size=st.just(5)), items(size=st.just(5)))
def test_strata_do_not_disturb_each_other(first, second):
    for statistic in STATISTICS:
        together = parts(statistic(np.stack([first, second])))
        np.testing.assert_allclose(together[:, 0], parts(statistic(first)), atol=1e-12)
        np.testing.assert_allclose(together[:, 1], parts(statistic(second)), atol=1e-12)


@quick
@given(items(size=st.integers(100, 130)))
def test_an_interval_holds_its_value_and_an_absent_one_has_a_reason(counts):
    for statistic in STATISTICS:
        estimate = statistic(counts)
        if np.isnan(estimate.low):
            assert estimate.reason[()] != ""
        else:
            assert -1 <= estimate.low <= estimate.value <= estimate.high <= 1


@pytest.mark.parametrize("statistic", STATISTICS)
def test_degenerate_items(statistic):
    nobody, single = np.zeros((4, 3)), np.eye(3)[[0, 1, 2, 0]]
    estimate = statistic(np.stack([nobody, single]))
    assert estimate.status.tolist() == ["insufficient"] * 2
    assert set(estimate.reason) == {"no item has two ratings"}
    assert statistic(np.zeros((0, 3))).status[()] == "insufficient"


def test_one_category_has_no_kappa_and_complete_agreement_a_lower_limit():
    same = np.array([[3.0, 0, 0]] * 30)
    for statistic in (fleiss_kappa, krippendorff_alpha):
        assert statistic(same).reason[()] == "the pairable ratings use one category only"
    ac = gwet_ac_multi(same)
    assert float(ac.value) == 1
    assert 0.8 < float(ac.low) < 1
    both = np.array([[3.0, 0], [0, 3.0]] * 20)
    for statistic in (fleiss_kappa, krippendorff_alpha):
        estimate = statistic(both)
        assert float(estimate.value) == pytest.approx(1)
        assert 0.7 < float(estimate.low) < 1


def test_few_items_and_rare_categories_withhold_the_interval():
    assert "fewer than 20" in fleiss_kappa(COUNTS).reason[()]
    assert "fewer than 100" in krippendorff_alpha(COUNTS, "ordinal").reason[()]
    rare = np.array([[3.0, 0]] * 95 + [[2.0, 1.0]] * 5)
    assert "fewer than 40 ratings" in fleiss_kappa(rare).reason[()]
    assert np.isfinite(fleiss_kappa(rare).se)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="outside the declared scale"):
        item_counts([[0, 3]], 3)
    with pytest.raises(ValueError, match="level is"):
        krippendorff_alpha(COUNTS, "ratio")
    with pytest.raises(ValueError, match="covering or published"):
        fleiss_kappa(COUNTS, interval="t")


@quick
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(1, 6)),
        min_size=1,
        max_size=8,
    )
)
def test_a_frequency_is_as_many_equal_items(patterns):
    counts, often = np.array(patterns)[:, :3], np.array(patterns)[:, 3]
    for statistic in STATISTICS:
        short = statistic(counts, frequency=often)
        long = statistic(np.repeat(counts, often, axis=0))
        for name in ("value", "se", "low", "high", "n"):
            np.testing.assert_allclose(
                getattr(short, name), getattr(long, name), rtol=1e-9, atol=1e-12
            )
        assert short.status == long.status
        assert short.reason == long.reason


@pytest.mark.parametrize("statistic", [*STATISTICS, percent_agreement_multi])
def test_counts_that_strata_share_are_not_repeated_for_them(statistic):
    frequency = np.random.default_rng(4).integers(0, 30, (5, len(COUNTS)))
    shared = statistic(COUNTS, frequency=frequency)
    repeated = statistic(np.broadcast_to(COUNTS, (5, *COUNTS.shape)), frequency=frequency)
    assert shared.value.shape == (5,)
    np.testing.assert_allclose(parts(shared), parts(repeated), rtol=1e-12)
    assert shared.reason.tolist() == repeated.reason.tolist()
