"""The MRMC variance against every published row of VIPER, brute force, and identities."""

from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from overread.stats.accuracy.auc import auc_delong, score_histogram
from overread.stats.reader_studies.mrmc import MrmcResult
from overread.stats.reader_studies.mrmc_matrix import (
    auc_mrmc,
    auc_mrmc_difference,
    pooled_auc,
    rate_mrmc,
    rate_mrmc_difference,
)


def substudy(reads: pl.DataFrame, follow_up: str):
    """Truth, and scores and calls per modality, of one sub-study."""
    reads = reads.with_columns(
        (pl.col("readerID").rank("dense") - 1).alias("reader"),
        (pl.col("caseID").rank("dense") - 1).alias("case"),
        (pl.col("recall") == 1).cast(pl.Float64).alias("call"),
    )
    shape = (reads["reader"].n_unique(), reads["case"].n_unique())
    truth = np.full(shape[1], np.nan)
    truth[reads["case"].to_numpy()] = reads[f"cancerStatus{follow_up}"].to_numpy()
    matrices = {}
    for modality, column in product(("FFDM", "SFM"), ("score", "call")):
        part = reads.filter(pl.col("modalityID") == modality)
        values = np.full(shape, np.nan)
        values[part["reader"].to_numpy(), part["case"].to_numpy()] = part[column].to_numpy()
        assert np.isfinite(values).sum() == part.height  # no read overwrites another
        matrices[modality, column] = values
    return truth, matrices


def analyse(truth, matrices, metric: str, a: str, b: str) -> MrmcResult:
    single = b == "NO_MOD"
    if metric == "auc":
        x = matrices[a, "score"]
        if single:
            return auc_mrmc(truth, x, interval="published")
        return auc_mrmc_difference(truth, x, matrices[b, "score"], interval="published")
    x, rate = matrices[a, "call"], metric.upper()
    if single:
        return rate_mrmc(truth, x, rate, interval="published")
    return rate_mrmc_difference(truth, x, matrices[b, "call"], rate, interval="published")


@pytest.mark.parametrize("follow_up", ["365", "455"])
def test_every_published_row(shared: Path, follow_up: str):
    folder = shared / "data" / "viper_mammography"
    published = pl.read_csv(folder / f"published_iMRMC_Ustat_{follow_up}.csv", null_values="NA")
    reads = pl.read_csv(folder / "viperObs.csv")
    studies = {
        label: substudy(reads.filter(pl.col("subStudyLabel") == label), follow_up)
        for label in published["substudy"].unique()
    }
    assert published.height == 45
    for row in published.iter_rows(named=True):
        result = analyse(
            *studies[row["substudy"]], row["metric"], row["modalityA"], row["modalityB"]
        )
        value, variance = (
            ("AUCA", "varAUCA")
            if row["modalityB"] == "NO_MOD"
            else ("AUCAminusAUCB", "varAUCAminusAUCB")
        )
        ours = [
            result.estimate.value.item(),
            result.variance,
            result.estimate.low.item(),
            result.estimate.high.item(),
        ]
        theirs = [row[value], row[variance], row["botCInormal"], row["topCInormal"]]
        where = str([row[k] for k in ("substudy", "metric", "modalityA", "modalityB")])
        # 5 significant digits, and 5 decimals of the values
        np.testing.assert_allclose(ours, theirs, rtol=5e-6, atol=0, err_msg=where)
        assert result.estimate.se.item() ** 2 == pytest.approx(row[variance], rel=5e-6)
        if row["modalityB"] != "NO_MOD":
            assert [part.covariance for part in result.components[:2]] == pytest.approx(
                [row["varAUCA"], row["varAUCB"]], rel=5e-6
            )
        elif row["metric"] == "auc":
            assert result.estimate.n.item() == row["N0"] + row["N1"]


def brute_force(truth, scores_a, scores_b, centred=False) -> float:
    """Covariance by the definition: product of the values less the mean over wholly distinct pairs."""

    def kernel(scores):
        sick, well = scores[:, truth == 1], scores[:, truth == 0]
        return {
            (r, i, j): float(sick[r, i] > well[r, j]) + 0.5 * float(sick[r, i] == well[r, j])
            for r, i, j in product(range(len(scores)), range(sick.shape[1]), range(well.shape[1]))
            if np.isfinite(sick[r, i]) and np.isfinite(well[r, j])
        }

    a, b = kernel(scores_a), kernel(scores_b)
    if centred:
        a, b = ({k: x - np.mean(list(of.values())) for k, x in of.items()} for of in (a, b))
    distinct = [
        x * y
        for (k, x), (q, y) in product(a.items(), b.items())
        if all(s != t for s, t in zip(k, q, strict=True))
    ]
    return np.mean(list(a.values())) * np.mean(list(b.values())) - np.mean(distinct)


def study(seed: int, readers: int = 3, each: int = 4, missing: float = 0.2):
    rng = np.random.default_rng(seed)
    truth = np.repeat([1, 0], each)
    scores = rng.integers(0, 5, (2, readers, 2 * each)) + truth
    scores = scores.astype(float)
    holes = rng.random(scores.shape) < missing
    holes[:, :, [0, 1, each, each + 1]] = False  # two of each class are read by all
    scores[holes] = np.nan
    return truth, scores


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_agrees_with_the_definition_in_any_design(seed: int):
    truth, (a, b) = study(seed)
    for interval in ("published", "covering"):
        result = auc_mrmc_difference(truth, a, b, interval=interval)
        expected = [
            brute_force(truth, *pair, interval == "covering") for pair in ((a, a), (b, b), (a, b))
        ]
        np.testing.assert_allclose([c.covariance for c in result.components], expected, atol=1e-12)
        whole = expected[0] + expected[1] - 2 * expected[2]
        assert result.variance == pytest.approx(whole, abs=1e-12)
        for part in result.components:
            assert part.coefficients.sum() == pytest.approx(1)
            assert part.shared[0] == ("reader", "positive", "negative")
            assert part.shared[-1] == ()
    swapped = auc_mrmc_difference(truth, b, a)
    assert swapped.estimate.value == pytest.approx(-result.estimate.value)
    assert swapped.variance == pytest.approx(result.variance, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_the_two_variances_are_one_where_all_read_all(seed: int):
    truth, (a, b) = study(seed, missing=0)
    for of in (
        lambda kind: auc_mrmc(truth, a, interval=kind),
        lambda kind: auc_mrmc_difference(truth, a, b, interval=kind),
    ):
        ours, theirs = of("covering"), of("published")
        assert ours.variance == pytest.approx(theirs.variance, abs=1e-12)
        np.testing.assert_allclose(ours.parts(), theirs.parts(), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_rate_and_its_complement_have_one_variance_and_mirrored_limits(seed: int):
    """Only so from scores less their pooled value; the published variance differs where designs have holes."""
    truth, (scores, _) = study(seed, readers=4, each=20, missing=0.4)
    calls = np.where(np.isnan(scores), np.nan, scores > 2)
    right, wrong = (rate_mrmc(truth, x, "TPF") for x in (calls, 1 - calls))
    assert right.variance == pytest.approx(wrong.variance, abs=1e-12)
    assert right.estimate.value == pytest.approx(1 - wrong.estimate.value)
    limits = [right.estimate.low, right.estimate.high]
    np.testing.assert_allclose(limits, [1 - wrong.estimate.high, 1 - wrong.estimate.low])


def test_the_covering_interval_is_t_on_the_logit_scale():
    """By hand: two thirds of the variance from readers of 6, so that t has 5 / (2/3) = 7.5 degrees of freedom."""
    truth, (scores, other) = skilled(6, 30)
    result = auc_mrmc(truth, scores)
    share = 1 - result.parts()[1] / result.variance
    freedom = min(5 / share, 11)
    assert 5 < freedom < 11
    value, se = result.estimate.value, np.sqrt(result.variance)
    assert result.estimate.se == pytest.approx(se)
    half = stats.t.ppf(0.975, freedom) * se / (value * (1 - value))
    centre = np.log(value / (1 - value))
    np.testing.assert_allclose(
        [result.estimate.low, result.estimate.high], special.expit([centre - half, centre + half])
    )
    assert result.estimate.method == "AUC, MRMC U-statistic, weighted by pairs, logit t"
    gap = auc_mrmc_difference(truth, scores, other)
    reach = (gap.estimate.high - gap.estimate.value) / np.sqrt(gap.variance)
    assert stats.t.ppf(0.975, 11) - 1e-9 <= reach <= stats.t.ppf(0.975, 5) + 1e-9
    assert gap.estimate.method.endswith("difference, t")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_pooled_auc_is_the_value_of_the_mrmc_analysis(seed: int):
    truth, (scores, _) = study(seed)
    single = [auc_delong(*score_histogram(truth, row)).value.item() for row in scores]
    read = np.isfinite(scores)
    pooled = pooled_auc(single, read[:, truth == 1].sum(axis=1), read[:, truth == 0].sum(axis=1))
    assert pooled.value == pytest.approx(auc_mrmc(truth, scores).estimate.value)
    assert pooled.n == read.sum()


@pytest.mark.parametrize("rate", ["TPF", "TNF"])
def test_weightings_agree_only_where_fully_crossed(rate: str):
    truth, (crossed, _) = study(4, readers=5, each=8, missing=0)
    by_pairs, by_reads = (
        rate_mrmc(truth, crossed > 2, rate, weighting) for weighting in ("pairs", "reads")
    )
    assert by_pairs.estimate.value == pytest.approx(by_reads.estimate.value)
    assert by_pairs.variance == pytest.approx(by_reads.variance)
    assert by_pairs.estimate.n == by_reads.estimate.n == 8
    truth, (holes, _) = study(4, readers=5, each=8, missing=0.4)
    calls = np.where(np.isnan(holes), np.nan, holes > 2)
    own = calls[:, truth == (rate == "TPF")]
    by_reads = rate_mrmc(truth, calls, rate, "reads")
    share = np.nanmean(own == (rate == "TPF"), where=np.isfinite(own))
    assert by_reads.estimate.value == pytest.approx(share)
    assert rate_mrmc(truth, calls, rate).estimate.value != pytest.approx(share)


def test_rate_by_reads_is_the_two_way_moment_estimate():
    calls = np.array([[1, 0, 1, 1], [1, 1, 0, 1], [0, 0, 1, 1]], dtype=float)
    result = rate_mrmc(np.ones(4), calls, "TPF", "reads")
    cells = list(np.ndindex(calls.shape))
    distinct = [
        calls[k] * calls[q] for k, q in product(cells, cells) if k[0] != q[0] and k[1] != q[1]
    ]
    assert result.variance == pytest.approx(calls.mean() ** 2 - np.mean(distinct))
    difference = rate_mrmc_difference(np.ones(4), calls, 1 - calls, "TPF", "reads")
    assert difference.estimate.value == pytest.approx(2 * calls.mean() - 1)
    assert difference.variance == pytest.approx(4 * result.variance)


def withheld(result: MrmcResult) -> str:
    estimate = result.estimate
    assert estimate.status.item() == "ok"
    assert np.isfinite(estimate.value)
    assert np.isnan([estimate.low, estimate.high]).all()
    return estimate.reason.item()


def skilled(readers: int, each: int):
    """Readers of different skill: their variance shows."""
    truth, (scores, other) = study(1, readers, each, missing=0)
    return truth, (scores + np.arange(readers)[:, None] * truth / 2, other)


def test_degenerate_designs_withhold_the_interval():
    truth, (scores, other) = skilled(5, 16)
    assert auc_mrmc(truth, scores).estimate.reason.item() == ""
    assert "one reader" in withheld(auc_mrmc(truth, scores[:1]))
    assert np.isnan(auc_mrmc(truth, scores[:1]).variance)
    assert "one reader" in withheld(auc_mrmc_difference(truth, scores[:1], other[:1]))
    assert "one diseased case" in withheld(auc_mrmc(truth[15:], scores[:, 15:]))
    assert "one healthy case" in withheld(auc_mrmc(truth[:17], scores[:, :17]))
    assert "one healthy case" in withheld(
        auc_mrmc_difference(truth[:17], scores[:, :17], other[:, :17])
    )
    calls = (scores[:, 15:] > 2).astype(float)
    assert "one diseased case" in withheld(rate_mrmc(truth[15:], calls, "TPF", "reads"))
    assert rate_mrmc(truth[15:], calls, "TNF", "reads").estimate.reason.item() == ""
    crossed = np.tile(truth, (5, 1))
    assert "not positive" in withheld(auc_mrmc(truth, crossed))
    assert "not positive" in withheld(auc_mrmc_difference(truth, scores, scores))


def test_small_studies_withhold_the_interval_and_keep_the_variance():
    truth, (scores, _) = skilled(5, 16)
    few = auc_mrmc(truth, scores[:2])
    assert "fewer than 3 readers" in withheld(few)
    assert few.estimate.se == pytest.approx(np.sqrt(few.variance))
    assert np.isfinite(auc_mrmc(truth, scores[:2], interval="published").estimate.low)
    assert np.isfinite(auc_mrmc(truth, scores[:3]).estimate.low)
    assert "15 diseased" in withheld(auc_mrmc(truth[2:], scores[:, 2:]))
    assert "15 healthy" in withheld(auc_mrmc(truth[:-2], scores[:, :-2]))
    calls = (scores > 2).astype(float)
    assert "15 diseased" in withheld(rate_mrmc(truth[2:], calls[:, 2:], "TPF"))
    # a specificity rests on the healthy cases alone
    assert rate_mrmc(truth[2:], calls[:, 2:], "TNF").estimate.reason.item() == ""


def test_a_reader_with_one_case_of_a_class_costs_nobody_the_interval():
    truth, (scores, _) = skilled(5, 16)
    scores[0, 1:16] = np.nan
    result = auc_mrmc(truth, scores)
    assert result.variance == pytest.approx(brute_force(truth, scores, scores, centred=True))
    assert result.estimate.reason.item() == ""
    assert np.isfinite(result.estimate.low)


def test_a_reader_without_a_class_weighs_nothing():
    truth, (scores, _) = study(7, readers=4, each=6, missing=0)
    extra = np.where(truth == 1, np.nan, 9.0)
    with_extra, without = auc_mrmc(truth, np.vstack([scores, extra])), auc_mrmc(truth, scores)
    assert with_extra.estimate.value == without.estimate.value
    assert with_extra.variance == pytest.approx(without.variance)
    assert with_extra.estimate.n == without.estimate.n == 12
    alone = auc_mrmc(truth, extra[None, :]).estimate
    assert alone.status.item() == "insufficient"
    assert np.isnan(alone.value)
    assert "no reader" in alone.reason.item()
    assert auc_mrmc([], np.empty((0, 0))).estimate.status.item() == "insufficient"


def test_pooled_auc_ignores_readers_without_weight_and_names_what_is_absent():
    pooled = pooled_auc(
        [[0.8, 0.6, np.nan], [0.8, np.nan, 0.7], [0.5, 0.5, 0.5]],
        [[2, 1, 0], [2, 1, 0], [0, 0, 0]],
        [[10, 20, 5], [10, 20, 5], [1, 1, 1]],
    )
    assert pooled.value[0] == pytest.approx(0.7)
    assert pooled.n[0] == 33
    assert list(pooled.status) == ["ok", "insufficient", "insufficient"]
    assert "has no AUC" in pooled.reason[1]
    assert "no reader has both" in pooled.reason[2]
    assert "needs the reads" in pooled.reason[0]
    assert np.isnan(pooled.low).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: auc_mrmc([1, 0], [[1.0, 2.0, 3.0]]), "shape"),
        (lambda: auc_mrmc([1, 2], [[1.0, 2.0]]), "truth of case 1 is 2"),
        (lambda: auc_mrmc([1, 0], [[1.0, np.inf]]), "infinite"),
        (lambda: auc_mrmc([1, 0], [[1.0, 2.0]], level=95), "level is 95"),
        (lambda: auc_mrmc([1, 0], [[1.0, 2.0]], interval="wald"), "not 'wald'"),
        (lambda: rate_mrmc([1, 0], [[1.0, 2.0]], "TPF"), "call of reader 0 on case 1 is 2"),
        (lambda: auc_mrmc_difference([1, 0], [[1.0, 2.0]], [[1.0, 2.0]] * 2), "same readers"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
