"""Names in a funnel hide no point and no other name."""

from hypothesis import given
from hypothesis import strategies as st

from dashboards.figures.funnel_labels import Room, outside

ROOMS = st.builds(
    Room,
    height=st.sampled_from([320, 360]),
    width=st.sampled_from([265, 450]),
    letters=st.sampled_from([26, 60]),
    right=st.just(1000.0),
    low=st.just(0.0),
    high=st.floats(0.02, 1.0),
    below=st.booleans(),
)
UNITS = st.lists(
    st.tuples(
        st.floats(1, 1000),
        st.floats(0, 0.02),
        st.text("abcdefgh ", min_size=1, max_size=60),
    ),
    max_size=6,
)


@given(ROOMS, UNITS)
def test_names_stand_in_a_band_of_their_own(room, units):
    band = outside(room, units)
    assert len(band.notes) == len(units)
    assert band.low <= room.low
    assert band.high >= room.high
    beyond = [note["ay"] for note in band.notes]
    assert all(at < room.low if room.below else at > room.high for at in beyond)
    assert all(band.low < at < band.high for at in beyond)
    # from the furthest to the nearest, each a line of text apart
    lines = [note["text"].count("<br>") + 1 for note in band.notes]
    for place in range(len(beyond) - 1):
        gap = abs(beyond[place + 1] - beyond[place]) / room.pixel
        assert gap >= 17 * (lines[place] + lines[place + 1]) / 2


@given(ROOMS, UNITS)
def test_the_points_keep_their_room(room, units):
    band = outside(room, units)
    points = (room.high - room.low) / (band.high - band.low) * (band.height - 75)
    assert abs(points - (room.height - 75)) < 1e-6


def test_a_name_runs_towards_the_middle_and_no_further_than_the_edge():
    room = Room(360, 450, 60, 1000.0, 0.0, 0.3, below=False)
    left, right, long = (
        outside(room, [(n, 0.2, name)]).notes[0]
        for n, name in ((100, "Harbour"), (900, "Harbour"), (490, "Harbour " * 6))
    )
    assert (left["xanchor"], left["ax"]) == ("left", 0)
    assert (right["xanchor"], right["ax"]) == ("right", 0)
    assert long["xanchor"] == "left"
    assert -200 < long["ax"] < -50
