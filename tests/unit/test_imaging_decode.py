import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

import photos
from lantern.errors import PhotoError
from lantern.imaging import decode as module
from lantern.imaging.decode import Picture, decode, encode_thumbnail
from lantern.imaging.develop import develop
from lantern.imaging.formats import Format

FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF"]


def corners(picture: Picture) -> list[tuple[int, ...]]:
    """Return the colours at the middle of each quarter, in reading order."""
    height, width, _ = picture.pixels.shape
    rows, columns = (height // 4, height * 3 // 4), (width // 4, width * 3 // 4)
    return [tuple(map(int, picture.pixels[y, x])) for y in rows for x in columns]


def assert_upright(picture: Picture, tolerance: int = 6) -> None:
    found, wanted = np.array(corners(picture)), np.array(photos.CORNERS)
    assert np.abs(found - wanted).max() <= tolerance, found


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_becomes_upright_rgb_of_the_asked_size(name: str) -> None:
    found = decode(photos.encoded(photos.picture(), name), Format[name], edge=200)
    assert found.pixels.shape == (150, 200, 3)
    assert found.pixels.dtype == np.uint8
    assert found.pixels.flags.c_contiguous
    assert (found.width, found.height) == (400, 300)
    assert_upright(found)


# The encoders of AVIF and HEIF write the turn as boxes of the container and as EXIF: once counts.
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_come_out_upright(name: str, orientation: int) -> None:
    stored = photos.turned(orientation)
    data = photos.encoded(stored, name, exif=photos.exif(Orientation=orientation).tobytes())
    found = decode(data, Format[name], edge=200)
    assert_upright(found)
    assert (found.width, found.height) == (400, 300)
    assert found.pixels.shape == (150, 200, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_raw_file_is_shown_by_its_preview_turned_as_the_raw_says(orientation: int) -> None:
    preview = photos.encoded(photos.turned(orientation), "JPEG", quality=90)
    found = develop(photos.raw(preview, orientation), Format.RAW, edge=200)
    assert_upright(found.picture)
    assert (found.metadata.width, found.metadata.height) == (400, 300)
    assert found.metadata.camera == "NIKON D70"


def test_small_pictures_are_not_enlarged() -> None:
    found = decode(photos.jpeg(64, 48), Format.JPEG, edge=1024)
    assert found.pixels.shape == (48, 64, 3)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (4999, 7)])
def test_extreme_shapes_keep_at_least_one_pixel_a_side(size: tuple[int, int]) -> None:
    found = decode(photos.encoded(photos.picture(*size), "PNG"), Format.PNG, edge=100)
    assert (found.width, found.height) == size
    assert min(found.pixels.shape) >= 1
    assert max(found.pixels.shape[:2]) <= 100


@pytest.mark.parametrize(
    ("mode", "name"),
    [("L", "JPEG"), ("L", "PNG"), ("LA", "PNG"), ("1", "PNG"), ("I;16", "PNG"), ("F", "TIFF")],
)
def test_grey_of_any_depth_becomes_rgb(mode: str, name: str) -> None:
    grey = photos.picture().convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    stored = deep if mode == "I;16" else grey.convert(mode, dither=Image.Dither.NONE)
    found = decode(photos.encoded(stored, name), Format[name], edge=200)
    levels = np.array(corners(found))
    assert (levels == levels[:, :1]).all(), "three equal channels"
    if mode != "1":
        expected = [grey.getpixel(xy) for xy in ((1, 1), (399, 1), (1, 299), (399, 299))]
        assert np.abs(levels[:, 0] - expected).max() <= 4


def test_sixteen_bit_colour_becomes_eight() -> None:
    pixels = np.asarray(photos.picture())
    found = decode(sixteen_bit_png(pixels), Format.PNG, edge=200)
    assert_upright(found)


def sixteen_bit_png(pixels: np.ndarray) -> bytes:
    height, width, _ = pixels.shape
    rows = (pixels.astype(np.uint16) * 257).astype(">u2").tobytes()
    stride = width * 6
    lines = b"".join(b"\0" + rows[y * stride : (y + 1) * stride] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(photos.png_chunk(*chunk) for chunk in chunks)


def test_cmyk_becomes_rgb() -> None:
    data = photos.encoded(photos.picture().convert("CMYK"), "JPEG", quality=90)
    red, green, blue, yellow = corners(decode(data, Format.JPEG, edge=200))
    assert red[0] > 2 * max(red[1:])
    assert green[1] > 1.5 * max(green[0], green[2])
    assert blue[2] > 1.5 * max(blue[:2])
    assert min(yellow[:2]) > 3 * yellow[2]


def test_an_embedded_profile_is_honoured() -> None:
    swapped = profile_with_red_and_green_swapped()
    data = photos.jpeg(icc_profile=swapped, quality=95)
    red, green, _, _ = corners(decode(data, Format.JPEG, edge=200))
    assert red[1] > red[0] + 100, "what the numbers call red, the profile calls green"
    assert green[0] > green[1] + 100


def test_a_profile_that_names_itself_srgb_is_believed() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert_upright(decode(photos.jpeg(icc_profile=profile, quality=95), Format.JPEG, edge=200))


def test_a_profile_is_honoured_in_heif() -> None:
    swapped = profile_with_red_and_green_swapped()
    stored = photos.picture()
    stored.info["icc_profile"] = swapped
    red, green, _, _ = corners(decode(photos.encoded(stored, "HEIF"), Format.HEIF, edge=200))
    assert red[1] > red[0] + 100
    assert green[0] > green[1] + 100


def profile_with_red_and_green_swapped() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    at = {bytes(profile[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = at[b"rXYZ"] + 4, at[b"gXYZ"] + 4
    profile[red : red + 8], profile[green : green + 8] = (
        profile[green : green + 8],
        profile[red : red + 8],
    )
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "sBRG".encode("utf-16-be"))


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (40, 30), (255, 0, 0, 0))
    found = decode(photos.encoded(clear, "PNG"), Format.PNG, edge=20)
    assert (found.pixels == 255).all()


@pytest.mark.parametrize(("name", "suffix"), [("GIF", "frame"), ("TIFF", "page")])
def test_the_first_of_several_is_taken(name: str, suffix: str) -> None:
    rest = [Image.new("RGB", (400, 300), (0, 0, 0))]
    data = photos.encoded(photos.picture(), name, save_all=True, append_images=rest)
    found = decode(data, Format[name], edge=200)
    assert_upright(found)
    assert (found.width, found.height) == (400, 300), suffix


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_cut_file_is_refused(name: str, kept: float) -> None:
    noise = Image.effect_noise((400, 300), 80).convert("RGB")
    whole = photos.encoded(noise, name)
    with pytest.raises(PhotoError) as caught:
        decode(whole[: int(len(whole) * kept)], Format[name], edge=200)
    assert "truncated" in str(caught.value) or name == "HEIF"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_lacks_only_its_end_marker_is_whole(progressive: bool) -> None:
    data = photos.jpeg(progressive=progressive)
    assert_upright(decode(data[:-2], Format.JPEG, edge=200))
    with pytest.raises(PhotoError, match="truncated"):
        decode(data[:-40], Format.JPEG, edge=200)


def test_a_jpeg_with_a_flipped_bit_in_its_scan_is_still_shown() -> None:
    data = bytearray(photos.encoded(Image.effect_noise((400, 300), 80).convert("RGB"), "JPEG"))
    data[len(data) // 2] ^= 0x10
    assert decode(bytes(data), Format.JPEG, edge=200).pixels.shape == (150, 200, 3)


@pytest.mark.parametrize("picture_format", [f for f in Format if f is not Format.RAW])
def test_garbage_is_refused_in_one_line(picture_format: Format) -> None:
    with pytest.raises(PhotoError) as caught:
        decode(b"\x89\xff\xd8" + bytes(range(256)) * 4, picture_format, edge=200)
    assert str(caught.value).isprintable()
    assert picture_format in str(caught.value)


def test_a_bomb_is_refused_by_its_header() -> None:
    with pytest.raises(PhotoError, match=r"30000×30000 pixels \(900 MP\), more than the 100 MP"):
        decode(photos.png_bomb(), Format.PNG, edge=200)


@pytest.mark.parametrize("name", FORMATS)
def test_the_limit_holds_in_every_format(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PIXELS", 400 * 300 - 1)
    with pytest.raises(PhotoError, match="400×300 pixels"):
        decode(photos.encoded(photos.picture(), name), Format[name], edge=200)


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>',
        b"1,2\n3,4\n",
        b"%PDF-1.4\n",
    ],
)
def test_libvips_reads_no_format_that_lantern_does_not(data: bytes) -> None:
    with pytest.raises(PhotoError, match="cannot be decoded"):
        decode(data, Format.JPEG, edge=200)


def test_a_raw_file_must_be_developed_first() -> None:
    with pytest.raises(PhotoError, match="preview"):
        decode(photos.raw(photos.jpeg()), Format.RAW)


def test_a_thumbnail_is_a_small_jpeg_of_the_same_picture() -> None:
    picture = decode(photos.jpeg(1200, 900), Format.JPEG)
    thumbnail = encode_thumbnail(picture.pixels, edge=160)
    small = Image.open(io.BytesIO(thumbnail))
    assert small.format == "JPEG"
    assert small.size == (160, 120)
    assert not small.getexif()
    assert_upright(Picture(np.asarray(small), 160, 120))


def test_a_thumbnail_of_a_view_with_gaps_is_right() -> None:
    picture = decode(photos.jpeg(1200, 900), Format.JPEG)
    mirrored = Image.open(io.BytesIO(encode_thumbnail(picture.pixels[:, ::-1], edge=160)))
    found = corners(Picture(np.asarray(mirrored), 160, 120))
    assert np.abs(np.array(found) - [photos.CORNERS[i] for i in (1, 0, 3, 2)]).max() <= 6
