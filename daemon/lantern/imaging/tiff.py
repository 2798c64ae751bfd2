"""Find the image data of a TIFF file among its metadata, whatever the positions. Pure.

A TIFF file (TIFF 6.0) is a chain of directories, one a page; a directory's entries tell how its
pixels are stored, and where. `imaging.fingerprint` hashes what is found here, so that metadata
which moves the pixels, or is added behind them, makes no new picture.
"""

import struct
from collections.abc import Iterator

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
"""Bytes of one value, by type."""

_LOOK = frozenset(
    {
        *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 274, 277, 278, 280, 281, 284),
        *(290, 291, 292, 293, 301, 317, 318, 319, 320, 322, 323, 332, 333, 334, 336, 338, 339),
        *(340, 341, 347, 529, 530, 531, 532, 34675),
    }
)
"""Tags by which the same bytes look different: size, coding, colours, orientation, ICC profile."""

_STORED = ((273, 279), (324, 325))
"""The tags of the positions and sizes of strips, and of tiles."""

_ELSEWHERE = frozenset({330, 513, 514, 519, 520, 521})
"""Tags that tell of image data in other places: further directories, JPEG as TIFF 6.0 had it."""

_MAX_PAGES = 1000
_MAX_PARTS = 1_000_000

_Directory = dict[int, memoryview]
"""The values of its entries by tag, each with its type and count before it."""


def picture_parts(data: memoryview) -> list[memoryview] | None:
    """Return what makes up the pictures in `data`, page by page.

    None if it is BigTIFF, or image data may be elsewhere, or anything cannot be followed.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(data[:4]))
    if order is None:
        return None
    parts: list[memoryview] = []
    try:
        for directory in _directories(data, order):
            parts += _page(data, directory, order)
    except (struct.error, ValueError):
        return None
    # Strips that overlap would be hashed again and again.
    return parts if parts and sum(map(len, parts)) <= 2 * len(data) else None


def _directories(data: memoryview, order: str) -> Iterator[_Directory]:
    (at,) = struct.unpack_from(order + "I", data, 4)
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) == _MAX_PAGES:
            raise ValueError("the directories run in a circle")
        seen.add(at)
        (count,) = struct.unpack_from(order + "H", data, at)
        entries = (_entry(data, at + 2 + 12 * n, order) for n in range(count))
        yield dict(entries)
        (at,) = struct.unpack_from(order + "I", data, at + 2 + 12 * count)


def _entry(data: memoryview, at: int, order: str) -> tuple[int, memoryview]:
    tag, kind, count, where = struct.unpack_from(order + "HHII", data, at)
    if tag not in _LOOK and not any(tag in pair for pair in _STORED):
        return tag, memoryview(b"")
    size = _SIZES[kind] * count if kind in _SIZES else -1
    start = at + 8 if 0 <= size <= 4 else where
    if size < 0 or start + size > len(data):
        raise ValueError("a value is not in the file")
    value = struct.pack("<HHI", tag, kind, count) + bytes(data[start : start + size])
    return tag, memoryview(value)


def _page(data: memoryview, directory: _Directory, order: str) -> Iterator[memoryview]:
    if _ELSEWHERE & directory.keys():
        raise ValueError("image data may be elsewhere")
    yield from (value for tag, value in sorted(directory.items()) if tag in _LOOK)
    stored = [pair for pair in _STORED if pair[0] in directory]
    if len(stored) != 1 or stored[0][1] not in directory:
        raise ValueError("expected strips or tiles, with their sizes")
    starts, sizes = (_numbers(directory[tag], order) for tag in stored[0])
    for start, size in zip(starts, sizes, strict=True):
        if start + size > len(data):
            raise ValueError("image data is not in the file")
        yield data[start : start + size]


def _numbers(value: memoryview, order: str) -> tuple[int, ...]:
    _, kind, count = struct.unpack_from("<HHI", value)
    if count > _MAX_PARTS or kind not in {3, 4}:
        raise ValueError("expected not so many positions, of 16 or 32 bits")
    return struct.unpack_from(f"{order}{count}{'H' if kind == 3 else 'I'}", value, 8)
