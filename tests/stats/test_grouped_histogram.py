"""Any grouping of the cells gives what a plain look at the group's values gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.stats.durations import grouped_histogram
from overread.stats.durations.cell_moments import Moments
from overread.stats.durations.grouped_histogram import GroupedHistogram

BINS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 10_000), st.integers(1, 4)), min_size=1, max_size=60
)


@pytest.mark.parametrize("sparse", [0, 2])
@pytest.mark.parametrize("stretch", [None, 1, 3])
@given(bins=BINS, group=st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_groups_equal_their_values_written_out(sparse, stretch, bins, group):
    """Group 3 is none: its cells are left out. Empty groups have no case and no value."""
    cell, value, n = (np.array(part) for part in zip(*bins, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouped_histogram, "SPARSE", sparse)
        if stretch:
            for name, size in (
                ("CROWDED", 0), ("STRETCHES", 1), ("STRETCH", stretch), ("COUNTS_PER_BIN", 99)
            ):  # fmt: skip
                patch.setattr(grouped_histogram, name, size)
        histogram = GroupedHistogram(cell, value, n, 6)
        groups = np.array(group)
        moments = Moments.of_cells(histogram).merged(groups, 3)
        ranks = np.array([[1.0] * 3, [2.0] * 3, [np.nan] * 3, list(moments.n)])
        together = np.array([[1.0], [n.sum()]])
        found, whole = histogram.at_ranks(
            [(groups, 3), (np.zeros(6, dtype=int), 1)], [ranks, together]
        )
        coarser = histogram.merged(np.where(groups < 3, 0, 1), 1)
        (first_three,) = coarser.at_ranks(
            [(np.array([0]), 1)], [np.array([[1.0], [moments.n.sum()]])]
        )
    assert whole[:, 0].tolist() == [value.min(), value.max()]
    chosen = value[groups[cell] < 3]
    ends = [chosen.min(), chosen.max()] if chosen.size else [np.nan, np.nan]
    np.testing.assert_array_equal(first_three[:, 0], ends)
    for number in range(3):
        mine = groups[cell] == number
        written = np.sort(np.repeat(value[mine], n[mine])).astype(float)
        assert moments.n[number] == written.size
        assert moments.total[number] == pytest.approx(written.sum())
        away = written - (written.mean() if written.size else 0.0)
        assert moments.spread[number] == pytest.approx((away**2).sum(), abs=1e-3, rel=1e-9)
        assert moments.cubes[number] == pytest.approx((away**3).sum(), rel=1e-6, abs=1e3)
        expected = [
            written[0] if written.size else np.nan,
            written[1] if written.size > 1 else np.nan,
            np.nan,
            written[-1] if written.size else np.nan,
        ]
        np.testing.assert_array_equal(found[:, number], expected)


def test_more_groups_than_sixteen_bits_and_an_empty_histogram():
    cells = 70_000
    histogram = GroupedHistogram(np.arange(cells), np.arange(cells) * 2.0, np.ones(cells), cells)
    (found,) = histogram.at_ranks([(np.arange(cells), cells)], [np.ones((1, cells))])
    np.testing.assert_array_equal(found[0], np.arange(cells) * 2.0)
    empty = GroupedHistogram([], [], [], 2)
    assert np.isnan(empty.at_ranks([(np.array([0, 1]), 2)], [np.ones((1, 2))])[0]).all()
    assert Moments.of_cells(empty).merged(np.array([0, 1]), 2).n.tolist() == [0, 0]
