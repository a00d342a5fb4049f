import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.stats.raters import dawid_skene as module
from overread.stats.raters.dawid_skene import dawid_skene, rating_counts

# Dawid and Skene (1979), table 1: 45 patients, the first anaesthetist three times, four others once
ANAESTHETISTS = """
111 1 1 1 1; 333 4 3 3 4; 112 2 1 2 2; 222 3 1 2 1; 222 3 2 2 2; 222 3 3 2 2; 122 2 1 1 1; 333 3 4 3 3;
222 2 2 2 3; 232 2 2 2 3; 444 4 4 4 4; 222 3 3 4 3; 111 1 1 1 1; 222 3 2 1 2; 121 1 1 1 1; 111 2 1 1 1;
111 1 1 1 1; 111 1 1 1 1; 222 2 2 2 1; 222 1 3 2 2; 222 2 2 2 2; 222 2 2 2 1; 222 3 2 2 2; 221 2 2 2 2;
111 1 1 1 1; 111 1 1 1 1; 232 2 2 2 2; 111 1 1 1 1; 111 1 1 1 1; 112 1 1 2 1; 111 1 1 1 1; 333 3 2 3 3;
111 1 1 1 1; 222 2 2 2 2; 222 3 2 3 2; 433 4 3 4 3; 221 2 2 3 2; 232 3 2 3 3; 333 3 4 3 2; 111 1 1 1 1;
111 1 1 1 1; 121 2 1 1 1; 232 2 2 2 2; 121 1 1 1 1; 222 2 2 2 2
"""


def _anaesthetists():
    counts = np.zeros((45, 5, 4))
    for item, row in enumerate(ANAESTHETISTS.split(";")):
        for rater, grades in enumerate(row.split()):
            for grade in grades:
                counts[item, rater, int(grade) - 1] += 1
    return counts


def _slow(counts, steps):
    """The paper's equations 2.3 to 2.5, one probability at a time."""
    items, raters, k = counts.shape
    truth = [[counts[i, :, j].sum() / counts[i].sum() for j in range(k)] for i in range(items)]
    for _ in range(steps):
        p = [sum(truth[i][j] for i in range(items)) / items for j in range(k)]
        pi = np.zeros((raters, k, k))
        for r in range(raters):
            for j in range(k):
                row = [sum(truth[i][j] * counts[i, r, m] for i in range(items)) for m in range(k)]
                pi[r, j] = [x / sum(row) if sum(row) > 0 else 0 for x in row]
        log_likelihood = 0.0
        for i in range(items):
            joint = [
                p[j]
                * math.prod(
                    pi[r, j, m] ** int(counts[i, r, m]) for r in range(raters) for m in range(k)
                )
                for j in range(k)
            ]
            truth[i] = [x / sum(joint) for x in joint]
            log_likelihood += math.log(sum(joint))
    return np.array(p), pi, np.array(truth), log_likelihood


def _simulated(rng, strata, items, missing=0.2):
    """Binary calls of four raters with known sensitivity and specificity; 30 % present."""
    sensitivity, specificity = np.array([0.9, 0.8, 0.7, 0.85]), np.array([0.95, 0.9, 0.97, 0.85])
    present = rng.random((strata, items)) < 0.3
    calls = rng.random((strata, items, 4)) < np.where(
        present[..., None], sensitivity, 1 - specificity
    )
    ratings = np.where(rng.random(calls.shape) < missing, np.nan, calls)
    truth = np.stack(
        [
            np.stack([specificity, 1 - specificity], -1),
            np.stack([1 - sensitivity, sensitivity], -1),
        ],
        -2,
    )
    return ratings, present, truth


def test_the_anaesthetists_come_out_as_published():
    result = dawid_skene(_anaesthetists())
    assert result.status == "ok"
    # table 2 of the paper; log-likelihood of an independent implementation
    assert result.prevalence.value.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert float(result.log_likelihood) == pytest.approx(-192.89088, abs=1e-5)
    assert result.confusion.value[0].round(2).tolist() == [
        [0.89, 0.11, 0.0, 0.0],
        [0.07, 0.88, 0.05, 0.0],
        [0.0, 0.34, 0.66, 0.0],
        [0.0, 0.0, 0.56, 0.44],
    ]
    assert result.confusion.value[4, 2].round(2).tolist() == [0.0, 0.21, 0.79, 0.0]
    # table 4: the patients whose class is not certain
    assert result.posterior[[6, 34, 37]].max(-1) == pytest.approx([0.981, 0.948, 0.979], abs=6e-4)
    assert result.posterior[[6, 34, 37]].argmax(-1).tolist() == [0, 1, 2]
    fine = result.confusion
    assert ((fine.low <= fine.value) & (fine.value <= fine.high)).all()
    assert fine.high[1, 3, 3] == 1
    assert (
        fine.low[1, 3, 3] < 0.5
    )  # three patients of class 4, all called 4: not yet a perfect rater


def test_equals_an_independent_slow_implementation():
    counts = _anaesthetists()
    prevalence, confusion, posterior, log_likelihood = _slow(counts, 60)
    result = dawid_skene(counts, tolerance=1e-12)
    assert result.prevalence.value == pytest.approx(prevalence, abs=1e-8)
    assert result.confusion.value == pytest.approx(confusion, abs=1e-8)
    assert result.posterior == pytest.approx(posterior, abs=1e-8)
    assert float(result.log_likelihood) == pytest.approx(log_likelihood, abs=1e-9)


def test_standard_errors_equal_the_numerical_hessian_of_the_likelihood():
    """Two classes, no probability on its bound: information by finite differences of the log-likelihood."""
    ratings, _, _ = _simulated(np.random.default_rng(1), 1, 4000)
    counts = rating_counts(ratings[0], 2)
    result = dawid_skene(counts, tolerance=1e-11)

    def log_likelihood(x):
        p = np.array([1 - x[0], x[0]])
        of_rater = np.stack(
            [np.stack([1 - x[1:5], x[1:5]], -1), np.stack([1 - x[5:], x[5:]], -1)], 1
        )
        joint = np.exp(np.einsum("irl,rjl->ij", counts, np.log(of_rater))) @ p
        return np.log(joint).sum()

    at = np.concatenate(
        [[result.prevalence.value[1]], *(result.confusion.value[:, j, 1] for j in (0, 1))]
    )
    steps = 1e-4 * np.eye(9)
    hessian = [
        [
            (
                log_likelihood(at + a + b)
                - log_likelihood(at + a - b)
                - log_likelihood(at - a + b)
                + log_likelihood(at - a - b)
            )
            / 4e-8
            for b in steps
        ]
        for a in steps
    ]
    expected = np.sqrt(np.diag(np.linalg.inv(-np.array(hessian))))
    ours = np.concatenate(
        [[result.prevalence.se[1]], *(result.confusion.se[:, j, 1] for j in (0, 1))]
    )
    # half a rating inside the bounds moves it by less than a hundredth
    assert ours == pytest.approx(expected, rel=0.02)


def test_recovers_known_error_rates_with_coverage():
    ratings, present, truth = _simulated(np.random.default_rng(0), 250, 250, missing=0.15)
    result = dawid_skene(rating_counts(ratings, 2))
    assert (result.status == "ok").all()
    assert not result.relabelled.any()
    assert result.prevalence.value.mean(0) == pytest.approx([0.7, 0.3], abs=0.01)
    assert result.confusion.value.mean(0) == pytest.approx(truth, abs=0.012)
    inside = (result.confusion.low <= truth) & (truth <= result.confusion.high)
    assert np.all(inside.mean(0) > 0.91)
    assert 0.93 < inside.mean() < 0.975
    inside = (result.prevalence.low[:, 1] <= 0.3) & (result.prevalence.high[:, 1] >= 0.3)
    assert 0.91 < inside.mean() < 0.99
    right = (result.posterior[..., 1] > 0.5) == present
    votes = np.nansum(ratings, axis=-1) > np.isfinite(ratings).sum(-1) / 2
    assert right.mean() > (votes == present).mean()


def test_a_stratum_gives_the_same_alone_and_among_others():
    ratings, _, _ = _simulated(np.random.default_rng(2), 6, 60)
    counts = rating_counts(ratings.reshape(2, 3, 60, 4), 2)
    together, alone = dawid_skene(counts), dawid_skene(counts[1, 2])
    assert together.confusion.value.shape == (2, 3, 4, 2, 2)
    assert together.confusion.value[1, 2] == pytest.approx(alone.confusion.value, abs=1e-12)
    assert together.confusion.low[1, 2] == pytest.approx(alone.confusion.low, abs=1e-9)
    assert together.iterations[1, 2] == alone.iterations


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(4)))
def test_renaming_categories_and_raters_renames_the_result(seed, order):
    rng = np.random.default_rng(seed)
    counts = _anaesthetists()[rng.integers(0, 45, 60)]
    plain, moved = dawid_skene(counts), dawid_skene(counts[..., order])
    assert moved.prevalence.value == pytest.approx(plain.prevalence.value[order], abs=1e-5)
    renamed = plain.confusion.value[:, order][:, :, order]
    assert moved.confusion.value == pytest.approx(renamed, abs=1e-4, nan_ok=True)
    turned = dawid_skene(counts[:, ::-1])
    assert turned.prevalence.value == pytest.approx(plain.prevalence.value, abs=1e-5)


def test_equal_patterns_may_be_merged_into_weights():
    counts = _anaesthetists()
    patterns, times = np.unique(counts, axis=0, return_counts=True)
    merged, whole = dawid_skene(patterns, times), dawid_skene(counts)
    assert len(patterns) < 45
    assert merged.confusion.value == pytest.approx(whole.confusion.value, abs=1e-6)
    assert merged.prevalence.se == pytest.approx(whole.prevalence.se, abs=1e-6)
    assert float(merged.log_likelihood) == pytest.approx(float(whole.log_likelihood))


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [1, 2, 3, 0], [3, 2, 1, 0]])
def test_classes_the_wrong_way_round_are_named_anew(order):
    """The likelihood does not know the classes' names: the guard finds the ones that the raters use."""
    plain = dawid_skene(_anaesthetists())
    assert not plain.relabelled
    expected = plain.confusion.value * plain.confusion.n
    found, undecided = module._named(np.stack([expected, expected[:, order]]))
    assert found[0].tolist() == [0, 1, 2, 3]
    assert np.array(order)[found[1]].tolist() == [0, 1, 2, 3]
    assert not undecided.any()


def test_an_em_that_ends_with_raters_worse_than_chance_is_turned():
    """Noise: among many small strata some end upside down; none is handed back so."""
    noise = np.random.default_rng(0).integers(0, 2, (300, 12, 4))
    result = dawid_skene(rating_counts(noise, 2))
    assert result.relabelled.any()
    fine = result.status == "ok"
    pooled = (result.confusion.value * result.confusion.n).sum(1)[fine]
    share = pooled / pooled.sum(-1, keepdims=True)
    assert (share[:, 0, 0] + share[:, 1, 1] > 1).all()


def test_what_is_not_identifiable_has_its_reason():
    ratings, _, _ = _simulated(np.random.default_rng(3), 1, 80, missing=0)
    full = ratings[0]
    nothing, one, two, same = (full.copy() for _ in range(4))
    nothing[:] = np.nan
    one[:, 1:] = np.nan
    two[:, 2:] = np.nan
    same[:] = 1
    coin = np.tile([[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [1, 0, 1, 0]], (20, 1)).astype(float)
    result = dawid_skene(rating_counts(np.stack([nothing, one, two, same, coin, full]), 2))
    assert result.reason.tolist() == [
        module.NO_RATINGS,
        module.ONE_RATER,
        module.TOO_FEW_RATINGS,
        module.ONE_CATEGORY,
        module.NOT_APART,
        "",
    ]
    bad = result.status != "ok"
    assert bad.tolist() == [True] * 5 + [False]
    assert np.isnan(result.prevalence.value[bad]).all()
    assert (result.prevalence.status[bad] == "insufficient").all()
    assert (result.confusion.reason[1] == module.ONE_RATER).all()
    assert (result.posterior[bad] == 0).all()
    hasty = dawid_skene(rating_counts(full, 2), max_iterations=2)
    assert str(hasty.reason) == module.NOT_CONVERGED
    assert int(hasty.iterations) == 2


def test_unrated_items_and_absent_classes():
    counts = np.zeros((46, 5, 5))
    counts[:45, :, :4] = _anaesthetists()
    result, plain = dawid_skene(counts), dawid_skene(_anaesthetists())
    assert result.prevalence.value[:4] == pytest.approx(plain.prevalence.value, abs=1e-6)
    assert result.prevalence.value[4] == 0
    assert set(result.confusion.reason[:, 4].ravel()) == {module.NEVER_TRUE}
    assert (result.confusion.status[:, :4] == "ok").all()
    assert result.posterior[45] == pytest.approx(result.prevalence.value)
    assert result.prevalence.n[0] == 45


def test_what_cannot_be_counts_is_refused():
    with pytest.raises(ValueError, match="never negative"):
        dawid_skene(-np.ones((3, 3, 2)))
    with pytest.raises(ValueError, match="outside the declared scale"):
        rating_counts([[0, 2]], 2)


def test_no_strata_and_no_items_have_their_shape():
    assert dawid_skene(np.zeros((0, 5, 3, 2))).confusion.shape == (0, 3, 2, 2)
    empty = dawid_skene(np.zeros((2, 0, 3, 2)))
    assert empty.reason.tolist() == [module.NO_RATINGS] * 2
    assert empty.posterior.shape == (2, 0, 2)
