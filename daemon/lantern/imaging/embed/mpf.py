"""Keep a multi-picture file's index true when its first picture's metadata grows. Pure.

The index (CIPA DC-007, 5.2) stands in an APP2 segment as a TIFF directory. Its entries tell each
picture's size, and its distance from the index itself: previews, the other eye's view, gain maps.
"""

import struct
from collections.abc import Iterator, Sequence

import msgspec

from lantern.imaging.embed.inscription import CannotEmbed
from lantern.imaging.embed.segments import Segment

_APP2, _HEADER = 0xE2, b"MPF\0"
_ENTRIES = 0xB002
_ENTRY = 16
_MAX_PICTURES = 1024


class Index(msgspec.Struct, frozen=True):
    """The index as it was: all of its segment, where distances begin, and where entries lie.

    `base` is a position in the file, `entries` one in the segment; `order` as `struct` spells it.
    """

    segment: bytes
    base: int
    entries: int
    pictures: int
    order: str


def find(data: bytes, segments: Sequence[Segment]) -> Index | None:
    """Return the index of the multi-picture file `data`, None if it is no such file.

    Raises:
        CannotEmbed: there are two, or it cannot be followed.
    """
    found = [
        s for s in segments if s.marker == _APP2 and data[s.start + 4 : s.start + 8] == _HEADER
    ]
    if not found:
        return None
    if len(found) > 1:
        raise CannotEmbed("it holds two indexes of pictures (MPF)")
    segment = data[found[0].start : found[0].end]
    try:
        return _read(segment, found[0].start + 8)
    except struct.error as error:
        raise CannotEmbed("its index of pictures (MPF) is cut") from error


def update(written: bytes, index: Index, scan_at: int, growth: int) -> bytes:
    """Return `written` with its index made true.

    `written` is the file after it has grown by `growth` bytes before its first scan, which was at
    `scan_at`.

    Raises:
        CannotEmbed: a picture lies where none can be.
    """
    at = written.find(index.segment)
    new_base = at + 8
    segment = bytearray(index.segment)
    for number in range(index.pictures):
        place = index.entries + _ENTRY * number + 4
        size, offset = struct.unpack_from(index.order + "II", segment, place)
        if number == 0 and offset == 0:
            size += growth if size > scan_at else 0
        elif offset:
            if index.base + offset < scan_at:
                raise CannotEmbed("its index (MPF) refers to a picture before the first")
            offset += index.base + growth - new_base
        if not (0 <= size < 2**32 and 0 <= offset < 2**32):
            raise CannotEmbed("its index of pictures (MPF) would overflow")
        struct.pack_into(index.order + "II", segment, place, size, offset)
    return written[:at] + bytes(segment) + written[at + len(segment) :]


def pictures(data: bytes, index: Index) -> Iterator[bytes]:
    """Yield the index without sizes and distances, then the pictures after the first."""
    masked = bytearray(index.segment)
    found = []
    for number in range(index.pictures):
        place = index.entries + _ENTRY * number + 4
        size, offset = struct.unpack_from(index.order + "II", masked, place)
        masked[place : place + 8] = bytes(8)
        if offset:
            found.append(data[index.base + offset : index.base + offset + size])
    yield bytes(masked)
    yield from found


def _read(segment: bytes, base: int) -> Index:
    tiff = segment[8:]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        raise CannotEmbed("its index of pictures (MPF) does not begin as one does")
    (directory,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, directory)
    for entry in range(count):
        tag, _, size, at = struct.unpack_from(order + "HHII", tiff, directory + 2 + 12 * entry)
        if tag == _ENTRIES:
            pictures = size // _ENTRY
            if pictures > _MAX_PICTURES or at + size > len(tiff):
                raise CannotEmbed("its index of pictures (MPF) is cut")
            return Index(segment, base, at + 8, pictures, order)
    return Index(segment, base, 0, 0, order)
