"""Pictures that went wrong, each of which can be made again by a seed and its number.

A sample is damaged as disks, networks and people who mean it damage files: bits, missing ends and
middles, other lengths, pieces that changed places or come twice, the head of one file before the
tail of another, sides of any length. The pieces of each container are known here, so that damage
gets past the first look and reaches the code behind it; a PNG's checksums are mended every other
time.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

NUMBERS = (0, 1, 2, 3, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 30_000, 0xFFFF, 100_000)
LARGE_NUMBERS = (0x0FFF_FFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF8, 0xFFFF_FFFF)


class Field(NamedTuple):
    """A number in a file: where, how many bytes, and which of them comes first."""

    at: int
    size: int
    order: Literal["big", "little"]

    def read(self, data: bytes | bytearray) -> int:
        return int.from_bytes(data[self.at : self.at + self.size], self.order)

    def write(self, data: bytearray, number: int) -> None:
        number %= 1 << 8 * self.size
        data[self.at : self.at + self.size] = number.to_bytes(self.size, self.order)


class Piece(NamedTuple):
    """A part of a file, bytes from `start` to `end`, and where it tells its own length."""

    start: int
    end: int
    length: Field


class Anatomy(NamedTuple):
    """The pieces of a file, those within others too, and where its width and height stand."""

    pieces: list[Piece]
    sides: list[Field]


class Mutant(NamedTuple):
    """The `number`th damaged file: its extension, bytes, and what was done to which sample."""

    number: int
    extension: str
    data: bytes
    story: str


def mutant(samples: Mapping[str, bytes], seed: int, number: int) -> Mutant:
    """Return the `number`th mutant of `samples` (bytes by file name) under `seed`."""
    draw = random.Random(f"{seed}/{number}")
    names = sorted(samples)
    name = names[number % len(names)]
    data, story = bytearray(samples[name]), [name]
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        kind = draw.choice(sorted(MUTATIONS))
        other = samples[draw.choice(names)]
        data = MUTATIONS[kind](draw, data, anatomy(data), other)
        story.append(kind)
    if name.endswith(".png") and draw.random() < 0.5:
        _mend_checksums(data)
        story.append("checksums mended")
    return Mutant(number, name.rpartition(".")[2], bytes(data), " ".join(story))


def anatomy(data: bytes | bytearray) -> Anatomy:
    """Return what `data` consists of; what is damaged already ends the list, not the test."""
    found = Anatomy([], [])
    for magic, read in _CONTAINERS.items():
        if data[4:8] == magic or data.startswith(magic):
            read(data, found)
    return found


# What happens to a file: each takes what it draws by, the file, its anatomy and another file.


def _cut(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    ends = [piece.end for piece in known.pieces] or [len(data)]
    return data[: draw.choice((draw.randrange(len(data) + 1), draw.choice(ends)))]


def _flip(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    for _ in range(draw.choice((1, 4, 40)) if data else 0):
        data[_somewhere(draw, data)] ^= 1 << draw.randrange(8)
    return data


def _fill(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    at, size = _somewhere(draw, data), draw.choice((4, 64, 1024))
    data[at : at + size] = bytes([draw.choice((0, 255, draw.randrange(256)))]) * size
    return data


def _drop(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    at = _somewhere(draw, data)
    del data[at : at + draw.choice((1, 2, 16, 500))]
    return data


def _insert(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    at = _somewhere(draw, data)
    data[at:at] = draw.randbytes(draw.choice((1, 2, 16, 500)))
    return data


def _number(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    for _ in range(draw.choice((1, 3))):
        at, order = _somewhere(draw, data) & ~1, draw.choice(("big", "little"))
        Field(at, draw.choice((2, 4)), order).write(data, _hostile(draw))
    return data


def _length(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    if known.pieces:
        field = draw.choice(known.pieces).length
        told = field.read(data)
        field.write(data, draw.choice((_hostile(draw), told + 1, told - 1, told * 2, ~told)))
    return data


def _side(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    for field in draw.sample(known.sides, draw.randint(0, len(known.sides))):
        field.write(data, _hostile(draw))
    return data


def _swap(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    if len(known.pieces) < 2:
        return data
    one, two = sorted(draw.sample(known.pieces, 2))
    if two.start < one.end:  # one is within the other
        return data[: one.start] + data[two.start : two.end] + data[one.end :]
    between = data[one.end : two.start]
    first, second = data[one.start : one.end], data[two.start : two.end]
    return data[: one.start] + second + between + first + data[two.end :]


def _double(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    if known.pieces:
        piece = draw.choice(known.pieces)
        copy = data[piece.start : piece.end]
        data[piece.end : piece.end] = copy * draw.choice((1, 2, 50 if len(copy) < 2000 else 1))
    return data


def _remove(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    if known.pieces:
        piece = draw.choice(known.pieces)
        del data[piece.start : piece.end]
    return data


def _splice(draw: random.Random, data: bytearray, known: Anatomy, other: bytes) -> bytearray:
    return data[: _somewhere(draw, data)] + other[draw.randrange(len(other)) :]


Mutation = Callable[[random.Random, bytearray, Anatomy, bytes], bytearray]

MUTATIONS: dict[str, Mutation] = {
    mutation.__name__.strip("_"): mutation
    for mutation in (
        *(_cut, _flip, _fill, _drop, _insert, _number),
        *(_length, _side, _swap, _double, _remove, _splice),
    )
}


def _somewhere(draw: random.Random, data: bytearray) -> int:
    """Return a place in `data`: most of what can go wrong stands in the first kilobyte."""
    return draw.randrange(min(draw.choice((64, 1024, 1 << 30)), len(data)) or 1)


def _hostile(draw: random.Random) -> int:
    return draw.choice((draw.choice(NUMBERS), draw.choice(LARGE_NUMBERS), draw.getrandbits(32)))


def _mend_checksums(data: bytearray) -> None:
    for piece in anatomy(data).pieces:
        checksum = zlib.crc32(data[piece.start + 4 : piece.end - 4])
        data[piece.end - 4 : piece.end] = struct.pack(">I", checksum)


# What files consist of.


def _jpeg(data: bytes | bytearray, found: Anatomy) -> None:
    """Segments; the last one is the first scan and all behind it (ITU-T T.81, B.1.1)."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], Field(at + 2, 2, "big")
        end = at + 2 + length.read(data) if marker != 0xDA else len(data)
        found.pieces.append(Piece(at, end, length))
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            found.sides.extend((Field(at + 5, 2, "big"), Field(at + 7, 2, "big")))
        if data[at + 4 : at + 10] == b"Exif\0\0":
            _tiff(data, found, at + 10)
        at = end


def _png(data: bytes | bytearray, found: Anatomy) -> None:
    at = 8
    while at + 12 <= len(data):
        length = Field(at, 4, "big")
        end = at + 12 + length.read(data)
        if end > len(data):
            return
        found.pieces.append(Piece(at, end, length))
        if data[at + 4 : at + 8] == b"IHDR":
            found.sides.extend((Field(at + 8, 4, "big"), Field(at + 12, 4, "big")))
        at = end


def _riff(data: bytes | bytearray, found: Anatomy) -> None:
    at = 12
    while at + 8 <= len(data):
        name, length = bytes(data[at : at + 4]), Field(at + 4, 4, "little")
        end = at + 8 + length.read(data) + length.read(data) % 2
        found.pieces.append(Piece(at, end, length))
        if name == b"VP8X":
            found.sides.extend((Field(at + 12, 3, "little"), Field(at + 15, 3, "little")))
        elif name == b"VP8 ":
            found.sides.extend((Field(at + 14, 2, "little"), Field(at + 16, 2, "little")))
        at = end


_WITHIN = {b"meta": 12, b"iprp": 8, b"ipco": 8, b"moov": 8, b"uuid": 24}
"""Boxes that hold boxes, and how far behind their beginning these are."""


def _boxes(data: bytes | bytearray, found: Anatomy, at: int = 0, stop: int | None = None) -> None:
    """Boxes (ISO/IEC 14496-12, 4.2) and those within them."""
    stop = len(data) if stop is None else min(stop, len(data))
    while at + 8 <= stop:
        name, length = bytes(data[at + 4 : at + 8]), Field(at, 4, "big")
        end = at + length.read(data)
        if end < at + 8:
            return
        found.pieces.append(Piece(at, end, length))
        if name == b"ispe":
            found.sides.extend((Field(at + 12, 4, "big"), Field(at + 16, 4, "big")))
        if name in _WITHIN:
            _boxes(data, found, at + _WITHIN[name], end)
        at = end


_WIDTH, _HEIGHT = 0x100, 0x101
_DIRECTORIES = {0x14A, 0x8769, 0x8825}  # sub-images, EXIF, GPS
_SHORT = 3


def _tiff(data: bytes | bytearray, found: Anatomy, base: int = 0) -> None:
    """Entries of all directories (TIFF 6.0, section 2); an entry's length is its count."""
    order: Literal["big", "little"] = "little" if data[base : base + 1] == b"I" else "big"
    waiting, seen = [Field(base + 4, 4, order).read(data)], set()
    while waiting and len(seen) < 20:
        offset = waiting.pop()
        if offset in seen or not 0 < base + offset < len(data) - 2:
            continue
        seen.add(offset)
        count = Field(base + offset, 2, order).read(data)
        for at in range(base + offset + 2, base + offset + 2 + 12 * min(count, 100), 12):
            tag, kind = Field(at, 2, order).read(data), Field(at + 2, 2, order).read(data)
            found.pieces.append(Piece(at, at + 12, Field(at + 4, 4, order)))
            if tag in {_WIDTH, _HEIGHT}:
                found.sides.append(Field(at + 8, 2 if kind == _SHORT else 4, order))
            if tag in _DIRECTORIES:
                waiting.append(Field(at + 8, 4, order).read(data))
        waiting.append(Field(base + offset + 2 + 12 * count, 4, order).read(data))


def _raf(data: bytes | bytearray, found: Anatomy) -> None:
    """The preview behind its offset and length, as Fujifilm's cameras lay it out."""
    offset = Field(84, 4, "big").read(data)
    found.pieces.append(Piece(offset, len(data), Field(88, 4, "big")))
    found.sides.append(Field(84, 4, "big"))


def _gif(data: bytes | bytearray, found: Anatomy) -> None:
    """Blocks (GIF89a); the length is that of a block's first piece of data."""
    found.sides.extend((Field(6, 2, "little"), Field(8, 2, "little")))
    at = 13 + _colours(data, 10)
    while at + 2 < len(data) and data[at] in b"\x21\x2c":
        if data[at] == 0x2C:
            found.sides.extend((Field(at + 5, 2, "little"), Field(at + 7, 2, "little")))
            first = at + 11 + _colours(data, at + 9)
        else:
            first = at + 2
        end = first
        while end < len(data) and data[end]:
            end += 1 + data[end]
        found.pieces.append(Piece(at, end + 1, Field(first, 1, "big")))
        at = end + 1


def _colours(data: bytes | bytearray, at: int) -> int:
    """Return the size of the colour table that the flags at `at` announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


_CONTAINERS: dict[bytes, Callable[[bytes | bytearray, Anatomy], None]] = {
    b"\xff\xd8\xff": _jpeg,
    b"\x89PNG": _png,
    b"RIFF": _riff,
    b"GIF8": _gif,
    b"ftyp": _boxes,
    b"FUJIFILM": _raf,
    **dict.fromkeys((b"II*\0", b"MM\0*", b"IIRO", b"IIU\0"), _tiff),
}


def mutants(samples: Mapping[str, bytes], seed: int, count: int) -> Iterator[Mutant]:
    """Yield the first `count` mutants of `samples` under `seed`."""
    return (mutant(samples, seed, number) for number in range(count))
