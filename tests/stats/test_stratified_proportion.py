"""A weighted share whose strata have different rates: the interval of the classes covers where Kish's does not."""

from __future__ import annotations

import numpy as np
import pytest

from overread.stats.shares.proportion import wilson, wilson_weighted
from overread.stats.shares.stratified_proportion import weight_classes, wilson_stratified

RUNS = 20_000
# tasks, rate and sampled tasks of each stratum
DESIGNS = {
    "large weights, high rate": ((3000, 3000), (0.5, 0.01), (100, 1000)),
    "large weights, rate 10 to 1": ((3000, 3000), (0.10, 0.01), (150, 1000)),
    "large weights, rate 20 to 2": ((2000, 2000), (0.20, 0.02), (100, 500)),
    "large weights, low rate": ((3000, 300), (0.05, 0.30), (100, 200)),
    "five classes, rates 2 to 12": ((2000,) * 5, (0.02, 0.03, 0.05, 0.08, 0.12), (1000, 400, 200, 100, 50)),
    "equal fractions, rates apart": ((1000, 1000), (0.2, 0.02), (100, 100)),
}  # fmt: skip
# where the variance of the whole's rate is not that of the strata
KISH_FAILS = ("large weights, high rate", "large weights, rate 10 to 1", "large weights, rate 20 to 2",
              "five classes, rates 2 to 12")  # fmt: skip


def simulated(design):
    """True rate, and the estimates of both methods over all runs of a stratified draw without replacement."""
    tasks, rate, sampled = (np.array(part) for part in DESIGNS[design])
    events = np.round(tasks * rate).astype(int)
    found = np.random.default_rng(20_263).hypergeometric(
        events, tasks - events, sampled, size=(RUNS, tasks.size)
    )
    weight = tasks / sampled
    classes = weight_classes(weight)
    member = (classes[:, None] == np.arange(classes.max() + 1)).astype(float)
    truth = events.sum() / tasks.sum()
    kish = wilson_weighted(
        (found * weight).sum(axis=1), tasks.sum(), (sampled * weight**2).sum(), sampled.sum(), tasks.sum()
    )  # fmt: skip
    ours = wilson_stratified(
        (found * weight) @ member, tasks @ member, (sampled * weight**2) @ member, sampled @ member, tasks.sum()
    )  # fmt: skip
    return truth, kish, ours


def coverage(truth, estimate):
    return np.mean((estimate.low <= truth) & (truth <= estimate.high))


@pytest.mark.parametrize("design", DESIGNS)
def test_unbiased_and_covers(design):
    truth, _, ours = simulated(design)
    assert abs(ours.value.mean() - truth) < 4 * ours.value.std() / np.sqrt(RUNS)
    assert 0.93 <= coverage(truth, ours) <= 0.97


@pytest.mark.parametrize("design", KISH_FAILS)
def test_the_rate_of_the_whole_gives_too_little_variance(design):
    truth, kish, _ = simulated(design)
    assert coverage(truth, kish) < 0.93


def test_one_class_is_the_weighted_wilson_interval():
    expected = wilson_weighted(24.0, 300.0, 3300.0, 30.0, 400.0)
    told = wilson_stratified([24.0], [300.0], [3300.0], [30.0], 400.0)
    for name in ("value", "se", "low", "high", "n"):
        assert getattr(told, name) == pytest.approx(float(getattr(expected, name)))


def test_equal_weights_of_an_endless_population_are_wilson():
    told, expected = wilson_stratified([6.0], [60.0], [120.0], [30.0]), wilson(3, 30)
    assert (told.low, told.high) == (pytest.approx(float(expected.low)), pytest.approx(float(expected.high)))  # fmt: skip


def test_a_census_has_no_width_and_an_empty_sample_no_value():
    told = wilson_stratified(
        [[2.0, 0.0], [0.0, 0.0]], [[8.0, 0.0], [0.0, 0.0]], [[8.0, 0.0], [0.0, 0.0]],
        [[8.0, 0.0], [0.0, 0.0]], [8.0, 5.0],
    )  # fmt: skip
    assert (told.low[0], told.value[0], told.high[0]) == (0.25, 0.25, 0.25)
    assert (told.status[1], told.reason[1]) == ("insufficient", "no cases with a known weight")


def test_classes_are_powers_of_two():
    assert weight_classes([1, 1.9, 2, 3.99, 4, 12.5]).tolist() == [0, 0, 1, 1, 2, 3]
