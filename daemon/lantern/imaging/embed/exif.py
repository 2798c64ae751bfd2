"""Write ImageDescription into an EXIF block without moving anything in it. Pure.

An EXIF block is a TIFF structure (TIFF 6.0, section 2; CIPA DC-008): directories whose entries
refer to values by their offsets. Maker notes refer to offsets, too, in ways that nobody knows all
of; so every byte stays where it is. A copy of the first directory, with the description in it, is
put at the end, and the header is made to refer to it. What an earlier write put there is cut off.
"""

import struct

from lantern.imaging.embed.inscription import CannotEmbed

_DESCRIPTION = 0x010E
_ASCII = 2
_ENTRY = 12
_MAX_ENTRIES = 1024
"""No writer makes a first directory half as long."""

EMPTY = b"II*\0" + struct.pack("<IHI", 8, 0, 0)
"""A block that says nothing yet."""


def write(block: bytes, sentence: str) -> bytes:
    """Return the TIFF structure `block` with `sentence`, in UTF-8, as its ImageDescription.

    Raises:
        CannotEmbed: the header or the first directory cannot be followed.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        raise CannotEmbed("its EXIF does not begin as EXIF does")
    at, entries, following = _directory(block, order)
    others = [entry for entry in entries if _tag(entry, order) != _DESCRIPTION]
    if sorted(entries, key=lambda entry: _tag(entry, order)) != entries:
        raise CannotEmbed("its EXIF directory is out of order")
    kept = _without_tail(block, order, at, entries)
    kept += bytes(len(kept) % 2)  # a directory begins on a word
    text = sentence.encode() + b"\0"
    text_at = len(kept) + 2 + _ENTRY * (len(others) + 1) + 4
    value = struct.pack(order + "I", text_at) if len(text) > 4 else text.ljust(4, b"\0")
    ours = struct.pack(order + "HHI", _DESCRIPTION, _ASCII, len(text)) + value
    directory = sorted([*others, ours], key=lambda entry: _tag(entry, order))
    return b"".join(
        [
            kept[:4],
            struct.pack(order + "I", len(kept)),
            kept[8:],
            struct.pack(order + "H", len(directory)),
            *directory,
            following,
            text if len(text) > 4 else b"",
        ]
    )


def _directory(block: bytes, order: str) -> tuple[int, list[bytes], bytes]:
    """Return the first directory's offset, its entries, and the offset of the next as it stands."""
    (at,) = struct.unpack_from(order + "I", block, 4)
    if not 8 <= at <= len(block) - 6:
        raise CannotEmbed("its EXIF refers to a directory that is not there")
    (count,) = struct.unpack_from(order + "H", block, at)
    end = at + 2 + _ENTRY * count
    if count > _MAX_ENTRIES or end + 4 > len(block):
        raise CannotEmbed("its EXIF directory is cut")
    entries = [block[start : start + _ENTRY] for start in range(at + 2, end, _ENTRY)]
    return at, entries, block[end : end + 4]


def _without_tail(block: bytes, order: str, at: int, entries: list[bytes]) -> bytes:
    """Return `block` without what an earlier write added: a directory and its text at the end."""
    tail = at + 2 + _ENTRY * len(entries) + 4
    texts = [entry for entry in entries if _tag(entry, order) == _DESCRIPTION]
    if len(texts) == 1:
        _, kind, size, where = struct.unpack(order + "HHII", texts[0])
        is_ours = kind == _ASCII and size > 4 and where == tail and where + size == len(block)
        if is_ours and at > 8:
            return block[:at]
    return block


def _tag(entry: bytes, order: str) -> int:
    (tag,) = struct.unpack_from(order + "H", entry)
    return int(tag)
