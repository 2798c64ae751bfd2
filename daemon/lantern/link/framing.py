"""Frames of the presence board's line: bytes in, whole frames out. Pure.

A frame is a number, a type, a payload and a checksum, stuffed so that no byte of it is zero, and a
zero behind it. Whatever is no frame is counted and skipped; the next zero begins anew. See
firmware/PROTOCOL.md; firmware/core/framing.c is the same in C.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator

import msgspec

LONGEST_PAYLOAD = 32
LONGEST_FRAME = 2 + LONGEST_PAYLOAD + 2
"""Number, type, payload, checksum. Stuffing adds one byte, since it is shorter than 254."""


class Frame(msgspec.Struct, frozen=True):
    """`number` and `type` are in [0, 255]; what they mean is `messages` and `session`'s."""

    number: int
    type: int
    payload: bytes = b""


def checksum(data: bytes) -> int:
    """Return CRC-16/IBM-3740 of `data`: polynomial 0x1021, from 0xFFFF, not reflected.

    Its check value, of b"123456789", is 0x29B1 [Catalogue of parametrised CRC algorithms].
    """
    return binascii.crc_hqx(data, 0xFFFF)


def encode(frame: Frame) -> bytes:
    """Return the bytes of `frame`, with the zero behind them.

    Raises:
        ValueError: the payload is longer than `LONGEST_PAYLOAD`.
    """
    if len(frame.payload) > LONGEST_PAYLOAD:
        raise ValueError(
            f"payload: expected {LONGEST_PAYLOAD} bytes at most, got {len(frame.payload)}"
        )
    body = bytes((frame.number, frame.type)) + frame.payload
    return _stuffed(body + checksum(body).to_bytes(2, "little")) + b"\0"


class Deframer:
    """Finds the frames in a stream of bytes, however it is cut up.

    `spoiled` counts the stretches between zeros that were no frame, `noise` their bytes.
    """

    def __init__(self) -> None:
        self._stretch = bytearray()
        self._is_long = False
        self.spoiled = self.noise = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Return the frames that `data` completes."""
        stretches = data.split(b"\0")
        for stretch in stretches[:-1]:
            self._take(stretch)
            if self._stretch and (frame := self._ended()):
                yield frame
        self._take(stretches[-1])

    def _take(self, part: bytes) -> None:
        """Add to the stretch; of one that is too long only the length counts."""
        self._stretch += part
        if len(self._stretch) > LONGEST_FRAME + 1:
            self.noise += len(self._stretch) - 1
            del self._stretch[1:]
            self._is_long = True

    def _ended(self) -> Frame | None:
        """Return the frame that the stretch is, None if it is none."""
        body = b"" if self._is_long else _unstuffed(bytes(self._stretch))
        length = len(self._stretch)
        self._stretch.clear()
        self._is_long = False
        if len(body) >= 4 and checksum(body[:-2]) == int.from_bytes(body[-2:], "little"):
            return Frame(body[0], body[1], body[2:-2])
        self.spoiled += 1
        self.noise += length
        return None


def _stuffed(body: bytes) -> bytes:
    """Return `body`, shorter than 254 bytes, without zeros: each becomes the way to the next.

    Consistent Overhead Byte Stuffing [Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2),
    1999].
    """
    return b"".join(bytes((len(part) + 1,)) + part for part in body.split(b"\0"))


def _unstuffed(stuffed: bytes) -> bytes:
    """Return what was stuffed, b"" if that cannot have been anything."""
    parts, at = [], 0
    while at < len(stuffed):
        following = at + stuffed[at]
        if following > len(stuffed):
            return b""
        parts.append(stuffed[at + 1 : following])
        at = following
    return b"\0".join(parts)
