"""Completion, coverage and sampling of reviews, and weighted rates, on a network whose files are counted by loops."""

from collections import defaultdict
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from overread import measures
from overread.counts.build import build
from overread.demonstration.generate import generate
from overread.feeds.configuration import load_configuration
from overread.release.build import REVIEW_MEASURES
from overread.warehouse import analysis
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "overread.yaml"
REACH = ("review_completion", "review_expired", "review_coverage", "sampling_fraction")


@pytest.fixture(scope="module")
def landing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landing")
    generate(folder, exams=5_000, seed=1, form="parquet")
    return folder


@pytest.fixture(scope="module")
def connection(landing):
    opened = open_warehouse()
    ingest(opened, *load_configuration(DEMO), landing, b"0" * 32)
    cutoff = analysis.data_cutoff(opened)
    analysis.build(opened, cutoff)
    build(opened)
    measures.compute(opened, cutoff)
    return opened


def delivered(landing, name):
    return [row for path in sorted(landing.glob(name)) for row in pl.read_parquet(path).to_dicts()]


def stored(connection, measure_id, place="true"):
    """{route: (numerator, denominator)} of the whole, over all months."""
    whole = " AND ".join(
        f"{name} IS NULL"
        for name in ("period", "region", "site", "modality", "service", "engagement",
                     "facility_type", "deployment", "patient_class", "priority", "technique")
    )  # fmt: skip
    found = connection.execute(
        f"SELECT route, numerator, denominator FROM measure WHERE measure_id = ? AND {whole} AND {place}",
        [measure_id],
    ).fetchall()
    return {route: (x, n) for route, x, n in found}


def finished(connection, vendor=None):
    where = "true" if vendor is None else f"vendor = '{vendor}'"
    return connection.execute(
        f"SELECT count(*) FROM read_task_current WHERE coalesce(final_at, read_at) IS NOT NULL AND {where}"
    ).fetchall()[0][0]


def test_completion_and_non_response_are_those_of_the_delivered_files(landing, connection):
    cutoff = analysis.data_cutoff(connection)
    done, lost, due = defaultdict(int), defaultdict(int), defaultdict(int)
    for row in delivered(landing, "reviews/assignments*.parquet"):
        expired = row["expired"] is not None and row["completed"] is None
        if row["due"].replace(tzinfo=None) <= cutoff or expired:
            due[row["route"]] += 1
            done[row["route"]] += row["completed"] is not None
            lost[row["route"]] += expired
    assert len(due) == 6
    assert sum(lost.values()) > 3
    assert stored(connection, "review_completion", "vendor IS NULL") == {
        route: (done[route], due[route]) for route in due
    }
    assert stored(connection, "review_expired", "vendor IS NULL") == {
        route: (lost[route], due[route]) for route in due
    }


def test_coverage_and_sampling_fraction_are_those_of_the_delivered_files(landing, connection):
    for name, measure_id in (("reviews", "review_coverage"), ("assignments", "sampling_fraction")):
        tasks = defaultdict(set)
        for row in delivered(landing, f"reviews/{name}*.parquet"):
            tasks[row["route"]].add((row["site"], row["task"]))
        assert stored(connection, measure_id, "vendor IS NULL") == {
            route: (len(reached), finished(connection)) for route, reached in tasks.items()
        }


def test_a_place_that_no_route_reached_is_covered_by_none(connection):
    """Each vendor with tasks has a row of each route."""
    rows = connection.execute(
        "SELECT vendor, count(*), min(denominator) FROM measure WHERE measure_id = 'review_coverage' "
        "AND vendor IS NOT NULL AND period IS NULL AND service IS NULL AND technique IS NULL GROUP BY vendor"
    ).fetchall()
    reading = connection.execute("SELECT DISTINCT vendor FROM read_task_current").fetchall()
    assert {vendor for vendor, _, _ in rows} == {vendor for (vendor,) in reading}
    for vendor, routes, n in rows:
        assert routes == 6
        assert n == finished(connection, vendor)


def test_no_reach_is_told_of_all_routes_together(connection):
    for measure_id in REACH:
        assert stored(connection, measure_id, "route IS NULL") == {}


def test_vendors_see_them_only_under_an_agreement():
    weighted = {"discrepancy_rate_weighted", "significant_discrepancy_rate_weighted"}
    assert {*REACH, *weighted} <= set(REVIEW_MEASURES)


def test_weighted_rates_are_those_of_the_delivered_files(landing, connection):
    probability = {
        (row["site"], row["assignment"]): row["probability"]
        for row in delivered(landing, "reviews/assignments*.parquet")
    }
    weight = defaultdict(float)
    for row in delivered(landing, "reviews/reviews*.parquet"):
        if row["route"] == "random":
            each = 1 / float(probability[row["site"], row["assignment"]])
            weight["n"] += each
            weight["discrepant"] += each * (row["score"] != "1")
            known = row["score"] == "1" or row["score"][-1] in "ab"
            weight["known"] += each * known
            weight["significant"] += each * (row["score"][-1] == "b")
    assert 0 < weight["significant"] < weight["known"] <= weight["n"]
    for measure_id, parts in (
        ("discrepancy_rate_weighted", ("discrepant", "n")),
        ("significant_discrepancy_rate_weighted", ("significant", "known")),
    ):
        told = stored(connection, measure_id, "vendor IS NULL")
        assert told == {"random": pytest.approx([weight[name] for name in parts])}


def small(assignments, reviews, tasks=4, finished=True):
    """A warehouse of one site whose tasks, assignments and reviews are these."""
    opened = open_warehouse()
    opened.execute(
        "INSERT INTO site VALUES ('ber', 'Berlin', 'DE', 'emea', 'Europe/Berlin', 'hospital', NULL, NULL)"
    )
    opened.execute("INSERT INTO vendor BY NAME SELECT 'v1' AS vendor, 'V' AS name")
    history = "1 AS load_id, 1 AS row_number"
    for number in range(tasks):
        opened.execute(
            f"INSERT INTO exam BY NAME SELECT {uuid(number)} AS exam_id, 'ber' AS site, 'ct' AS modality, "
            f"TIMESTAMP '2026-01-05 08:00' AS completed_at, {history}"
        )
        opened.execute(
            f"INSERT INTO read_task BY NAME SELECT {uuid(number)} AS task_id, {uuid(number)} AS exam_id, "
            f"'ber' AS site, 'v1' AS vendor, 'final' AS role, 'reporting' AS service, "
            f"{'TIMESTAMP ' + repr('2026-01-05 09:00') if finished else 'NULL'} AS final_at, {history}"
        )
    for number, (task, route, probability, dates) in enumerate(assignments):
        told = ", ".join(f"TIMESTAMP '{when}' AS {name}" for name, when in dates.items())
        opened.execute(
            f"INSERT INTO review_assignment BY NAME SELECT {uuid(number)} AS assignment_id, {uuid(task)} AS task_id, "
            f"'ber' AS site, '{route}' AS route, {probability} AS inclusion_probability, "
            f"TIMESTAMP '2026-01-06' AS assigned_at, {history}{', ' + told if told else ''}"
        )
    for number, (task, route, score, assignment) in enumerate(reviews):
        opened.execute(
            f"INSERT INTO review BY NAME SELECT {uuid(number)} AS review_id, {uuid(task)} AS task_id, 'ber' AS site, "
            f"'{route}' AS route, '{score}' AS score, 'f' AS form, "
            f"{'NULL' if assignment is None else uuid(assignment)} AS assignment_id, {history}"
        )
    analysis.build(opened, datetime(2026, 2, 1))
    build(opened)
    measures.compute(opened, datetime(2026, 2, 1))
    return opened


def uuid(number):
    return f"'00000000-0000-0000-0000-{number:012d}'::UUID"


def whole(opened, measure_id):
    return opened.execute(
        "SELECT route, numerator, denominator, value, status, reason FROM measure WHERE measure_id = ? "
        "AND vendor IS NULL AND period IS NULL AND site IS NULL AND modality IS NULL AND region IS NULL "
        "AND service IS NULL AND engagement IS NULL AND facility_type IS NULL AND deployment IS NULL "
        "AND patient_class IS NULL AND priority IS NULL AND technique IS NULL ORDER BY route",
        [measure_id],
    ).fetchall()


def test_what_is_not_due_is_in_no_denominator_and_what_expired_is():
    due, later = {"due_at": "2026-01-20"}, {"due_at": "2026-03-01"}
    opened = small(
        [
            (0, "random", 0.5, {**due, "completed_at": "2026-01-18"}),
            (1, "random", 0.5, {**due, "expired_at": "2026-01-21"}),
            (2, "random", 0.5, due),
            (3, "random", 0.5, {**later, "completed_at": "2026-01-18"}),
            (3, "random", 0.5, {**later, "expired_at": "2026-01-25"}),
        ],
        [],
    )
    assert whole(opened, "review_completion") == [("random", 1, 4, 0.25, "ok", "")]
    assert whole(opened, "review_expired") == [("random", 2, 4, 0.5, "ok", "")]
    # the fourth task was asked for twice and counts once
    assert whole(opened, "sampling_fraction") == [("random", 4, 4, 1.0, "ok", "")]


def test_nothing_due_is_told_as_such():
    opened = small([(0, "random", 0.5, {"due_at": "2026-03-01"})], [])
    assert whole(opened, "review_completion") == [
        ("random", 0, 0, None, "insufficient", "no cases")
    ]
    assert whole(opened, "review_coverage") == []


def test_a_task_reviewed_twice_counts_once_in_each_route():
    opened = small(
        [], [(0, "random", "1", None), (0, "random", "2a", None), (0, "ad_hoc", "1", None)]
    )
    assert [row[:3] for row in whole(opened, "review_coverage")] == [
        ("ad_hoc", 1, 4),
        ("random", 1, 4),
    ]


def test_reviews_of_unfinished_tasks_cover_nothing():
    opened = small([], [(0, "random", "1", None)], finished=False)
    assert whole(opened, "review_coverage") == []


def test_unknown_probabilities_have_no_weight_and_are_told():
    """An assignment by another route, none, and one without a probability; the fourth weighs 2."""
    asked = [(0, "assigned", 0.5, {}), (2, "random", "NULL", {}), (3, "random", 0.5, {})]
    reviews = [
        (0, "random", "3b", 0),
        (1, "random", "3b", None),
        (2, "random", "3b", 1),
        (3, "random", "1", 2),
    ]
    opened = small(asked, reviews)
    assert whole(opened, "discrepancy_rate_weighted") == [("random", 0, 2, 0.0, "ok", "")]
    alone = small(asked[:2], reviews[:3])
    assert whole(alone, "discrepancy_rate_weighted") == [
        ("random", 0, 0, None, "insufficient", "no cases with a known weight")
    ]


def test_an_assignment_touches_the_month_of_its_task(connection):
    load, month = connection.execute(
        "SELECT a.load_id, min(f.month) FROM review_assignment_current a "
        "JOIN assignment_fact f USING (assignment_id) GROUP BY a.load_id LIMIT 1"
    ).fetchall()[0]
    assert month in analysis.touched_months(connection, [load])
