import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.stats.accuracy.verification import NOT_IDENTIFIABLE, begg_greenes

# AI positive and reader positive, AI alone, reader alone, neither
AI_POSITIVE = np.array([True, True, False, False])
SENSITIVITY, SPECIFICITY = 0.80, 0.90
# of the reader, independent of the AI given the disease
READER = (0.85, 0.95)
PREVALENCE = 0.05


def _exams(rng, n, runs, audit, prevalence=PREVALENCE):
    """Discordant exams are verified at 95 %, concordant ones by a random audit."""
    sick = prevalence * np.outer([SENSITIVITY, 1 - SENSITIVITY], [READER[0], 1 - READER[0]]).ravel()
    well = (1 - prevalence) * np.outer(
        [1 - SPECIFICITY, SPECIFICITY], [1 - READER[1], READER[1]]
    ).ravel()
    verified = np.array([audit, 0.95, 0.95, audit])
    shares = np.concatenate([sick * verified, well * verified, (sick + well) * (1 - verified)])
    counts = rng.multinomial(n, shares, runs).reshape(runs, 3, 4)
    return counts[:, 0], counts[:, 1], counts[:, 2]


def _by_ai_alone(part):
    return np.stack([part[..., :2].sum(-1), part[..., 2:].sum(-1)], axis=-1)


def test_strata_of_both_calls_recover_what_the_ai_call_alone_turns_into_a_tenth():
    exams = _exams(np.random.default_rng(1), 100_000, 400, 0.05)
    alone = begg_greenes(*(_by_ai_alone(part) for part in exams), [True, False])
    both = begg_greenes(*exams, AI_POSITIVE)
    # the discordant ones are where the disease is that the AI missed: 0.80 looks like 0.12
    assert alone.sensitivity.value.mean() == pytest.approx(0.12, abs=0.01)
    assert both.sensitivity.value.mean() == pytest.approx(SENSITIVITY, abs=0.005)
    assert both.specificity.value.mean() == pytest.approx(SPECIFICITY, abs=0.001)
    # what is verified alone is wrong in its own way
    verified = exams[0][:, :2].sum() / exams[0].sum()
    assert verified < 0.5


@pytest.mark.parametrize(
    ("n", "audit", "prevalence"),
    [(20_000, 0.1, 0.05), (100_000, 0.05, 0.05), (5_000, 0.2, 0.2), (20_000, 0.3, 0.02)],
)
def test_intervals_cover(n, audit, prevalence):
    exams = _exams(np.random.default_rng(3), n, 4000, audit, prevalence)
    result = begg_greenes(*exams, AI_POSITIVE)
    for estimate, truth in ((result.sensitivity, SENSITIVITY), (result.specificity, SPECIFICITY)):
        shown = np.isfinite(estimate.low)
        assert shown.mean() > 0.95
        inside = (estimate.low <= truth) & (truth <= estimate.high)
        assert 0.93 <= inside[shown].mean() <= 0.97


def test_everything_verified_gives_the_plain_shares():
    diseased, healthy = np.array([30, 10, 8, 2]), np.array([5, 45, 20, 880])
    result = begg_greenes(diseased, healthy, np.zeros(4), AI_POSITIVE)
    assert float(result.sensitivity.value) == pytest.approx(40 / 50)
    assert float(result.specificity.value) == pytest.approx(900 / 950)
    # and with it the binomial standard errors
    assert float(result.sensitivity.se) == pytest.approx(np.sqrt(0.8 * 0.2 / 50), rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(4)), st.integers(2, 6))
def test_order_of_strata_and_scale_do_not_matter(seed, order, times):
    rng = np.random.default_rng(seed)
    sick, well, left = (rng.integers(10, 200, 4) for _ in range(3))
    plain = begg_greenes(sick, well, left, AI_POSITIVE)
    moved = begg_greenes(sick[order], well[order], left[order], AI_POSITIVE[order])
    more = begg_greenes(sick * times, well * times, left * times, AI_POSITIVE)
    assert float(moved.sensitivity.value) == pytest.approx(float(plain.sensitivity.value))
    assert float(moved.sensitivity.low) == pytest.approx(float(plain.sensitivity.low))
    assert float(more.sensitivity.value) == pytest.approx(float(plain.sensitivity.value))
    assert float(more.sensitivity.se) == pytest.approx(float(plain.sensitivity.se) / times**0.5)
    # a split stratum verified alike is the same stratum twice
    split = begg_greenes(
        np.repeat(sick / 2, 2),
        np.repeat(well / 2, 2),
        np.repeat(left / 2, 2),
        AI_POSITIVE.repeat(2),
    )
    assert float(split.specificity.value) == pytest.approx(float(plain.specificity.value))


def test_a_stratum_with_exams_and_none_verified_is_not_identifiable():
    diseased, healthy = np.array([30, 10, 8, 0]), np.array([5, 45, 20, 0])
    result = begg_greenes(
        np.stack([diseased] * 2),
        np.stack([healthy] * 2),
        [[50, 0, 0, 900], [50, 0, 0, 0]],
        AI_POSITIVE,
    )
    for estimate in (result.sensitivity, result.specificity):
        assert estimate.status.tolist() == ["insufficient", "ok"]  # an empty stratum hides nothing
        assert estimate.reason[0] == NOT_IDENTIFIABLE
        assert np.isnan(estimate.value[0])
        assert np.isnan(estimate.low[0])


def test_no_diseased_case_and_thinly_verified_strata():
    result = begg_greenes(
        [[0, 0, 0, 0], [4, 20, 20, 1]],
        [[30, 30, 30, 30], [2, 30, 30, 40]],
        [0, 0, 0, 0],
        AI_POSITIVE,
    )
    assert result.sensitivity.reason[0] == "no diseased case"
    assert result.specificity.value[0] == pytest.approx(0.5)
    # six verified cases in the first stratum: the value stands, its interval does not
    assert result.sensitivity.status[1] == "ok"
    assert np.isnan(result.sensitivity.low[1])
    assert "verified cases" in result.sensitivity.reason[1]
