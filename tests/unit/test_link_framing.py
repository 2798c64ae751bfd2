"""Frames by their bytes: what firmware/PROTOCOL.md promises to somebody who writes a third side."""

from __future__ import annotations

import pytest

from lantern.link.framing import LONGEST_FRAME, LONGEST_PAYLOAD, Deframer, Frame, checksum, encode

PING = Frame(0x2A, 0x04)


def test_the_checksum_has_the_check_value_of_its_catalogue():
    assert checksum(b"123456789") == 0x29B1
    assert checksum(b"") == 0xFFFF
    assert checksum(b"\x2a\x04") == 0xB4A6


@pytest.mark.parametrize(
    ("frame", "data"),
    [
        (PING, "05 2A 04 A6 B4 00"),
        (Frame(0, 0), "01 01 03 0F 1D 00"),
        (Frame(1, 1, b"\x00\x02"), "03 01 01 04 02 06 E5 00"),
    ],
)
def test_a_frame_is_stuffed_behind_its_checksum_and_ends_with_the_only_zero(frame, data):
    body = bytes((frame.number, frame.type)) + frame.payload
    assert encode(frame) == bytes.fromhex(data)
    assert encode(frame).count(0) == 1
    assert len(encode(frame)) == len(body) + 4
    assert list(Deframer().feed(bytes.fromhex(data))) == [frame]


def test_the_longest_payload_fits_and_a_longer_one_is_refused():
    longest = Frame(255, 255, bytes(LONGEST_PAYLOAD))
    assert len(encode(longest)) == LONGEST_FRAME + 2 == 38
    assert list(Deframer().feed(encode(longest))) == [longest]
    with pytest.raises(ValueError, match="expected 32 bytes at most, got 33"):
        encode(Frame(0, 0, bytes(33)))


def test_zeros_between_frames_are_nothing():
    deframer = Deframer()
    assert list(deframer.feed(b"\0\0" + encode(PING) + b"\0\0\0" + encode(PING))) == [PING, PING]
    assert (deframer.spoiled, deframer.noise) == (0, 0)


@pytest.mark.parametrize(
    "junk",
    [
        b"\x01",  # nothing
        b"\x05\x2a\x04\xa6\xb5",  # a wrong checksum
        b"\x06\x2a\x04\xa6\xb4",  # it ends before its last part does
        b"\x03\x2a\x04",  # shorter than any frame
        b"U" * (LONGEST_FRAME + 1),
        b"U" * (LONGEST_FRAME + 2),
        b"U" * 5000,
    ],
)
def test_what_is_no_frame_is_counted_once_and_the_next_one_found(junk):
    deframer = Deframer()
    assert list(deframer.feed(junk + b"\0" + encode(PING))) == [PING]
    assert (deframer.spoiled, deframer.noise) == (1, len(junk))


def test_half_a_frame_costs_itself_and_the_frame_that_it_runs_into():
    deframer = Deframer()
    assert list(deframer.feed(encode(PING)[:3] + encode(PING) + encode(PING))) == [PING]
    assert deframer.spoiled == 1
