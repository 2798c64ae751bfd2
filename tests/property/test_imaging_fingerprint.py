"""Metadata never changes a fingerprint, image data always does, and garbage never raises."""

import struct

from hypothesis import example, given
from hypothesis import strategies as st

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
    st.sampled_from([(Format.JPEG, BASELINE), (Format.PNG, PNG), (Format.WEBP, WEBP)]),
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
