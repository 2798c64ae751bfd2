"""Metadata never changes a fingerprint, image data always does, and garbage never raises."""

import io
import struct

from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

import photos
from lantern.imaging.fingerprint import exif_orientation, fingerprint
from lantern.imaging.formats import Format

BASELINE = photos.jpeg()
PROGRESSIVE = photos.jpeg(progressive=True)
PNG = photos.encoded(photos.picture(), "PNG")
WEBP = photos.encoded(photos.picture(), "WEBP")
GIF = photos.encoded(photos.picture(), "GIF")

COMMENT = 0xFE
APPLICATION_MARKERS = [0xE0, 0xE1, 0xE2, *range(0xE3, 0xEE), 0xEF]


def scan_of(jpeg: bytes) -> int:
    """Return where entropy-coded data begins."""
    at = jpeg.index(b"\xff\xda")
    return at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")


@given(
    st.sampled_from([BASELINE, PROGRESSIVE]),
    st.lists(
        st.tuples(st.sampled_from([*APPLICATION_MARKERS, COMMENT]), st.binary(max_size=300)),
        max_size=5,
    ),
)
def test_jpeg_metadata_leaves_the_fingerprint_alone(
    jpeg: bytes, segments: list[tuple[int, bytes]]
) -> None:
    inserted = b"".join(photos.jpeg_segment(marker, body) for marker, body in segments)
    changed = jpeg[:2] + inserted + jpeg[2:]
    assert fingerprint(changed, Format.JPEG) == fingerprint(jpeg, Format.JPEG)


@given(st.sampled_from([BASELINE, PROGRESSIVE]), st.data())
def test_any_flipped_byte_of_the_scan_changes_a_jpegs_fingerprint(
    jpeg: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(scan_of(jpeg), len(jpeg) - 3))
    flipped = bytearray(jpeg)
    flipped[at] ^= data.draw(st.integers(1, 255))
    assert fingerprint(bytes(flipped), Format.JPEG) != fingerprint(jpeg, Format.JPEG)


@given(st.binary(max_size=300))
def test_what_follows_the_end_of_a_jpeg_does_not_count(trailer: bytes) -> None:
    assert fingerprint(BASELINE + trailer, Format.JPEG) == fingerprint(BASELINE, Format.JPEG)


@given(st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"]), st.binary(max_size=300))
def test_png_metadata_leaves_the_fingerprint_alone(name: bytes, body: bytes) -> None:
    changed = PNG[:33] + photos.png_chunk(name, body) + PNG[33:]
    assert fingerprint(changed, Format.PNG) == fingerprint(PNG, Format.PNG)


@given(st.integers(8, len(PNG) - 13), st.integers(1, 255))
def test_any_flipped_byte_changes_the_fingerprint_of_a_png_without_metadata(
    at: int, mask: int
) -> None:
    flipped = bytearray(PNG)
    flipped[at] ^= mask
    assert fingerprint(bytes(flipped), Format.PNG) != fingerprint(PNG, Format.PNG)


@given(st.sampled_from([b"EXIF", b"XMP "]), st.binary(max_size=300))
def test_webp_metadata_leaves_the_fingerprint_alone(name: bytes, body: bytes) -> None:
    width, height = (400 - 1).to_bytes(3, "little"), (300 - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + b"\x0c\0\0\0" + width + height
    chunk = name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    content = b"WEBP" + extended + WEBP[12:] + chunk
    changed = b"RIFF" + struct.pack("<I", len(content)) + content
    assert fingerprint(changed, Format.WEBP) == fingerprint(WEBP, Format.WEBP)


TIFFS = [
    photos.encoded(photos.picture(), "TIFF", compression="tiff_lzw"),
    photos.encoded(photos.picture().convert("P"), "TIFF", icc_profile=b"profile" * 9),
    photos.encoded(
        photos.picture(40, 30), "TIFF", save_all=True, append_images=[photos.picture(30, 40)]
    ),
]


@given(st.sampled_from(TIFFS), st.text("abc", min_size=1, max_size=300))
@settings(max_examples=30)
def test_tiff_metadata_leaves_the_fingerprint_alone_though_it_moves_the_pixels(
    tiff: bytes, text: str
) -> None:
    changed = photos.annotated(
        tiff,
        {
            "Exif.Image.ImageDescription": text,
            "Exif.Image.Artist": text,
            "Exif.Photo.ISOSpeed": "7",
        },
        [("Iptc.Application2.Caption", text)],
        {"Xmp.dc.title": text},
    )
    assert changed != tiff
    assert fingerprint(changed, Format.TIFF) == fingerprint(tiff, Format.TIFF)


@given(st.sampled_from(TIFFS), st.data())
def test_any_flipped_byte_of_the_pixels_changes_a_tiffs_fingerprint(
    tiff: bytes, data: st.DataObject
) -> None:
    image = Image.open(io.BytesIO(tiff))
    strip = data.draw(st.integers(0, len(image.tag_v2[273]) - 1))
    start, size = image.tag_v2[273][strip], image.tag_v2[279][strip]
    at = start + data.draw(st.integers(0, size - 1))
    flipped = bytearray(tiff)
    flipped[at] ^= data.draw(st.integers(1, 255))
    assert fingerprint(bytes(flipped), Format.TIFF) != fingerprint(tiff, Format.TIFF)


def test_the_orientation_of_a_tiff_counts_and_so_does_its_second_page() -> None:
    prints = {
        fingerprint(photos.annotated(TIFFS[0], {"Exif.Image.Orientation": str(n)}), Format.TIFF)
        for n in (1, 3, 6, 8)
    }
    assert len(prints) == 4
    other = photos.encoded(
        photos.picture(40, 30), "TIFF", save_all=True, append_images=[photos.turned(3)]
    )
    assert fingerprint(other, Format.TIFF) != fingerprint(TIFFS[2], Format.TIFF)


@given(st.lists(st.binary(min_size=1, max_size=255), max_size=3))
def test_gif_comments_leave_the_fingerprint_alone(lines: list[bytes]) -> None:
    first_block = GIF.index(b"\x2c", 13 + (3 << (GIF[10] & 7) + 1))
    blocks = b"".join(bytes([len(line)]) + line for line in lines)
    changed = GIF[:first_block] + b"\x21\xfe" + blocks + b"\0" + GIF[first_block:]
    assert fingerprint(changed, Format.GIF) == fingerprint(GIF, Format.GIF)


@given(st.sampled_from(list(Format)), st.binary(max_size=400))
@example(Format.JPEG, b"\xff\xd8" + b"\xff" * 100)
@example(Format.JPEG, b"\xff\xd8\xff\xe1\0\0")
@example(Format.GIF, b"GIF89a")
@example(Format.WEBP, b"RIFF\0\0\0\0WEBPVP8X\xff\xff\xff\xff")
def test_garbage_has_a_fingerprint(picture_format: Format, garbage: bytes) -> None:
    found = fingerprint(garbage, picture_format)
    assert len(found) == 32
    assert fingerprint(memoryview(garbage), picture_format) == found


@given(
    st.sampled_from(
        [
            (Format.JPEG, BASELINE),
            (Format.PNG, PNG),
            (Format.WEBP, WEBP),
            *((Format.TIFF, tiff) for tiff in TIFFS),
        ]
    ),
    st.integers(0, 100_000),
    st.binary(min_size=1, max_size=40),
)
def test_a_damaged_picture_has_a_fingerprint(
    sample: tuple[Format, bytes], at: int, damage: bytes
) -> None:
    picture_format, whole = sample
    at %= len(whole)
    damaged = whole[:at] + damage + whole[at + len(damage) :]
    assert len(fingerprint(damaged, picture_format)) == 32


@given(st.binary(max_size=200))
def test_an_orientation_is_always_one_of_eight(garbage: bytes) -> None:
    assert 1 <= exif_orientation(b"II*\0" + garbage) <= 8
