"""Percent agreement and PABAK of many raters: against two raters, by hand, and identities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from overread.stats.raters.agreement import pabak, percent_agreement
from overread.stats.raters.observed_agreement import pabak_multi, percent_agreement_multi


def drawn(seed, items=60, raters=5, categories=3, missing=0.3):
    """Counts of items of which each has two ratings or more."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, categories, items)
    answers = np.where(
        rng.random((items, raters)) < 0.6,
        truth[:, None],
        rng.integers(0, categories, (items, raters)),
    )
    seen = rng.random((items, raters)) >= missing
    seen[:, :2] = True
    return ((answers[..., None] == np.arange(categories)) & seen[..., None]).sum(axis=1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_of_two_raters_it_is_the_agreement_of_two_raters(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 3, (2, 40))
    table = np.zeros((3, 3))
    np.add.at(table, (a, b), 1)
    counts = np.eye(3)[a] + np.eye(3)[b]
    for weighting in ("items", "pairs"):
        ours = percent_agreement_multi(counts, weighting)
        assert ours.value == pytest.approx(percent_agreement(table).value)
        # the variance of a share, with n - 1
        assert ours.se == pytest.approx(np.sqrt(ours.value * (1 - ours.value) / 39))
    assert pabak_multi(counts).value == pytest.approx(pabak(table).value)


def test_over_items_it_is_the_mean_of_the_items_and_their_t_interval():
    counts = drawn(1)
    r = counts.sum(axis=1)
    item = (counts * (counts - 1)).sum(axis=1) / (r * (r - 1))
    ours = percent_agreement_multi(counts, interval="published")
    low, high = stats.t.interval(0.95, 59, item.mean(), stats.sem(item))
    assert [ours.value, ours.low, ours.high] == pytest.approx([item.mean(), low, high])
    assert ours.n == 60
    kappa = pabak_multi(counts, interval="published")
    parts = [kappa.value, kappa.low, kappa.high]
    assert parts == pytest.approx([(3 * x - 1) / 2 for x in (item.mean(), low, high)])
    assert kappa.method == "PABAK, many raters, t"


def test_over_pairs_it_is_the_ratio_with_its_jackknife_error():
    counts = drawn(2)
    r = counts.sum(axis=1)
    equal, pairs = (counts * (counts - 1)).sum(axis=1), r * (r - 1)
    ours = percent_agreement_multi(counts, "pairs")
    assert ours.value == pytest.approx(equal.sum() / pairs.sum())
    without = (equal.sum() - equal) / (pairs.sum() - pairs)
    jackknife = np.sqrt(59 / 60 * ((without - without.mean()) ** 2).sum())
    assert ours.se == pytest.approx(jackknife, rel=0.02)
    assert 0 < ours.low < ours.value < ours.high < 1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["items", "pairs"]))
def test_equal_items_need_not_be_written_out(seed, weighting):
    counts = drawn(seed)
    patterns, often = np.unique(counts, axis=0, return_counts=True)
    padded = np.concatenate([patterns, np.zeros((3, 3)), np.eye(3)])
    frequency = np.concatenate([often, [0, 5, 7], [2, 2, 2]])
    ours = percent_agreement_multi(padded, weighting, frequency=frequency)
    whole = percent_agreement_multi(counts, weighting)
    for part in ("value", "se", "low", "high", "n"):
        assert getattr(ours, part) == pytest.approx(getattr(whole, part))
    relabelled = percent_agreement_multi(counts[:, ::-1], weighting)
    assert relabelled.low == pytest.approx(whole.low)


def test_degenerate_items():
    nobody = percent_agreement_multi(np.eye(3))
    assert (nobody.status, nobody.reason) == ("insufficient", "no item has two ratings")
    assert percent_agreement_multi(np.zeros((0, 2))).status == "insufficient"
    one = percent_agreement_multi([[3, 1]])
    assert one.value == pytest.approx(0.5)
    assert one.reason == "one item: no variance"
    few = pabak_multi(np.tile([2, 1], (19, 1)))
    assert "fewer than 20 items" in few.reason.item()
    assert np.isnan([few.low, few.high]).all()
    alike = percent_agreement_multi(np.tile([2, 0], (20, 1)))
    assert (alike.value, alike.high) == (1, 1)
    assert 0.8 < alike.low < 0.9


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="not 'raters'"):
        percent_agreement_multi([[1, 1]], "raters")
    with pytest.raises(ValueError, match="not 'wald'"):
        percent_agreement_multi([[1, 1]], interval="wald")
    with pytest.raises(ValueError, match="two categories"):
        pabak_multi([[2]])
