"""The attacker reads 18 releases, and a bundle, and finds no count of 1 to 10 and no peer's value."""

import attacker
import network as networks
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.release import public, suppression


def published(network):
    """Everything that everybody was told by the 18 releases."""
    connection, memory = networks.warehouse(), attacker.memory()
    for release in range(networks.MONTHS):
        networks.load(connection, network, release)
        attacker.remember(memory, public.release_to_public(connection))
    return memory


RELEASE = {networks.cutoff(release): release for release in range(networks.MONTHS)}


def attack(network, memory, onlooker):
    """Small counts and peers' rates that an onlooker (a vendor's number, or None for an outsider) works out."""
    small, rates = [], []
    for (measure_id, period), versions in memory.items():
        truth = np.stack(
            [network.block(measure_id, period, RELEASE[cutoff]) for cutoff in versions]
        )
        own = np.zeros_like(truth[:, 0]) if onlooker is None else truth[:, onlooker]
        others = truth if onlooker is None else np.delete(truth, onlooker, axis=1)
        solved = attacker.puzzle(list(versions.values()), own, others.shape[1], network.grows)
        small += attacker.found_small(solved, others, peers=True)
        rates += attacker.found_rates(solved, others)
    return small, rates


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
    memory = published(network)
    assert attack(network, memory, None if onlooker < 0 else onlooker) == ([], [])
