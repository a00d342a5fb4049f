"""The attacker reads 18 releases, what each changed, and a bundle, and finds no count of 1 to 10 and no peer's value.

Found is a true count of 1 to 10 (events, the rest or cases; of a part, of crossed parts, of one vendor, or by which
one grew between two releases) of which the equations say that it is at most 10. Found is a vendor's rate in a part
where it has cases unless the equations allow both 0 and 1. An onlooker is an outsider, or a vendor who takes its own
counts off. Both are stricter than that an interval lie within 1 to 10, or that a rate be one number.
"""

import attacker
import bundles
import network as networks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.release import build, compare, public, remember, suppression

CHANGES = """SELECT measure_id, period, region, modality, reason, before_numerator, before_denominator,
    after_numerator, after_denominator FROM revision WHERE audience = 'public' ORDER BY ALL NULLS FIRST"""


def releases(network):
    """A warehouse with the public rows of each of 18 releases in turn, a row more for each month, and what changed."""
    connection = networks.warehouse()
    for release in range(networks.MONTHS):
        networks.load(connection, network, release)
        networks.deliver(connection, network, release)
        connection.register("told", public.release_to_public(connection).to_arrow())
        connection.execute(
            "CREATE OR REPLACE TABLE measure_release AS SELECT 'public' AS audience, NULL::VARCHAR AS recipient, * "
            "FROM told UNION ALL BY NAME "
            "SELECT DISTINCT 'committee' AS audience, measure_id, period, definition_version, data_cutoff FROM measure"
        )
        compare(connection)
        yield connection
        remember(connection)


def published(network):
    """Everything that everybody was told by the 18 releases: the versions, and why they changed."""
    memory, reasons = attacker.memory(), attacker.memory()
    for connection in releases(network):
        attacker.remember(memory, connection.table("told").pl())
        attacker.remember_changes(memory, reasons, connection.execute(CHANGES).fetchall())
    return memory, reasons


RELEASE = {networks.cutoff(release): release for release in range(networks.MONTHS)}


def attack(network, told, onlooker):
    """Small counts and peers' rates that an onlooker (a vendor's number, or None for an outsider) works out."""
    memory, reasons = told
    for (measure_id, period), versions in memory.items():
        whys = reasons[measure_id, period]
        grows = [network.grows or whys.get(cutoff) == "new data" for cutoff in versions]
        truth = np.stack(
            [network.block(measure_id, period, RELEASE[cutoff]) for cutoff in versions]
        )
        own = np.zeros_like(truth[:, 0]) if onlooker is None else truth[:, onlooker]
        others = truth if onlooker is None else np.delete(truth, onlooker, axis=1)
        solved = attacker.puzzle(list(versions.values()), own, others.shape[1], grows)
        yield from attacker.small_counts(solved, others)
        yield from attacker.rates(solved, others)


WEIGHTS = st.sampled_from([0.0, 0.02, 0.1, 0.3, 1.0, 3.0])
NETWORKS = st.builds(
    networks.grown,
    seed=st.integers(0, 10**6),
    vendors=st.lists(WEIGHTS, min_size=3, max_size=5),
    regions=st.tuples(WEIGHTS, WEIGHTS, st.just(1.0)),
    modalities=st.tuples(WEIGHTS, WEIGHTS, st.just(1.0)),
    cases=st.sampled_from([1, 10, 60]),
    events=st.sampled_from([0.01, 0.1, 0.5, 0.97]),
    late=st.sampled_from([0.0, 0.05, 0.3]),
    corrected=st.booleans(),
)


@settings(max_examples=4)
@given(NETWORKS, st.integers(-1, 2))
def test_nothing_is_found_in_eighteen_releases(network, onlooker):
    told = published(network)
    assert list(attack(network, told, None if onlooker < 0 else onlooker)) == []


# The attacker has to be worth something: each rule left out alone, it finds what the rule hides.
FEW_IN_ONE_REGION = {
    "seed": 5, "vendors": (3, 2, 2, 1), "regions": (5, 1, 0.1), "modalities": (4, 2, 0.2), "cases": 10,
    "events": 0.1, "late": 0.1, "corrected": False,
}  # fmt: skip
ONE_LARGE_VENDOR = FEW_IN_ONE_REGION | {
    "seed": 7, "vendors": (30, 0.5, 0.5, 0.3), "regions": (5, 1, 0.3), "modalities": (4, 2, 0.5), "cases": 4,
}  # fmt: skip
TWO_VENDORS = FEW_IN_ONE_REGION | {"vendors": (3, 2)}


REVISED = FEW_IN_ONE_REGION | {"regions": (5, 1, 0.005), "cases": 60, "late": 0.3}


def only_the_small(parts):
    return ~suppression.tellable(parts)


def an_outsider_alone(counts):
    return sights(counts)[..., :1, :, :]


sights = suppression.sights


@pytest.mark.parametrize(
    ("where", "rule", "instead", "described", "onlooker", "finds"),
    [
        (public, "withheld", only_the_small, FEW_IN_ONE_REGION, None, "count"),
        (public, "revisable", lambda *_: True, FEW_IN_ONE_REGION, None, "count"),
        (suppression, "sights", an_outsider_alone, ONE_LARGE_VENDOR, 0, "count"),
        (suppression, "VENDORS", 1, TWO_VENDORS, 0, "rate"),
    ],
)
def test_without_a_rule_the_attacker_finds_something(
    monkeypatch, where, rule, instead, described, onlooker, finds
):
    network = networks.grown(**described)
    told = published(network)
    assert list(attack(network, told, onlooker)) == []
    monkeypatch.setattr(where, rule, instead)
    found = (kind for kind, _ in attack(network, published(network), onlooker))
    assert finds in found


def test_the_list_of_changes_is_the_difference_of_what_was_told():
    before, listed = {}, 0
    for connection in releases(networks.grown(**REVISED)):
        now = {
            tuple(place): tuple(counts)
            for *place, counts in connection.execute(
                "SELECT measure_id, period, region, modality, [numerator, denominator] FROM measure_release "
                "WHERE audience = 'public' AND shown = 'value'"
            ).fetchall()
        }
        changes = connection.execute(CHANGES).fetchall()
        assert {tuple(row[:4]): row[5:] for row in changes} == {
            place: (*before[place], *counts)
            for place, counts in now.items()
            if before.get(place, counts) != counts
        }
        listed += len(changes)
        before = now
    assert listed


def test_the_attacker_reads_the_list_of_changes():
    """A list that named a part that both releases withhold would tell its counts."""
    network = networks.grown(**REVISED)
    memory, reasons = published(network)
    (measure_id, period), versions = next(
        (key, told) for key, told in memory.items() if len(told) > 1
    )
    shown = {part for _, part, *_ in next(iter(versions.values()))}
    assert "emea" not in shown
    before, now = (
        network.block(measure_id, period, RELEASE[cutoff])[:, -1].sum(axis=(0, 1))
        for cutoff in sorted(versions)[-2:]
    )
    leaked = (before[0], before.sum(), now[0], now.sum())
    memory = {(measure_id, period): versions}
    assert list(attack(network, (memory, reasons), None)) == []
    attacker.remember_changes(
        memory, reasons, [(measure_id, period, "emea", None, "new data", *leaked)]
    )
    assert "count" in {kind for kind, _ in attack(network, (memory, reasons), None)}


def test_a_bundle_says_what_the_attacker_is_given():
    """The own counts that the attacks take off the public ones are those of the vendor's rows."""
    network = networks.grown(**FEW_IN_ONE_REGION)
    configuration = bundles.configuration(network.vendors)
    connection = networks.warehouse()
    networks.load(connection, network, 8)
    build(connection, configuration, networks.cutoff(8).date())
    own = connection.execute(
        "SELECT region, sum(numerator), sum(n) FROM measure_release WHERE audience = 'vendor' AND recipient = 'v3' "
        "AND measure_id = 'sla_attainment' AND region IS NOT NULL AND period IN ('2025-04', '2025-05', '2025-06') "
        "GROUP BY 1 ORDER BY 1"
    ).fetchall()
    counts = network.block("sla_attainment", "2025-Q2", 8)[3].sum(axis=1)
    assert own == [
        (region, events, events + rest)
        for region, (events, rest) in zip(networks.REGIONS, counts.tolist(), strict=True)
        if events + rest
    ]
