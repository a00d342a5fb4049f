"""The AI page: counts add up, curves are those of the measures, diamonds only after the false discovery rate."""

import hospital
import numpy as np
import pytest
from times_of_hospital import KEYS, POPULATIONS

from dashboards.algorithms import Asked, Version, natural, versions
from dashboards.edition import Edition
from dashboards.figures.calibration import calibration
from dashboards.figures.drift import drift
from dashboards.figures.populations import populations
from dashboards.figures.roc import roc
from dashboards.network import network_of
from dashboards.pages.ai import ai
from dashboards.pages.two_by_two import per_thousand, two_by_two
from dashboards.populations import order, population_words
from dashboards.release import Released
from dashboards.scores import bins, thresholds
from dashboards.words import Words
from overread.stats.accuracy.auc import auc_delong

ASKED = Asked(KEYS["algorithm"], KEYS["finding"], KEYS["reference"])
NEW, OLD = Version(ASKED, "2.0"), Version(ASKED, "1.4")


@pytest.fixture(scope="module")
def edition(network):
    configured = network_of(hospital.configuration())
    return Edition(network, configured, Released(network), Words("en"), "assets/")


@pytest.fixture(scope="module")
def context(edition):
    return ai(edition).context


def test_versions_are_ordered_as_people_count(edition):
    assert versions(edition, {}) == {ASKED: [OLD, NEW]}
    assert sorted(["2.10", "2.9", "10.0", "2.9b"], key=natural) == ["2.9", "2.9b", "2.10", "10.0"]


def test_the_four_cells_are_those_of_the_rates(edition, network):
    table = two_by_two(edition, NEW, {})
    (tp, sick), (tn, well) = (
        network.execute(
            "SELECT numerator, denominator FROM measure_release WHERE audience = 'committee' AND measure_id = ? "
            "AND algorithm_version = '2.0' AND period IS NULL AND population IS NULL "
            "AND coalesce(vendor, region, site, modality) IS NULL",
            [name],
        ).fetchone()
        for name in ("sensitivity", "specificity")
    )
    assert [table.tp, table.fn, table.fp, table.tn] == [
        f"{int(n):,}" for n in (tp, sick - tp, well - tn, tn)
    ]
    assert table.everything == f"{int(sick + well):,}"


def test_a_versions_charts_name_the_months_that_it_answered_in(edition):
    spans = {}
    for version in (OLD, NEW):
        charts = (
            roc(edition, version, {}, None),
            calibration(edition, version, {}),
            populations(edition, version, {}, "sensitivity"),
        )
        told = {getattr(c, "figure", c).subtitle.rsplit(", ", 1)[1] for c in charts if c}
        (spans[version.number],) = told
    assert spans["1.4"] != spans["2.0"]
    assert edition.span not in spans.values()


def test_of_1000_exams_every_one_is_somewhere(edition):
    table = two_by_two(edition, NEW, {})
    for side in ("observed", "corrected"):
        assert sum(int(getattr(line, side)) for line in table.thousand) == 1000
    observed, corrected = table.thousand[0].observed, table.thousand[0].corrected
    assert int(corrected) < int(observed), "the correction takes away what verification flatters"
    assert per_thousand(0.8, 0.9, 0.1) == pytest.approx([80, 20, 90, 810])


def test_without_a_correction_the_column_says_so(edition):
    table = two_by_two(edition, OLD, {})
    assert {line.corrected for line in table.thousand} == {""}


def test_the_drawn_curve_has_the_area_of_the_scores(edition, network):
    points = thresholds(edition, NEW, {})
    assert (points[0].tp, points[0].fp, points[0].score) == (0, 0, None)
    assert (points[-1].fn, points[-1].tn) == (0, 0)
    scores = [point.score for point in points[1:]]
    assert scores == sorted(scores, reverse=True)
    x, y = [1 - p.specificity for p in points], [p.sensitivity for p in points]
    found = network.execute(
        "SELECT coalesce(sum(n) FILTER (truth = 'present'), 0), coalesce(sum(n) FILTER (truth = 'absent'), 0) "
        "FROM count_score WHERE algorithm_version = '2.0' GROUP BY score_key ORDER BY score_key"
    ).fetchall()
    area = auc_delong(*np.array(found, dtype=float).T).value
    # at most 200 points of more scores are drawn
    assert np.trapezoid(y, x) == pytest.approx(float(area), abs=2e-3)


def test_the_threshold_is_a_cross_and_the_older_version_dashed(edition):
    figure = roc(edition, NEW, {}, OLD).figure
    other, own, cross = figure.spec["data"]
    assert other["line"]["dash"] == "dash"
    assert own["line"]["dash"] == "solid"
    told = two_by_two(edition, NEW, {})
    assert cross["y"] == [told.sensitivity.cell.value]
    assert cross["x"] == [1 - told.specificity.cell.value]
    assert figure.spec["layout"]["yaxis"]["scaleanchor"] == "x"


def test_ten_bins_hold_equal_counts_and_all_cases(edition):
    told = bins(edition, NEW, {})
    assert [b.number for b in told] == list(range(1, 11))
    assert sum(b.n for b in told) == 3250
    assert max(b.n for b in told) - min(b.n for b in told) < 60, (
        "only equal scores may shift the edges"
    )
    drawn = calibration(edition, NEW, {}).figure.spec["data"][0]
    assert drawn["x"] == [b.predicted for b in told] == sorted(drawn["x"])
    assert drawn["y"] == [b.positives / b.n for b in told]


def test_without_scores_there_are_no_curves(edition):
    other = Version(Asked("Nobody", "cancer", "adjudicated"), "1")
    assert thresholds(edition, other, {}) == []
    assert roc(edition, other, {}, None) is None
    assert calibration(edition, other, {}) is None


def test_a_diamond_only_where_the_gap_holds_after_fdr(edition):
    figure = populations(edition, NEW, {}, "sensitivity")
    names = [row.heads[0] for row in figure.rows]
    symbols = dict(zip(names, figure.spec["data"][0]["marker"]["symbol"], strict=True))
    assert [name for name, symbol in symbols.items() if symbol == "diamond"] == ["Age 80+"]
    assert symbols["Age 0-17"] == "square-open", "six cases are too few to judge"
    assert "lower in part of the exams: Age 80+" in figure.title
    assert populations(edition, NEW, {}, "specificity").title.endswith("was found")


def test_populations_keep_their_order_and_unknown_comes_last():
    words = Words("en")
    named = [population_words(words, code) for code in sorted(POPULATIONS, key=order)]
    assert named == [
        "Age 0-17",
        "Age 40-64",
        "Age 80+",
        "Age: unknown",
        "women",
        "men",
        "Scanner maker: acme scans",
        "Patients: emergency",
    ]


def test_drift_is_marked_where_its_q_holds(edition):
    figure = drift(edition, ASKED, [OLD, NEW], {}, "score_drift_psi")
    limit, line = figure.spec["data"]
    assert [y for y in limit["y"] if y is not None] == [0.09] * 3
    marked = [
        month
        for month, symbol in zip(line["x"], line["marker"]["symbol"], strict=True)
        if symbol == "diamond"
    ]
    assert marked == ["2026-05", "2026-06"]
    assert "2 of 3 months differ" in figure.title
    assert "May 2026" in figure.title


def test_readers_who_saw_the_answer_first_stand_apart(context):
    (task,) = context["blocks"]
    newest = task.versions[0]
    assert [row.label for row in newest.readers.rows] == [
        "readers who had not seen the AI",
        "readers who saw the AI first",
    ]


def test_the_page_speaks_of_what_was_not_declared_first(context):
    assert context["title"] == (
        "1 change of an algorithm was not declared: KestrelBleed 2.0 since April 2026"
    )
    assert [change.declared for change in context["changes"]] == [True, False]
    assert any("Age 80+" in text for text in context["findings"])
