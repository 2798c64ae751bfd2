"""Write Caption-Abstract into IPTC data, in the charset that is in use there. Pure.

IPTC data (IIM 4.2) is a row of data sets, each a record and a number; it stands in the image
resource 0x0404 of a Photoshop block ("8BIM"). 1:90 names the charset of record 2; if it is missing,
the texts are in whatever their writer used, which is never guessed at: a sentence that cannot be
said without changing what is there is left out of IPTC, and stands in EXIF and XMP alone.
"""

import hashlib
import struct
from collections.abc import Sequence

import msgspec

from lantern.imaging.captions import iptc_text
from lantern.imaging.embed.inscription import CannotEmbed

_IPTC, _DIGEST = 0x0404, 0x0425
"""Photoshop's resources: IPTC data, and the MD5 by which it sees that somebody else wrote them."""

_CHARSET, _VERSION, _CAPTION = (1, 90), (2, 0), (2, 120)
_UTF8 = b"\x1b%G"  # ISO 2022: "change to UTF-8"


class _DataSet(msgspec.Struct, frozen=True):
    number: tuple[int, int]
    value: bytes
    written: bytes


def write(resources: bytes, sentence: str) -> bytes:
    """Return the Photoshop resources with `sentence` as Caption-Abstract; b"" makes new ones.

    Raises:
        CannotEmbed: the resources, or the data sets in them, cannot be followed to the end.
    """
    found = _resources(resources)
    old = [body for number, body, _ in found if number == _IPTC]
    if len(old) > 1:
        raise CannotEmbed("it holds IPTC data twice")
    iptc = write_datasets(old[0] if old else b"", sentence)
    digest = hashlib.md5(old[0] if old else b"", usedforsecurity=False).digest()
    parts = []
    for number, body, written in found:
        if number == _IPTC:
            parts.append(_resource(written[: -_even(len(body)) - 4], iptc))
        elif number == _DIGEST and body == digest:  # it was true; it stays so
            new = hashlib.md5(iptc, usedforsecurity=False).digest()
            parts.append(written[: -len(body)] + new)
        else:
            parts.append(written)
    if not old:
        parts.append(_resource(b"8BIM" + struct.pack(">H", _IPTC) + b"\0\0", iptc))
    return b"".join(parts)


def _even(size: int) -> int:
    return size + size % 2


def _resource(head: bytes, body: bytes) -> bytes:
    return head + struct.pack(">I", len(body)) + body + bytes(len(body) % 2)


def _resources(block: bytes) -> list[tuple[int, bytes, bytes]]:
    """Return each resource's number, body, and all its bytes."""
    found, at = [], 0
    while at < len(block):
        if block[at : at + 4] not in {b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"}:
            raise CannotEmbed("its Photoshop block cannot be followed")
        name_size = block[at + 6 : at + 7]
        body_at = at + 6 + _even(1 + (name_size[0] if name_size else 0)) + 4
        size = int.from_bytes(block[body_at - 4 : body_at], "big")
        end = body_at + _even(size)
        if end > len(block) + size % 2:  # the last one's padding may be missing
            raise CannotEmbed("its Photoshop block is cut")
        number = int.from_bytes(block[at + 4 : at + 6], "big")
        written = block[at:end].ljust(end - at, b"\0")
        found.append((number, block[body_at : body_at + size], written))
        at = end
    return found


def is_in(resources: bytes) -> bool:
    """Tell whether IPTC data stands in these Photoshop resources.

    Raises:
        CannotEmbed: as `write`.
    """
    return any(number == _IPTC for number, _, _ in _resources(resources))


def write_datasets(iptc: bytes, sentence: str) -> bytes:
    """Return IPTC data with `sentence` as Caption-Abstract; b"" makes new data.

    Raises:
        CannotEmbed: as `write`.
    """
    sets = _datasets(iptc)
    others = [s for s in sets if s.number != _CAPTION]
    text = iptc_text(sentence)
    if not sets:
        return b"".join(
            [_set(_CHARSET, _UTF8), _set(_VERSION, b"\0\4"), _set(_CAPTION, text.encode())]
        )
    encoded, must_declare = _encode(text, others)
    envelope = [s.written for s in others if s.number[0] < 2]
    application = [s.written for s in others if s.number[0] == 2]
    after = [s.written for s in others if s.number[0] > 2]
    charset = [_set(_CHARSET, _UTF8)] if must_declare else []
    caption = [] if encoded is None else [_set(_CAPTION, encoded)]
    return b"".join([*envelope, *charset, *application, *caption, *after])


def _encode(text: str, others: Sequence[_DataSet]) -> tuple[bytes | None, bool]:
    """Return `text` as IPTC that holds `others` can say it, and whether to declare UTF-8 for it.

    None where it cannot be said without changing what the others say.
    """
    if text.isascii():
        return text.encode(), False
    declared = [s.value for s in others if s.number == _CHARSET]
    if declared == [_UTF8]:
        return text.encode(), False
    if declared:
        return None, False
    values = b"".join(s.value for s in others if s.number[0] == 2)
    try:
        values.decode("utf-8")
    except UnicodeDecodeError:
        return _latin1(text), False
    return text.encode(), True


def _latin1(text: str) -> bytes | None:
    """Return `text` as the old programs wrote it that declared nothing, if they could."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None


def _set(number: tuple[int, int], value: bytes) -> bytes:
    return b"\x1c" + bytes(number) + struct.pack(">H", len(value)) + value


def _datasets(iptc: bytes) -> list[_DataSet]:
    found, at = [], 0
    while iptc[at:].strip(b"\0"):  # some pad the end
        if iptc[at] != 0x1C or at + 5 > len(iptc):
            raise CannotEmbed("its IPTC data cannot be followed")
        size = int.from_bytes(iptc[at + 3 : at + 5], "big")
        end = at + 5 + size
        if size & 0x8000 or end > len(iptc):
            raise CannotEmbed("its IPTC data is cut, or longer than any caption's")
        number = (iptc[at + 1], iptc[at + 2])
        found.append(_DataSet(number, iptc[at + 5 : end], iptc[at:end]))
        at = end
    return found
