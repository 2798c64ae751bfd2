"""A picture of the player as a few grey squares."""

import struct
import zlib

import numpy as np
import pytest

from lantern.errors import ProtocolError
from lantern.kiosk.grab import COLUMNS, LARGEST, ROWS, squares


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(pixels, *, colour=2, depth=8, filter_type=0, size=None, pieces=3):
    """Return an unfiltered PNG, its pixels spread over several chunks."""
    height, width = pixels.shape[:2]
    lines = np.full((height, 1), filter_type, np.uint8)
    raw = np.hstack([lines, pixels.reshape(height, -1)]).tobytes()
    data = zlib.compress(raw, 0)
    step = -(-len(data) // pieces)
    header = struct.pack(">IIBBBBB", *(size or (width, height)), depth, colour, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"tEXt", b"Comment\0IDAT")]
    parts += [chunk(b"IDAT", data[at : at + step]) for at in range(0, len(data), step)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def grid(picture):
    return np.frombuffer(picture, np.uint8).reshape(ROWS, COLUMNS)


def test_a_bright_corner_is_the_first_squares():
    pixels = np.zeros((180, 320, 3), np.uint8)
    pixels[:90, :160] = 200
    found = grid(squares(png(pixels)))
    assert (found[: ROWS // 2, : COLUMNS // 2] == 200).all()
    assert not found[ROWS // 2 :].any()
    assert not found[:, COLUMNS // 2 :].any()


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (6, 4)])
def test_grey_colour_and_alpha_are_read(colour, channels):
    pixels = np.full((20, 30, channels), 90, np.uint8)
    if channels == 4:
        pixels[..., 3] = 255
    assert set(squares(png(pixels, colour=colour))) == {90}


def test_a_picture_smaller_than_the_squares_is_read_too():
    assert set(squares(png(np.full((1, 1, 3), 7, np.uint8)))) == {7}


GOOD = png(np.zeros((8, 8, 3), np.uint8))


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"GIF89a",
        GOOD[:20],
        GOOD[:-60],
        GOOD.replace(b"IDAT", b"IDAX"),
        png(np.zeros((8, 8, 3), np.uint8), filter_type=1),
        png(np.zeros((8, 8, 3), np.uint8), depth=16),
        png(np.zeros((8, 8, 3), np.uint8), colour=3),
        png(np.zeros((8, 8, 3), np.uint8), size=(LARGEST + 1, 8)),
        png(np.zeros((8, 8, 3), np.uint8), size=(0, 8)),
        png(np.zeros((8, 8, 3), np.uint8), size=(8, 4000)),
    ],
)
def test_anything_else_is_an_error_of_the_player(broken):
    with pytest.raises(ProtocolError, match="picture of the player"):
        squares(broken)


def test_what_unpacks_to_more_than_its_header_says_is_not_unpacked_further():
    bomb = png(np.zeros((4000, 4000, 3), np.uint8), size=(8, 8))
    assert set(squares(bomb)) == {0}
