import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from overread.release.suppression import SMALLEST, readable, revisable, sights, tellable, withheld

COUNT = st.sampled_from([0, 1, 2, 5, 10, 11, 12, 20, 40, 100])


FEW = st.integers(1, 5)


def counts(parts=FEW, vendors=FEW):
    shape = st.tuples(vendors, parts, st.just(2))
    return shape.flatmap(lambda s: arrays(np.int64, s, elements=COUNT))


def even(*parts):
    """Four vendors with a quarter each of every part's events and rest."""
    return np.array([[[x // 4, y // 4] for x, y in parts]] * 4)


@pytest.mark.parametrize(
    ("vendors", "may"),
    [
        ([[20, 20], [20, 20], [20, 20]], True),
        ([[20, 20], [20, 20]], False),  # each would see the other
        ([[20, 20], [20, 20], [1, 0]], False),  # the third is too small to hide behind
        ([[4, 20], [4, 20], [2, 20]], False),  # 10 events
        ([[20, 4], [20, 4], [20, 2]], False),  # 10 without
        ([[40, 20], [5, 20], [5, 20]], False),  # 10 events in the eyes of the first
        ([[0, 20], [0, 20], [0, 20]], False),  # zero events: every vendor's rate would be known
        ([[0, 0], [0, 0], [0, 0]], True),  # no case, no vendor's rate
    ],
)
def test_what_may_be_told(vendors, may):
    assert tellable(np.array(vendors)[:, None]).tolist() == [may]


def test_an_onlooker_takes_its_own_part_off():
    seen = sights(np.array([[[3, 7]], [[10, 20]]]))
    assert seen[:, 0].tolist() == [[13, 27, 40], [10, 20, 30], [3, 7, 10]]


def test_a_second_part_is_withheld_beside_a_small_one():
    hidden = withheld(even((400, 4000), (8, 400), (80, 800), (0, 0)))
    assert hidden.tolist() == [False, True, True, False]


def test_two_small_parts_with_a_small_sum_take_a_third():
    hidden = withheld(even((400, 4000), (4, 400), (4, 600), (200, 2000)))
    assert hidden.tolist() == [False, True, True, True]


def test_a_total_that_may_not_be_told_has_no_breakdown():
    with pytest.raises(ValueError, match="total"):
        withheld(even((4, 400), (4, 400)))


@given(counts())
def test_sums_of_what_may_be_told_may_be_told(parts):
    may = tellable(parts)
    assert tellable(parts[:, may].sum(axis=1, keepdims=True)).all()


@given(counts())
def test_withheld_parts_are_hidden_in_each_other(parts):
    if not tellable(parts.sum(axis=1, keepdims=True))[0]:
        return
    hidden = withheld(parts)
    assert tellable(readable([parts], [hidden])).all()
    assert hidden.sum() != 1
    assert not hidden[parts.sum(axis=(0, 2)) == 0].any()


@given(counts(st.just(3), st.just(4)), counts(st.just(3), st.just(4)), st.booleans())
def test_a_revision_tells_no_small_difference(old, added, less):
    """Of any union of sets, in any onlooker's eyes."""
    new, before = (old, old + added) if less else (old + added, old)
    if not revisable(new, before[None]):
        return
    moved = sights(new) - sights(before)
    for union in range(1, 8):
        inside = [bool(union >> i & 1) for i in range(3)]
        total = np.abs(moved[:, inside].sum(axis=1))
        assert ((total == 0) | (total >= SMALLEST)).all()


def test_a_revision_is_held_against_every_earlier_release():
    base = even((400, 4000), (400, 4000))
    more, back = base + 20, base + 1
    assert revisable(more, base[None])
    assert revisable(back, more[None])
    assert not revisable(back, np.stack([base, more]))


def test_a_revision_in_two_directions_is_refused():
    """+80 and -76 are large, their sum is not."""
    base = even((400, 4000), (400, 4000))
    new = base + np.array([[20, 0], [-19, 0]])
    assert not revisable(new, base[None])
