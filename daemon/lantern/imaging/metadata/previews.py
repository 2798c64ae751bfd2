"""Find the JPEG previews inside RAW files."""

from collections.abc import Iterator
from typing import Any

import exiv2

from lantern.errors import PhotoError
from lantern.imaging import values
from lantern.imaging.metadata.parse import DAMAGE, texts_of


def preview(data: bytes) -> bytes:
    """Return the largest JPEG preview inside a RAW file.

    Raises:
        PhotoError: the file cannot be followed, or holds no JPEG preview.
    """
    try:
        image = exiv2.ImageFactory.open(data)
        image.readMetadata()
        found = [*_listed_previews(image), *_strip_previews(image, data)]
    except DAMAGE as error:
        reason = values.clean(str(error.args[-1]), 200) if error.args else type(error).__name__
        raise PhotoError(
            f"this RAW file cannot be read ({reason}); copy it again from where it came, or export"
            " the picture as a JPEG beside it"
        ) from error
    if not found:
        raise PhotoError(
            "this RAW file holds no JPEG preview; export the picture as a JPEG beside it"
        )
    return bytes(max(found, key=len))


def _listed_previews(image: Any) -> Iterator[memoryview]:
    """Yield the largest JPEG preview that exiv2 knows of, by its area."""
    manager = exiv2.PreviewManager(image)
    jpegs = [p for p in manager.getPreviewProperties() if p.mimeType_ == "image/jpeg"]
    if jpegs:
        largest = max(jpegs, key=lambda p: (p.width_ * p.height_, p.size_))
        yield memoryview(bytes(manager.getPreviewImage(largest).data()))


_REDUCED, _JPEG_COMPRESSIONS = 1, {6, 7}


def _strip_previews(image: Any, data: bytes) -> Iterator[memoryview]:
    """Yield the JPEGs that a DNG's directories hold as one strip each (DNG 1.4, "Previews").

    Exiv2 lists these as TIFF previews, wrapped in a header of its own. Only directories that say
    they are reduced images count: the sensor's own data may be (lossless) JPEG, too.
    """
    tags = {datum.key(): "".join(texts_of(datum)) for datum in image.exifData()}
    for place in ("Image", *(f"SubImage{n}" for n in range(1, 10))):
        kind, compression, offset, size = (
            _whole_number(tags.get(f"Exif.{place}.{name}", ""))
            for name in ("NewSubfileType", "Compression", "StripOffsets", "StripByteCounts")
        )
        if kind == _REDUCED and compression in _JPEG_COMPRESSIONS and offset and size:
            strip = memoryview(data)[offset : offset + size]
            if bytes(strip[:3]) == b"\xff\xd8\xff":
                yield strip


def _whole_number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
