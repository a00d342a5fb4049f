import numpy as np
import pytest

from overread.stats.monitoring.assurance import read_chart
from overread.stats.monitoring.run_rules import NHS
from overread.stats.monitoring.spc import Baseline, p_chart, xmr_chart

CALM = [50, 52, 49, 51, 50, 48, 51, 50, 52, 49, 50, 51]
# Mean moving range 20/11 over CALM, mean 50.25: limits 50.25 +- 4.835.
FIRST = Baseline(periods=12)


def read(values, good=1, target=np.nan, baseline=FIRST, **options):
    return read_chart(xmr_chart(values, baseline), good, target, **options)


@pytest.mark.parametrize(
    ("tail", "direction", "rule"),
    [
        ([], 0, None),
        ([60], 1, "beyond_limits"),
        ([40], -1, "beyond_limits"),
        ([51, 51, 51, 51, 51, 51, 51], 1, "shift_7"),
        ([50, 54, 51, 54], 1, "two_of_three"),
    ],
)
def test_variation_is_that_of_the_latest_point(tail, direction, rule):
    values = CALM + tail
    reading = read([values] * 3, good=[1, -1, 0])
    assert reading.direction.tolist() == [direction] * 3
    words = {
        1: ["special_cause_improving", "special_cause_concerning", "special_cause_neutral"],
        -1: ["special_cause_concerning", "special_cause_improving", "special_cause_neutral"],
        0: ["common_cause"] * 3,
    }
    assert reading.variation.tolist() == words[direction]
    assert [NHS[r].name if r >= 0 else None for r in reading.rule.tolist()] == [rule] * 3


def test_a_fall_above_the_mean_points_down_once_the_shift_has_spoken():
    """MEA-16: in the NHS order the shift speaks first; the trend alone says down, though above the mean."""
    values = [*CALM, 54, 53, 52.5, 52, 51.5, 51, 50.5]
    assert NHS[int(read(values).rule)].name == "shift_7"
    down = read(values, good=1, rules=(NHS[3],))
    assert (int(down.direction), down.variation[()]) == (-1, "special_cause_concerning")


def test_since_is_where_the_pattern_began_not_where_it_was_noticed():
    reading = read([*CALM, 49, *[51] * 8])
    assert int(reading.since) == 13
    assert int(read(CALM).since) == -1


def test_a_signal_of_the_past_is_common_cause_today():
    assert read([*CALM, 60, 50, 51]).variation[()] == "common_cause"


@pytest.mark.parametrize(
    ("good", "target", "word"),
    [
        (1, 45, "consistently_passing"),
        (1, 50, "hit_and_miss"),
        (1, 56, "consistently_failing"),
        (-1, 56, "consistently_passing"),
        (-1, 50, "hit_and_miss"),
        (-1, 45, "consistently_failing"),
        (1, np.nan, "no_target"),
        (0, 50, "no_target"),
    ],
)
def test_assurance_compares_the_target_with_the_limits(good, target, word):
    reading = read(CALM, good, target)
    assert reading.assurance[()] == word
    assert reading.assurance_status[()] == ("not_applicable" if word == "no_target" else "ok")


@pytest.mark.parametrize("good", [1, -1])
def test_a_target_on_the_limit_is_met_on_the_good_side_and_missed_by_nothing_on_the_bad_one(good):
    chart = xmr_chart(CALM)
    near, far = (chart.low[0], chart.high[0]) if good == 1 else (chart.high[0], chart.low[0])
    assert read_chart(chart, good, near).assurance[()] == "consistently_passing"
    assert read_chart(chart, good, far).assurance[()] == "hit_and_miss"


def test_a_rebase_changes_both_icons_and_needs_points_of_its_own():
    """FIELD: icons wrong after a rebase. After a step of 20, the old segment has no say."""
    after = [v + 20 for v in CALM]
    old = read(CALM + after, 1, 60)
    assert (old.variation[()], old.assurance[()]) == (
        "special_cause_improving",
        "consistently_failing",
    )
    new = read(CALM + after, 1, 60, Baseline(rebase=[12]))
    assert (new.variation[()], new.assurance[()]) == ("common_cause", "consistently_passing")
    soon = read(CALM + after[:5], 1, 60, Baseline(rebase=[12]))
    assert (soon.variation[()], soon.assurance[()]) == ("", "")
    assert soon.reason[()] == "fewer than 12 points: limits on trial"
    assert soon.assurance_status[()] == "insufficient"
    none = read([*CALM, np.nan], 1, 60, Baseline(rebase=[12]))
    assert none.status[()] == "insufficient"


def test_a_latest_month_without_cases_leaves_the_reading_of_the_month_before():
    assert read([*CALM, 60, np.nan]).variation[()] == "special_cause_improving"


def test_the_limits_are_those_of_the_latest_month_with_cases():
    """Shares of 5 %: a big last month clears a target of 8 %, a small one cannot."""
    n = np.array([[1000] * 12, [1000] * 11 + [40]])
    x = np.round(n * 0.05)
    reading = read_chart(p_chart(x, n), -1, 0.08)
    assert reading.assurance.tolist() == ["consistently_passing", "hit_and_miss"]


def test_limits_without_width_and_charts_without_limits_give_no_icon():
    reading = read_chart(p_chart([[0] * 12, [0] * 12], [[50] * 12, [0] * 12]), -1, 0.02)
    assert reading.variation.tolist() == ["", ""]
    assert reading.reason.tolist() == [
        "limits have no width",
        "the chart has no limits to be used",
    ]
    empty = read_chart(xmr_chart(np.empty((3, 0))), 1, 5.0)
    assert empty.status.tolist() == ["insufficient"] * 3


def test_directions_are_checked():
    with pytest.raises(ValueError, match="good direction"):
        read(CALM, good=2)
