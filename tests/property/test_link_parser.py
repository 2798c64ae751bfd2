"""The parsers of host and board find the same frames in any bytes, and count the rest alike."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.link.framing import Deframer, Frame, encode
from support.core import CoreDeframer

bytes_ = st.integers(0, 255)
frames = st.builds(Frame, bytes_, bytes_, st.binary(max_size=32))
stuffed = frames.map(encode)


@st.composite
def spoiled(draw):
    """A frame with something wrong: a byte changed, lost or added, or cut off."""
    data = bytearray(draw(stuffed))
    place = draw(st.integers(0, len(data) - 1))
    match draw(st.sampled_from(["change", "lose", "add", "cut"])):
        case "change":
            data[place] = draw(bytes_)
        case "lose":
            del data[place]
        case "add":
            data.insert(place, draw(bytes_))
        case "cut":
            del data[place:]
    return bytes(data)


streams = st.lists(
    st.one_of(
        stuffed,
        spoiled(),
        st.binary(max_size=120),
        st.integers(30, 45).map(lambda length: bytes([length + 1]) + bytes([7]) * length + b"\0"),
        st.just(b"\0"),
    ),
    max_size=12,
).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(streams)
def test_both_find_the_same_frames_and_count_the_same_of_what_was_none(stream):
    host, board = Deframer(), CoreDeframer()
    assert list(host.feed(stream)) == list(board.feed(stream))
    assert host.spoiled == board.spoiled


@settings(deadline=None)
@given(streams, stuffed)
def test_both_are_ready_for_a_frame_behind_any_bytes_and_a_zero(stream, frame):
    for deframer in (Deframer(), CoreDeframer()):
        list(deframer.feed(stream + b"\0"))
        assert [encode(one) for one in deframer.feed(frame)] == [frame]
