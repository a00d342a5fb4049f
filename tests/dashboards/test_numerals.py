"""Numbers are shown alike in Python and (tests/browser) in the browser: one table of cases."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.numerals import Shown, clock_of, count, share_of, show, show_blurred, show_target

CASES = json.loads((Path(__file__).parent / "numerals.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_table_of_cases(case):
    shown = show(
        case["unit"],
        case["value"],
        case.get("low"),
        case.get("high"),
        case.get("target"),
        case.get("clock"),
        case.get("language", "en").replace("-", "_"),
    )
    assert [shown.value, shown.low, shown.high] == case["expect"]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_shown_limits_keep_their_order_and_range(a, b, c):
    low, value, high = sorted((a, b, c))
    shown = show("share", value, low, high)
    numbers = [float(text.rstrip("%")) for text in (shown.low, shown.value, shown.high)]
    assert numbers == sorted(numbers)
    assert all(0 <= number <= 100 for number in numbers)


def test_one_unit_for_a_column():
    assert clock_of([]) == "min"
    assert clock_of([0.4, 0.5, 90]) == "s"
    assert clock_of([30, 500, 600]) == "h"
    assert clock_of([30, 3000, 6000]) == "d"


def test_counts_and_targets():
    assert count(12345.9) == "12,345"
    assert show_target("share", 0.02) == "2%"
    assert show_target("share", 0.025) == "2.5%"
    assert show_target("share", 1.0) == "100%"
    assert show_target("minutes", 60) == "60 min"
    assert show_target("coefficient", 0.6) == "0.6"


def test_a_few_failures_never_look_like_none():
    # CHK-04: 0.00 % shown with 3 failing rows
    assert share_of(3, 100_000) == "<0.1%"
    assert share_of(99_997, 100_000) == ">99.9%"
    assert share_of(0, 10) == "0.0%"
    assert share_of(10, 10) == "100.0%"
    assert share_of(0, 0) == "–"


def test_a_band_says_no_more_than_its_grid():
    """Quartiles of whole percent: 0.9825 lies between 0.98 and 0.99."""
    assert show_blurred("share", 0.98).value == "98%"
    assert show_blurred("share", 0.9825).value == "98%"
    assert show_blurred("share", 0.995).value == "100%"
    assert show_blurred("minutes", 47.0) == show("minutes", 47.0)


def test_a_place_among_vendors_says_no_more_than_its_grid():
    """Limits half a point away would ask for a decimal that is not there."""
    assert show_blurred("share", 0.07, 0.06, 0.07) == Shown("7%", "6", "7")
    assert show_blurred("share", 0.07, None, 0.07) == Shown("7%", None, None)
