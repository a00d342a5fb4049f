import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from overread.stats.accuracy.auc import auc_delong, auc_paired_difference, score_histogram

quick = settings(deadline=None, max_examples=40)
CASES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=4, max_size=40).filter(
    lambda cases: len({truth for truth, _ in cases}) == 2
)
HISTOGRAMS = st.integers(2, 7).flatmap(
    lambda k: st.tuples(*(st.lists(st.integers(0, 20), min_size=k, max_size=k),) * 2)
)


def parts(estimate):
    return np.array([estimate.value, estimate.se, estimate.low, estimate.high])


def definition(truth, score):
    """AUC and DeLong's error from all pairs."""
    sick, well = score[truth == 1], score[truth == 0]
    wins = (sick[:, None] > well) + 0.5 * (sick[:, None] == well)
    variance = wins.mean(1).var(ddof=1) / sick.size + wins.mean(0).var(ddof=1) / well.size
    return wins.mean(), np.sqrt(variance)


@quick
@given(CASES)
def test_auc_equals_scikit_learn_and_the_definition(cases):
    truth, score = (np.array(part, dtype=float) for part in zip(*cases, strict=True))
    estimate = auc_delong(*score_histogram(truth, score))
    assert float(estimate.value) == pytest.approx(roc_auc_score(truth, score))
    if min(truth.sum(), truth.size - truth.sum()) > 1:
        assert (float(estimate.value), float(estimate.se)) == pytest.approx(
            definition(truth, score)
        )


@quick
@given(HISTOGRAMS)
def test_the_other_direction_mirrors(histograms):
    sick, well = (np.array(part) for part in histograms)
    for interval in ("covering", "published"):
        value, se, low, high = parts(auc_delong(sick, well, interval=interval))
        mirrored = parts(auc_delong(sick[::-1], well[::-1], interval=interval))
        np.testing.assert_allclose(mirrored, [1 - value, se, 1 - high, 1 - low], atol=1e-9)
        # the classes change their roles
        np.testing.assert_allclose(
            parts(auc_delong(well, sick, interval=interval)), mirrored, atol=1e-9
        )


@quick
@given(HISTOGRAMS)
def test_unused_scores_do_not_matter_and_intervals_hold_their_value(histograms):
    sick, well = (np.array(part) for part in histograms)
    estimate = auc_delong(sick, well)
    wider = auc_delong(np.insert(sick, 1, 0), np.insert(well, 1, 0))
    np.testing.assert_allclose(parts(estimate), parts(wider), atol=1e-12)
    if np.isnan(estimate.low):
        assert estimate.reason[()] != ""
    else:
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


@quick
@given(HISTOGRAMS)
def test_every_case_twice(histograms):
    sick, well = (np.array(part) for part in histograms)
    once, twice = auc_delong(sick, well), auc_delong(2 * sick, 2 * well)
    np.testing.assert_allclose(once.value, twice.value, atol=1e-12)
    if min(sick.sum(), well.sum()) > 1:
        assert float(twice.se) < float(once.se) or float(once.se) == 0


def test_missing_scores_are_left_out():
    sick, well = score_histogram([1, 1, 0, np.nan, 0], [0.9, np.nan, 0.1, 0.5, 0.9])
    np.testing.assert_array_equal(sick, [0, 1])
    np.testing.assert_array_equal(well, [1, 1])


def test_complete_separation():
    """DeLong's interval has no width; the covering one has, once there are 15 cases in a class."""
    published = auc_delong([0, 20], [20, 0], interval="published")
    assert (float(published.low), float(published.high)) == (1, 1)
    assert "not informative" in published.reason[()]
    covering = auc_delong([0, 20], [20, 0])
    assert float(covering.high) == 1
    assert 0.8 < float(covering.low) < 0.97


def test_small_classes_and_missing_classes():
    estimate = auc_delong([[0, 14], [0, 1], [0, 0], [1, 5]], [[40, 9], [5, 3], [4, 4], [0, 0]])
    assert estimate.status.tolist() == ["ok", "ok", "insufficient", "insufficient"]
    assert estimate.reason.tolist() == [
        "fewer than 15 diseased or healthy cases: no interval covers 95 %",
        "a class has one case only: no variance",
        "no diseased case",
        "no healthy case",
    ]
    assert np.isfinite(estimate.se).tolist() == [True, False, False, False]


def test_counts_beyond_64_bits():
    sick, well = np.array([10, 30, 60]), np.array([50, 30, 20])
    few = auc_delong(sick, well)
    many = auc_delong([int(c) << 50 for c in sick], [int(c) << 50 for c in well])
    assert float(many.value) == pytest.approx(float(few.value))
    assert float(many.se) == pytest.approx(float(few.se) / 2**25, rel=0.01)


def paired_by_definition(truth, first, second):
    gaps = []
    for score in (first, second):
        sick, well = score[truth == 1], score[truth == 0]
        wins = (sick[:, None] > well) + 0.5 * (sick[:, None] == well)
        gaps.append((wins.mean(1), wins.mean(0)))
    sick, well = gaps[0][0] - gaps[1][0], gaps[0][1] - gaps[1][1]
    return sick.mean(), np.sqrt(sick.var(ddof=1) / sick.size + well.var(ddof=1) / well.size)


def test_paired_difference_over_strata_equals_the_definition():
    rng = np.random.default_rng(3)
    truth = (rng.random((6, 90)) < 0.4).astype(float)
    first, second = rng.integers(0, 9, (2, 6, 90)) + 2 * truth
    first[0, :7], second[1, :9], truth[2, :5] = np.nan, np.nan, np.nan
    test = auc_paired_difference(truth, first, second)
    for stratum in range(6):
        kept = np.isfinite(truth[stratum] + first[stratum] + second[stratum])
        difference, se = paired_by_definition(
            *(part[stratum][kept] for part in (truth, first, second))
        )
        assert test.difference.value[stratum] == pytest.approx(difference)
        assert test.difference.se[stratum] == pytest.approx(se)
        assert test.z[stratum] == pytest.approx(difference / se)
        assert test.difference.n[stratum] == kept.sum()
    swapped = auc_paired_difference(truth, second, first)
    np.testing.assert_allclose(swapped.difference.low, -test.difference.high, atol=1e-12)
    np.testing.assert_allclose(swapped.p, test.p)


def test_paired_scores_that_rank_alike_and_classes_that_are_too_small():
    truth = np.repeat([1.0, 0.0], 40)
    score = np.arange(80.0)
    same = auc_paired_difference(truth, score, score**3)
    assert (float(same.z), float(same.p)) == (0, 1)
    assert "no variance" in same.difference.reason[()]
    few = auc_paired_difference([1, 1, 0, 0], [1, 2, 0, 3], [2, 1, 0, 4])
    assert "fewer than 30" in few.difference.reason[()]
    lone = auc_paired_difference([1, 0, 0], [1, 0, 2], [1, 1, 2])
    assert lone.difference.status[()] == "insufficient"
    assert np.isnan([float(lone.z), float(lone.p)]).all()
    # a total gain without any spread has nothing to be tested with
    gain = auc_paired_difference([1, 1, 0, 0], [2, 2, 1, 1], [1, 1, 2, 2], interval="published")
    assert float(gain.difference.value) == 1
    assert np.isnan(float(gain.z))


def test_listed_strata_equal_one_call_each():
    """Each stratum with its own scores; a stratum of one score, and one without a class."""
    strata = [([0, 3, 1, 9], [7, 0, 5, 1]), ([4], [4]), ([0, 0], [3, 2]), ([20, 1], [1, 30])]
    first = np.cumsum([0, *(len(sick) for sick, _ in strata[:-1])])
    listed = auc_delong(
        np.concatenate([sick for sick, _ in strata]),
        np.concatenate([well for _, well in strata]),
        first=first,
    )
    for place, (sick, well) in enumerate(strata):
        alone = auc_delong(sick, well)
        for name in ("value", "se", "low", "high", "n"):
            np.testing.assert_allclose(
                getattr(listed, name)[place], getattr(alone, name), rtol=1e-12
            )
        assert listed.reason[place] == alone.reason.item()
    with pytest.raises(ValueError, match="begin at 0"):
        auc_delong([1, 2], [2, 1], first=[1])
