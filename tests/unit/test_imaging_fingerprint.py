import time

import pytest

import photos
from lantern.imaging.fingerprint import exif_orientation, fingerprint
from lantern.imaging.formats import Format

REWRITTEN = {
    "exif_tags": {"Exif.Image.ImageDescription": "A dog runs", "Exif.Image.Artist": "Somebody"},
    "iptc": [("Iptc.Application2.Caption", "A dog runs")],
    "xmp": {"Xmp.dc.description": "A dog runs", "Xmp.xmp.Rating": "4"},
}


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_an_editor_that_writes_metadata_does_not_make_a_new_picture(name: str) -> None:
    plain = photos.encoded(photos.picture(), name)
    described = photos.annotated(plain, **REWRITTEN)
    assert described != plain
    assert fingerprint(described, Format[name]) == fingerprint(plain, Format[name])


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_turning_a_picture_by_its_exif_makes_a_new_one(name: str, orientation: int) -> None:
    upright, other = (
        photos.encoded(photos.picture(), name, exif=photos.exif(Orientation=value))
        for value in (1, orientation)
    )
    assert fingerprint(upright, Format[name]) != fingerprint(other, Format[name])


def test_an_upright_exif_is_as_good_as_none() -> None:
    upright = photos.jpeg(exif=photos.exif(Orientation=1, Make="Canon"))
    assert fingerprint(upright, Format.JPEG) == fingerprint(photos.jpeg(), Format.JPEG)


def test_a_colour_profile_changes_the_look() -> None:
    plain = photos.jpeg()
    profiled = photos.jpeg(icc_profile=b"a profile")
    assert fingerprint(plain, Format.JPEG) != fingerprint(profiled, Format.JPEG)


def test_the_adobe_segment_changes_the_look() -> None:
    plain = photos.jpeg()
    adobe = photos.jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0\x02")
    assert fingerprint(plain[:2] + adobe + plain[2:], Format.JPEG) != fingerprint(
        plain, Format.JPEG
    )


def test_the_same_bytes_in_another_format_are_another_picture() -> None:
    assert fingerprint(b"same", Format.TIFF) != fingerprint(b"same", Format.RAW)


@pytest.mark.parametrize("picture_format", [Format.TIFF, Format.HEIF, Format.AVIF, Format.RAW])
def test_every_byte_counts_where_metadata_cannot_be_told_from_the_picture(
    picture_format: Format,
) -> None:
    assert fingerprint(b"data 1", picture_format) != fingerprint(b"data 2", picture_format)


@pytest.mark.parametrize("big_endian", [False, True])
def test_the_orientation_is_read_in_both_byte_orders(big_endian: bool) -> None:
    order = "big" if big_endian else "little"

    def number(value: int, width: int) -> bytes:
        return value.to_bytes(width, order)

    entry = number(0x112, 2) + number(3, 2) + number(1, 4) + number(6, 2) + bytes(2)
    magic = b"MM\0*" if big_endian else b"II*\0"
    tiff = magic + number(8, 4) + number(1, 2) + entry
    assert exif_orientation(tiff) == 6
    assert exif_orientation(b"Exif\0\0" + tiff) == 6


@pytest.mark.parametrize(
    ("picture_format", "unit"),
    [
        (Format.JPEG, b"\xff"),
        (Format.JPEG, b"\xff\xe1\0\x02"),
        (Format.PNG, b"\0\0\0\0tEXt\0\0\0\0"),
        (Format.WEBP, b"XMP \0\0\0\0"),
        (Format.GIF, b"\x21\xfe\0"),
    ],
)
def test_millions_of_tiny_parts_cost_no_more_than_a_moment(
    picture_format: Format, unit: bytes
) -> None:
    hostile = b"\xff\xd8" + unit * (32_000_000 // len(unit))
    begun = time.process_time()
    fingerprint(hostile, picture_format)
    assert time.process_time() - begun < 2
