import struct

import pytest

import photos
from lantern.imaging.formats import (
    PHOTO_EXTENSIONS,
    Format,
    browser_shows,
    expected,
    extension_of,
    media_type,
    sniff,
)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF"])
def test_a_picture_is_known_by_its_first_bytes_whatever_its_name(name: str) -> None:
    head = photos.encoded(photos.picture(), name)[:64]
    assert sniff(head) is Format[name]
    assert sniff(head, b".jpg") is Format[name]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"II*\0\x10\0\0\0CR\x02\0", "Canon CR2"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "Canon CR3"),
        (b"FUJIFILMCCD-RAW 0201FF393101", "Fujifilm RAF"),
        (b"IIU\0\x18\0\0\0", "Panasonic RW2"),
        (b"IIRO\x08\0\0\0", "Olympus ORF"),
        (b"IIRS\x08\0\0\0", "Olympus ORF"),
        (b"MMOR\0\0\0\x08", "Olympus ORF"),
    ],
)
def test_raw_formats_with_a_magic_of_their_own_need_no_extension(head: bytes, kind: str) -> None:
    assert sniff(head) is Format.RAW, kind


@pytest.mark.parametrize("extension", [b".nef", b".nrw", b".arw", b".dng", b".pef", b".srw"])
def test_raw_formats_that_are_tiff_by_magic_are_told_apart_by_extension(extension: bytes) -> None:
    head = b"MM\0*\0\0\0\x08"
    assert sniff(head, extension) is Format.RAW
    assert sniff(head, b".tif") is Format.TIFF


def brands(major: bytes, *compatible: bytes) -> bytes:
    body = b"ftyp" + major + bytes(4) + b"".join(compatible)
    return struct.pack(">I", len(body) + 4) + body + b"\0\0\0\x08meta"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (brands(b"heic", b"mif1", b"heic"), Format.HEIF),
        (brands(b"mif1", b"heic"), Format.HEIF),
        (brands(b"msf1", b"hevc"), Format.HEIF),
        (brands(b"avif", b"mif1"), Format.AVIF),
        (brands(b"mif1", b"miaf", b"avif"), Format.AVIF),
        (brands(b"mp42", b"isom"), None),
        (brands(b"qt  "), None),
    ],
)
def test_iso_media_files_are_told_apart_by_their_brands(head: bytes, found: Format | None) -> None:
    assert sniff(head) is found


@pytest.mark.parametrize(
    "head", [b"", b"\xff", b"RIFF\0\0\0\0WAVE", b"%PDF-1.7", b"<svg ", b"\0" * 64]
)
def test_other_bytes_are_no_picture(head: bytes) -> None:
    assert sniff(head, b".jpg") is None


def test_extensions_are_compared_in_lower_case() -> None:
    assert extension_of(b"2019/Summer.JPG") == b".jpg"
    assert extension_of(b"no.folder/extension") == b""
    assert extension_of(b"caf\xe9.NEF") in PHOTO_EXTENSIONS
    assert expected(b".nef") is Format.RAW
    assert expected(b".txt") is None


def test_every_format_has_an_extension_and_a_media_type() -> None:
    assert {expected(extension) for extension in PHOTO_EXTENSIONS} == set(Format)
    assert all(media_type(each).startswith("image/") for each in Format)


def test_browsers_show_what_needs_no_conversion() -> None:
    assert {each for each in Format if not browser_shows(each)} == {
        Format.TIFF,
        Format.HEIF,
        Format.RAW,
    }
