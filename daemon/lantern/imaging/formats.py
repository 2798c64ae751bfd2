"""Name picture formats: by what the bytes say, and by what a file's name promises.

Pure tables and prefix checks. Decides nothing about whether a picture is sound; `imaging.decode`
finds that out. To add a format: a member of `Format`, its extensions, its magic in `sniff`, then a
branch in `imaging.fingerprint` (if its metadata can be told from its image data) and in
`imaging.decode`.
"""

import enum
import os

SNIFF_BYTES = 64
"""How much of a file's head `sniff` wants: enough for an ISO media box with ten brands."""


class Format(enum.StrEnum):
    """The container that the bytes are in; the value is the name people know it by."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    GIF = "GIF"
    TIFF = "TIFF"
    HEIF = "HEIF"
    AVIF = "AVIF"
    RAW = "RAW"


_EXTENSIONS: dict[bytes, Format] = {
    b".jpg": Format.JPEG,
    b".jpeg": Format.JPEG,
    b".jpe": Format.JPEG,
    b".jfif": Format.JPEG,
    b".png": Format.PNG,
    b".webp": Format.WEBP,
    b".gif": Format.GIF,
    b".tif": Format.TIFF,
    b".tiff": Format.TIFF,
    b".heic": Format.HEIF,
    b".heif": Format.HEIF,
    b".hif": Format.HEIF,
    b".avif": Format.AVIF,
    b".cr2": Format.RAW,
    b".cr3": Format.RAW,
    b".nef": Format.RAW,
    b".nrw": Format.RAW,
    b".arw": Format.RAW,
    b".dng": Format.RAW,
    b".orf": Format.RAW,
    b".rw2": Format.RAW,
    b".raf": Format.RAW,
    b".pef": Format.RAW,
    b".srw": Format.RAW,
}

PHOTO_EXTENSIONS: frozenset[bytes] = frozenset(_EXTENSIONS)
"""Every extension, in lower case and with its dot, of a file that Lantern takes for a photo."""

_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"FUJIFILMCCD-RAW", Format.RAW),
    (b"IIU\x00", Format.RAW),  # Panasonic RW2
    (b"IIRO", Format.RAW),  # Olympus ORF, three spellings
    (b"IIRS", Format.RAW),
    (b"MMOR", Format.RAW),
)

_TIFF_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")  # the latter two: BigTIFF

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)

_MEDIA_TYPES: dict[Format, str] = {
    Format.JPEG: "image/jpeg",
    Format.PNG: "image/png",
    Format.WEBP: "image/webp",
    Format.GIF: "image/gif",
    Format.TIFF: "image/tiff",
    Format.HEIF: "image/heif",
    Format.AVIF: "image/avif",
    Format.RAW: "image/x-dcraw",
}

_SHOWN_BY_BROWSERS = frozenset(
    {Format.JPEG, Format.PNG, Format.WEBP, Format.GIF, Format.AVIF},
)


def sniff(head: bytes, extension: bytes = b"") -> Format | None:
    """Return the format whose magic bytes open `head`, or None if it is none that Lantern reads.

    `head` is the first `SNIFF_BYTES` of a file, or all of a shorter one. Several RAW formats (NEF,
    ARW, DNG, PEF, SRW) are TIFF by their magic: only the file's `extension` tells them apart.
    """
    for magic, known in _MAGIC:
        if head.startswith(magic):
            return known
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Format.WEBP
    if head.startswith(_TIFF_MAGIC):
        is_raw = expected(extension) is Format.RAW or head[8:10] == b"CR"  # CR: Canon's CR2
        return Format.RAW if is_raw else Format.TIFF
    return _sniff_iso_media(head)


def extension_of(path: bytes) -> bytes:
    """Return the extension of `path` in lower case with its dot, or b"" if it has none."""
    return os.path.splitext(path)[1].lower()


def expected(extension: bytes) -> Format | None:
    """Return the format that `extension` (as by `extension_of`) promises, or None."""
    return _EXTENSIONS.get(extension)


def browser_shows(picture_format: Format) -> bool:
    """Tell whether today's browsers show the format in an <img> without conversion."""
    return picture_format in _SHOWN_BY_BROWSERS


def media_type(picture_format: Format) -> str:
    """Return the media type to serve the format under."""
    return _MEDIA_TYPES[picture_format]


def _sniff_iso_media(head: bytes) -> Format | None:
    """Tell HEIF, AVIF and CR3 by the brands of the file type box (ISO/IEC 14496-12, 4.3)."""
    if head[4:8] != b"ftyp":
        return None
    major = head[8:12]
    box = head[: int.from_bytes(head[:4], "big")]
    compatible = {box[at : at + 4] for at in range(16, len(box) - 3, 4)}
    if major == b"crx ":
        return Format.RAW
    if major in _AVIF_BRANDS:
        return Format.AVIF
    if major not in _HEIF_BRANDS:
        return None
    # mif1 and msf1 say "some HEIF": the codec stands among the compatible brands.
    return Format.AVIF if major in {b"mif1", b"msf1"} and compatible & _AVIF_BRANDS else Format.HEIF
