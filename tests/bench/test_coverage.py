"""The coverage study: its reckoning, a tiny run of all of it, and the page that it wrote."""

import numpy as np
import pytest
from scipy import stats

from bench.coverage import __main__ as command
from bench.coverage import proportions, reader_studies, units
from bench.coverage.many_raters import answers, joint, ordinal_alpha
from bench.coverage.page import render
from bench.coverage.study import Cell, Study, cell
from bench.coverage.two_raters import POPULATION, graded, yes_no
from overread.stats.estimate import make_estimate
from overread.stats.raters.agreement import cohen_kappa
from overread.stats.raters.multi_rater import krippendorff_alpha
from overread.stats.shares.proportion import clopper_pearson


def test_a_cell_counts_shown_intervals_only():
    estimate = make_estimate(
        [0.5, 0.5, 0.5, np.nan],
        n=10,
        method="m",
        low=[0.4, 0.6, np.nan, np.nan],
        high=[0.7, 0.8, np.nan, np.nan],
        withheld=[([False, False, True, False], "few")],
        insufficient=[([False, False, False, True], "none")],
    )
    got = cell(estimate, 0.5, "here")
    assert (got.coverage, got.shown) == (0.5, 0.5)
    assert got.withheld == pytest.approx(1 / 3)
    assert got.width == pytest.approx(0.25)
    weighed = cell(estimate, 0.5, "here", [0.6, 0.2, 0.1, 0.1])
    assert weighed.coverage == pytest.approx(0.75)


def test_a_cell_that_hardly_shows_an_interval_is_not_judged():
    estimate = make_estimate(0.5 * np.ones(100), n=1, method="m", low=[0.4] + [np.nan] * 99, high=1)
    assert np.isnan(cell(estimate, 0.5, "here").coverage)


def _cell(coverage, error=0.0):
    return Cell(coverage, 0.1, 0.0, error, 1.0, "x")


@pytest.mark.parametrize(
    ("coverages", "aim", "verdict"),
    [
        ((0.94, 0.96), "near", "holds"),
        ((0.90, 0.98), "near", "holds on average"),
        ((0.90, 0.91), "near", "fails"),
        ((0.98, 0.99), "near", "wide"),
        ((0.99, 0.92), "near", "holds on average"),
        ((0.96, 0.99), "guaranteed", "at least 95 %"),
        ((0.949, 0.99), "guaranteed", "fails"),
        ((0.97, 0.98), "one-sided", "holds"),
        ((0.95, 0.98), "one-sided", "holds on average"),
        ((0.95, 0.96), "one-sided", "fails"),
        ((), "near", "withheld"),
        ((float("nan"),), "near", "withheld"),
    ],
)
def test_verdicts(coverages, aim, verdict):
    assert Study("m", "c", [_cell(c) for c in coverages], aim).verdict == verdict


def test_an_error_of_the_simulation_is_no_failure():
    assert Study("m", "c", [_cell(0.92, 0.005), _cell(0.95)]).verdict == "holds"
    # many cells that are each a little off are no chance
    assert Study("m", "c", [_cell(0.92, 0.005)] * 30).verdict == "fails"
    assert Study("m", "c", [_cell(0.98, 0.005)] * 30).verdict == "wide"
    assert Study("m", "c", [_cell(0.5)], published=True).verdict == "not on pages"


def test_enumeration_gives_the_known_coverage_of_clopper_pearson():
    """n = 10, p = 0.5: the interval holds p for 2 to 8 events, with probability 1002/1024."""
    x = np.arange(11)
    got = cell(clopper_pearson(x, 10), 0.5, "p", stats.binom.pmf(x, 10, 0.5))
    assert got.coverage == pytest.approx(1002 / 1024)
    assert got.error == 0


def test_the_populations_have_the_coefficients_that_they_are_named_by():
    assert float(cohen_kappa(1e9 * yes_no(0.3, 0.6)).value) == pytest.approx(0.6)
    even = graded((0.2,) * 5, 0.4, 0.0)
    assert float(cohen_kappa(1e9 * even).value) == pytest.approx(0.4)
    pairs = joint((0.5, 0.3, 0.2), answers((0.5, 0.3, 0.2), 0.7, 0.5))
    drawn = np.random.default_rng(1).multinomial(200_000, pairs.ravel()).reshape(3, 3)
    counts = np.zeros((200_000, 3))
    cells = np.repeat(np.arange(9), drawn.ravel())
    for rater in np.divmod(cells, 3):
        counts[np.arange(cells.size), rater] += 1
    alpha = float(krippendorff_alpha(counts, "ordinal").value)
    assert ordinal_alpha(pairs) == pytest.approx(alpha, abs=0.01)
    assert POPULATION > 1e9


def test_reader_studies_have_the_auc_and_sensitivity_that_they_are_named_by():
    design = reader_studies.Design(200, 20, (300, 300), 0.8, 0.3)
    named = reader_studies.estimates(np.random.default_rng(1), 2, design, "covering")
    for name, (estimate, truth) in named.items():
        assert estimate.value == pytest.approx(truth, abs=0.05), name
    assert named["sensitivity"][1] == pytest.approx(
        stats.norm.cdf(np.sqrt(2.6) * stats.norm.ppf(0.8) / 2 / np.sqrt(1.3))
    )


def test_the_error_of_the_non_inferiority_test_is_enumerated():
    """One case each shows nothing; 200 of each at equal shares show a margin of 0.1 nine times in ten."""
    by_limit, by_score = units._judged((1, 1), (0.5, 0.6), 0.1, True)
    assert by_limit == by_score == 0
    wide = units._judged((200, 200), (0.9, 0.9), 0.1, True)
    assert 0.85 < min(wide) <= max(wide) < 0.95


def test_a_tiny_run_of_every_study():
    sections = command.run(20)
    methods = {study.method for _, studies in sections for study in studies}
    for name in (
        "Wilson",
        "Newcombe difference",
        "Cohen kappa",
        "Scott pi",
        "PABAK",
        "AC1",
        "AUC, many readers (U-statistic)",
        "difference of sensitivity, many readers (U-statistic)",
        "quantile, cumulative incidence",
        "empirical Bayes, shares",
        "rank of shrunken shares",
        "non-inferiority, Farrington-Manning",
        "calibration, slope",
        "nowcast of the final rate, prediction interval",
        "rate adjusted for reviewers",
    ):
        assert name in methods
    for _, studies in sections:
        for study in studies:
            assert study.cells
            for one in study.judged:
                assert 0 <= one.coverage <= 1
                assert -1e-9 <= one.withheld <= 1 + 1e-9
                # what pages show has a width; the textbook's has none where its formula's error is 0, a limit
                # to one side never has
                assert one.width > 0 or study.published or study.aim == "one-sided"
    page = render(sections, command.SEED, 20)
    assert page.count("\n| ") == sum(len(studies) + 1 for _, studies in sections)


def test_the_same_seed_gives_the_same_rows():
    first, second = (
        list(proportions.weighted(np.random.default_rng([command.SEED, 0, 3]), 50))
        for _ in range(2)
    )
    assert first == second
    assert first != list(proportions.weighted(np.random.default_rng(1), 50))


def test_the_published_page_has_no_failure():
    page = (command.PAGE).read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    verdicts = {row[-2].strip() for row in rows if row[1].strip() != "method"}
    assert verdicts <= {
        "holds",
        "holds on average",
        "at least 95 %",
        "wide",
        "withheld",
        "not on pages",
    }
    assert len(rows) > 200
