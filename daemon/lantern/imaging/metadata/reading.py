"""Read a photo's metadata and its sidecar's into `model.Metadata`, and whose caption stands there.

Several documents speak of one picture. Of what people edit (caption, rating, keywords, date,
place) the sidecar has the first word, as in darktable and digiKam, then a RAW file's shared one; of
what the camera knows (its name, lens, exposure) the photo has. Where one says nothing, the next is
asked.
"""

import contextlib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec

from lantern.imaging import values
from lantern.imaging.captions import human_caption, is_ours, ruling_mark
from lantern.imaging.formats import Format
from lantern.imaging.imprint import PREFIX, Mark, read_mark
from lantern.imaging.metadata.parse import DAMAGE, EVERY_LANGUAGE, Found, collect, parse
from lantern.model import Exposure, Fingerprint, Imprint, Metadata, Place

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


_TEXT_KEYS = ("Exif.Image.Make", "Exif.Image.Model", "Exif.Photo.LensModel", "Xmp.aux.Lens")
_XMP_CAPTION = "Xmp.dc.description"
_CAPTION_KEYS = (
    _XMP_CAPTION,
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

_MARK = f"Xmp.{PREFIX}."

_MAX_LANGUAGES = 20
"""Captions kept of one picture in languages that are not shown."""


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file and its sidecar say of their picture, and what Lantern wrote there before."""

    metadata: Metadata
    imprint: Imprint | None


def read(  # noqa: PLR0913
    data: bytes,
    picture_format: Format,
    width: int,
    height: int,
    *,
    fingerprint: Fingerprint | None = None,
    sidecar: bytes = b"",
    shared_sidecar: bytes = b"",
    elsewhere: Sequence[str] = (),
) -> Reading:
    """Return what `data` and the XMP document `sidecar` say of a picture.

    It is `width`×`height` pixels when upright. The imprint is that of the picture `fingerprint`.
    `shared_sidecar` (NAME.xmp) and the captions `elsewhere` (`imaging.png_text`) are where Lantern
    never writes: a person's sentence there counts, though a model's stands in the others.
    Never raises for what the bytes hold: metadata that cannot be read is as good as absent.
    """
    image = parse(data) if picture_format is not Format.GIF else None  # GIF holds none of the three
    photo = collect(image, _WANTED, _MARK) if image else {}
    beside, shared = _read_sidecar(sidecar), _read_sidecar(shared_sidecar)
    marks = [mark for found in (beside, shared, photo) if (mark := _mark(found, fingerprint))]
    captions = (
        _texts(beside, _XMP_CAPTION),
        _texts(shared, _XMP_CAPTION),
        _texts(photo, *_CAPTION_KEYS),
        elsewhere,
    )
    human = human_caption(captions, marks)
    metadata = Metadata(
        width=width,
        height=height,
        taken_at=_taken_at(beside) or _taken_at(shared) or _taken_at(photo),
        camera=_camera(photo) or _camera(beside) or _camera(shared),
        lens=_lens(photo, image) or _lens(beside, None) or _lens(shared, None),
        exposure=_exposure({**shared, **beside, **photo}),
        place=_place(beside) or _place(shared) or _place(photo),
        rating=_first_rating(beside, shared, photo),
        keywords=_keywords(beside) or _keywords(shared) or _keywords(photo),
        human_caption=human,
        human_caption_other=_in_other_languages((beside, shared, photo), human, marks),
    )
    mark = ruling_mark(marks)
    return Reading(metadata, mark.imprint if mark else None)


def orientation(data: bytes) -> int:
    """Return the EXIF orientation, 1 to 8, of any file that exiv2 reads; 1 if it tells none."""
    image = parse(data)
    value = _number(collect(image, _WANTED, _MARK) if image else {}, "Exif.Image.Orientation")
    return int(value) if value is not None and 1 <= value <= 8 else 1


def _read_sidecar(sidecar: bytes) -> Found:
    """Return what an XMP document says: exiv2 names its EXIF properties as a photo's."""
    image = parse(sidecar) if sidecar else None
    return collect(image, _WANTED, _MARK) if image else {}


def _mark(found: Found, fingerprint: Fingerprint | None) -> Mark | None:
    properties = {
        key.removeprefix(_MARK): texts[0]
        for key, texts in found.items()
        if key.startswith(_MARK) and texts
    }
    return read_mark(properties, fingerprint)


def _camera(found: Found) -> str | None:
    return values.camera_name(_text(found, "Exif.Image.Make"), _text(found, "Exif.Image.Model"))


def _keywords(found: Found) -> tuple[str, ...]:
    return values.tidy_keywords(_texts(found, *_KEYWORD_KEYS))


def _taken_at(found: Found) -> str | None:
    for key, rest in _TAKEN:
        date = _text(found, key)
        completion = (_text(found, rest) if rest else None) or ""
        if date and (taken := values.iso_time(date, completion)):
            return taken
    return None


def _lens(found: Found, image: Any | None) -> str | None:
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
            with contextlib.suppress(*DAMAGE):
                return values.decoded(datum.print(exif))
    return ""


def _exposure(found: Found) -> Exposure:
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


def _place(found: Found) -> Place | None:
    return values.place(
        _numbers(found, "Exif.GPSInfo.GPSLatitude"),
        _text(found, "Exif.GPSInfo.GPSLatitudeRef"),
        _numbers(found, "Exif.GPSInfo.GPSLongitude"),
        _text(found, "Exif.GPSInfo.GPSLongitudeRef"),
        _number(found, "Exif.GPSInfo.GPSAltitude"),
        below_sea=_number(found, "Exif.GPSInfo.GPSAltitudeRef") == 1,
    )


def _rating(found: Found) -> int | None:
    for key in ("Xmp.xmp.Rating", "Exif.Image.Rating"):
        stars = _number(found, key)
        if stars is not None and 0 <= stars <= 5:
            return int(stars)
    return None


def _first_rating(*documents: Found) -> int | None:
    ratings = map(_rating, documents)
    return next((rating for rating in ratings if rating is not None), None)


def _in_other_languages(
    documents: Iterable[Found], human: str | None, marks: Sequence[Mark]
) -> tuple[str, ...]:
    """Return what people say in XMP besides `human`, each sentence once."""
    texts = (text for found in documents for text in _texts(found, _XMP_CAPTION + EVERY_LANGUAGE))
    sentences = dict.fromkeys(filter(None, map(values.caption, islice(texts, _MAX_LANGUAGES))))
    return tuple(said for said in sentences if said != human and not is_ours(said, marks))


def _texts(found: Found, *keys: str) -> list[str]:
    return [text for key in keys for text in found.get(key, ())]


def _text(found: Found, key: str) -> str:
    return next(iter(found.get(key, ())), "")


def _number(found: Found, key: str) -> float | None:
    return next(iter(_numbers(found, key)), None)


def _numbers(found: Found, key: str) -> list[float]:
    """Return the integers, fractions ("1/250") and decimals under `key`; others are left out."""
    parts = (part for text in found.get(key, ()) for part in text.split())
    return [number for part in parts if (number := values.fraction(part)) is not None]
