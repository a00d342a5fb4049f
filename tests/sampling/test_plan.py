"""How many reviews are needed, and what they are planned with."""

import numpy as np
import pytest
from march import MARCH, refresh, reviewed, tasks

from overread.sampling import SamplingError, plan
from overread.sampling.text import as_text
from overread.stats.comparison.empirical_bayes import shrink_shares


def row(chosen, vendor, modality):
    (found,) = [
        r for r in chosen.strata.to_dicts() if (r["vendor"], r["modality"]) == (vendor, modality)
    ]
    return found


def slow_width(p, n, population, z=1.959963984540054):
    """Wilson's width on n / (1 - n/N) cases, written out."""
    if n >= population:
        return 0.0
    size = n / (1 - n / population)
    return 2 * z / (1 + z * z / size) * np.sqrt(p * (1 - p) / size + z * z / (4 * size * size))


def test_the_smallest_number_that_reaches_the_half_width(network):
    chosen = plan(network, 0.05, "2026-03", default_rate=0.1)
    assert {(r["vendor"], r["modality"]): r["eligible"] for r in chosen.strata.to_dicts()} == {
        stratum: n for stratum, (n, _) in MARCH.items()
    }
    for each in chosen.strata.to_dicts():
        n, size = each["needed"], each["eligible"]
        assert (each["rate"], each["rate_source"], each["completion"]) == (0.1, "stated", 1.0)
        assert slow_width(0.1, n, size) <= 0.1 < slow_width(0.1, n - 1, size)
        assert each["draw"] == n
        assert each["expected_half_width"] == pytest.approx(slow_width(0.1, n, size) / 2)
        assert each["meets"]


def test_rates_are_shrunk_over_vendors_and_the_rest_takes_the_networks(network):
    reviewed(network, "modality <> 'mri' AND hash(task_id) % 4 = 0", "random", "0.25")
    refresh(network)
    chosen = plan(network, 0.05, "2026-03")
    counted = network.execute(
        "SELECT t.vendor, count(*) FILTER (discrepant), count(*) FROM truth t JOIN review_current USING (task_id) "
        "WHERE modality = 'ct' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert len(counted) == 5
    shrunk = shrink_shares([x for _, x, _ in counted], [n for _, _, n in counted]).estimate.value
    for (vendor, _, _), value in zip(counted, shrunk, strict=True):
        told = row(chosen, vendor, "ct")
        assert told["rate"] == pytest.approx(value)
        assert told["rate_source"] == "vendor and modality, shrunk over vendors"
    # two vendors read X-ray: too few for a prior
    x, n = network.execute(
        "SELECT count(*) FILTER (discrepant), count(*) FROM truth JOIN review_current USING (task_id)"
    ).fetchall()[0]
    for stratum in (("v1", "xray"), ("v2", "xray"), ("v6", "mri")):
        told = row(chosen, *stratum)
        assert told["rate"] == pytest.approx((x + 0.5) / (n + 1))
        assert told["rate_source"] == "network"


def test_what_the_route_has_reached_is_taken_into_account(network):
    """Ten done, five waiting, five expired of 300: the draw makes up for what is missing."""
    before = row(plan(network, 0.08, "2026-03", default_rate=0.1), "v1", "ct")
    number = "right(task_id::VARCHAR, 12)::INT"
    reviewed(network, f"{number} < 10", "random", "0.1")
    reviewed(network, f"{number} BETWEEN 10 AND 14", "random", "0.1", due="2026-05-01", done=False)
    network.execute(
        "UPDATE review_assignment SET expired_at = NULL WHERE due_at > TIMESTAMP '2026-04-01'"
    )
    reviewed(network, f"{number} BETWEEN 15 AND 19", "random", "0.1", done=False)
    # other routes are no part of the random sample
    reviewed(network, f"{number} BETWEEN 20 AND 29", "referred")
    refresh(network)
    told = row(plan(network, 0.08, "2026-03", default_rate=0.1), "v1", "ct")
    assert [told[name] for name in ("assigned", "reached", "done", "waiting")] == [20, 20, 10, 5]
    assert (told["rate_source"], told["completion"]) == ("stated", 1.0)
    assert told["needed"] == before["needed"]
    assert told["draw"] == before["needed"] - 15


def test_reviews_that_do_not_get_done_inflate_the_draw(network):
    reviewed(network, "modality <> 'mri' AND hash(task_id) % 4 = 0", "random", "0.25")
    reviewed(network, "modality <> 'mri' AND hash(task_id) % 4 = 1", "random", "0.25", done=False)
    refresh(network)
    ((x, n),) = network.execute(
        "SELECT count(*) FILTER (outcome = 'completed'), count(*) FROM assignment_fact"
    ).fetchall()
    told = row(plan(network, 0.1, "2026-03"), "v1", "ct")
    assert 0.3 < told["completion"] < 0.7
    assert abs(told["completion"] - x / n) < 0.1
    missing = told["needed"] - told["done"]
    assert told["draw"] == min(
        max(int(np.ceil(missing / told["completion"] - 1e-9)), 0),
        told["eligible"] - told["reached"],
    )


def test_a_held_month_tells_no_rates_and_is_named(network):
    reviewed(network, "modality <> 'mri'", "random", "1.0")
    network.execute("INSERT INTO held_month VALUES ('2026-03', 'clocks', 'they stood')")
    tasks(network, 5000, "v1", "ct", 50, 5, "2026-02-10")
    refresh(network)
    chosen = plan(network, 0.1, "2026-02")
    assert set(chosen.strata["rate_source"]) == {"stated"}
    assert chosen.held == ""
    march = plan(network, 0.1, "2026-03")
    assert march.held == "clocks: they stood"
    assert "held (clocks: they stood)" in as_text(march)


def test_algorithms_are_not_drawn(network):
    network.execute("UPDATE vendor SET kind = 'ai' WHERE vendor = 'v6'")
    assert "v6" not in plan(network, 0.1).strata["vendor"].to_list()
    with pytest.raises(SamplingError, match="No finished task is of vendor v6"):
        plan(network, 0.1, vendor="v6")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"month": "2026-02"}, r"month 2026-02\..*There are 2026-03"),
        ({"vendor": "v9"}, r"vendor v9\. Did you mean v\d"),
        ({"modality": "nuclear.pet"}, r"modality nuclear.pet\..*ct, mri, xray"),
        (
            {"vendor": "v6", "modality": "ct"},
            "v6, ct has no finished task in 2026-03: choose another",
        ),
        ({"half_width": 0.6}, "between 0 and 0.5"),
        ({"default_rate": 1.0}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_planned_is_told_with_a_remedy(network, asked, told):
    with pytest.raises(SamplingError, match=told):
        plan(network, **{"half_width": 0.1, **asked})


def test_without_any_task_there_is_nothing_to_draw_from(network):
    network.execute("DELETE FROM task_fact")
    with pytest.raises(SamplingError, match="overread run"):
        plan(network, 0.1)


def test_a_capacity_names_the_half_width_that_it_allows(network):
    with pytest.raises(
        SamplingError, match=r"more than 60\. A half-width of (0\.\d+) needs no more"
    ):
        plan(network, 0.05, capacity=60)
    with pytest.raises(SamplingError) as caught:
        plan(network, 0.05, capacity=60)
    allowed = float(str(caught.value).split("A half-width of ")[2].split(" ")[0])
    assert plan(network, allowed, capacity=60).strata["draw"].sum() <= 60
    assert plan(network, allowed - 0.001).strata["draw"].sum() > 60


def test_a_capacity_below_one_review_each(network):
    with pytest.raises(
        SamplingError, match=r"more than 3\. Each vendor and modality needs a review"
    ):
        plan(network, 0.05, capacity=3)


def test_a_half_width_that_no_stratum_reaches(network):
    """Every task was asked for and half of them expired: no draw can mend it."""
    reviewed(network, "right(task_id::VARCHAR, 12)::INT % 2 = 0", "random", "1.0", done=False)
    reviewed(network, "right(task_id::VARCHAR, 12)::INT % 2 = 1", "random", "1.0")
    refresh(network)
    with pytest.raises(SamplingError, match="even with every task drawn: the narrowest is"):
        plan(network, 0.001)
