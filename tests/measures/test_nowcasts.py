"""The nowcast of late reviews: held to the delivered files, to a slow chain ladder, and to what the plan knows."""

from collections import Counter, defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from overread.counts.build import build
from overread.counts.declared import DIMENSIONS
from overread.demonstration.generate import generate
from overread.demonstration.network import SITES
from overread.measures.nowcasts import LAST_DELAY, Triangles, last_month, nowcasts, projected
from overread.measures.review_triangle import write_triangle
from overread.warehouse import analysis
from overread.warehouse.schema import open_warehouse

LAST = "2026-06"
ZONES = {site.local: site.zone for site in SITES} | {site.id: site.zone for site in SITES}


def month(moment, site):
    """Calendar month at the site, as a number."""
    local = moment.astimezone(ZoneInfo(ZONES[site]))
    return 12 * local.year + local.month - 1


def name(number):
    return f"{number // 12}-{number % 12 + 1:02d}"


def requests(folder):
    """(route, month of the request, months until its end or None, what was found), row by row from the files."""
    assignments, reviews = (
        pl.concat([pl.read_parquet(p) for p in (folder / "reviews").glob(f"{kind}*")]).to_dicts()
        for kind in ("assignments", "reviews")
    )
    # the sites number their own
    scores = {(row["site"], row["assignment"]): row["score"] for row in reviews}
    for row in assignments:
        end = row["completed"] or row["expired"]
        origin = month(row["assigned"], row["site"])
        delay = None if end is None else month(end, row["site"]) - origin
        score = scores.get((row["site"], row["assignment"]))
        found = "open" if end is None else "expired" if score is None else score
        yield row["route"], origin, delay, found


@pytest.fixture(scope="module")
def told(reviewed):
    connection, _, _ = reviewed
    return pl.concat(list(nowcasts(connection, analysis.data_cutoff(connection))))


def slow(rows, last):
    """Chain ladder by loops: month -> (projected rate, reviews, discrepant in, reviews in, assigned)."""
    months = sorted({origin for origin, _, _ in rows if origin <= last})
    cells, assigned = Counter(), Counter()
    for origin, delay, kind in rows:
        if origin > last:
            continue
        assigned[origin] += 1
        if delay is not None and delay <= LAST_DELAY and origin + delay <= last:
            cells[kind, origin, delay] += 1

    def total(kind, origin, until):
        return sum(cells[kind, origin, d] for d in range(until + 1))

    def share_in(kind, age):
        """Inverse product of the development factors of the delays after this age."""
        share = 1.0
        for delay in range(age, LAST_DELAY + 1):
            seen = [m for m in months if m + delay <= last]
            after = sum(total(kind, m, delay) for m in seen)
            share *= sum(total(kind, m, delay - 1) for m in seen) / after if after else 1.0
        return share

    def ever(age):
        """Chance that a request open at this age is reviewed, by the hazards of each later month."""
        chance, still = 0.0, 1.0
        for delay in range(age, LAST_DELAY + 1):
            seen = [m for m in months if m + delay <= last]
            gone = ("concordant", "discrepant", "lapsed")
            risk = sum(assigned[m] - sum(total(k, m, delay - 1) for k in gone) for m in seen)
            came, fell = (
                sum(cells[k, m, delay] for k in kinds for m in seen) / risk if risk else 0.0
                for kinds in (gone[:2], gone[2:])
            )
            chance += still * came
            still *= 1 - came - fell
        return chance

    found = {}
    for origin in months:
        age = min(last - origin + 1, LAST_DELAY + 1)
        c, d, lapsed = (total(k, origin, age - 1) for k in ("concordant", "discrepant", "lapsed"))
        waiting = assigned[origin] - c - d - lapsed if age <= LAST_DELAY else 0
        reviews = c + d + waiting * ever(age)
        grown_c, grown_d = c / share_in("concordant", age), d / share_in("discrepant", age)
        coming = min(max(grown_d / (grown_c + grown_d) * reviews, d), reviews - c)
        found[name(origin)] = coming / reviews, reviews, d, c + d, assigned[origin]
    return found


@pytest.mark.parametrize("route", ["random", "final_over_preliminary"])
def test_the_rows_equal_a_slow_chain_ladder_over_the_files(reviewed, told, route):
    _, folder, _ = reviewed
    kinds = defaultdict(
        lambda: "discrepant", {"1": "concordant", "expired": "lapsed", "open": "open"}
    )
    rows = [
        (origin, delay, kinds[found]) for r, origin, delay, found in requests(folder) if r == route
    ]
    expected = slow(rows, 12 * 2026 + 5)
    mine = told.filter(pl.col("route") == route, pl.col("vendor").is_null())
    rates, reviews = (
        {row["period"]: row for row in mine.filter(pl.col("measure_id") == measure_id).to_dicts()}
        for measure_id in ("nowcast_discrepancy_rate", "nowcast_reviews")
    )
    assert list(rates) == list(reviews) == list(expected)
    moved = 0
    for period, (rate, final, d, seen, assigned) in expected.items():
        assert (reviews[period]["numerator"], reviews[period]["denominator"]) == (seen, assigned)
        assert reviews[period]["value"] == pytest.approx(final)
        assert (rates[period]["numerator"], rates[period]["denominator"]) == (d, seen)
        if rates[period]["status"] == "ok":
            assert rates[period]["value"] == pytest.approx(rate)
            assert rates[period]["low"] <= rates[period]["value"] <= rates[period]["high"]
            moved += rates[period]["value"] > d / seen + 1e-9
    if route == "random":
        assert moved
        # the newest month has next to no discrepant review in
        assert rates[LAST]["status"] == "insufficient"
        assert "20 %" in rates[LAST]["reason"]


def test_prior_linked_reviews_enter_nowhere_and_few_events_are_provisional(told):
    assert "prior_linked" not in set(told["route"])
    rare = told.filter(
        pl.col("measure_id") == "nowcast_significant_discrepancy_rate",
        pl.col("status") == "ok",
        pl.col("low") < pl.col("high"),
    )
    assert rare.height
    assert rare["reason"].str.starts_with("provisional: delays learnt from fewer than 30").all()


def test_the_nowcast_is_nearer_to_what_the_plan_knows_than_the_raw_rate(tmp_path):
    """Arbitration delays those that disagree: eight networks as one, each a vendor whose delays are pooled."""
    cells, plans = Counter(), []
    words = {"1": "concordant", "expired": "expired", "open": "open"}
    for seed in range(1, 9):
        folder = tmp_path / str(seed)
        key = generate(folder, exams=40_000, seed=seed, form="parquet")
        plans.append(key["problems"]["arbitration_delay"]["counted"])
        cells.update(
            (str(seed), route, name(origin), delay, words.get(found, "unknown"))
            for route, origin, delay, found in requests(folder)
            if route == "random"
        )
    columns = ("vendor", "route", "origin_month", "delay", "found")
    triangles = Triangles.of(
        pl.DataFrame(
            [dict(zip(columns, cell, strict=True), n=n) for cell, n in cells.items()],
            schema={**dict.fromkeys(columns, pl.String), "delay": pl.Int64, "n": pl.Int64},
        ),
        LAST,
    )
    estimate, x, n = projected(triangles, "nowcast_discrepancy_rate", together=True)
    raw, value, status = x[0, 0] / n[0, 0], estimate.value[0, 0], estimate.status[0, 0]
    errors = []
    for place, label in list(enumerate(triangles.months))[-3:]:
        found, reviews = (sum(p[label][part] for p in plans) for part in ("discrepant", "reviews"))
        if status[place] == "ok":
            assert estimate.low[0, 0, place] < found / reviews < estimate.high[0, 0, place]
            errors.append((raw[place] - found / reviews, value[place] - found / reviews))
    assert len(errors) >= 2
    of_raw, of_nowcast = np.array(errors).T
    assert of_raw.max() < 0
    assert (np.abs(of_nowcast) < np.abs(of_raw)).all()


def test_the_triangle_holds_every_request_once(reviewed):
    connection, folder, _ = reviewed
    write_triangle(connection, analysis.data_cutoff(connection))
    words = {"1": "concordant", "expired": "expired"}
    expected = Counter()
    for route, origin, delay, found in requests(folder):
        if route == "random" and origin <= 12 * 2026 + 5:
            seen = delay is not None and delay <= LAST_DELAY and origin + delay <= 12 * 2026 + 5
            outcome = words.get(found, "discrepant") if seen else "open"
            expected[name(origin), delay if seen else None, outcome] += 1
    rows = connection.execute(
        "SELECT origin_month, delay, outcome, n FROM review_triangle WHERE route = 'random' AND vendor IS NULL"
    ).fetchall()
    assert {row[:3]: row[3] for row in rows} == expected
    assert connection.execute(
        "SELECT count(*) FROM review_triangle WHERE route = 'prior_linked'"
    ).fetchall() == [(0,)]
    parts = connection.execute(
        "SELECT sum(n) FILTER (vendor IS NULL), sum(n) FILTER (vendor IS NOT NULL) FROM review_triangle"
    ).fetchall()
    assert parts[0][0] == parts[0][1]


def small(rows, cutoff):
    """Nowcast of requests that are told as fact rows: (month of the request, delay, found, number)."""
    connection = open_warehouse()
    analysis.build(connection, cutoff)
    place = dict.fromkeys(DIMENSIONS, "x") | {"month": "2026-01", "route": "random"}
    for origin, delay, found, number in rows:
        cells = {**place, "origin_month": origin, "delay": delay, "found": found}
        connection.execute(
            f"INSERT INTO assignment_fact BY NAME SELECT {', '.join(f'? AS {c}' for c in cells)} FROM range({number})",
            list(cells.values()),
        )
    build(connection)
    return connection, list(nowcasts(connection, cutoff))


def test_without_a_complete_month_nothing_is_told():
    _, told = small(
        [("2026-01", 0, "concordant", 30), ("2026-01", 1, "significant", 3), ("2026-02", None, "open", 9)],
        datetime(2026, 3, 10),
    )  # fmt: skip
    told = pl.concat(told)
    assert set(told["status"]) == {"insufficient"}
    assert "no origin month is complete: its later delays were never seen" in set(told["reason"])


def test_no_time_or_no_request_gives_no_row():
    assert small([], datetime(2026, 3, 10))[1] == []
    connection, told = small([("2026-01", 0, "concordant", 30)], None)
    assert told == []
    write_triangle(connection, None)
    assert connection.execute("SELECT count(*) FROM review_triangle").fetchall() == [(0,)]


def test_held_months_and_reviews_without_a_time_are_left_out():
    cutoff = datetime(2026, 8, 1, 13)
    rows = [
        ("2026-01", 0, "concordant", 30),
        ("2026-01", None, "concordant", 7),
        ("2026-01", 1, "unscored", 2),
        ("2026-08", None, "open", 4),
    ]
    connection, told = small(rows, cutoff)
    (row,) = (
        pl.concat(told)
        .filter(pl.col("vendor").is_null(), pl.col("measure_id") == "nowcast_reviews")
        .to_dicts()
    )
    assert (row["period"], row["numerator"], row["denominator"], row["value"]) == (
        "2026-01",
        30,
        32,
        30,
    )
    connection.execute("INSERT INTO held_month VALUES ('2026-01', 'clocks', 'they stood')")
    assert list(nowcasts(connection, cutoff)) == []


def test_the_last_month_is_over_at_every_site():
    assert last_month(datetime(2026, 7, 1, 11)) == "2026-05"
    assert last_month(datetime(2026, 7, 1, 13)) == "2026-06"
    assert last_month(datetime(2026, 1, 3)) == "2025-12"
