from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.stats.monitoring.control_chart import ControlChart
from overread.stats.monitoring.run_rules import (
    NELSON,
    NHS,
    WESTERN_ELECTRIC,
    Rule,
    run_rules,
    shift,
    trend,
)
from overread.stats.monitoring.spc import Baseline, p_chart, xmr_chart

NAN = float("nan")


def drawn(z, segment=None):
    """A chart about 0 with sigma 1, so that the points are their own z."""
    z = np.asarray(z, dtype=float)
    ones, none = np.ones(z.shape), np.full(z.shape[:-1], np.nan)
    text = np.full(z.shape[:-1], "", dtype=object)
    part = np.zeros(z.shape, dtype=np.int64) if segment is None else np.asarray(segment)
    return ControlChart(
        z, 0 * ones, -3 * ones, 3 * ones, ones, part, none, none, none, text, text
    )  # fmt: skip


def stretches(z, segment, gaps):
    """Positions that belong together, read one by one."""
    result, current = [], []
    for t, value in enumerate(z):
        if np.isnan(value):
            if gaps == "break" and current:
                result.append(current)
                current = []
            continue
        if current and segment[current[-1]] != segment[t]:
            result.append(current)
            current = []
        current.append(t)
    return [*result, current] if current else result


def shows(rule, v):
    """One window of values, oldest first: (is the pattern complete, members as offsets)."""
    whole, everyone = len(v) == rule.window, list(range(len(v)))
    steps = [b - a for a, b in pairwise(v)]
    for way in (1, -1):
        w = [way * x for x in v]
        if rule.pattern == "beyond" and w[-1] > 3:
            return [len(v) - 1]
        if rule.pattern == "side" and whole and min(w) > 0:
            return everyone
        if rule.pattern == "trend" and whole and min(way * s for s in steps) > 0:
            return everyone
        if rule.pattern == "zone":
            far = [i for i in everyone if w[i] > rule.sigma]
            on_side = whole and min(w) > 0 if rule.same_side else w[-1] > rule.sigma
            if len(far) >= rule.count and on_side:
                return far
    if rule.pattern == "within" and whole and max(abs(x) for x in v) < rule.sigma:
        return everyone
    if rule.pattern == "outside" and whole and min(abs(x) for x in v) > rule.sigma:
        return everyone
    turns = [a * b < 0 for a, b in pairwise(steps)]
    if rule.pattern == "alternating" and whole and all(turns):
        return everyone
    return []


POINTS = st.one_of(st.just(NAN), st.sampled_from([-3.5, -2.5, -1.5, -0.5, 0, 0.5, 1.5, 2.5, 3.5]))
LONG = st.lists(st.sampled_from([0.2, 0.4, 1.2, 2.2, 3.2]), min_size=15, max_size=40)
SIGNS = st.lists(st.sampled_from([1, 1, 1, 1, 1, -1, -1, NAN]), min_size=40, max_size=40)


@st.composite
def series(draw):
    """Random points, or long runs that patterns of 14 and 15 points need."""
    if draw(st.booleans()):
        return draw(st.lists(POINTS, min_size=1, max_size=40))
    signs = draw(SIGNS)
    return [x * s for x, s in zip(draw(LONG), signs, strict=False)]


@given(series(), st.sampled_from(["break", "bridge"]), st.integers(0, 40))
def test_every_rule_equals_windows_read_one_by_one(z, gaps, rebase):
    segment = (np.arange(len(z)) >= rebase).astype(np.int64)
    short = (trend(4), shift(4))
    for rules in (NELSON, (*NHS, *short)):
        found = run_rules(drawn(z, segment), rules, gaps)
        signal = np.zeros((len(rules), len(z)), dtype=bool)
        member = signal.copy()
        for r, rule in enumerate(rules):
            for places in stretches(z, segment, gaps):
                for end in range(1, len(places) + 1):
                    window = places[max(0, end - rule.window) : end]
                    hits = shows(rule, [z[t] for t in window])
                    if hits:
                        signal[r, window[-1]] = True
                        member[r, [window[i] for i in hits]] = True
        np.testing.assert_array_equal(found.signal, signal)
        np.testing.assert_array_equal(found.member, member)
        assert found.first.tolist() == [int(s.argmax()) if s.any() else -1 for s in signal]


def test_alternating_and_quiet_runs_need_fourteen_and_fifteen_points():
    saw = np.tile([0.5, -0.5], 8)
    found = run_rules(drawn([saw, -saw]), NELSON)
    names = [rule.name for rule in NELSON]
    assert found.first[:, names.index("alternating_14")].tolist() == [13, 13]
    assert found.first[:, names.index("within_one_sigma_15")].tolist() == [14, 14]
    assert not found.direction.any()


def test_two_near_opposite_limits_are_no_signal():
    """MEA-14."""
    z = [2.4, 0.1, -2.5]
    assert not run_rules(drawn(z), WESTERN_ELECTRIC).signal[1].any()
    assert run_rules(drawn(np.abs(z)), WESTERN_ELECTRIC).signal[1].tolist() == [False, False, True]


def test_the_nhs_asks_for_all_three_on_one_side():
    z = [2.4, -0.1, 2.5]
    assert run_rules(drawn(z), WESTERN_ELECTRIC).first[1] == 2
    assert run_rules(drawn(z), NHS).first[2] == -1
    assert run_rules(drawn([2.4, 0.1, 2.5]), NHS).member[2].tolist() == [True, False, True]


def test_equal_neighbours_end_a_trend_and_its_direction_is_the_way_it_runs():
    """MEA-16: seven falling points with one equal pair; a fall that stays above the mean points down."""
    falling = np.array([2.9, 2.5, 2.1, 1.7, 1.3, 0.9, 0.5])
    found = run_rules(drawn(falling), NHS)
    assert found.first[3] == 6
    assert (found.direction[3] == -1).all()
    assert (found.direction[1] == 1).all()  # the shift above the mean
    tied = falling.copy()
    tied[3] = tied[2]
    assert run_rules(drawn(tied), NHS).first[3] == -1


def test_where_a_rise_turns_into_a_fall_the_top_belongs_to_the_fall():
    found = run_rules(drawn([0, 1, 2, 1, 0, 1, 2]), (trend(3),))
    assert found.direction[0].tolist() == [1, 1, -1, -1, 1, 1, 1]


@pytest.mark.parametrize(("gaps", "first"), [("break", -1), ("bridge", 8)])
def test_a_gap_breaks_or_is_bridged_as_stated(gaps, first):
    z = [1, 1, 1, 1, NAN, 1, 1, 1, 1]
    assert run_rules(drawn(z), (shift(8),), gaps).first[0] == first


def test_rounding_is_no_side_and_no_trend():
    """100 of 1,000, 10 of 100 and so on are one share, whatever the last bit says."""
    n = np.array([10, 30, 70, 110, 130, 170, 190, 230, 290, 310, 370, 410])
    chart = p_chart(n * 3 / 10, n)
    assert not run_rules(chart, NELSON[:3]).signal.any()
    assert not run_rules(xmr_chart(np.full(20, 0.1)), NELSON).signal.any()


def test_a_baseline_without_events_has_no_limits_to_be_beyond_but_a_side():
    """edge-pchart-no-events: the first event after it is no signal, eight months with events are."""
    x, n = [0] * 12 + [1] * 8, [50] * 20
    found = run_rules(p_chart(x, n, Baseline(periods=12)), WESTERN_ELECTRIC)
    assert found.first.tolist() == [-1, -1, -1, 19]


def test_strata_are_answered_as_each_alone_and_empty_ones_are_silent():
    rng = np.random.default_rng(3)
    z = rng.normal(0.3, 1.4, (5, 4, 30))
    z[rng.random(z.shape) < 0.1] = np.nan
    z[0, 0] = np.nan
    for gaps in ("break", "bridge"):
        found = run_rules(drawn(z), NELSON, gaps)
        assert found.signal.shape == (5, 4, len(NELSON), 30)
        assert not found.signal[0, 0].any()
        alone = run_rules(drawn(z[3, 2]), NELSON, gaps)
        np.testing.assert_array_equal(found.member[3, 2], alone.member)
        np.testing.assert_array_equal(found.direction[3, 2], alone.direction)
    none = run_rules(drawn(np.empty((2, 0))), NELSON)
    assert none.first.tolist() == [[-1] * 8] * 2


@pytest.mark.parametrize(
    "make", [lambda: trend(1), lambda: shift(0), lambda: Rule("x", "zone", 4, 3)]
)
def test_rules_that_no_points_could_show_are_refused(make):
    with pytest.raises(ValueError, match="counts"):
        make()
