"""Embed a sentence in a WebP file: its EXIF and XMP chunks are replaced, or put in. Pure.

RIFF chunks as in "WebP Container Specification" (RFC 9649, 2). A file without the VP8X chunk, which
lists what else is there, gets one. WebP has no place for IPTC. Everything else is copied.
"""

import struct
from collections.abc import Iterator

import msgspec

from lantern.imaging.embed import exif, xmp
from lantern.imaging.embed.inscription import CannotEmbed, Inscription

_HAS_EXIF, _HAS_XMP, _HAS_ALPHA = 0x08, 0x04, 0x10
_EXIF_HEADER = b"Exif\0\0"
_PICTURES = frozenset({b"VP8 ", b"VP8L", b"ANMF"})
_MAX_CHUNKS = 100_000


class _Chunk(msgspec.Struct, frozen=True):
    name: bytes
    body: bytes


def embed(data: bytes, inscription: Inscription) -> bytes:
    """Return the WebP `data` with `inscription`.

    Raises:
        CannotEmbed: its chunks cannot be followed, or it is signed.
    """
    chunks, after = _read_chunks(data)
    names = [chunk.name for chunk in chunks]
    if b"C2PA" in names:
        raise CannotEmbed("it is signed (Content Credentials)")
    if any(names.count(name) > 1 for name in (b"VP8X", b"EXIF", b"XMP ")):
        raise CannotEmbed("it holds EXIF or XMP twice")
    old = {chunk.name: chunk.body for chunk in chunks}
    new = {
        b"VP8X": _extended(old, chunks),
        b"EXIF": _exif(old.get(b"EXIF", exif.EMPTY), inscription.sentence),
        b"XMP ": xmp.write(old.get(b"XMP ", xmp.EMPTY), inscription),
    }
    if b"VP8X" not in old:
        chunks.insert(0, _Chunk(b"VP8X", b""))
    chunks += [_Chunk(name, b"") for name in (b"EXIF", b"XMP ") if name not in old]
    body = b"WEBP" + b"".join(_chunk(c.name, new.get(c.name, c.body)) for c in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body + after


def rest(data: bytes) -> Iterator[bytes | memoryview]:
    """Yield all of the WebP `data` that no sentence changes, in order."""
    chunks, after = _read_chunks(data)
    old = {chunk.name: chunk.body for chunk in chunks}
    yield _extended(old, chunks)
    yield from (
        _chunk(chunk.name, chunk.body)
        for chunk in chunks
        if chunk.name not in {b"VP8X", b"EXIF", b"XMP "}
    )
    yield after


def _read_chunks(data: bytes) -> tuple[list[_Chunk], bytes]:
    """Return the chunks, and what follows the file's end as RIFF tells it."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise CannotEmbed("its chunks are cut")
    chunks: list[_Chunk] = []
    at = 12
    while at < end and len(chunks) < _MAX_CHUNKS:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        stop = at + 8 + size
        if at + 8 > end or stop > end or (size % 2 and data[stop : stop + 1] != b"\0"):
            raise CannotEmbed("its chunks are cut, or not padded as they should be")
        chunks.append(_Chunk(data[at : at + 4], data[at + 8 : stop]))
        at = stop + size % 2
    if at != end or not _PICTURES & {chunk.name for chunk in chunks}:
        raise CannotEmbed("its chunks are not those of a picture")
    return chunks, data[end:]


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def _exif(old: bytes, sentence: str) -> bytes:
    header = _EXIF_HEADER if old.startswith(_EXIF_HEADER) else b""
    return header + exif.write(old[len(header) :], sentence)


def _extended(old: dict[bytes, bytes], chunks: list[_Chunk]) -> bytes:
    """Return the body of VP8X: flags, and the canvas less one in each direction."""
    known = old[b"VP8X"] if b"VP8X" in old else _canvas(chunks[0])
    if len(known) != 10:
        raise CannotEmbed("its VP8X chunk is cut")
    return bytes([known[0] | _HAS_EXIF | _HAS_XMP]) + known[1:]


def _canvas(picture: _Chunk) -> bytes:
    """Return VP8X for a file of one plain picture.

    Sizes stand in 14 bits each: RFC 6386, 9.1, for lossy pictures; RFC 9649, 3.4, for lossless.
    """
    flags, body = 0, picture.body
    if picture.name == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width = int.from_bytes(body[6:8], "little") & 0x3FFF
        height = int.from_bytes(body[8:10], "little") & 0x3FFF
        width, height = width - 1, height - 1
    elif picture.name == b"VP8L" and body[:1] == b"\x2f":
        bits = int.from_bytes(body[1:5], "little")
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF
        flags = _HAS_ALPHA if bits >> 28 & 1 else 0
    else:
        raise CannotEmbed("its picture does not begin as WebP does")
    return bytes([flags, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")
