"""Find the segments of a JPEG file before its first scan, and what follows its end. Pure.

Marker segments as in ITU-T T.81, B.1.
"""

import re
from collections.abc import Sequence

import msgspec

from lantern.imaging.embed.inscription import CannotEmbed

SOI = b"\xff\xd8"
_SOS = 0xDA


class Segment(msgspec.Struct, frozen=True):
    """A segment before the first scan: its marker, and [start, end) with the marker."""

    marker: int
    start: int
    end: int


def read_segments(data: bytes) -> list[Segment]:
    """Return the segments between the start of `data` and its first scan.

    Raises:
        CannotEmbed: they do not lead to a scan.
    """
    segments: list[Segment] = []
    at = len(SOI)
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        marker = data[at + 1]
        if marker == _SOS:
            return segments
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + size
        if marker < 0xC0 or 0xD0 <= marker <= 0xD9 or marker == 0xFF or size < 2:
            break
        segments.append(Segment(marker, at, end))
        at = end
    raise CannotEmbed("its JPEG segments cannot be followed")


# Inside entropy-coded data 0xFF is followed by a stuffed zero or a restart marker (ITU-T T.81,
# B.1.1.5); between scans stand segments.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def trailer_of(data: bytes, segments: Sequence[Segment]) -> bytes:
    """Return what follows the end of the picture; nothing if it has no end."""
    at = segments[-1].end if segments else len(SOI)
    while (found := _NEXT_MARKER.search(data, at)) is not None:
        at = found.start()
        if data[at + 1] == 0xD9:
            return data[at + 2 :]
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return b""
