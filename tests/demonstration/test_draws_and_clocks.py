"""What the plans are made of: draws without a pattern, clocks as the calendar has them, medians put together."""

from collections import Counter

import duckdb
import numpy as np
import pytest

from overread.demonstration.answer_key import Tally, _median_minutes
from overread.demonstration.chance import Chance
from overread.demonstration.clocks import from_utc, shifted, to_utc, window
from overread.demonstration.codes import CODES, create_types, word
from overread.demonstration.network import SITES
from overread.demonstration.periods import ALL, MONTHS

ROWS = 100_000


def draws(*expressions):
    with duckdb.connect() as connection:
        query = f"SELECT {', '.join(expressions)} FROM range({ROWS}) r(i)"
        found = connection.execute(query).fetchnumpy()
    return np.column_stack([np.asarray(column, dtype=float) for column in found.values()])


def test_draws_are_uniform_and_do_not_hang_together():
    chance = Chance(1)
    salts = ("site", "hour", "truth", "reader-miss", "score-r", "score-a")
    found = draws(
        *(f"{chance.uniform('i', salt)} AS d{n}" for n, salt in enumerate(salts)),
        f"{Chance(2).uniform('i', 'site')} AS other_seed",
        f"{chance.uniform('(i + 1)', 'site')} AS next_row",
        f"{chance.uniform('(i * 8 + 1)', 'site')} AS its_task",
    )
    assert found.min() >= 0
    assert found.max() < 1
    for column in found.T:
        counts = np.bincount((column * 50).astype(int), minlength=50)
        # chi square of 49 degrees of freedom: 99.99 % lies below 95
        assert ((counts - ROWS / 50) ** 2 / (ROWS / 50)).sum() < 95
    together = np.corrcoef(found, rowvar=False) - np.eye(found.shape[1])
    assert np.abs(together).max() < 5 / np.sqrt(ROWS)


def test_normal_draws_are_normal():
    (z,) = draws(f"{Chance(3).normal('i', 'z')} AS z").T
    assert abs(z.mean()) < 5 / np.sqrt(ROWS)
    assert z.std() == pytest.approx(1, abs=0.02)
    assert np.mean(np.abs(z) < 1.959964) == pytest.approx(0.95, abs=0.005)


def test_picks_keep_their_weights():
    with duckdb.connect() as connection:
        create_types(connection)
        pick = Chance(1).pick("i", "x", "modality", {"ct": 3, "mri": 1})
        found = dict(
            connection.sql(
                f"SELECT {pick} AS m, count(*) FROM range({ROWS}) r(i) GROUP BY 1"
            ).fetchall()
        )
    assert set(found) == {"ct", "mri"}
    assert found["ct"] / ROWS == pytest.approx(0.75, abs=0.01)


def test_words_stand_for_codes_and_the_rest_stays():
    with duckdb.connect() as connection:
        create_types(connection)
        roles = "(SELECT unnest(enum_range(NULL::role_code))::role_code AS role)"
        found = connection.execute(
            f"SELECT {word('role', {'preliminary': 'wet_read'})} FROM {roles}"
        ).fetchall()
        none = connection.execute(
            f"SELECT {word('sex', {'F': 'W'})} FROM (SELECT NULL::sex_code AS sex)"
        ).fetchall()
    assert found == [("wet_read",), ("final",), ("second_opinion",)]
    assert none == [(None,)]
    assert all(len(codes) == len(set(codes)) for codes in CODES.values())


@pytest.mark.parametrize("span", [ALL, MONTHS[2], MONTHS[9], MONTHS[16]], ids=lambda s: s.label)
def test_clocks_are_those_of_the_calendar(span):
    """Every site and half-hour of the window against DuckDB's own calendar, there and back."""
    during = window(span, 202, 54)
    local = from_utc("moment", SITES, during, lambda offset: shifted("moment", offset))
    zones = " ".join(f"WHEN '{site.id}' THEN '{site.zone}'" for site in SITES)
    sites = ", ".join(f"('{site.id}')" for site in SITES)
    with duckdb.connect() as connection:
        wrong, seen = connection.execute(
            f"""WITH moments AS (
                SELECT site, moment, CASE site {zones} END AS zone FROM (VALUES {sites}) s(site),
                    generate_series($first::TIMESTAMP, $last::TIMESTAMP, INTERVAL 30 MINUTE) m(moment)
            ), told AS (
                SELECT *, {local} AS ours, timezone(zone, timezone('UTC', moment)) AS calendar FROM moments
            ), back AS (
                SELECT *, {to_utc("ours", SITES, during)} AS again,
                    count(*) OVER (PARTITION BY site, ours) > 1 AS twice FROM told
            )
            SELECT count(*) FILTER (ours <> calendar OR (again <> moment AND NOT twice)
                OR (twice AND again > moment)), count(*) FROM back""",
            {
                "first": during[0].replace(tzinfo=None),
                "last": during[1].replace(tzinfo=None),
            },
        ).fetchone()
    assert wrong == 0
    assert seen > 12 * 48 * 250


def test_the_median_of_counted_seconds_is_that_of_the_minutes():
    generator = np.random.default_rng(5)
    for size in (1, 2, 3, 10, 501):
        seconds = generator.integers(60, 90, size=size)
        assert _median_minutes(Counter(seconds.tolist())) == pytest.approx(np.median(seconds) / 60)
    assert _median_minutes(Counter()) is None


def test_tallies_of_months_add_up():
    first, second = Tally(), Tally()
    first.counts["late_reviews", "others", "n"] = 3
    second.counts["late_reviews", "others", "n"] = 4
    second.counts["late_reviews", "meridian", "n"] = 0
    first.seconds["turnaround_slip", "after", "median_minutes"][120] += 1
    second.seconds["turnaround_slip", "after", "median_minutes"][240] += 2
    first.add(second)
    told = first.problems()
    assert told["late_reviews"]["counted"] == {"others": {"n": 7}, "meridian": {"n": 0}}
    assert told["turnaround_slip"]["counted"] == {"after": {"median_minutes": 4.0}}
