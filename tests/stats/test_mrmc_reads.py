"""Reads as a list: many strata, repeated reads, rows of single cases, batches, and the parts of the variance."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.stats.reader_studies import mrmc_moments
from overread.stats.reader_studies.mrmc import mrmc, mrmc_difference
from overread.stats.reader_studies.mrmc_matrix import auc_mrmc, rate_mrmc
from overread.stats.reader_studies.mrmc_reads import Reads
from overread.stats.reader_studies.mrmc_wins import joint_wins


def reads_of(seed: int, size: int, strata: int = 1, readers: int = 4, cases: int = 9) -> Reads:
    """Random reads; a reader can have read a case several times, or not at all."""
    rng = np.random.default_rng(seed)
    case = rng.integers(0, cases, size)
    return Reads(
        rng.integers(0, strata, size),
        rng.integers(0, readers, size),
        case,
        case % 2 == 0,
        rng.integers(0, 4, size).astype(float),
        np.ones(size),
        np.zeros(size, dtype=bool),
    )


def called(reads: Reads) -> Reads:
    return replace(reads, answer=(reads.answer > 1).astype(float))


def kernel(reads: Reads, metric: str) -> list[tuple[tuple[int, int, int], float]]:
    """Every pair of reads of one reader, with what it scores."""
    rows = list(
        zip(*(getattr(reads, n) for n in ("reader", "case", "sick", "answer")), strict=True)
    )
    score = {
        "AUC": lambda x, y: (x > y) + 0.5 * (x == y),
        "TPF": lambda x, _: x,
        "TNF": lambda _, y: 1 - y,
    }[metric]
    return [
        ((r, i, j), float(score(x, y)))
        for (r, i, ill, x), (q, j, other, y) in product(rows, rows)
        if r == q and ill and not other
    ]


def by_definition(a: Reads, b: Reads, metric: str) -> float:
    """Product of the values less the mean product of two triples that share nothing."""
    one, two = kernel(a, metric), kernel(b, metric)
    distinct = [
        x * y
        for (k, x), (q, y) in product(one, two)
        if all(s != t for s, t in zip(k, q, strict=True))
    ]
    return np.mean([x for _, x in one]) * np.mean([y for _, y in two]) - np.mean(distinct)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["AUC", "TPF", "TNF"]))
def test_repeated_reads_agree_with_the_definition(seed: int, metric: str):
    a, b = reads_of(seed, 32), reads_of(seed + 1, 32)
    if metric != "AUC":
        a, b = called(a), called(b)
    result = mrmc_difference(a, b, metric, 1, interval="published")
    expected = [by_definition(*pair, metric) for pair in ((a, a), (b, b), (a, b))]
    np.testing.assert_allclose(
        [part.covariance.item() for part in result.components], expected, atol=1e-12
    )
    for part in result.components:
        assert part.coefficients.sum() == pytest.approx(1)
    values = [np.mean([x for _, x in kernel(r, metric)]) for r in (a, b)]
    assert result.estimate.value.item() == pytest.approx(values[0] - values[1])


@pytest.mark.parametrize("metric", ["AUC", "TPF", "TNF"])
def test_strata_at_once_equal_strata_alone(metric: str):
    a, b = reads_of(1, 600, strata=5), reads_of(2, 600, strata=5)
    if metric != "AUC":
        a, b = called(a), called(b)
    together = mrmc_difference(a, b, metric, 6)
    assert together.estimate.shape == (6,)
    assert together.estimate.status[5] == "insufficient"  # no read lies in the last one
    for stratum in range(5):
        one, two = (
            replace(
                own := reads.where(reads.stratum == stratum),
                stratum=np.zeros(own.case.size, dtype=int),
            )
            for reads in (a, b)
        )
        alone = mrmc_difference(one, two, metric, 1)
        for name in ("value", "se", "low", "high", "n"):
            np.testing.assert_allclose(
                getattr(together.estimate, name)[stratum], getattr(alone.estimate, name)[0]
            )
        np.testing.assert_allclose(together.parts()[stratum], alone.parts()[0], atol=1e-12)


def single(seed: int, size: int) -> Reads:
    """Reads of cases that nobody else read."""
    reads = reads_of(seed, size)
    return replace(reads, case=100 + np.arange(size), sick=np.arange(size) % 3 == 0)


@pytest.mark.parametrize(
    ("metric", "weighting"),
    [("AUC", "pairs"), ("TPF", "pairs"), ("TNF", "pairs"), ("TPF", "reads"), ("TNF", "reads")],
)
def test_single_cases_as_counts_equal_single_cases_named(metric: str, weighting: str):
    crossed, alone = reads_of(3, 80), single(4, 90)
    if metric != "AUC":
        crossed, alone = called(crossed), called(alone)
    keys = np.stack([alone.reader, alone.sick, alone.answer], axis=1)
    rows, n = np.unique(keys, axis=0, return_counts=True)
    counted = Reads(
        np.zeros(len(rows), dtype=int),
        rows[:, 0].astype(int),
        1000 + np.arange(len(rows)),
        rows[:, 1] == 1,
        rows[:, 2],
        n.astype(float),
        np.ones(len(rows), dtype=bool),
    )
    assert len(rows) < 40
    named = mrmc(crossed.joined(alone), metric, 1, weighting)
    told = mrmc(crossed.joined(counted), metric, 1, weighting)
    for name in ("value", "se", "low", "n"):
        np.testing.assert_allclose(getattr(told.estimate, name), getattr(named.estimate, name))
    for kind in ("moments", "centred"):
        of_told, of_named = (getattr(result.components[0], kind) for result in (told, named))
        np.testing.assert_allclose(of_told, of_named, atol=1e-12)


def test_batches_change_nothing(monkeypatch):
    a, b = reads_of(5, 500, strata=3), reads_of(6, 500, strata=3)
    whole = mrmc_difference(a, b, "AUC", 3)
    monkeypatch.setattr(mrmc_moments, "_BATCH", 50)
    for one, two in zip(whole.components, mrmc_difference(a, b, "AUC", 3).components, strict=True):
        np.testing.assert_allclose(one.moments, two.moments)


def test_parts_of_the_variance_find_readers_and_cases():
    """Readers who differ only in skill, then cases that differ only in difficulty, all reads of their own."""
    rng = np.random.default_rng(8)
    truth = np.repeat([1, 0], 150)
    skill = np.linspace(0, 2.5, 12)[:, None] * truth
    noise = rng.normal(size=(12, 300))
    readers = auc_mrmc(truth, skill + noise)
    hardness = rng.normal(size=300) * 3
    cases = auc_mrmc(truth, truth * 1.5 + hardness + noise / 10)
    for result, main in ((readers, 0), (cases, 1)):
        parts = result.parts()
        assert parts.sum() == pytest.approx(result.variance)
        assert parts[main] / result.variance > 0.8
    # a fully crossed difference of a modality with itself has no variance in any part
    a = reads_of(9, 200)
    np.testing.assert_allclose(mrmc_difference(a, a, "AUC", 1).parts(), 0, atol=1e-15)


def test_parts_of_a_crossed_rate_are_those_of_the_analysis_of_variance():
    rng = np.random.default_rng(10)
    readers, cases = 7, 25
    chance = np.linspace(0.3, 0.9, readers)[:, None] + rng.normal(size=cases) / 5
    calls = (rng.random((readers, cases)) < chance).astype(float)
    rows, columns = calls.mean(axis=1), calls.mean(axis=0)
    rest = calls - rows[:, None] - columns + calls.mean()
    error = (rest**2).sum() / ((readers - 1) * (cases - 1))
    expected = [
        rows.var(ddof=1) / readers - error / (readers * cases),
        columns.var(ddof=1) / cases - error / (readers * cases),
        error / (readers * cases),
    ]
    for truth, right, rate in ((1, calls, "TPF"), (0, 1 - calls, "TNF")):
        result = rate_mrmc(np.full(cases, truth), right, rate, "reads")
        np.testing.assert_allclose(result.parts(), expected)
    assert result.components[0].shared == (("reader", "negative"), ("reader",), ("negative",), ())


def test_cases_of_one_reader_each_cannot_tell_cases_from_readers_with_cases():
    result = mrmc(single(11, 200), "AUC", 1)
    readers, cases, rest = result.parts()[0]
    assert np.isfinite([result.variance[0], readers]).all()
    assert np.isnan([cases, rest]).all()


def test_thousands_of_cases_are_never_laid_out_as_pairs():
    """100,000 single reads and 2,000 shared cases: a table of case by case would have 2 x 10^9 cells."""
    rng = np.random.default_rng(12)
    shared = reads_of(13, 20_000, readers=8, cases=2_000)
    size = 100_000
    alone = Reads(
        np.zeros(size, dtype=int),
        rng.integers(0, 8, size),
        10_000 + np.arange(size),
        rng.random(size) < 0.3,
        rng.normal(size=size),
        np.ones(size),
        np.ones(size, dtype=bool),
    )
    result = mrmc(shared.joined(alone), "AUC", 1)
    assert 0 < result.estimate.se[0] < 0.02


def test_joint_wins_of_nothing_and_of_one_class():
    nothing = np.zeros(0, dtype=int)
    assert joint_wins(nothing, nothing > 0, (nothing, nothing), np.zeros(0), 2).tolist() == [0, 0]
    two = np.arange(2)
    assert joint_wins(two * 0, two < 5, (two, two), np.ones(2), 1).tolist() == [0]


@pytest.mark.parametrize(
    ("change", "metric", "message"),
    [
        ({}, "ROC", "metric is 'ROC'"),
        ({}, "TPF", "neither 1"),
        ({"answer": np.full(30, np.nan)}, "AUC", "not finite"),
        ({"stratum": np.full(30, 2)}, "AUC", "outside 0 to 0"),
        ({"case": np.full(30, 2**61), "reader": np.full(30, 9)}, "AUC", "64 bits"),
    ],
)
def test_bad_reads_are_named(change, metric, message):
    with pytest.raises(ValueError, match=message):
        mrmc(replace(reads_of(14, 30), **change), metric, 1)


def test_an_auc_has_no_weighting_by_reads():
    with pytest.raises(ValueError, match="for rates"):
        mrmc(reads_of(15, 30), "AUC", 1, "reads")
