"""The draw is reproducible, fair, goes on where it stopped, and its weights estimate the whole."""

import numpy as np
import polars as pl
import pytest
from march import CUTOFF, KEY, MARCH, refresh, reviewed, rows

from overread import measures
from overread.sampling import draw, plan
from overread.stats.shares.proportion import wilson
from overread.stats.shares.stratified_proportion import weight_classes, wilson_stratified

TRUE = sum(x for _, x in MARCH.values()) / sum(n for n, _ in MARCH.values())
RUNS = 100


def drawn(network, seed="a", half_width=0.08, key=KEY):
    return draw(network, plan(network, half_width, "2026-03", default_rate=0.1), seed, key)


def test_the_same_seed_and_data_give_the_same_draw(network):
    new, earlier = drawn(network)
    assert earlier.height == 0
    network.execute("SET threads = 1")
    # the same rows in another order
    network.execute("CREATE OR REPLACE TABLE task_fact AS FROM task_fact ORDER BY hash(task_id)")
    assert drawn(network)[0].equals(new)
    assert not drawn(network, seed="b")[0].equals(new)
    assert not drawn(network, key=b"x" * 32)[0].equals(new)


def test_each_stratum_gives_what_was_planned_once_each(network):
    chosen = plan(network, 0.08, "2026-03", default_rate=0.1)
    new, _ = draw(network, chosen, "a", KEY)
    counted = new.group_by("vendor", "modality").agg(n=pl.len(), p=pl.col("probability").first())
    for each in counted.join(chosen.strata, on=["vendor", "modality"]).to_dicts():
        assert each["n"] == each["draw"]
        assert each["p"] == each["draw"] / each["eligible"]
    assert counted.height == len(MARCH)
    assert new["task_token"].n_unique() == new["assignment"].n_unique() == new.height


def test_the_order_of_the_list_tells_no_stratum(network):
    new, _ = drawn(network)
    assert new["assignment"].is_sorted()
    # neighbours share their stratum as often as chance has it
    same = (new["stratum"] == new["stratum"].shift(1)).mean()
    share = new["stratum"].value_counts()["count"].to_numpy() / new.height
    assert abs(same - (share**2).sum()) < 4 * np.sqrt(0.25 / new.height)
    for name in ("v1", "v2", "ct", "xray"):
        assert not new["assignment"].str.contains(name).any()


def test_a_later_draw_goes_on(network):
    """First eight points each way, then five with the same seed: the first draw and the rest of the second, no more."""
    whole = set(drawn(network, half_width=0.05)[0]["task_token"])
    first, _ = drawn(network)
    network.register("first", first.to_arrow())
    rows(network, "review_assignment", "uuid() AS assignment_id, task_token::UUID AS task_id, site, 'random' AS route, "
         "probability AS inclusion_probability, TIMESTAMP '2026-03-31' AS assigned_at, TIMESTAMP '2026-05-01' AS due_at",
         "SELECT * FROM first")  # fmt: skip
    refresh(network)
    second, earlier = drawn(network, half_width=0.05)
    assert second.height > 0
    assert not set(first["task_token"]) & set(second["task_token"])
    assert set(first["task_token"]) | set(second["task_token"]) == whole
    # every report of the smallest stratum was drawn at once: nothing changes there
    assert set(first["stratum"]) - set(second["stratum"]) == {"v6/mri"}
    again = first.filter(pl.col("stratum") != "v6/mri")
    assert set(earlier["task_token"]) == set(again["task_token"])
    # both together were as likely, so both carry the probability of both
    probability = pl.concat([second, earlier], how="diagonal").group_by("stratum").agg(
        n=pl.len(), p=pl.col("probability").unique()
    )  # fmt: skip
    for stratum, n, p in probability.iter_rows():
        assert p == [n / MARCH[tuple(stratum.split("/"))][0]]
    # nothing is missing: nothing is drawn
    nothing, untouched = drawn(network)
    assert (nothing.height, untouched.height) == (0, 0)


def test_every_task_is_drawn_as_often_as_its_probability_says(network):
    chosen = plan(network, 0.08, "2026-03", default_rate=0.1)
    times = pl.concat([draw(network, chosen, str(run), KEY)[0] for run in range(RUNS)])
    counted = network.sql("SELECT task_id::VARCHAR AS task_token, vendor, modality FROM truth").pl()
    counted = counted.join(
        times.group_by("task_token").agg(n=pl.len()), on="task_token", how="left"
    )
    for (vendor, modality), (size, _) in MARCH.items():
        of = counted.filter(vendor=vendor, modality=modality)["n"].fill_null(0).to_numpy()
        p = chosen.strata.filter(vendor=vendor, modality=modality)["draw"].item() / size
        spread = np.sqrt(p * (1 - p) / RUNS)
        assert np.all(np.abs(of / RUNS - p) <= 4.5 * spread + 1e-12)


def test_the_weighted_estimate_is_unbiased_where_targeted_reviews_are_not(network):
    """Draws of the command against reviews of reports that somebody suspects, on one network."""
    # rates are known, so the fractions differ between the strata: from one in ten to all
    chosen = plan(network, 0.07, "2026-03", default_rate=0.1)
    truth = network.sql("SELECT task_id::VARCHAR AS task_token, discrepant FROM truth").pl()
    weighted, raw, targeted, covers, misses = [], [], [], [], []
    rng = np.random.default_rng(20_264)
    discrepant = truth["discrepant"].to_numpy()
    for run in range(RUNS):
        new = draw(network, chosen, f"run {run}", KEY)[0].join(truth, on="task_token")
        weight, hit = 1 / new["probability"].to_numpy(), new["discrepant"].to_numpy()
        member = (weight_classes(weight)[:, None] == np.arange(8)).astype(float)
        estimate = wilson_stratified(
            (weight * hit) @ member, weight @ member, weight**2 @ member, member.sum(axis=0), discrepant.size
        )  # fmt: skip
        weighted.append(float(estimate.value))
        covers.append(float(estimate.low) <= TRUE <= float(estimate.high))
        raw.append(hit.mean())
        # a referrer doubts a third of the wrong reports and a twentieth of the others
        doubted = rng.random(discrepant.size) < np.where(discrepant, 1 / 3, 1 / 20)
        interval = wilson(discrepant[doubted].sum(), doubted.sum())
        targeted.append(float(interval.value))
        misses.append(not float(interval.low) <= TRUE <= float(interval.high))
    error = np.std(weighted) / np.sqrt(RUNS)
    assert abs(np.mean(weighted) - TRUE) < 4 * error
    assert np.mean(covers) > 0.9
    # without weights small strata count for too much
    assert abs(np.mean(raw) - TRUE) > 5 * np.std(raw) / np.sqrt(RUNS)
    assert np.mean(targeted) > 2 * TRUE
    assert np.mean(misses) > 0.99


def test_the_measures_tell_both_routes_apart(network):
    """A census of one stratum in ten, drawn by the route, against every suspected report by another."""
    number = "right(task_id::VARCHAR, 12)::INT"
    reviewed(network, f"{number} % 5 = 0", "random", "0.2")
    reviewed(network, f"discrepant AND {number} % 5 = 1", "referred")
    refresh(network)
    measures.compute(network, CUTOFF)
    whole = " AND ".join(
        f"{name} IS NULL"
        for name in ("period", "vendor", "region", "site", "modality", "service", "engagement", "facility_type",
                     "deployment", "patient_class", "priority", "technique")
    )  # fmt: skip
    told = network.execute(
        f"SELECT route, value, low, high FROM measure WHERE measure_id = 'discrepancy_rate_weighted' AND {whole}"
    ).fetchall()
    assert [row[0] for row in told] == ["random"]
    assert told[0][2] < TRUE < told[0][3]
    ((referred,),) = network.execute(
        f"SELECT value FROM measure WHERE measure_id = 'discrepancy_rate' AND route = 'referred' AND {whole}"
    ).fetchall()
    assert referred == pytest.approx(1.0)


def test_a_line_means_one_report(network):
    """An exam that two vendors reported in one role is told by the report's time."""
    network.execute(
        "UPDATE read_task SET exam_id = (SELECT min(exam_id) FROM read_task WHERE vendor = 'v6'), "
        "final_at = final_at + INTERVAL 1 DAY WHERE task_id = (SELECT max(task_id) FROM read_task WHERE vendor = 'v6')"
    )
    refresh(network)
    new, _ = draw(network, plan(network, 0.01, vendor="v6"), "a", KEY)
    assert new["report"].unique().to_list() == ["final"]
    told = new.filter(pl.col("reported").is_not_null())
    assert told["exam_token"].n_unique() == 1
    assert sorted(told["reported"]) == ["2026-03-10 09:00 UTC", "2026-03-11 09:00 UTC"]
