"""Recognise a picture by its image data, whatever its name and its metadata.

Pure over bytes. A photo that was renamed, copied, rated, or given a caption keeps its fingerprint
and so costs no second captioning; one that was cropped, recompressed or turned (by its EXIF
orientation, too: the thumbnail must follow) gets a new one.

What is left out, by format:

- JPEG: every APPn segment and comment, but APP2 `ICC_PROFILE` and APP14 `Adobe`, which change the
  colours; whatever follows the end of the image (motion-photo films, gain maps, previews).
- PNG: tEXt, zTXt, iTXt, eXIf and tIME chunks.
- WebP: EXIF and XMP chunks, and the VP8X chunk of a still picture, which only lists the others.
- GIF: comments and XMP application blocks.
- TIFF: all but the image data of each page, and the tags that tell how to show it (`imaging.tiff`).
- HEIF, AVIF, RAW, BigTIFF: nothing. They refer to their image data by offsets that any writer of
  metadata may move, so the whole file counts, and rewriting its metadata makes a new picture.

Structure that cannot be followed is hashed as it stands, so garbage has a fingerprint, too.
"""

import hashlib
import re
from collections.abc import Callable, Iterator

from lantern.imaging.formats import Format
from lantern.imaging.tiff import picture_parts
from lantern.model import Fingerprint

_UPRIGHT = 1
_ORIENTATION_TAG = 0x0112
_EXIF_HEADER = b"Exif\x00\x00"

_MAX_PARTS = 65_536
"""Parts to tell apart before the rest is hashed as it stands: no real file has as many, and a
hostile one of a million tiny parts must not cost a minute."""

_MAX_GIF_BYTES = 64 * 1024 * 1024
"""Larger GIFs are hashed whole: their data is chained in blocks of 255 bytes at most."""


def fingerprint(data: bytes | memoryview, picture_format: Format) -> Fingerprint:
    """Return BLAKE2b-128, in hex, of the image data and the EXIF orientation. Never raises."""
    view = memoryview(data)
    digest = hashlib.blake2b(digest_size=16, person=picture_format.encode())
    orientation = _UPRIGHT
    walk = _WALKS.get(picture_format, _whole)
    for part, exif in walk(view):
        if exif and orientation == _UPRIGHT:
            orientation = exif_orientation(part)
        elif not exif:
            digest.update(part)
    digest.update(bytes([orientation]))
    return Fingerprint(digest.hexdigest())


def exif_orientation(exif: bytes | memoryview) -> int:
    """Return the orientation, 1 to 8, that an EXIF block tells; 1 if it tells none or is broken.

    `exif` is a TIFF structure, with or without the "Exif" header before it (CIPA DC-008, 4.5).
    """
    tiff = memoryview(exif)
    if _opens(tiff, _EXIF_HEADER):
        tiff = tiff[6:]
    order = {b"II*\x00": "little", b"MM\x00*": "big"}.get(bytes(tiff[:4]))
    if order is None:
        return _UPRIGHT

    def number(at: int, width: int) -> int:
        return int.from_bytes(tiff[at : at + width], order)  # type: ignore[arg-type]

    directory = number(4, 4)
    for entry in range(number(directory, 2)):
        at = directory + 2 + 12 * entry
        if at + 12 > len(tiff):
            break
        if number(at, 2) == _ORIENTATION_TAG:
            value = number(at + 8, 2)
            return value if 1 <= value <= 8 else _UPRIGHT
    return _UPRIGHT


_Walk = Callable[[memoryview], Iterator[tuple[memoryview, bool]]]
"""Yields the parts that make up the picture, in file order, as (bytes, is this the EXIF block?)."""


def _opens(part: memoryview, prefix: bytes) -> bool:
    return bytes(part[: len(prefix)]) == prefix


def _whole(view: memoryview) -> Iterator[tuple[memoryview, bool]]:
    yield view, False


_SOS, _EOI, _COM = 0xDA, 0xD9, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})  # TEM, RST0-7, SOI: no length follows

# Inside entropy-coded data 0xFF is followed by a stuffed zero, a restart marker or fill
# (ITU-T T.81, B.1.1.5); anything else is the next marker. The expression searches with memchr.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _walk_jpeg(view: memoryview) -> Iterator[tuple[memoryview, bool]]:
    at = 2  # past SOI
    for _ in range(_MAX_PARTS):
        if at + 4 > len(view) or view[at] != 0xFF:
            break
        marker = view[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        if marker == _EOI:
            return
        if marker in _BARE_MARKERS:
            at += 2
            continue
        end = at + 2 + int.from_bytes(view[at + 2 : at + 4], "big")
        segment = view[at + 4 : end]
        if marker == _APP1 and _opens(segment, _EXIF_HEADER):
            yield segment, True
        elif _shapes_the_look(marker, segment):
            yield view[at:end], False
        if marker == _SOS:
            found = _NEXT_MARKER.search(view, end)
            scan_end = found.start() if found else len(view)
            yield view[end:scan_end], False
            end = scan_end
        at = end
    if not _opens(view[at:], b"\xff\xd9"):
        yield view[at:], False


def _shapes_the_look(marker: int, segment: memoryview) -> bool:
    if marker == _APP2:
        return _opens(segment, b"ICC_PROFILE\x00")
    if marker == _APP14:
        return _opens(segment, b"Adobe")
    return marker != _COM and not _APP0 <= marker <= _APP15


_PNG_METADATA = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})


def _walk_png(view: memoryview) -> Iterator[tuple[memoryview, bool]]:
    at = 8  # past the signature
    for _ in range(_MAX_PARTS):
        if at + 12 > len(view):
            break
        name = bytes(view[at + 4 : at + 8])
        end = at + 12 + int.from_bytes(view[at : at + 4], "big")
        if name == b"eXIf":
            yield view[at + 8 : end - 4], True
        elif name not in _PNG_METADATA:
            yield view[at:end], False
        at = end
        if name == b"IEND":
            return
    yield view[at:], False


def _walk_webp(view: memoryview) -> Iterator[tuple[memoryview, bool]]:
    at = 12  # past RIFF, its size and WEBP
    for _ in range(_MAX_PARTS):
        if at + 8 > len(view):
            break
        name = bytes(view[at : at + 4])
        size = int.from_bytes(view[at + 4 : at + 8], "little")
        end = at + 8 + size
        if name == b"EXIF":
            yield view[at + 8 : end], True
        elif name == b"VP8X":
            yield from _animation_of(view[at + 8 : end])
        elif name != b"XMP ":
            yield view[at:end], False
        at = end + size % 2  # chunks are padded to even length
    yield view[at:], False


def _animation_of(vp8x: memoryview) -> Iterator[tuple[memoryview, bool]]:
    """Keep the canvas size of an animation; for a still picture the image chunk itself tells it."""
    if len(vp8x) >= 10 and vp8x[0] & 0x02:
        yield vp8x[4:], False


def _walk_gif(view: memoryview) -> Iterator[tuple[memoryview, bool]]:
    at = 13 + _gif_colours(view, 10) if len(view) <= _MAX_GIF_BYTES else len(view)
    yield view[:at], False
    for _ in range(_MAX_PARTS):
        if at + 2 > len(view):
            break
        start, kind = at, view[at]
        if kind == 0x2C and at + 10 <= len(view):  # image descriptor, colours, code size, data
            at = _gif_blocks_end(view, at + 11 + _gif_colours(view, at + 9))
        elif kind == 0x21:  # extension
            at = _gif_blocks_end(view, at + 2)
        else:
            break
        is_comment = kind == 0x21 and view[start + 1] == 0xFE
        is_xmp = kind == 0x21 and _opens(view[start + 1 :], b"\xff\x0bXMP DataXMP")
        if not is_comment and not is_xmp:
            yield view[start:at], False
    yield view[at:], False


def _gif_colours(view: memoryview, flags_at: int) -> int:
    """Return the bytes of the colour table that the packed flags announce."""
    flags = view[flags_at] if flags_at < len(view) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _gif_blocks_end(view: memoryview, at: int) -> int:
    """Return the offset after a chain of data sub-blocks and its terminator."""
    while at < len(view) and view[at]:
        at += 1 + view[at]
    return min(at + 1, len(view))


def _walk_tiff(view: memoryview) -> Iterator[tuple[memoryview, bool]]:
    parts = picture_parts(view)
    yield from ((part, False) for part in ([view] if parts is None else parts))


_WALKS: dict[Format, _Walk] = {
    Format.JPEG: _walk_jpeg,
    Format.PNG: _walk_png,
    Format.WEBP: _walk_webp,
    Format.GIF: _walk_gif,
    Format.TIFF: _walk_tiff,
}
