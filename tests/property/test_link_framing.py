"""Frames survive any line, as far as they arrive: in Python, and in the firmware's C."""

from __future__ import annotations

import ctypes

from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.link.framing import LONGEST_PAYLOAD, Deframer, Frame, checksum, encode
from support.core import CoreDeframer, library, written

bytes_ = st.integers(0, 255)
frames = st.builds(Frame, bytes_, bytes_, st.binary(max_size=LONGEST_PAYLOAD))
noise = st.binary(min_size=1, max_size=100)
patient = settings(deadline=None)  # a busy machine is no finding


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Return `data` in pieces."""
    ends = sorted(place % (len(data) + 1) for place in places)
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


def heard(pieces: list[bytes]) -> list[Frame]:
    deframer = Deframer()
    return [frame for piece in pieces for frame in deframer.feed(piece)]


@patient
@given(frames)
def test_both_sides_write_the_same_bytes_with_no_zero_but_the_last(frame):
    data = encode(frame)
    assert data == written(frame)
    assert data.index(0) == len(data) - 1 <= LONGEST_PAYLOAD + 5


@patient
@given(st.binary(max_size=60))
def test_both_sides_compute_the_same_checksum(data):
    assert checksum(data) == library().checksum(data, len(data))


@patient
@given(st.lists(frames, max_size=6), st.lists(st.integers(0, 10_000), max_size=20))
def test_however_the_bytes_are_cut_the_frames_come_in_their_order(sent, places):
    data = b"".join(map(encode, sent))
    assert heard(cut(data, places)) == sent
    assert list(CoreDeframer().feed(data)) == sent


@patient
@given(st.lists(frames, min_size=1, max_size=5), noise, st.data())
def test_noise_costs_no_frame_behind_the_next_zero(sent, junk, data):
    place = data.draw(st.integers(0, len(sent)))
    stream = [*map(encode, sent[:place]), junk, b"\0", *map(encode, sent[place:])]
    found = heard(stream)
    assert [frame for frame in found if frame in sent][-len(sent) :] == sent
    assert len(found) - len(sent) <= junk.count(0) + 1


@patient
@given(st.lists(frames, min_size=3, max_size=6), st.data())
def test_lost_bytes_cost_the_frames_that_they_were_of_and_no_others(sent, data):
    encoded = [encode(frame) for frame in sent]
    hit = data.draw(st.integers(0, len(sent) - 2))
    place = data.draw(st.integers(0, len(encoded[hit]) - 2))
    encoded[hit] = encoded[hit][:place] + encoded[hit][place + 1 :]
    assert heard(encoded) == sent[:hit] + sent[hit + 1 :]


@patient
@given(st.binary(min_size=2, max_size=36), st.integers(1, 0xFFFF), st.data())
def test_no_burst_of_sixteen_bits_leaves_the_checksum_as_it_was(body, burst, data):
    shift = data.draw(st.integers(0, 8 * len(body) - 16))
    spoiled = int.from_bytes(body, "big") ^ (burst << shift)
    assert checksum(spoiled.to_bytes(len(body), "big")) != checksum(body)


@patient
@given(st.binary(max_size=5000))
def test_a_deframer_keeps_no_more_than_a_frame(data):
    deframer = Deframer()
    list(deframer.feed(data.replace(b"\0", b"\1")))
    assert len(deframer._stretch) <= LONGEST_PAYLOAD + 5
    assert ctypes.sizeof(CoreDeframer) <= LONGEST_PAYLOAD + 8
    list(deframer.feed(b"\0"))
    assert list(deframer.feed(encode(Frame(1, 2, b"3")))) == [Frame(1, 2, b"3")]
