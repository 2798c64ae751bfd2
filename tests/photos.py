"""Make sample photos for tests: every format, EXIF, and the ways in which files go bad.

`picture()` has four colours at its corners, so that a test sees how a picture was turned:
red, green / blue, yellow.
"""

import io
import os
import struct
import warnings
import zlib
from pathlib import Path

import exiv2
import pillow_heif
from PIL import ExifTags, Image

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 40)
CORNERS = (RED, GREEN, BLUE, YELLOW)

ORIENTATION = 0x0112


def picture(width: int = 400, height: int = 300) -> Image.Image:
    image = Image.new("RGB", (width, height), RED)
    across, down = width // 2, height // 2
    image.paste(GREEN, (across, 0, width, down))
    image.paste(BLUE, (0, down, across, height))
    image.paste(YELLOW, (across, down, width, height))
    return image


def turned(orientation: int) -> Image.Image:
    """Return the picture as a camera stores it that writes `orientation` to have it turned back."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return picture() if orientation == 1 else picture().transpose(undo[orientation])


def encoded(image: Image.Image, name: str, **options: object) -> bytes:
    """Return `image` in the format that Pillow, or pillow-heif, calls `name`."""
    out = io.BytesIO()
    if name == "HEIF":
        pillow_heif.from_pillow(image).save(out, **options)
    else:
        image.save(out, name, **options)
    return out.getvalue()


def exif(**tags: object) -> Image.Exif:
    """Return EXIF of the named tags of the first directory ("Make", "ImageDescription")."""
    block = Image.Exif()
    for name, value in tags.items():
        block[ExifTags.Base[name]] = value
    return block


def jpeg(width: int = 400, height: int = 300, **options: object) -> bytes:
    return encoded(picture(width, height), "JPEG", **{"quality": 85, **options})


def annotated(
    data: bytes,
    exif_tags: dict[str, str] | None = None,
    iptc: list[tuple[str, str | bytes]] | None = None,
    xmp: dict[str, str | dict[str, str]] | None = None,
) -> bytes:
    """Return `data` with metadata written by exiv2, as a photo editor would.

    The image data is left as it is; `iptc` may repeat a key and give bytes in any charset; an `xmp`
    value may be sentences by language.
    """
    image = exiv2.ImageFactory.open(data)
    image.readMetadata()
    exif_data, iptc_data, xmp_data = image.exifData(), image.iptcData(), image.xmpData()
    for key, value in (exif_tags or {}).items():
        exif_data[key] = value
    for key, value in iptc or []:
        iptc_data.add(exiv2.IptcKey(key), _string_value(value))
    for key, value in (xmp or {}).items():
        xmp_data[key] = exiv2.LangAltValue(value) if isinstance(value, dict) else value
    image.writeMetadata()
    written = bytes(image.io().mmap())
    image.io().munmap()
    return written


def _string_value(value: str | bytes) -> exiv2.StringValue:
    if isinstance(value, str):
        return exiv2.StringValue(value)
    text = exiv2.StringValue()
    with warnings.catch_warnings(action="ignore"):  # deprecated, but the way for other charsets
        text.read(value)
    return text


def raw(preview: bytes, orientation: int = 1, make: bytes = b"NIKON CORPORATION\0") -> bytes:
    """Return a minimal TIFF-based RAW file (as NEF or DNG) holding `preview` as its embedded JPEG.

    The first directory describes the sensor's data (eight bytes of nothing), its sub-directory the
    preview, both as DNG 1.4 lays them out.
    """
    first, count = 8, 12
    sub = first + 2 + 12 * count + 4
    sub_count = 6
    texts = sub + 2 + 12 * sub_count + 4
    make = make + bytes(len(make) % 2)
    model = b"NIKON D70\0"
    sensor = texts + len(make) + len(model)
    at = sensor + 8

    def entry(tag: int, kind: int, number: int, value: int) -> bytes:
        packed = struct.pack("<HH", value, 0) if kind == 3 else struct.pack("<I", value)
        return struct.pack("<HHI", tag, kind, number) + packed

    version = struct.pack("<HHI4B", 0xC612, 1, 4, 1, 4, 0, 0)
    directory = [
        entry(0x00FE, 4, 1, 0),
        entry(0x0100, 4, 1, 4),
        entry(0x0101, 4, 1, 2),
        entry(0x0102, 3, 1, 8),
        entry(0x0103, 3, 1, 1),
        entry(0x010F, 2, len(make), texts),
        entry(0x0110, 2, len(model), texts + len(make)),
        entry(0x0111, 4, 1, sensor),
        entry(0x0112, 3, 1, orientation),
        entry(0x0117, 4, 1, 8),
        entry(0x014A, 4, 1, sub),
        version,
    ]
    width, height = Image.open(io.BytesIO(preview)).size
    preview_directory = [
        entry(0x00FE, 4, 1, 1),
        entry(0x0100, 4, 1, width),
        entry(0x0101, 4, 1, height),
        entry(0x0103, 3, 1, 7),
        entry(0x0111, 4, 1, at),
        entry(0x0117, 4, 1, len(preview)),
    ]
    return b"".join(
        [
            b"II*\0" + struct.pack("<I", first),
            struct.pack("<H", count) + b"".join(directory) + bytes(4),
            struct.pack("<H", sub_count) + b"".join(preview_directory) + bytes(4),
            make + model + bytes(8) + preview,
        ]
    )


def png_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """Return a PNG of a few hundred bytes that claims `width`×`height` pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", body)
        + png_chunk(b"IEND", b"")
    )


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def put(root: Path, name: bytes | str, data: bytes) -> bytes:
    """Write a file below `root`, making its folders; return its path relative to `root`."""
    path = os.fsencode(name)
    target = os.path.join(os.fsencode(root), path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        file.write(data)
    return path
