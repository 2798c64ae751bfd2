"""Embed a sentence in a PNG file: its eXIf, XMP and IPTC chunks are replaced, or put in. Pure.

Chunks as in the PNG specification (W3C, third edition). XMP stands in an iTXt of Adobe's name; for
IPTC there is no chunk, only ImageMagick's custom of a text chunk in hexadecimal, which exiv2 and
exiftool share. Everything else is copied, to what may follow the end.
"""

import re
import struct
import zlib
from collections.abc import Iterator

import msgspec

from lantern.imaging.embed import exif, iptc, xmp
from lantern.imaging.embed.inscription import CannotEmbed, Inscription

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS = 100_000
_MAX_TEXT = 16 * 1024 * 1024
"""Bytes that a compressed text may take; what claims more is a bomb."""

_XMP = b"XML:com.adobe.xmp\0"
_IPTC = b"Raw profile type iptc\0"
_OLD_EXIF = (b"Raw profile type exif\0", b"Raw profile type APP1\0", b"Raw profile type xmp\0")
_SIGNED = b"caBX"  # C2PA 2.1, A.4
_PIXELS = frozenset({b"IDAT", b"fdAT"})
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")


class _Chunk(msgspec.Struct, frozen=True):
    """A chunk as it stands in the file; the body of those that hold pixels is left out."""

    name: bytes
    body: bytes
    written: memoryview


def embed(data: bytes, inscription: Inscription) -> bytes:
    """Return the PNG `data` with `inscription`.

    Raises:
        CannotEmbed: its chunks cannot be followed, it is signed, or it holds EXIF in a text chunk,
            as old programs wrote it.
    """
    chunks, after = _read_chunks(data)
    for chunk in chunks:
        if chunk.name == _SIGNED:
            raise CannotEmbed("it is signed (Content Credentials)")
        if chunk.name in _TEXTS and chunk.body.startswith(_OLD_EXIF):
            raise CannotEmbed("it holds EXIF or XMP as an old program's text chunk")
    parts: list[bytes | memoryview] = [chunk.written for chunk in chunks]
    at = next(n for n, chunk in enumerate(chunks) if chunk.name == b"IDAT")
    for name, old, new in _metadata(chunks, inscription):
        written = _chunk(name, new)
        if old is None:
            parts.insert(at, written)
            at += 1
        else:
            parts[parts.index(old.written)] = written
    return b"".join([_SIGNATURE, *parts, after])


def rest(data: bytes) -> Iterator[bytes | memoryview]:
    """Yield all of the PNG `data` that no sentence changes, in order."""
    chunks, after = _read_chunks(data)
    for chunk in chunks:
        if chunk.name != b"eXIf" and not (
            chunk.name in _TEXTS and chunk.body.startswith((_XMP, _IPTC))
        ):
            yield chunk.written
    yield after


def _metadata(
    chunks: list[_Chunk], inscription: Inscription
) -> Iterator[tuple[bytes, _Chunk | None, bytes]]:
    """Yield name, the old chunk and the new body, of each of the three."""
    old = _only(chunks, b"eXIf", b"")
    yield b"eXIf", old, exif.write(old.body if old else exif.EMPTY, inscription.sentence)
    old = _only(chunks, b"iTXt", _XMP)
    packet = _international_text(old.body) if old else xmp.EMPTY
    yield b"iTXt", old, _XMP + bytes(4) + xmp.write(packet, inscription)
    old = _only(chunks, b"zTXt", _IPTC) or _only(chunks, b"tEXt", _IPTC)
    resources = iptc.write(_raw_profile(old) if old else b"", inscription.sentence)
    yield b"zTXt", old, _IPTC + b"\0" + zlib.compress(_as_profile(resources))


def _only(chunks: list[_Chunk], name: bytes, keyword: bytes) -> _Chunk | None:
    found = [c for c in chunks if c.name == name and c.body.startswith(keyword)]
    if len(found) > 1:
        raise CannotEmbed(f"it holds {name.decode()} {keyword[:-1].decode()} twice")
    return found[0] if found else None


def _read_chunks(data: bytes) -> tuple[list[_Chunk], bytes]:
    """Return the chunks to the last, and what follows them."""
    chunks: list[_Chunk] = []
    at = len(_SIGNATURE)
    while len(chunks) < _MAX_CHUNKS:
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + size
        if end > len(data):
            raise CannotEmbed("its chunks are cut")
        body = b"" if name in _PIXELS else data[at + 8 : end - 4]
        chunks.append(_Chunk(name, body, memoryview(data)[at:end]))
        at = end
        if name == b"IEND":
            break
    names = [chunk.name for chunk in chunks]
    if names[0] != b"IHDR" or names[-1] != b"IEND" or b"IDAT" not in names:
        raise CannotEmbed("its chunks are not those of a picture")
    return chunks, data[at:]


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _international_text(body: bytes) -> bytes:
    """Return the text of an iTXt chunk: keyword, flag, method, language, translation, text."""
    flag = body[len(_XMP) : len(_XMP) + 1]
    parts = body[len(_XMP) + 2 :].split(b"\0", 2)
    if len(parts) != 3 or flag not in {b"\0", b"\1"}:
        raise CannotEmbed("its XMP chunk cannot be followed")
    return _inflated(parts[2]) if flag == b"\1" else parts[2]


def _inflated(packed: bytes) -> bytes:
    inflate = zlib.decompressobj()
    try:
        text = inflate.decompress(packed, _MAX_TEXT)
    except zlib.error as error:
        raise CannotEmbed("a compressed text in it is damaged") from error
    if not inflate.eof:
        raise CannotEmbed("a compressed text in it is cut, or far too long")
    return text


def _raw_profile(chunk: _Chunk) -> bytes:
    """Return the bytes that ImageMagick's text spells: a name, a length, and lines of hex."""
    body = chunk.body[len(_IPTC) :]
    text = _inflated(body[1:]) if chunk.name == b"zTXt" else body
    match = re.fullmatch(rb"\s*iptc\s+(\d{1,9})\s+([0-9a-fA-F\s]*)", text)
    if match is None:
        raise CannotEmbed("its IPTC text chunk cannot be followed")
    profile = bytes.fromhex(match[2].decode())
    if len(profile) != int(match[1]):
        raise CannotEmbed("its IPTC text chunk is cut")
    return profile


def _as_profile(resources: bytes) -> bytes:
    digits = resources.hex().encode()
    lines = [digits[at : at + 72] for at in range(0, len(digits), 72)]
    return b"\niptc\n%8d\n%s\n" % (len(resources), b"\n".join(lines))
