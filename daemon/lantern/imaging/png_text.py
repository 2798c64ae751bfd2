"""Read what people wrote into a PNG's text chunks: its description, or else its title or comment.

Pure. Chunks and keywords as in the PNG specification (W3C, third edition, 11.3.3). Each chunk is a
stranger's: it is bounded, and one that cannot be followed is left out. XMP in a PNG is read by
`imaging.metadata`; Lantern's own sentence goes there (`imaging.embed`), never here.
"""

import re
import zlib
from collections.abc import Iterator

from lantern.imaging import values

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MAX_CHUNKS = 100_000
_MAX_TEXT = 4 * values.MAX_CAPTION
"""Bytes kept of one text: UTF-8 takes four for a character at most. A bomb is not inflated on."""

_KEYWORDS = (b"Description", b"Title", b"Comment")
"""Best first. The latter two are asked if there is no description."""

# What programs write into titles and comments by themselves; descriptions are left to people.
_PROGRAMS = re.compile(
    r"""
    (?: created | generated | exported | edited | processed | rendered | converted | compressed
      | optimi[sz]ed | saved | written | made ) \s+ (?: with | by | using | in | from | on ) \b .*
    | (?: creator | software | xmp | exif | file | version ) \s* : .*
    | screen \s* (?: shot | capture | grab ) .*
    | xv \s+ version .*
    | \S+ \. [a-z] [a-z0-9]{1,4}
    | [\[{<] .*
    | \w+ :// .*
    """,
    re.IGNORECASE | re.VERBOSE,
)


def captions(data: bytes) -> list[str]:
    """Return what people may have written of the PNG `data`, best first; nothing if nobody did."""
    found: dict[bytes, str] = {}
    for name, body in _texts(data):
        keyword, _, rest = body.partition(b"\0")
        if keyword in _KEYWORDS and keyword not in found:
            sentence = values.caption(_decoded(name, rest))
            if sentence and (keyword == _KEYWORDS[0] or not _PROGRAMS.fullmatch(sentence)):
                found[keyword] = sentence
    return [found[keyword] for keyword in _KEYWORDS if keyword in found][:1]


def _texts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and body of each text chunk that begins with one of the keywords."""
    at = len(_SIGNATURE) if data.startswith(_SIGNATURE) else len(data)
    for _ in range(_MAX_CHUNKS):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if not name or name == b"IEND" or at + 12 + size > len(data):
            return
        if name in _READERS and data.startswith(_KEYWORDS, at + 8):
            yield name, data[at + 8 : at + 8 + size]
        at += 12 + size


def _decoded(name: bytes, rest: bytes) -> str:
    """Return the text after the keyword, "" if it cannot be followed.

    The specification says Latin-1 of all but iTXt; many programs write UTF-8 there, too.
    """
    text = _READERS[name](rest)[:_MAX_TEXT]
    return values.decoded(text.decode("utf-8", "surrogateescape"))


def _plain(rest: bytes) -> bytes:
    return rest


def _packed(rest: bytes) -> bytes:
    return _inflated(rest[1:]) if rest[:1] == b"\0" else b""


def _international(rest: bytes) -> bytes:
    parts = rest[2:].split(b"\0", 2)  # language, translated keyword, text
    if len(parts) != 3 or rest[:1] not in {b"\0", b"\1"}:
        return b""
    return _packed(rest[1:2] + parts[2]) if rest[:1] == b"\1" else parts[2]


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _MAX_TEXT)
    except zlib.error:
        return b""


_READERS = {b"tEXt": _plain, b"zTXt": _packed, b"iTXt": _international}
