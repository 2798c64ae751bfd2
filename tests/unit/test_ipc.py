"""Frames between Lantern's own processes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.errors import ProtocolError
from lantern.ipc import HEADER_BYTES, LARGEST_FRAME, frame, payload_length


def test_a_frame_is_a_big_endian_length_and_the_payload():
    assert frame(b"abc") == b"\0\0\0\x03abc"
    assert frame(b"") == b"\0\0\0\0"


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_frames_written_one_after_another_are_read_as_they_were(payloads):
    stream = b"".join(map(frame, payloads))
    read = []
    while stream:
        length = payload_length(stream[:HEADER_BYTES])
        read.append(stream[HEADER_BYTES : HEADER_BYTES + length])
        stream = stream[HEADER_BYTES + length :]
    assert read == payloads


def test_a_longer_frame_than_any_of_ours_is_nonsense():
    assert payload_length(LARGEST_FRAME.to_bytes(4, "big")) == LARGEST_FRAME
    with pytest.raises(ProtocolError, match=str(LARGEST_FRAME + 1)):
        payload_length((LARGEST_FRAME + 1).to_bytes(4, "big"))
    with pytest.raises(ProtocolError):
        payload_length(b"Trac")  # a traceback's first letters


@pytest.mark.parametrize("header", [b"", b"\0", b"\0\0\0", b"\0\0\0\0\0"])
def test_a_header_of_another_size_is_nonsense(header):
    with pytest.raises(ProtocolError, match="expected 4"):
        payload_length(header)
