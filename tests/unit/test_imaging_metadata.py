import pytest

import photos
from lantern.errors import PhotoError
from lantern.imaging import values
from lantern.imaging.formats import Format
from lantern.imaging.metadata import orientation, preview
from lantern.imaging.metadata import read as read_document
from lantern.model import Exposure, Metadata, Place
from support import raws

PLAIN = photos.jpeg()


def read_metadata(data: bytes, picture_format: Format, width: int, height: int) -> Metadata:
    return read_document(data, picture_format, width, height).metadata


def read(
    exif: dict[str, str] | None = None,
    iptc: list[tuple[str, str | bytes]] | None = None,
    xmp: dict[str, str | dict[str, str]] | None = None,
) -> Metadata:
    return read_metadata(photos.annotated(PLAIN, exif, iptc, xmp), Format.JPEG, 400, 300)


def test_a_picture_without_metadata_has_its_size_alone() -> None:
    assert read_metadata(PLAIN, Format.JPEG, 400, 300) == Metadata(width=400, height=300)


def test_what_a_camera_writes_is_read() -> None:
    found = read(
        {
            "Exif.Image.Make": "Canon",
            "Exif.Image.Model": "Canon EOS 5D",
            "Exif.Photo.LensModel": "EF50mm f/1.8 STM",
            "Exif.Photo.DateTimeOriginal": "2019:07:04 18:30:00",
            "Exif.Photo.SubSecTimeOriginal": "87",
            "Exif.Photo.OffsetTimeOriginal": "+02:00",
            "Exif.Photo.ExposureTime": "1/250",
            "Exif.Photo.FNumber": "28/10",
            "Exif.Photo.ISOSpeedRatings": "400",
            "Exif.Photo.FocalLength": "50/1",
            "Exif.GPSInfo.GPSLatitude": "52/1 30/1 36/1",
            "Exif.GPSInfo.GPSLatitudeRef": "N",
            "Exif.GPSInfo.GPSLongitude": "13/1 22/1 30/1",
            "Exif.GPSInfo.GPSLongitudeRef": "W",
            "Exif.GPSInfo.GPSAltitude": "345/10",
            "Exif.GPSInfo.GPSAltitudeRef": "1",
        }
    )
    assert found == Metadata(
        width=400,
        height=300,
        taken_at="2019-07-04T18:30:00+02:00",
        camera="Canon EOS 5D",
        lens="EF50mm f/1.8 STM",
        exposure=Exposure(time_s=1 / 250, f_number=2.8, iso=400, focal_length_mm=50),
        place=Place(latitude=52.51, longitude=-13.375, altitude_m=-34.5),
    )


def test_what_a_person_writes_is_read() -> None:
    found = read(
        iptc=[("Iptc.Application2.Keywords", w) for w in ("Hund", "dog", "Café")],
        xmp={
            "Xmp.dc.description": 'lang="x-default" Rex jumps into the lake',
            "Xmp.dc.subject": "Dog",
            "Xmp.xmp.Rating": "4",
        },
    )
    assert found.human_caption == "Rex jumps into the lake"
    assert found.keywords == ("Dog", "Hund", "Café")
    assert found.rating == 4


@pytest.mark.parametrize(
    ("exif", "iptc", "xmp", "caption"),
    [
        ("from EXIF", "from IPTC", "from XMP", "from XMP"),
        ("from EXIF", "from IPTC", None, "from IPTC"),
        ("from EXIF", None, None, "from EXIF"),
        ("from EXIF", None, "   ", "from EXIF"),
        ("SONY DSC", None, None, None),
        (None, None, {"de": "Ein Hund"}, "Ein Hund"),
        (None, None, {"de": "Ein Hund", "x-default": "A dog"}, "A dog"),
    ],
)
def test_the_best_caption_wins(
    exif: str | None, iptc: str | None, xmp: str | dict[str, str] | None, caption: str | None
) -> None:
    found = read(
        {"Exif.Image.ImageDescription": exif} if exif else None,
        [("Iptc.Application2.Caption", iptc)] if iptc else None,
        {"Xmp.dc.description": xmp} if xmp else None,
    )
    assert found.human_caption == caption


def test_captions_in_further_languages_are_kept_to_be_searched() -> None:
    languages = {
        "de": "Ein Hund",
        "x-default": "A dog",
        "en-US": "A dog",
        "fr": "OLYMPUS DIGITAL CAMERA",
    }
    found = read(xmp={"Xmp.dc.description": languages})
    assert (found.human_caption, found.human_caption_other) == ("A dog", ("Ein Hund",))
    found = read(xmp={"Xmp.dc.description": {"de": "Ein Hund", "fr": "Un chien"}})
    assert {found.human_caption, *found.human_caption_other} == {"Ein Hund", "Un chien"}
    many = {f"en-{first}{second}": f"{first}{second}" for first in "ABCDEF" for second in "ABCDEF"}
    assert len(read(xmp={"Xmp.dc.description": many}).human_caption_other) == 19


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
@pytest.mark.parametrize("key", ["exif", "iptc"])
def test_captions_in_utf8_and_in_old_windows_bytes_are_both_read(charset: str, key: str) -> None:
    raw = "Café am Fluß".encode(charset)
    if key == "exif":
        found = read_metadata(
            photos.jpeg(exif=photos.exif(ImageDescription=raw)), Format.JPEG, 400, 300
        )
    else:
        found = read(iptc=[("Iptc.Application2.Caption", raw)])
    assert found.human_caption == "Café am Fluß"


def test_a_user_comment_is_no_caption() -> None:
    assert read({"Exif.Photo.UserComment": "charset=Ascii shot 12"}).human_caption is None


@pytest.mark.parametrize(
    ("exif", "iptc", "xmp", "taken_at"),
    [
        ({"Exif.Photo.DateTimeOriginal": "0000:00:00 00:00:00"}, None, None, None),
        ({"Exif.Photo.DateTimeOriginal": "    :  :     :  :  "}, None, None, None),
        (
            {"Exif.Photo.DateTimeOriginal": "2019:02:30 10:00:00"},
            None,
            {"Xmp.xmp.CreateDate": "2019-03-02T10:00:00.25+01:00"},
            "2019-03-02T10:00:00+01:00",
        ),
        (
            None,
            [
                ("Iptc.Application2.DateCreated", "1998-12-24"),
                ("Iptc.Application2.TimeCreated", "17:05:00-05:00"),
            ],
            None,
            "1998-12-24T17:05:00-05:00",
        ),
        (None, None, {"Xmp.photoshop.DateCreated": "1955-06-01"}, "1955-06-01T00:00:00"),
        ({"Exif.Image.DateTime": "2004:05:06 07:08:09"}, None, None, "2004-05-06T07:08:09"),
        (
            {"Exif.GPSInfo.GPSDateStamp": "2019:07:04", "Exif.GPSInfo.GPSTimeStamp": "1/1 2/1 3/1"},
            None,
            None,
            None,
        ),
    ],
)
def test_the_best_valid_date_wins(
    exif: dict[str, str] | None,
    iptc: list[tuple[str, str]] | None,
    xmp: dict[str, str] | None,
    taken_at: str | None,
) -> None:
    assert read(exif, iptc, xmp).taken_at == taken_at


def test_a_sensitivity_too_large_for_its_field_is_read_from_the_next() -> None:
    found = read(
        {
            "Exif.Photo.ISOSpeedRatings": "65535",
            "Exif.Photo.RecommendedExposureIndex": "102400",
        }
    )
    assert found.exposure.iso == 102_400


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_exif_is_read_in_every_format_that_holds_it(name: str) -> None:
    block = photos.exif(Make="NIKON CORPORATION", Model="NIKON D70", ImageDescription="A dog")
    data = photos.encoded(photos.picture(), name, exif=block.tobytes())
    found = read_metadata(data, Format[name], 400, 300)
    assert found.camera == "NIKON D70"
    assert found.human_caption == "A dog"


def test_hostile_values_are_left_out_or_cut() -> None:
    found = read(
        {
            "Exif.Image.Make": "A" * 5000,
            "Exif.Image.ImageDescription": "red\x1b[31m\r\nalert\u202e" + "x" * 9000,
            "Exif.Photo.ExposureTime": "1/0",
            "Exif.Photo.FNumber": "0/0",
            "Exif.GPSInfo.GPSLatitude": "952/1 30/1 36/1",
            "Exif.GPSInfo.GPSLatitudeRef": "N",
            "Exif.GPSInfo.GPSLongitude": "13/0 22/1 30/1",
            "Exif.GPSInfo.GPSLongitudeRef": "E",
            "Exif.Image.Rating": "77",
        },
        [("Iptc.Application2.Keywords", f"word {n}") for n in range(300)],
    )
    assert found.camera == "A" * values.MAX_NAME
    assert found.human_caption is not None
    assert found.human_caption.startswith("red [31m alert x")
    assert found.human_caption.isprintable()
    assert len(found.human_caption) == values.MAX_CAPTION
    assert found.exposure == Exposure()
    assert found.place is None
    assert found.rating is None
    assert len(found.keywords) == values.MAX_KEYWORDS


@pytest.mark.parametrize("picture_format", list(Format))
def test_garbage_has_no_metadata_and_fails_nothing(picture_format: Format) -> None:
    found = read_metadata(b"\xff\xd8\xff\xe1\xff\xffExif\0\0II*\0" * 20, picture_format, 4, 3)
    assert found == Metadata(width=4, height=3)


def test_a_raw_file_gives_its_preview_and_its_orientation() -> None:
    small = photos.jpeg(80, 60)
    data = photos.raw(small, orientation=6)
    assert preview(data) == small
    assert orientation(data) == 6
    assert orientation(small) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [(PLAIN, "holds no JPEG preview"), (b"garbage" * 9, "cannot be read"), (b"", "cannot be read")],
)
def test_a_raw_file_without_a_preview_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PhotoError, match=reason):
        preview(data)


@pytest.mark.parametrize("at", [84, 88], ids=["offset", "length"])
def test_a_place_beyond_all_numbers_is_damage_as_any_other(at: int) -> None:
    """Exiv2 lets the overflow pass as C++ throws it."""
    data = bytearray(raws.raf())
    data[at : at + 4] = b"\xff" * 4
    with pytest.raises(PhotoError, match="this RAW file cannot be read"):
        preview(bytes(data))
    assert orientation(bytes(data)) == 1


def test_why_a_raw_file_cannot_be_read_is_said_in_words() -> None:
    with pytest.raises(PhotoError) as refused:
        preview(b"II*\0" + b"\xff" * 40)
    assert "ErrorCode" not in str(refused.value)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("OLYMPUS IMAGING CORP.  ", "E-M5", "OLYMPUS E-M5"),
        ("EASTMAN KODAK COMPANY", "KODAK EASYSHARE C813", "KODAK EASYSHARE C813"),
        ("Konica Minolta Camera, Inc.", "DiMAGE Z3", "Konica Minolta DiMAGE Z3"),
        ("samsung", "SM-G960F", "samsung SM-G960F"),
        ("Google", "Pixel 7", "Google Pixel 7"),
        ("", "Pixel 7", "Pixel 7"),
        ("Canon", "", "Canon"),
        ("  ", "\0", None),
    ],
)
def test_cameras_are_named_once(make: str, model: str, camera: str | None) -> None:
    assert values.camera_name(make, model) == camera


@pytest.mark.parametrize(
    "junk",
    [
        "OLYMPUS DIGITAL CAMERA         ",
        "SONY DSC",
        "DCIM\\100MEDIA\\DJI_0012.JPG",
        "KONICA MINOLTA DIGITAL CAMERA",
        "Exif_JPEG_PICTURE",
        "<KENOX S630  / Samsung S630>",
        "DSC_0412",
        "GE DIGITAL CAMERA",
        "DCF 1.0",
        "Created with GIMP",
        "Created with The GIMP",
        "LEAD Technologies Inc. V1.01",
        "Processed with VSCO with a6 preset",
        "...",
        "",
    ],
)
def test_what_cameras_write_is_no_caption(junk: str) -> None:
    assert values.caption(junk) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "Digital camera on a table",
        "The default view from our window",
        "犬が走る",
        "Rex, 2019",
        "A digital camera",
    ],
)
def test_what_people_write_is_a_caption(sentence: str) -> None:
    assert values.caption(sentence) == sentence


@pytest.mark.parametrize(
    ("text", "completion", "found"),
    [
        ("2019:07:04 18:30:00", "", "2019-07-04T18:30:00"),
        ("2019:07:04 18:30:00", "Z", "2019-07-04T18:30:00+00:00"),
        ("2019:07:04 18:30:00", "-0330", "2019-07-04T18:30:00-03:30"),
        ("2019:07:04 18:30:00", "+99:00", "2019-07-04T18:30:00"),
        ("2019:07:04 18:30:00", "nonsense", "2019-07-04T18:30:00"),
        ("2019-07-04T18:30", "", "2019-07-04T18:30:00"),
        ("2019:13:04 18:30:00", "", None),
        ("2019:07:04 24:00:00", "", None),
        ("0001:01:01 00:00:00", "", None),
        ("yesterday", "", None),
    ],
)
def test_times_become_iso_8601(text: str, completion: str, found: str | None) -> None:
    assert values.iso_time(text, completion) == found


@pytest.mark.parametrize("text", ["", "-", "0", "65535", "(65535)", "n/a", "Unknown", "----"])
def test_a_lens_without_a_name_is_none(text: str) -> None:
    assert values.lens_name(text) is None


def test_the_null_island_is_no_place() -> None:
    assert values.place([0, 0, 0], "N", [0, 0, 0], "E", None, below_sea=False) is None
    assert values.place([0, 0, 1], "N", [0, 0, 0], "E", None, below_sea=False) is not None
