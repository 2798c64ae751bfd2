"""Decode a photo once, into upright sRGB pixels that serve both the thumbnail and the model.

The only importer of libvips and pillow-heif. Bytes come in, pixels or a `PhotoError` go out; opens
no file and knows no file's name (its errors do not say it; the caller does). Not safe against
hostile bytes by itself: run it in a process that may die (`caption.worker`).

- libvips shrinks while it loads (JPEG by 2, 4 or 8), so a 12-megapixel photo never exists in full.
- HEIF goes through pillow-heif, since the libvips wheel has no HEVC decoder (patents).
- Colours become 8-bit sRGB, by the embedded ICC profile; grey, CMYK and 16 bits, too.
- Transparency is laid on white, as a browser shows it.
- Of animations and documents, the first frame or page.
"""

from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import pillow_heif
import pyvips

from lantern.errors import PhotoError
from lantern.imaging.formats import Format

UInt8Image = npt.NDArray[np.uint8]
"""(height, width, 3) sRGB in [0, 255], C-contiguous."""

MAX_PIXELS = 100_000_000
"""Larger pictures are refused before anything is decoded.

Interlaced PNGs and progressive JPEGs must be held in memory whole, at 3 to 8 bytes a pixel: 100
megapixels are what a Raspberry Pi with 2 GB survives. No camera in common use makes more.
"""

THUMBNAIL_EDGE = 448
"""Longest side of a thumbnail, in pixels: two columns on a phone with a dense screen."""

DEFAULT_EDGE = THUMBNAIL_EDGE
"""Longest side of a decoded picture, in pixels.

The thumbnail's own size and twice the model's 224: nothing need be shrunk a second time, and
libvips skips most of a large JPEG (12 megapixels: 57 ms at 448, 64 at 896, 91 at 1024, on one x86
core). Ask for 896 where panoramas matter more than time.
"""

_UPRIGHT = 1
_TO_SRGB = {"output_profile": "srgb"}
_WHITE = [255, 255, 255]
_LOADERS = ("Jpeg", "Png", "Webp", "Nsgif", "Tiff", "Heif")


def _confine_vips() -> None:
    """Let libvips read only the formats that Lantern reads, on one thread, remembering nothing.

    One thread: the daemon's parallelism is over photos. No cache: no photo is decoded twice.
    """
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in _LOADERS:
        pyvips.operation_block_set(f"VipsForeignLoad{loader}", False)
    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)


_confine_vips()
pillow_heif.options.DECODE_THREADS = 1


class Picture(msgspec.Struct, frozen=True, eq=False):
    """A decoded photo.

    `pixels` is upright and at most `edge` pixels long; `width` and `height` are those of the full
    picture, after orientation.
    """

    pixels: UInt8Image
    width: int
    height: int


class Box(NamedTuple):
    """The most pixels that a picture may have across and down, once it is upright."""

    width: int
    height: int


def decode(
    data: bytes,
    picture_format: Format,
    *,
    edge: int = DEFAULT_EDGE,
    orientation: int | None = None,
) -> Picture:
    """Return what `fit` makes of `data` with at most `edge` pixels on the longest side."""
    return fit(data, picture_format, Box(edge, edge), orientation=orientation)


def fit(
    data: bytes, picture_format: Format, box: Box, *, orientation: int | None = None
) -> Picture:
    """Decode `data` so that it fits into `box`; small pictures are not enlarged.

    `orientation`, 1 to 8, overrides what the bytes say: a RAW file's preview is turned by the RAW's
    own EXIF. RAW itself is not decoded here: pass its preview (`metadata.preview`) as JPEG.

    Raises:
        PhotoError: truncated, damaged, larger than `MAX_PIXELS`, or RAW.
    """
    if picture_format is Format.RAW:
        raise PhotoError("a RAW file is shown by its embedded preview; extract that first")
    try:
        if picture_format is Format.HEIF:
            return _decode_heif(data, box)
        return _decode_vips(data, picture_format, box, orientation)
    except pyvips.Error as error:
        raise PhotoError(_reason(data, picture_format, error)) from error


def encode_thumbnail(pixels: UInt8Image, edge: int = THUMBNAIL_EDGE, quality: int = 80) -> bytes:
    """Return a JPEG of `pixels`, at most `edge` pixels on the longest side.

    JPEG rather than WebP, for the sake of slow processors: 26 detailed pictures of 448×336 took
    1.2 ms and 37 KB each as JPEG at 80, but 10 ms and 26 KB as WebP at 75 and effort 2, both 33.8
    dB from the original, on one x86 core.
    """
    return encode(shrink(pixels, edge), quality)


def encode(pixels: UInt8Image, quality: int) -> bytes:
    """Return a JPEG of `pixels` without metadata; from `quality` 90 on with all of their colour."""
    image = _image_of(np.ascontiguousarray(pixels))
    saved: bytes = image.jpegsave_buffer(Q=quality, keep="none")
    return saved


def shrink(pixels: UInt8Image, edge: int = THUMBNAIL_EDGE) -> UInt8Image:
    """Return `pixels`, made smaller if their longest side is above `edge`."""
    if max(pixels.shape[:2]) <= edge:
        return pixels
    small = _image_of(np.ascontiguousarray(pixels)).thumbnail_image(edge, height=edge)
    return np.ascontiguousarray(small.numpy())


def _decode_vips(data: bytes, picture_format: Format, box: Box, orientation: int | None) -> Picture:
    header = _open(data)
    _require_decodable(header.width, header.height)
    turn = orientation or _orientation_of(header)
    lying = Box(box.height, box.width) if turn >= 5 else box
    profiled = _has_foreign_profile(header)
    try:
        small = _shrink(data, lying, "error", profiled=profiled)
    except pyvips.Error as error:
        if not _lacks_only_its_end(picture_format, error):
            raise
        small = _shrink(data + _JPEG_END, lying, "warning", profiled=profiled)
    upright = _turn(small, turn)
    width, height = header.width, header.height
    return Picture(_pixels(upright), *((height, width) if turn >= 5 else (width, height)))


def _open(data: bytes) -> Any:
    """Return the lazy vips image of `data`: its header is read, its pixels are not."""
    pyvips.vips_lib.vips_error_clear()  # else an old photo's warnings explain this one's failure
    return pyvips.Image.new_from_buffer(data, "")


def _require_decodable(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PhotoError(
            f"{width}×{height} pixels ({width * height / 1e6:.0f} MP), more than the"
            f" {MAX_PIXELS / 1e6:.0f} MP that Lantern decodes; export a smaller copy"
        )


def _orientation_of(image: Any) -> int:
    known = image.get("orientation") if image.get_typeof("orientation") else _UPRIGHT
    return known if 1 <= known <= 8 else _UPRIGHT


def _has_foreign_profile(image: Any) -> bool:
    """Tell whether the embedded ICC profile means other colours than sRGB.

    An exact conversion costs 0.2 µs a pixel, more than the decoding of a large JPEG, so it is
    spared where an RGB profile calls itself sRGB, which most do.
    """
    if not image.get_typeof("icc-profile-data"):
        return False
    profile = bytes(image.get("icc-profile-data"))
    names_srgb = b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile
    return not (profile[16:20] == b"RGB " and names_srgb)  # ICC.1:2022, 7.2.8: the data's space


def _shrink(data: bytes, box: Box, fail_on: str, *, profiled: bool) -> Any:
    """Return the picture in memory, within `box`, not yet turned upright.

    `fail_on` travels in the loader's option string: libvips 8.18 ignores the argument of that name.
    """
    return pyvips.Image.thumbnail_buffer(
        data,
        box.width,
        height=box.height,
        size="down",
        no_rotate=True,
        option_string=f"[fail_on={fail_on}]",
        **(_TO_SRGB if profiled else {}),
    ).copy_memory()


_JPEG_END = b"\xff\xd9"


def _lacks_only_its_end(picture_format: Format, error: pyvips.Error) -> bool:
    """Tell whether a JPEG may be whole but for its end marker, as some old cameras write it.

    Whether it is, shows when it is given one: at `fail_on` "warning" no pixel may be missing.
    """
    return picture_format is Format.JPEG and "premature end" in str(error)


def _turn(image: Any, orientation: int) -> Any:
    """Turn `image` as its EXIF orientation asks (CIPA DC-008, tag 0x0112)."""
    if orientation == _UPRIGHT:
        return image
    turned = image.copy()
    turned.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return turned.autorot()


def _pixels(image: Any) -> UInt8Image:
    # Most pictures need none of this, and each step costs a small one as much as its decoding.
    if image.hasalpha():
        image = image.flatten(background=_WHITE)
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.bands < 3:
        image = image[0].bandjoin([image[0], image[0]])
    if image.bands > 3:
        image = image[:3]
    if image.format != "uchar":
        image = image.cast("uchar")
    return np.ascontiguousarray(image.numpy())


def _image_of(pixels: npt.NDArray[np.uint8]) -> Any:
    height, width, bands = pixels.shape
    image = pyvips.Image.new_from_memory(pixels.data, width, height, bands, "uchar")
    return image.copy(interpretation="srgb")


def _decode_heif(data: bytes, box: Box) -> Picture:
    """Decode by libheif, which turns the picture by its own boxes; EXIF's orientation is void."""
    try:
        container = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        primary = container[container.primary_index]
        width, height = primary.size
        _require_decodable(width, height)
        full = _image_of(np.asarray(primary))
    except (ValueError, EOFError, RuntimeError, SyntaxError, LookupError, OSError) as error:
        raise PhotoError(_undecodable(Format.HEIF, str(error))) from error
    if profile := primary.info.get("icc_profile"):
        full.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    small = full.thumbnail_image(
        box.width,
        height=box.height,
        size="down",
        **(_TO_SRGB if _has_foreign_profile(full) else {}),
    )
    return Picture(_pixels(small), width, height)


def _reason(data: bytes, picture_format: Format, error: pyvips.Error) -> str:
    if _is_cut(data, picture_format, str(error).lower()):
        return (
            f"truncated: the {picture_format} data ends before the picture does;"
            " copy the file again from where it came"
        )
    detail = [line for line in str(error).splitlines() if line.strip()][-1:]
    return _undecodable(picture_format, "".join(detail))


def _undecodable(picture_format: Format, detail: str) -> str:
    return (
        f"this {picture_format} cannot be decoded ({_one_line(detail)}); copy it again from where"
        " it came, or export it anew"
    )


def _is_cut(data: bytes, picture_format: Format, complaint: str) -> bool:
    """Tell, from the container or from libvips' words, whether bytes are missing at the end."""
    match picture_format:
        case Format.PNG:
            return b"IEND" not in data
        case Format.WEBP:
            return int.from_bytes(data[4:8], "little") + 8 > len(data)
        case Format.TIFF:
            directory = int.from_bytes(data[4:8], "little" if data[:2] == b"II" else "big")
            return directory >= len(data) or "read error" in complaint
        case _:
            return any(words in complaint for words in ("premature end", "unexpected end"))


def _one_line(text: str) -> str:
    """Keep a library's complaint to one readable line."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:200]
