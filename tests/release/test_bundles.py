"""A recipient with 18 bundles works out no peer's value."""

import itertools
import re

import bundles
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.measures.catalogue import CATALOGUE
from overread.release import band
from overread.warehouse.schema import open_warehouse

GRID = band.GRID["share"]
PEERS = [0.8713, 0.9021, 0.9154, 0.9333, 0.9487, 0.9712]
RELEASES = 18


def moving():
    """The recipient's own value wanders through its peers' from release to release, as it likes."""
    return [0.86 + 0.12 * release / (RELEASES - 1) for release in range(RELEASES)]


def worked_out(bands, grid):
    """Widths of what is left open of each peer's value."""
    own = moving()
    ranks = [sum(peer < value for peer in PEERS) for value in own]
    if grid:
        ranks = [sum(round(p / grid) < round(value / grid) for p in PEERS) for value in own]
    left = bundles.intervals(own, bands, ranks, len(PEERS), grid)
    assert np.all((left[:, 0] <= np.array(PEERS) + 1e-6) & (np.array(PEERS) - 1e-6 <= left[:, 1]))
    return left[:, 1] - left[:, 0]


def test_exact_quartiles_would_tell_the_peers_values():
    """Why the band is blurred: the same attack on quartiles of exact values finds most of them."""
    bands = [np.quantile([value, *PEERS], [0.25, 0.5, 0.75]) for value in moving()]
    assert (worked_out(bands, 0.0) < 1e-6).sum() >= 4


def test_eighteen_bands_leave_every_peer_a_whole_step_of_the_grid():
    bands = [bundles.band(bundles.bundle([value, *PEERS])) for value in moving()]
    assert (worked_out(bands, GRID) > GRID - 1e-6).all()


def test_a_peer_is_not_told_from_another():
    """Whichever peer has which value, the bundle is the same."""
    seen = {
        tuple(bundles.bundle([0.9, *order]))
        for order in itertools.islice(itertools.permutations(PEERS), 0, 720, 97)
    }
    assert len(seen) == 1


@settings(max_examples=8)
@given(
    st.lists(st.integers(0, 100), min_size=5, max_size=7),
    st.lists(st.floats(-0.49, 0.49), min_size=7, max_size=7),
)
def test_a_value_moves_within_its_step_unseen(steps, moves):
    """Two networks that differ by less than the grid give the same bundle, byte for byte."""
    moved = [min(max(step + move, 0), 100) / 100 for step, move in zip(steps, moves, strict=False)]
    assert bundles.bundle([0.5, *moved]) == bundles.bundle([0.5, *(step / 100 for step in steps)])


@pytest.mark.parametrize(
    ("unit", "value", "blurred"),
    [
        ("share", 0.03468208, 0.03),
        ("share", 0.0, 0.0),
        ("share", -0.004, 0.0),
        ("share", 0.996, 1.0),
        ("coefficient", 0.8123, 0.8),
        ("coefficient", -0.137, -0.15),
        ("minutes", 35.274, 35.0),
        ("minutes", 8.4321, 8.4),
        ("minutes", 10434.0, 10000.0),
        ("minutes", 0.0, 0.0),
    ],
)
def test_the_grid(unit, value, blurred):
    measure = next(m.id for m in CATALOGUE.values() if m.unit == unit)
    found = (
        open_warehouse()
        .execute(
            f"SELECT {band.blurred()} FROM (SELECT ? AS measure_id, ?::DOUBLE AS value)",
            [measure, value],
        )
        .fetchall()[0][0]
    )
    assert str(found) == str(blurred)


def test_every_measure_with_a_grid_has_a_branch():
    named = set(re.findall(r"'(\w+)'", band.blurred()))
    assert named == {m.id for m in CATALOGUE.values() if m.unit in band.GRID}
