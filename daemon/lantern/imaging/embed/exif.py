"""Write ImageDescription into an EXIF block without moving anything in it. Pure.

An EXIF block is a TIFF structure (TIFF 6.0, section 2; CIPA DC-008): directories whose entries
refer to values by their offsets. Maker notes refer to offsets, too, in ways that nobody knows all
of; so every byte stays where it is. A copy of the first directory, with the new values behind it,
is put at the end, and the header is made to refer to it. What an earlier write put there goes.
"""

import struct
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from lantern.imaging.embed.inscription import CannotEmbed

DESCRIPTION = 0x010E
_ASCII = 2
_SIZES = {1: 1, _ASCII: 1, 4: 4, 7: 1}
"""Bytes of one value, of the types that are read here: BYTE, ASCII, LONG, UNDEFINED."""

_ENTRY = 12
_MAX_ENTRIES = 1024
"""No writer makes a first directory half as long."""

EMPTY = b"II*\0" + struct.pack("<IHI", 8, 0, 0)
"""A block that says nothing yet."""


class Field(NamedTuple):
    """An entry to write: `kind` is TIFF's type, of which one value takes `unit` bytes."""

    tag: int
    kind: int
    unit: int
    value: bytes


class _Block(NamedTuple):
    """A TIFF structure: `at` is where its first directory is, `following` refers to the next."""

    data: bytes
    order: str
    at: int
    entries: list[bytes]
    following: bytes

    def tag(self, entry: bytes) -> int:
        (tag,) = struct.unpack_from(self.order + "H", entry)
        return int(tag)


def write(block: bytes, sentence: str) -> bytes:
    """Return the TIFF structure `block` with `sentence`, in UTF-8, as its ImageDescription.

    Raises:
        CannotEmbed: the header or the first directory cannot be followed.
    """
    return write_fields(block, [description(sentence)])


def description(sentence: str) -> Field:
    """Return ImageDescription."""
    return Field(DESCRIPTION, _ASCII, 1, sentence.encode() + b"\0")


def write_fields(data: bytes, fields: Sequence[Field]) -> bytes:
    """Return the TIFF structure `data` with `fields` in its first directory.

    Raises:
        CannotEmbed: as `write`.
    """
    block = _read(data)
    tags = {field.tag for field in fields}
    size, others = _kept(block, tags)
    kept = _whole_words(memoryview(data)[:size])
    start = size + size % 2
    at = start + 2 + _ENTRY * (len(others) + len(fields)) + 4
    ours, values = [], b""
    for field in sorted(fields):
        values += bytes(len(values) % 2)  # a value begins on a word
        head = struct.pack(
            block.order + "HHI", field.tag, field.kind, len(field.value) // field.unit
        )
        if len(field.value) <= 4:
            ours.append(head + field.value.ljust(4, b"\0"))
        else:
            ours.append(head + struct.pack(block.order + "I", at + len(values)))
            values += field.value
    directory = sorted([*others, *ours], key=block.tag)
    if at + len(values) >= 2**32:
        raise CannotEmbed("it would be larger than TIFF allows")
    return b"".join(
        [
            data[:4],
            struct.pack(block.order + "I", start),
            *kept,
            struct.pack(block.order + "H", len(directory)),
            *directory,
            block.following,
            values,
        ]
    )


def values(data: bytes, tags: Collection[int]) -> dict[int, bytes]:
    """Return the values of `tags` in the first directory, as bytes.

    Raises:
        CannotEmbed: as `write`, or a value is of no type that it should be, or not there.
    """
    block = _read(data)
    found = {}
    for entry in block.entries:
        tag, kind, count, where = struct.unpack(block.order + "HHII", entry)
        if tag not in tags:
            continue
        size = _SIZES.get(kind, len(data)) * count
        value = entry[8 : 8 + size] if size <= 4 else data[where : where + size]
        if len(value) != size:
            raise CannotEmbed(f"its tag {tag} cannot be followed")
        found[tag] = value
    return found


def rest(data: bytes, tags: Collection[int]) -> Iterator[bytes | memoryview]:
    """Yield all of the TIFF structure that stays when `tags` are written, in order."""
    block = _read(data)
    size, others = _kept(block, tags)
    body, pad = _whole_words(memoryview(data)[:size])
    yield data[:4]
    yield bytes(body) + pad if pad else body
    yield from (*others, block.following)


def _whole_words(kept: memoryview) -> tuple[memoryview, bytes]:
    """Return what stays but for the header, and what makes it end on a word."""
    return kept[8:], bytes(len(kept) % 2)


def _read(data: bytes) -> _Block:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None or len(data) < 8:
        raise CannotEmbed("its EXIF does not begin as EXIF does")
    (at,) = struct.unpack_from(order + "I", data, 4)
    if not 8 <= at <= len(data) - 6:
        raise CannotEmbed("its EXIF refers to a directory that is not there")
    (count,) = struct.unpack_from(order + "H", data, at)
    end = at + 2 + _ENTRY * count
    if count > _MAX_ENTRIES or end + 4 > len(data):
        raise CannotEmbed("its EXIF directory is cut")
    entries = [data[start : start + _ENTRY] for start in range(at + 2, end, _ENTRY)]
    block = _Block(data, order, at, entries, data[end : end + 4])
    if sorted(entries, key=block.tag) != entries:
        raise CannotEmbed("its EXIF directory is out of order")
    return block


def _kept(block: _Block, tags: Collection[int]) -> tuple[int, list[bytes]]:
    """Return how many bytes stay, and the entries that stay.

    What an earlier write of `tags` added at the end does not: a directory, and its values in order.
    """
    others = [entry for entry in block.entries if block.tag(entry) not in tags]
    data, at = block.data, block.at
    end = at + 2 + _ENTRY * len(block.entries) + 4
    for entry in block.entries:
        tag, kind, count, where = struct.unpack(block.order + "HHII", entry)
        size = _SIZES.get(kind, 0) * count
        if tag in tags and size > 4:
            if where != end + end % 2:
                break
            end = where + size
    is_ours = end == len(data) and at > 8 and len(others) < len(block.entries)
    return at if is_ours else len(data), others
