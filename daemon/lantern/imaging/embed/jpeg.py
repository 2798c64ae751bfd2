"""Embed a sentence in a JPEG file: EXIF, XMP and IPTC segments are replaced, or put in. Pure.

Every other segment, and everything from the first scan on to the end of the file, is copied. What
refers to positions in the file is seen to: the multi-picture index (CIPA DC-007), which tells where
further pictures lie and how long the first is, is brought up to date in `mpf`; where something else
does so, or a signature covers the file, nothing is written.
"""

import struct
from collections.abc import Callable, Iterator, Sequence

from lantern.imaging.embed import exif, iptc, mpf, xmp
from lantern.imaging.embed.inscription import CannotEmbed, Inscription
from lantern.imaging.embed.segments import SOI, Segment, read_segments, trailer_of

_APP0, _APP1, _APP11, _APP13 = 0xE0, 0xE1, 0xEB, 0xED
_LARGEST = 65_533
"""Bytes that a segment holds at most."""

EXIF, XMP, PHOTOSHOP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"Photoshop 3.0\0"
_KINDS = ((_APP1, EXIF), (_APP1, XMP), (_APP13, PHOTOSHOP))
_MAKER_NOTE = (b"\x92\x7c", b"\x7c\x92")  # EXIF's tag, in both orders of bytes


def embed(data: bytes, inscription: Inscription) -> bytes:
    """Return the JPEG `data` with `inscription`.

    Raises:
        CannotEmbed: see above, or a segment would be larger than JPEG allows.
    """
    segments = read_segments(data)
    _require_free(data, segments)
    index = mpf.find(data, segments)
    if index is None and _refers_beyond(data, segments):
        raise CannotEmbed("bytes follow its picture, and its maker note may refer to them")
    scan_at = segments[-1].end if segments else len(SOI)
    head = _new_head([_part(data, segment) for segment in segments], segments, inscription)
    written = b"".join([SOI, head, memoryview(data)[scan_at:]])
    return (
        written if index is None else mpf.update(written, index, scan_at, len(written) - len(data))
    )


def rest(data: bytes) -> Iterator[bytes | memoryview]:
    """Yield all of the JPEG `data` that no sentence changes, in order.

    Of the multi-picture index, the pictures that it refers to stand for the positions.
    """
    segments = read_segments(data)
    index = mpf.find(data, segments)
    for segment in segments:
        part = _part(data, segment)
        if index is not None and part == index.segment:
            yield from mpf.pictures(data, index)
        elif not any(_is_kind(part, marker, header) for marker, header in _KINDS):
            yield part
    yield memoryview(data)[segments[-1].end if segments else len(SOI) :]


def _new_head(parts: list[bytes], segments: Sequence[Segment], inscription: Inscription) -> bytes:
    """Return the segments with the three kinds in place; new ones stand together, EXIF first."""
    at = _first_place(segments)
    for (marker, header), write in zip(_KINDS, _writers(inscription), strict=True):
        there = [n for n, part in enumerate(parts) if _is_kind(part, marker, header)]
        if len(there) > 1:
            raise CannotEmbed(f"it holds {header.split(bytes(1))[0].decode()} twice")
        old = parts[there[0]][4 + len(header) :] if there else b""
        parts[slice(there[0], there[0] + 1) if there else slice(at, at)] = [
            _segment(marker, header + write(old))
        ]
        at = max(at, there[0] + 1) if there and header == EXIF else at + (not there)
    return b"".join(parts)


def _require_free(data: bytes, segments: Sequence[Segment]) -> None:
    """Refuse what signs the file's bytes: Content Credentials (C2PA 2.1, A.3) stand in APP11."""
    if any(
        segment.marker == _APP11 and data[segment.start + 4 : segment.start + 6] == b"JP"
        for segment in segments
    ):
        raise CannotEmbed("it may be signed (JUMBF, Content Credentials)")


def _part(data: bytes, segment: Segment) -> bytes:
    return data[segment.start : segment.end]


def _is_kind(part: bytes, marker: int, header: bytes) -> bool:
    return part[1] == marker and part[4 : 4 + len(header)] == header


def _first_place(segments: Sequence[Segment]) -> int:
    """Return where EXIF goes: after JFIF's APP0, which wants to be first, else at the start."""
    places = (n for n, segment in enumerate(segments) if segment.marker != _APP0)
    return next(places, len(segments))


def _writers(inscription: Inscription) -> Sequence[Callable[[bytes], bytes]]:
    """Return what makes a segment's new content of its old, empty if there is none."""
    sentence = inscription.sentence
    return (
        lambda old: exif.write(old or exif.EMPTY, sentence),
        lambda old: xmp.write(old or xmp.EMPTY, inscription),
        lambda old: iptc.write(old, sentence),
    )


def _segment(marker: int, body: bytes) -> bytes:
    if len(body) > _LARGEST:
        raise CannotEmbed(f"a segment of {len(body)} bytes would be larger than JPEG allows")
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _refers_beyond(data: bytes, segments: Sequence[Segment]) -> bool:
    """Tell whether positions may be told of something after the picture.

    AXS, an old custom of photo agencies, tells them from the start of the file; a maker note may.
    Films of motion photos and Samsung's trailer are found from the end of the file.
    """
    trailer = trailer_of(data, segments)
    if trailer[-12:-8] in {b"AXS!", b"AXS*"}:
        return True
    trailer = trailer.strip(b"\0")
    if not trailer or b"ftyp" in trailer[:8] or trailer.endswith(b"SEFT"):
        return False
    exifs = (part for s in segments if _is_kind(part := _part(data, s), _APP1, EXIF))
    return any(tag in block for block in exifs for tag in _MAKER_NOTE)
