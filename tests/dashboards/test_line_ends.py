"""Names of lines stand right of the plot, and never on each other."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dashboards.figures.line_ends import End, line_ends, month_ends


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.floats(0.001, 0.01))
def test_names_never_touch_and_keep_their_order(values, pixel):
    ends = [End(value, f"{place}%") for place, value in enumerate(values)]
    notes = line_ends(ends, 0.0, pixel, {"x": 900})
    at = [note["y"] / pixel + note["yshift"] for note in notes]
    assert [note["y"] for note in notes] == sorted(values)
    assert all(upper - lower >= 15 - 0.01 for lower, upper in pairwise(at))
    # what touches nothing stays where it ends
    assert notes[0]["yshift"] == 0


def test_the_margin_holds_the_longest_name():
    short, long = (
        month_ends([End(0.5, "98%", loud=True), End(0.9, name)], 0.0, 1.0, 320)
        for name in ("mean", "target 97.5%")
    )
    assert long["margin"]["r"] > short["margin"]["r"] > 30
    assert {note["x"] for note in long["annotations"]} == {1}
    assert [note["text"] for note in long["annotations"]] == ["98%", "target 97.5%"]
    assert month_ends([], 0.0, 1.0, 320)["annotations"] == []
