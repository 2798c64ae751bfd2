"""Read what a file says of its picture: EXIF, IPTC and XMP, and the previews inside RAW files.

The only importer of exiv2. Metadata is hints from strangers: whatever is missing, malformed or out
of range is left out, and never fails the photo. Texts lose control characters and are cut to the
lengths below. Exiv2 is native code that parses hostile bytes: run it where the process may die
(`caption.worker`). The parsing of values is pure and stands in `imaging.values`.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import exiv2

from lantern.errors import PhotoError
from lantern.imaging import values
from lantern.imaging.formats import Format
from lantern.model import Exposure, Metadata, Place

exiv2.LogMsg.setLevel(exiv2.LogMsg.Level.mute)  # each warning is some camera's habit

_DAMAGE = (exiv2.Exiv2Error, IndexError, ValueError, OverflowError)
"""What exiv2's binding raises when a value is not of the type that its tag promises."""

_Found = dict[str, list[str]]
"""The texts under each key ("Exif.Photo.FNumber"): several where it is a list, or repeated."""

_TAKEN = (
    ("Exif.Photo.DateTimeOriginal", "Exif.Photo.OffsetTimeOriginal"),
    ("Xmp.exif.DateTimeOriginal", None),
    ("Xmp.photoshop.DateCreated", None),
    ("Iptc.Application2.DateCreated", "Iptc.Application2.TimeCreated"),
    ("Exif.Image.DateTimeOriginal", None),
    ("Exif.Photo.DateTimeDigitized", "Exif.Photo.OffsetTimeDigitized"),
    ("Xmp.xmp.CreateDate", None),
    ("Exif.Image.DateTime", "Exif.Photo.OffsetTime"),
)
"""Where a date is looked for, best first, with the key of what completes it (offset or time).

GPS time is not among them: it is UTC and says nothing of the day where the picture was taken.
The last is the time of the latest change, which is all that old phones write.
"""


def read_metadata(data: bytes, picture_format: Format, width: int, height: int) -> Metadata:
    """Return what `data` says of its picture, which is `width`×`height` pixels when upright.

    Never raises for what the bytes hold: metadata that cannot be read is as good as absent.
    """
    image = (
        _parse(data) if picture_format is not Format.GIF else None
    )  # GIF holds none of the three
    found = _collect(image) if image else {}
    return Metadata(
        width=width,
        height=height,
        taken_at=_taken_at(found),
        camera=values.camera_name(
            _text(found, "Exif.Image.Make"), _text(found, "Exif.Image.Model")
        ),
        lens=_lens(found, image),
        exposure=_exposure(found),
        place=_place(found),
        rating=_rating(found),
        keywords=values.tidy_keywords(
            _texts(found, "Xmp.dc.subject", "Iptc.Application2.Keywords")
        ),
        human_caption=_human_caption(found),
    )


def preview(data: bytes) -> bytes:
    """Return the largest JPEG preview inside a RAW file.

    Raises:
        PhotoError: the file cannot be followed, or holds no JPEG preview.
    """
    try:
        image = exiv2.ImageFactory.open(data)
        image.readMetadata()
        found = [*_listed_previews(image), *_strip_previews(image, data)]
    except exiv2.Exiv2Error as error:
        raise PhotoError(
            f"this RAW file cannot be read: {values.clean(str(error), 200)}"
        ) from error
    if not found:
        raise PhotoError(
            "this RAW file holds no JPEG preview; export the picture as a JPEG beside it"
        )
    return bytes(max(found, key=len))


def orientation(data: bytes) -> int:
    """Return the EXIF orientation, 1 to 8, of any file that exiv2 reads; 1 if it tells none."""
    image = _parse(data)
    value = _number(_collect(image) if image else {}, "Exif.Image.Orientation")
    return int(value) if value is not None and 1 <= value <= 8 else 1


def _parse(data: bytes) -> Any | None:
    """Return the exiv2 image with whatever of its metadata could be read; None if not even that."""
    try:
        image = exiv2.ImageFactory.open(data)
    except exiv2.Exiv2Error:
        return None
    # What was read before the damage is in the image, and is as good as the rest.
    with contextlib.suppress(exiv2.Exiv2Error):
        image.readMetadata()
    return image


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
    tags = {datum.key(): "".join(_texts_of(datum)) for datum in image.exifData()}
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


def _collect(image: Any) -> _Found:
    found: _Found = {}
    for block in (image.exifData(), image.iptcData(), image.xmpData()):
        for datum in block:
            key = datum.key()
            if key in _WANTED:
                found.setdefault(key, []).extend(_texts_of(datum))
    return found


def _texts_of(datum: Any) -> list[str]:
    """Return what one datum says; nothing if its type is not what its tag asks for."""
    try:
        match datum.value():
            case exiv2.LangAltValue() as languages:
                by_language = dict(languages.items())
                best = by_language.get("x-default")
                return list(by_language.values()) if best is None else [best]
            case exiv2.XmpArrayValue() as items:
                return [str(item) for item in items]
            case _:  # the datum's own text: the value's holds the first of several numbers alone
                return [values.decoded(datum.toString())]
    except _DAMAGE:
        return []


_TEXT_KEYS = ("Exif.Image.Make", "Exif.Image.Model", "Exif.Photo.LensModel", "Xmp.aux.Lens")
_CAPTION_KEYS = (
    "Xmp.dc.description",
    "Iptc.Application2.Caption",
    "Exif.Image.ImageDescription",
)
_NUMBER_KEYS = (
    "Exif.Photo.ExposureTime",
    "Exif.Photo.FNumber",
    "Exif.Photo.ISOSpeedRatings",
    "Exif.Photo.RecommendedExposureIndex",
    "Exif.Photo.FocalLength",
    "Exif.Image.Rating",
    "Exif.Image.Orientation",
    "Xmp.xmp.Rating",
    "Exif.GPSInfo.GPSLatitude",
    "Exif.GPSInfo.GPSLatitudeRef",
    "Exif.GPSInfo.GPSLongitude",
    "Exif.GPSInfo.GPSLongitudeRef",
    "Exif.GPSInfo.GPSAltitude",
    "Exif.GPSInfo.GPSAltitudeRef",
)
_KEYWORD_KEYS = ("Xmp.dc.subject", "Iptc.Application2.Keywords")
_WANTED = frozenset(
    {
        *_TEXT_KEYS,
        *_CAPTION_KEYS,
        *_NUMBER_KEYS,
        *_KEYWORD_KEYS,
        *(key for pair in _TAKEN for key in pair if key),
    }
)


def _taken_at(found: _Found) -> str | None:
    for key, rest in _TAKEN:
        date = _text(found, key)
        completion = (_text(found, rest) if rest else None) or ""
        if date and (taken := values.iso_time(date, completion)):
            return taken
    return None


def _lens(found: _Found, image: Any | None) -> str | None:
    named = _text(found, "Exif.Photo.LensModel") or _text(found, "Xmp.aux.Lens")
    return values.lens_name(named or (_lens_by_maker(image) if image else ""))


_LENS_BY_MAKER = frozenset(
    {
        "Exif.CanonCs.LensType",
        "Exif.Minolta.LensID",
        "Exif.Nikon3.Lens",
        "Exif.NikonLd1.LensIDNumber",
        "Exif.NikonLd2.LensIDNumber",
        "Exif.NikonLd3.LensIDNumber",
        "Exif.OlympusEq.LensModel",
        "Exif.Panasonic.LensType",
        "Exif.Pentax.LensType",
        "Exif.PentaxDng.LensType",
        "Exif.Sony1.LensID",
        "Exif.Sony2.LensID",
    }
)


def _lens_by_maker(image: Any) -> str:
    """Return the lens that exiv2's tables find behind the maker's own number for it.

    Not by `exiv2.lensName`: where there is none it returns a datum that crashes who touches it.
    """
    exif = image.exifData()
    for datum in exif:
        if datum.key() in _LENS_BY_MAKER:
            with contextlib.suppress(*_DAMAGE):
                return values.decoded(datum.print(exif))
    return ""


def _exposure(found: _Found) -> Exposure:
    sensitivity = _number(found, "Exif.Photo.ISOSpeedRatings")
    if sensitivity == 65_535:  # "too large for 16 bits" (CIPA DC-008, annex G): it stands elsewhere
        sensitivity = _number(found, "Exif.Photo.RecommendedExposureIndex")
    iso = values.positive(sensitivity, 10_000_000)
    return Exposure(
        time_s=values.positive(_number(found, "Exif.Photo.ExposureTime"), 1_000_000),
        f_number=values.positive(_number(found, "Exif.Photo.FNumber"), 1_000),
        iso=int(iso) if iso else None,
        focal_length_mm=values.positive(_number(found, "Exif.Photo.FocalLength"), 100_000),
    )


def _place(found: _Found) -> Place | None:
    return values.place(
        _numbers(found, "Exif.GPSInfo.GPSLatitude"),
        _text(found, "Exif.GPSInfo.GPSLatitudeRef"),
        _numbers(found, "Exif.GPSInfo.GPSLongitude"),
        _text(found, "Exif.GPSInfo.GPSLongitudeRef"),
        _number(found, "Exif.GPSInfo.GPSAltitude"),
        below_sea=_number(found, "Exif.GPSInfo.GPSAltitudeRef") == 1,
    )


def _rating(found: _Found) -> int | None:
    for key in ("Xmp.xmp.Rating", "Exif.Image.Rating"):
        stars = _number(found, key)
        if stars is not None and 0 <= stars <= 5:
            return int(stars)
    return None


def _human_caption(found: _Found) -> str | None:
    candidates = (values.caption(text) for text in _texts(found, *_CAPTION_KEYS))
    return next(filter(None, candidates), None)


def _texts(found: _Found, *keys: str) -> list[str]:
    return [text for key in keys for text in found.get(key, ())]


def _text(found: _Found, key: str) -> str:
    return next(iter(found.get(key, ())), "")


def _number(found: _Found, key: str) -> float | None:
    return next(iter(_numbers(found, key)), None)


def _numbers(found: _Found, key: str) -> list[float]:
    """Return the integers, fractions ("1/250") and decimals under `key`; others are left out."""
    parts = (part for text in found.get(key, ()) for part in text.split())
    return [number for part in parts if (number := values.fraction(part)) is not None]
