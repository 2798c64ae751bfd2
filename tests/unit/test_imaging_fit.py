"""A photo for a screen fits into its box, upright, whatever its format is."""

import io

import pytest
from PIL import Image

import photos
from lantern.errors import PhotoError
from lantern.imaging.decode import Box, encode, fit
from lantern.imaging.develop import seen
from lantern.imaging.formats import Format

WIDE, TALL = Box(320, 100), Box(60, 400)


def with_orientation(orientation):
    exif = Image.Exif()
    exif[photos.ORIENTATION] = orientation
    return photos.encoded(photos.turned(orientation), "JPEG", exif=exif)


def corners(picture):
    """Return the four corners' colours, roughly: which channels are bright."""
    height, width, _ = picture.pixels.shape
    places = ((2, 2), (2, width - 3), (height - 3, 2), (height - 3, width - 3))
    return [tuple(int(value) > 127 for value in picture.pixels[place]) for place in places]


def bright(*colours):
    return [tuple(value > 127 for value in colour) for colour in colours]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_fits_upright(orientation):
    for box, size in ((WIDE, (133, 100)), (TALL, (60, 45))):
        picture = fit(with_orientation(orientation), Format.JPEG, box)
        assert picture.pixels.shape[1::-1] == size
        assert corners(picture) == bright(*photos.CORNERS)
        assert (picture.width, picture.height) == (400, 300)


@pytest.mark.parametrize(
    ("picture_format", "data"),
    [
        (Format.PNG, photos.encoded(photos.picture(), "PNG")),
        (Format.WEBP, photos.encoded(photos.picture(), "WEBP")),
        (Format.GIF, photos.encoded(photos.picture(), "GIF")),
        (Format.TIFF, photos.encoded(photos.picture(), "TIFF")),
        (Format.HEIF, photos.encoded(photos.picture(), "HEIF")),
        (Format.RAW, photos.raw(photos.encoded(photos.turned(6), "JPEG"), orientation=6)),
    ],
    ids=str,
)
def test_every_format_fits(picture_format, data):
    picture = seen(data, picture_format, WIDE)
    assert picture.pixels.shape[1::-1] == (133, 100)
    assert corners(picture) == bright(*photos.CORNERS)


def test_a_small_photo_is_not_enlarged():
    assert fit(photos.jpeg(), Format.JPEG, Box(4000, 4000)).pixels.shape == (300, 400, 3)


def test_what_is_encoded_for_a_screen_carries_no_metadata_and_all_colours():
    picture = fit(with_orientation(6), Format.JPEG, WIDE)
    encoded = Image.open(io.BytesIO(encode(picture.pixels, 90)))
    assert (encoded.format, encoded.size, encoded.info.get("exif")) == ("JPEG", (133, 100), None)
    assert [layer[1:3] for layer in encoded.layer] == [(1, 1)] * 3  # no channel has less places


def test_a_truncated_photo_is_refused():
    with pytest.raises(PhotoError, match="truncated"):
        fit(photos.jpeg()[:2000], Format.JPEG, WIDE)
