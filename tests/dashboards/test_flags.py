"""What stands beside a fold: each kind once, worst first, its names few."""

import pytest

from dashboards.flags import Flag, blocked, changes, states
from dashboards.reading import Reading
from dashboards.verdict import Standing, State, Verdict
from dashboards.words import Words

WORDS = Words("en")


def reading(state=State.OK, verdict=Verdict.MEETS):
    return Reading(None, "", "", "", "", "", "", "", Standing(state, verdict, ""), "")


def test_nothing_to_tell_is_no_line():
    assert states(WORDS, []) == ()
    assert states(WORDS, [("Northlight", reading()), ("Solis", reading(State.NO_DATA, None))]) == ()
    assert blocked(WORDS, []) == changes(WORDS, []) == ()


def test_what_misses_comes_first_then_what_is_held_withheld_and_too_few():
    told = [
        ("few", reading(State.INSUFFICIENT, Verdict.UNSURE)),
        ("small", reading(State.SUPPRESSED, None)),
        ("held", reading(State.BLOCKED, None)),
        ("bad", reading(verdict=Verdict.MISSES)),
    ]
    assert states(WORDS, told) == (
        Flag("Misses target: bad", mark="misses"),
        Flag("Held by a check: held", state="blocked"),
        Flag("Not shown: small", state="suppressed"),
        Flag("Too few to judge: few", state="insufficient"),
    )


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a", "b", "a"], "Has become worse: a (2 values); b"),
        (list("abcd"), "Has become worse: a; b; c; d"),
        (list("abcdee"), "Has become worse: a; b; c; d; and 1 more"),
    ],
)
def test_a_name_is_told_once_and_many_become_a_number(names, said):
    (flag,) = changes(WORDS, names)
    assert (flag.text, flag.mark) == (said, "worse")
