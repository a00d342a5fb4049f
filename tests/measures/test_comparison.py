"""Case mix, shrunken rates and ranks against slow computations on the same counts."""

from datetime import datetime

import numpy as np
import pytest

from overread import measures
from overread.counts.build import build
from overread.counts.declared import DIMENSIONS
from overread.stats.comparison.empirical_bayes import shrink_shares
from overread.stats.comparison.ranks import rank_beta
from overread.stats.comparison.standardisation import standardised_ratio
from overread.warehouse.analysis import build as build_facts
from overread.warehouse.schema import open_warehouse

PLACE = dict.fromkeys(DIMENSIONS, "x") | {
    "month": "2026-01",
    "priority": "routine",
    "service": "reporting",
}
# vendor -> (modality, patient class, discrepant, reviews): MRI of outpatients is hard, and d alone has PET
MIX = {
    "a": [("ct", "emergency", 6, 200), ("mri", "outpatient", 4, 40)],
    "b": [("ct", "emergency", 2, 60), ("mri", "outpatient", 22, 220)],
    "c": [("ct", "emergency", 3, 100), ("ct", "outpatient", 1, 50)],
    "d": [("ct", "outpatient", 2, 30), ("nuclear.pet", "outpatient", 9, 90)],
    "e": [("ct", "emergency", 12, 150), ("nuclear.pet", "inpatient", 2, 30)],
}  # fmt: skip


def measured(mix, held=()):
    connection = open_warehouse()
    build_facts(connection, None)
    build(connection)
    for month in held:
        connection.execute("INSERT INTO held_month VALUES (?, 'clocks', 'they stood')", [month])
    for vendor, kinds in mix.items():
        for modality, patient_class, x, n in kinds:
            for score, rows in (("2b", x), ("1", n - x)):
                cells = PLACE | {
                    "vendor": vendor,
                    "modality": modality,
                    "patient_class": patient_class,
                }
                cells |= {"route": "random", "score": score, "n": rows}
                columns = ", ".join(f"? AS {name}" for name in cells)
                connection.execute(
                    f"INSERT INTO count_review BY NAME SELECT {columns}", list(cells.values())
                )
    measures.compute(connection, datetime(2026, 6, 1))
    return connection


@pytest.fixture(scope="module")
def network():
    return measured(MIX)


def told(connection, measure_id, columns, category="discrepancy_rate"):
    return {
        vendor: rest
        for vendor, *rest in connection.execute(
            f"SELECT vendor, {columns} FROM measure WHERE measure_id = ? AND (category IS NULL OR category = ?)",
            [measure_id, category],
        ).fetchall()
    }


def test_the_expectation_is_that_of_all_vendors_on_the_same_kinds(network):
    """By loops over vendors and kinds; kinds that one vendor alone has are left out."""
    kinds = {}
    for vendor, rows in MIX.items():
        for modality, patient_class, x, n in rows:
            kinds.setdefault((modality, patient_class), []).append((vendor, x, n))
    given = told(
        network, "standardised_ratio", "numerator, denominator, n, value, low, high, status"
    )
    for vendor, rows in MIX.items():
        observed = expected = cases = 0.0
        for modality, patient_class, x, n in rows:
            among = kinds[modality, patient_class]
            if len(among) > 1:
                observed += x
                cases += n
                expected += n * sum(r[1] for r in among) / sum(r[2] for r in among)
        if vendor == "d":
            assert given["d"][3:] == [None, None, None, "not_applicable"]
            continue
        reference = standardised_ratio(observed, expected)
        assert given[vendor] == [
            observed, pytest.approx(expected), cases, pytest.approx(observed / expected),
            pytest.approx(float(reference.low)), pytest.approx(float(reference.high)), "ok",
        ]  # fmt: skip


def test_a_hard_mix_is_no_fault(network):
    """b has the highest crude rate and a ratio near one; e has both."""
    crude = {v: sum(r[2] for r in rows) / sum(r[3] for r in rows) for v, rows in MIX.items()}
    ratio = told(network, "standardised_ratio", "value")
    assert crude["b"] > crude["e"] > crude["a"]
    assert abs(ratio["b"][0] - 1) < 0.05
    assert ratio["e"][0] > 1.7


def test_what_cannot_be_compared_is_told(network):
    alone = told(network, "case_mix_alone", "numerator, denominator, value")
    assert alone["d"] == [90, 120, 0.75]
    assert alone["e"] == [30, 180, pytest.approx(30 / 180)]
    assert alone["a"] == [0, 240, 0]
    ((reason,),) = network.execute(
        "SELECT reason FROM measure WHERE measure_id = 'standardised_ratio' AND vendor = 'd' "
        "AND category = 'discrepancy_rate'"
    ).fetchall()
    assert reason == "more than half of the vendor's cases are of a kind that no other vendor has"


def test_shrunken_rates_and_ranks_are_the_statistics_of_the_vendors(network):
    x, n = (np.array([sum(r[place] for r in rows) for rows in MIX.values()]) for place in (2, 3))
    shrunken = shrink_shares(x, n)
    ranked = rank_beta(shrunken.first, shrunken.second).rank
    rates = told(network, "discrepancy_rate_shrunk", "value, low, high, numerator, denominator")
    ranks = told(network, "rank", "value, low, high, n, denominator")
    crude = x / n
    for place, vendor in enumerate(MIX):
        assert rates[vendor][:3] == pytest.approx(
            [float(part[place]) for part in (shrunken.estimate.value, shrunken.estimate.low, shrunken.estimate.high)]
        )  # fmt: skip
        assert rates[vendor][3:] == [x[place], n[place]]
        middle = x.sum() / n.sum()
        assert abs(rates[vendor][0] - middle) < abs(crude[place] - middle) + 0.01
        expected = [float(part[place]) for part in (ranked.value, ranked.low, ranked.high)]
        assert ranks[vendor] == [*expected, n[place], 5]
    assert ranks["a"][0] < ranks["b"][0]
    # every discrepancy of this network is significant
    significant = told(network, "significant_discrepancy_rate_shrunk", "value, low, high")
    assert significant == {vendor: row[:3] for vendor, row in rates.items()}


def test_four_vendors_give_no_prior():
    """And so neither a shrunken rate nor a rank."""
    connection = measured({vendor: MIX[vendor] for vendor in "abcd"})
    for measure_id in ("discrepancy_rate_shrunk", "rank"):
        states = told(connection, measure_id, "status, value")
        assert list(states.values()) == [["insufficient", None]] * 4


def test_held_months_are_left_out():
    assert told(measured(MIX, held=["2026-01"]), "standardised_ratio", "value") == {}


def test_the_best_attainment_is_rank_one():
    """Attainment is better where it is higher: 1 is the vendor with the fewest breaches."""
    connection = open_warehouse()
    build_facts(connection, None)
    build(connection)
    for vendor, met in zip("abcde", (990, 970, 950, 930, 910), strict=True):
        for outcome, rows in (("met", met), ("breach", 1000 - met)):
            cells = PLACE | {
                "vendor": vendor,
                "sla_interval": "received_to_final",
                "sla_outcome": outcome,
                "n": rows,
            }
            columns = ", ".join(f"? AS {name}" for name in cells)
            connection.execute(
                f"INSERT INTO count_sla BY NAME SELECT {columns}", list(cells.values())
            )
    measures.compute(connection, None)
    ranks = told(connection, "rank", "value", "sla_attainment")
    assert [ranks[vendor] for vendor in "abcde"] == [[1], [2], [3], [4], [5]]
    shrunken = told(connection, "sla_attainment_shrunk", "value, numerator")
    assert shrunken["a"][1] == 990
    assert shrunken["a"][0] == pytest.approx(0.99, abs=0.005)
    ratio = told(connection, "standardised_ratio", "numerator, denominator", "sla_breaches")
    assert ratio["a"] == [10, pytest.approx(50)]
