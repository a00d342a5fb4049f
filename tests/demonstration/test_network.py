"""The demonstration network through the whole pipeline, held to its answer key."""

import json
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from assets.network import Network
from assets.publications import site
from overread.demonstration.generate import generate
from overread.demonstration.network import CALENDARS, SITES, VENDORS
from overread.demonstration.registers import CREDITS
from overread.feeds.configuration import load_configuration
from pipelines.definitions import ASSETS
from pipelines.run import run

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo" / "overread.yaml"
EXAMS = 60_000
PLACES = (
    "vendor",
    "region",
    "site",
    "modality",
    "service",
    "engagement",
    "facility_type",
    "deployment",
)
PLACES += ("patient_class", "priority", "technique", "reader", "category")


@pytest.fixture(scope="session")
def key(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, generate(folder / "landing", exams=EXAMS)


@pytest.fixture(scope="session")
def demo(key):
    folder, _ = key
    with pytest.MonkeyPatch.context() as patch:
        # no test here reads its pages
        patch.setattr("pipelines.run.ASSETS", [asset for asset in ASSETS if asset is not site])
        summary = run(Network(config=str(DEMO), data=str(folder / "landing"), out=str(folder)))
    assert summary.success, summary.failure
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def measure(connection, measure_id, period="period IS NULL", **where):
    """(value, low, high, n) of one stratum; every place that is not named is rolled up."""
    rolled = [f"{name} IS NULL" for name in PLACES if name not in where]
    named = [f"{name} = '{value}'" for name, value in where.items()]
    return connection.execute(
        f"SELECT value, low, high, n FROM measure WHERE measure_id = ? AND {period} AND status = 'ok' AND "
        + " AND ".join([*rolled, *named]),
        [measure_id],
    ).fetchall()


def test_the_configuration_names_who_is_in_the_files():
    configuration, _ = load_configuration(DEMO)
    described = {(s.id, s.region, s.zone, s.facility_type) for s in configuration.sites}
    assert described == {(s.id, s.region, s.zone, s.facility_type) for s in SITES}
    assert {site.id: site.calendar for site in configuration.sites} == {
        site: calendar.id for calendar in CALENDARS for site in calendar.sites
    }
    for calendar in CALENDARS:
        told = configuration.calendars[calendar.id]
        assert {day.isoformat() for day in told.holidays} == set(calendar.holidays)
        assert sorted(told.spans()) == sorted(
            (weekday, 60 * opens, 60 * closes)
            for weekday, (opens, closes) in calendar.hours.items()
        )
    assert [(v.id, v.name, v.engagement, v.deployment) for v in configuration.vendors] == [
        (v.id, v.name, v.engagement, v.deployment) for v in VENDORS
    ]


def test_each_planted_row_ends_where_the_key_says(demo, key):
    _, planted = key
    quarantined = demo.execute("SELECT path, line, reason FROM quarantine").fetchall()
    assert sorted(quarantined) == sorted(
        (b["file"], b["line"], b["reason"]) for b in planted["broken_rows"]
    )
    repeated = demo.execute("SELECT path, line FROM duplicate").fetchall()
    assert sorted(repeated) == sorted((r["file"], r["line"]) for r in planted["repeated_rows"])


def test_every_file_is_counted(demo, key):
    _, planted = key
    read = dict(demo.execute("SELECT path, rows_read FROM ledger").fetchall())
    # the same bytes under another name change nothing
    assert read == {f: n for f, n in planted["files"].items() if f not in planted["resent_files"]}
    assert demo.execute(
        "SELECT count(*) FROM ledger WHERE rows_read <> rows_accepted + rows_quarantined + rows_duplicate"
    ).fetchall() == [(0,)]


def test_the_month_of_the_shifted_clock_is_held(demo, key):
    _, planted = key
    held = demo.execute("SELECT DISTINCT month, check_name FROM held_month").fetchall()
    assert held == [(month, "events_in_order") for month in planted["held_months"]]
    assert demo.execute(
        "SELECT DISTINCT period FROM measure WHERE status = 'blocked'"
    ).fetchall() == [(m,) for m, _ in held]


def test_the_turnaround_slip_shows(demo, key):
    slip = key[1]["problems"]["turnaround_slip"]["where"]
    place = {
        name: slip[name] for name in ("vendor", "region", "modality", "patient_class", "interval")
    }
    first = slip["from_month"]
    before = measure(demo, "turnaround_median_completed_only", f"period < '{first}'", **place)
    after = measure(demo, "turnaround_median_completed_only", f"period >= '{first}'", **place)
    assert len(after) == 5
    assert min(value for value, *_ in after) > 1.5 * max(value for value, *_ in before)
    others = measure(
        demo,
        "turnaround_median_completed_only",
        f"period >= '{first}'",
        **{**place, "region": "apac"},
    )
    assert max(value for value, *_ in others) < min(value for value, *_ in after)


def test_the_after_hours_discrepancies_show(demo, key):
    """The measure counts what the plan planted, and the vendor's nights are worse than anybody else's."""
    problem = key[1]["problems"]["after_hours_discrepancies"]
    place = {name: problem["where"][name] for name in ("vendor", "service", "route")}
    planted = problem["counted"]["after_hours"]
    ((night, low, _, n),) = measure(demo, "significant_discrepancy_rate", **place)
    assert (n, night) == (planted["n"], pytest.approx(planted["significant"] / planted["n"]))
    assert low > 0.02
    worst = demo.execute(
        "SELECT vendor, service FROM signal WHERE measure_id = 'significant_discrepancy_rate' AND direction = 'worse' "
        "AND period IS NULL AND service IS NOT NULL AND vendor IS NOT NULL ORDER BY severity LIMIT 1"
    ).fetchall()
    assert worst == [(place["vendor"], place["service"])]


def test_the_loss_of_the_new_version_shows(demo, key):
    where = key[1]["problems"]["lost_sensitivity"]["where"]
    band = f"age_band:{where['age_band']}"

    def sensitivity(version, population):
        rows = demo.execute(
            "SELECT value, n FROM measure WHERE measure_id = 'sensitivity' AND algorithm = ? AND algorithm_version = ? "
            "AND population IS NOT DISTINCT FROM ? AND period IS NULL AND status = 'ok' AND "
            + " AND ".join(f"{name} IS NULL" for name in PLACES),
            [where["algorithm"], version, population],
        ).fetchall()
        return rows[0][0]

    assert sensitivity(where["new_version"], band) < sensitivity(where["old_version"], band) - 0.2
    assert sensitivity(where["new_version"], band) < sensitivity(where["new_version"], None)


def test_the_lost_sensitivity_is_found_and_no_other_gap(demo, key):
    """The gap of one population in one version holds the false discovery rate; nobody else is accused."""
    planted = key[1]["problems"]["lost_sensitivity"]
    where, counted = planted["where"], planted["counted"]
    old, young = (counted[f"{where['new_version']} {age}"] for age in ("80+", "under 80"))
    found = demo.execute(
        "SELECT measure_id, algorithm, algorithm_version, population, value, n, high FROM measure "
        "WHERE measure_id LIKE 'population_gap%' AND vendor IS NULL AND q < 0.05"
    ).fetchall()
    ((measure_id, algorithm, version, population, value, n, high),) = found
    assert measure_id == "population_gap_sensitivity"
    assert (algorithm, version) == (where["algorithm"], where["new_version"])
    assert population == f"age_band:{where['age_band']}"
    assert n == old["n"] + young["n"]
    assert value == pytest.approx(old["found"] / old["n"] - young["found"] / young["n"])
    assert high < -0.1


def test_the_hard_exams_left_unread_show(demo, key):
    """Finished tasks make the vendor look fast; all of its tasks, unread ones censored or competing, do not."""
    problem = key[1]["problems"]["hard_exams_unread"]
    vendor = problem["where"]["vendor"]
    for modality in ("mri", "nuclear.pet"):
        planted = problem["counted"][modality]
        place = {"modality": modality, "interval": "received_to_final"}
        others = [
            v.id for v in VENDORS if v.countries and v.id not in (vendor, "harbour", "keystone")
        ]
        ((finished, *_),) = measure(demo, "turnaround_p90_completed_only", vendor=vendor, **place)
        peers = [measure(demo, "turnaround_p90_completed_only", vendor=v, **place) for v in others]
        ((within, low, high, n),) = measure(demo, "reported_within", vendor=vendor, category="72 h", **place)  # fmt: skip
        honest = [
            measure(demo, "reported_within", vendor=v, category="72 h", **place) for v in others
        ]
        assert finished < min(value for ((value, *_),) in peers)
        assert max(planted["unread"] / planted["n"], 0.15) < 1 - low
        assert high < min(value for ((value, *_),) in honest)
        assert n == planted["n"]
        # the last exams were open less than 72 hours at the cut-off
        assert within == pytest.approx(planted["within_72_hours"] / n, rel=0.01)
        ((status, reason),) = demo.execute(
            "SELECT status, reason FROM measure WHERE measure_id = 'turnaround_p90' AND vendor = ? AND modality = ? "
            "AND interval = 'received_to_final' AND period IS NULL",
            [vendor, modality],
        ).fetchall()
        assert (status, reason) == ("insufficient", "the incidence does not reach this share")


def test_the_unread_tasks_are_those_of_the_plan(demo, key):
    """Over the key's exams of MRI: open, returned and cancelled ones together."""
    problem = key[1]["problems"]["hard_exams_unread"]
    ((told,),) = demo.execute(
        "SELECT count(*) FROM task_fact WHERE vendor = ? AND modality = 'mri' AND state <> 'finished' AND month NOT IN "
        "(SELECT month FROM held_month)",
        [problem["where"]["vendor"]],
    ).fetchall()
    assert told == problem["counted"]["mri"]["unread"]
    rates = dict(
        demo.execute(
            "SELECT vendor, sum(value) FROM measure WHERE measure_id = 'unread_share' AND vendor IS NOT NULL "
            "AND period IS NULL GROUP BY vendor"
        ).fetchall()
    )
    assert rates.pop(problem["where"]["vendor"]) > 2 * max(rates.values())


def test_the_credits_owed_are_those_of_the_plan(demo, key):
    """Each month and term by hand: late reads times price and share, where the month's attainment is too low."""
    problem = key[1]["problems"]["credits_owed"]
    where, held = problem["where"], key[1]["held_months"]
    owed = {}
    for stratum, counted in problem["counted"].items():
        month, term = stratum.split()
        share, below = CREDITS[term]
        due, late = counted["due"], counted["late"]
        if late and (not below or (due - late) / due < float(below)):
            owed[month] = owed.get(month, 0) + late * float(share) * where["price"]
    told = dict(
        demo.execute(
            "SELECT period, value FROM measure WHERE measure_id = 'sla_credits' AND vendor = ? AND category = ?",
            [where["vendor"], where["currency"]],
        ).fetchall()
    )
    total = told.pop(None)
    assert {month: value for month, value in told.items() if value} == {
        month: pytest.approx(value) for month, value in owed.items() if month not in held
    }
    assert total == pytest.approx(sum(value for month, value in owed.items() if month not in held))
    # the slip of its emergencies in one region is what costs
    slipped = [value for month, value in told.items() if month >= "2026-02"]
    assert min(slipped) > 2 * max(
        value for month, value in told.items() if value and month < "2026-02"
    )


def test_working_time_is_that_of_the_plan(demo, key):
    problem = key[1]["problems"]["working_time"]
    vendor, planted = problem["where"]["vendor"], problem["counted"][problem["where"]["vendor"]]
    ((share, _, _, due),) = measure(demo, "sla_breaches", vendor=vendor)
    assert (due, share * due) == (planted["due"], pytest.approx(planted["late"]))
    assert planted["late_on_the_wall_clock"] > 5 * planted["late"]
    assert planted["endless"] > 0


def test_the_overdue_tasks_are_those_of_the_plan(demo, key):
    """One vendor's whole, whose time stands still in pauses without an end; another's month by month."""
    planted = key[1]["problems"]["working_time"]
    ((vendor, counted),) = planted["counted"].items()
    ((share, *_, n),) = measure(demo, "tasks_overdue", vendor=vendor)
    assert (n, share * n) == (counted["open"], pytest.approx(counted["overdue"]))
    assert 0 < counted["overdue"] < counted["open"]

    problem, held = key[1]["problems"]["credits_owed"], key[1]["held_months"]
    overdue = Counter()
    for stratum, counted in problem["counted"].items():
        overdue[stratum.split()[0]] += counted["overdue"]
    vendor = problem["where"]["vendor"]
    for month, expected in overdue.items():
        found = measure(demo, "tasks_overdue", period=f"period = '{month}'", vendor=vendor)
        if month not in held:
            assert sum(share * n for share, _, _, n in found) == pytest.approx(expected)
    ((share, *_, n),) = measure(demo, "tasks_overdue", vendor=vendor)
    total = sum(number for month, number in overdue.items() if month not in held)
    assert 0 < total == pytest.approx(share * n)


def test_the_key_is_written_beside_the_files(key):
    folder, planted = key
    assert json.loads((folder / "landing" / "answer_key.json").read_text("utf-8")) == planted


@pytest.mark.parametrize("exams", [999, 100_000_001])
def test_sizes_out_of_range_are_refused(tmp_path, exams):
    with pytest.raises(ValueError, match="ask for 1000 to 100000000"):
        generate(tmp_path, exams=exams)


def test_the_slip_is_found_as_a_change_since_its_month_and_nobody_else_is_said_to_change(demo, key):
    _, planted = key
    where = planted["problems"]["turnaround_slip"]["where"]
    slipped = demo.execute(
        "SELECT DISTINCT measure_id FROM signal WHERE rule LIKE 'change%' AND direction = 'worse' AND vendor = ? "
        "AND region = ? AND modality = 'ct' AND patient_class = 'emergency' AND since = ? ORDER BY 1",
        [where["vendor"], where["region"], where["from_month"]],
    ).fetchall()
    assert slipped == [
        ("sla_attainment",),
        ("turnaround_median_completed_only",),
        ("turnaround_p90_completed_only",),
    ]
    said = demo.execute(
        "SELECT DISTINCT coalesce(vendor, ?), since FROM signal WHERE rule LIKE 'change%'",
        [where["vendor"]],
    ).fetchall()
    assert said == [(where["vendor"], where["from_month"])]
    ((others, patterns),) = demo.execute(
        "SELECT count(*), count(*) FILTER (rule <> '') FROM reading WHERE vendor <> ?",
        [where["vendor"]],
    ).fetchall()
    assert others > 500
    assert patterns > 10


def test_the_after_hours_vendor_stands_out_among_vendors(demo, key):
    """The only one above its peers' funnel, and the only one with more than expected of what it was given to read."""
    vendor = key[1]["problems"]["after_hours_discrepancies"]["where"]["vendor"]
    above = demo.execute(
        "SELECT vendor FROM funnel WHERE measure_id = 'significant_discrepancy_rate' AND unit = 'vendor' "
        "AND side = 'above'"
    ).fetchall()
    assert above == [(vendor,)]
    more = demo.execute(
        "SELECT vendor FROM measure WHERE measure_id = 'standardised_ratio' "
        "AND category = 'significant_discrepancy_rate' AND low > 1"
    ).fetchall()
    assert more == [(vendor,)]


def test_verification_bias_is_corrected(demo, key):
    """Verified cases alone mislead, since discordant ones are verified more often; the correction does not."""
    planted = key[1]["problems"]["selective_verification"]
    where, counted = planted["where"], planted["counted"]
    place = {"algorithm": where["algorithm"], "reference": where["reference"]}
    for rate, group in (("sensitivity", "diseased"), ("specificity", "healthy")):
        cases = counted[group]
        true = cases["right"] / cases["n"]
        (naive,) = measure(demo, rate, "period IS NULL AND population IS NULL", **place)
        assert naive[3] == cases["verified"]
        assert naive[0] == pytest.approx(cases["verified_right"] / cases["verified"])
        assert naive[2] < true
        ((value, low, high, _),) = measure(demo, f"{rate}_corrected", **place)
        assert low < true < high
        assert abs(value - true) < abs(naive[0] - true)


def test_the_undeclared_version_change_is_found_and_nobody_else_is_accused(demo, key):
    """Scores and answers tell of it in its month; the version texts tell of the others."""
    problems = key[1]["problems"]
    where, lost = (
        problems[name]["where"] for name in ("undeclared_version_change", "lost_sensitivity")
    )
    candidate = problems["candidate_version"]["where"]
    found = demo.execute(
        "SELECT algorithm, month, declared, algorithm_version FROM version_change ORDER BY month"
    ).fetchall()
    assert found == [
        (lost["algorithm"], lost["from_month"], True, lost["new_version"]),
        (where["algorithm"], where["from_month"], False, "1.4"),
        (candidate["algorithm"], candidate["from_month"], True, candidate["version"]),
    ]
    ((q,),) = demo.execute("SELECT q FROM version_change WHERE NOT declared").fetchall()
    assert q < 0.001
    more = demo.execute(
        "SELECT DISTINCT algorithm FROM measure WHERE measure_id = 'disagreement_cusum' AND q < 0.05"
    ).fetchall()
    assert more == [(where["algorithm"],)]


def test_the_lenient_reviewers_are_among_the_least_severe(demo, key):
    """A pseudonym is known by its counts alone: the plan's reviews, and how many of them were scored 1."""
    planted = key[1]["problems"]["lenient_reviewers"]
    counted = {name: planted["counted"][name] for name in planted["where"]["reviewers"]}
    zero = {
        reader: (n, x)
        for reader, n, x in demo.execute(
            "SELECT reader, n, numerator FROM measure WHERE measure_id = 'reviewer_zero_rate' AND reader IS NOT NULL"
        ).fetchall()
    }
    least = [
        reader
        for (reader,) in demo.execute(
            "SELECT reader FROM measure WHERE measure_id = 'reviewer_severity' ORDER BY value LIMIT 5"
        ).fetchall()
    ]
    assert len(zero) > 60
    for counts in counted.values():
        assert (counts["n"], counts["concordant"]) in [zero[reader] for reader in least]
        assert counts["concordant"] > counts["rightly_concordant"]


def test_late_reviews_are_expected_where_the_plan_has_them(demo, key):
    """Months of requests are the plan's, up to the hours by which the sites' months differ."""
    plan = key[1]["problems"]["arbitration_delay"]["counted"]
    told = {
        (measure_id, period): rest
        for measure_id, period, *rest in demo.execute(
            "SELECT measure_id, period, value, low, high, numerator, denominator, reason FROM measure "
            "WHERE measure_id LIKE 'nowcast%' AND route = 'random' AND vendor IS NULL"
        ).fetchall()
    }
    months = sorted({month for month in plan if month <= "2026-06"} - set(key[1]["held_months"]))
    last = months[-3:]
    value, low, high, seen, assigned, _ = zip(
        *(told["nowcast_reviews", month] for month in last), strict=True
    )
    expected = sum(plan[month]["reviews"] for month in last)
    assert sum(seen) < 0.9 * expected
    assert sum(value) == pytest.approx(expected, rel=0.02)
    assert sum(low) < expected < sum(high)
    assert sum(assigned) == pytest.approx(sum(plan[month]["n"] for month in last), rel=0.02)
    *_, reason = told["nowcast_discrepancy_rate", "2026-06"]
    assert "20 %" in reason
    before = [month for month in months if month < "2026-06"]
    share, _, _, found, *_ = zip(
        *(told["nowcast_discrepancy_rate", month] for month in before), strict=True
    )
    in_the_end = sum(s * told["nowcast_reviews", m][0] for s, m in zip(share, before, strict=True))
    planted = sum(plan[month]["discrepant"] for month in before)
    assert sum(found) < planted
    assert abs(in_the_end - planted) < 0.05 * planted


def test_the_candidate_version_finds_again_what_was_lost(demo, key):
    planted = key[1]["problems"]["candidate_version"]
    sick = planted["counted"]["diseased"]
    ((value, low, _, n),) = measure(
        demo, "sensitivity_version_difference",
        reference="adjudicated", category=f"{planted['where']['beside']}-{planted['where']['version']}",
    )  # fmt: skip
    assert n == sick["n"]
    assert value == pytest.approx((sick["new_called"] - sick["old_called"]) / sick["n"])
    assert low > 0
