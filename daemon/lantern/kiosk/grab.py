"""A picture of the player as a few grey squares: enough to tell black, still and another apart.

Pure. The player writes PNG without compression and filter, so that neither it nor we spend time on
it; no other PNG is read here. Source: Portable Network Graphics specification, third edition, W3C.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from lantern.errors import ProtocolError

COLUMNS, ROWS = 32, 18

SAMPLES = 4
"""A square is the mean of so many pixels along each side: noise goes, and little is touched."""

WRITTEN_SO = {"screenshot-png-compression": 0, "screenshot-png-filter": 0}
"""The player's options for it."""

LARGEST = 8192
"""Pixels along a side; no display has more."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BYTES_PER_PIXEL = {0: 1, 2: 3, 6: 4}
"""By colour type: grey, RGB, RGB and alpha."""


def squares(png: bytes) -> bytes:
    """Return the picture as ROWS x COLUMNS grey values in [0, 255], the upper left first.

    Raises:
        ProtocolError: it is not a picture that the player wrote as it was told to.
    """
    try:
        width, height, depth, colour = _header(png)
        bytes_per_pixel = _BYTES_PER_PIXEL[colour]
    except (struct.error, KeyError) as error:
        raise _unreadable("no header of grey, RGB or RGBA") from error
    if depth != 8 or not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise _unreadable(f"{width} x {height} pixels of {depth} bits")
    size = height * (1 + width * bytes_per_pixel)
    try:
        raw = zlib.decompressobj().decompress(b"".join(_data(png)), size)
    except zlib.error as error:
        raise _unreadable(str(error)) from error
    if len(raw) < size:
        raise _unreadable("it ends early")
    lines = np.frombuffer(raw, np.uint8).reshape(height, -1)
    if lines[:, 0].any():
        raise _unreadable("its lines are filtered")
    return _means(lines[:, 1:].reshape(height, width, bytes_per_pixel))


def _header(png: bytes) -> tuple[int, int, int, int]:
    if not png.startswith(_SIGNATURE):
        raise struct.error
    _, width, height, depth, colour, *_, interlaced = struct.unpack(">8sIIBBBBB", png[8:29])
    return width, height, 0 if interlaced else depth, colour


def _data(png: bytes) -> list[bytes]:
    """Return what the chunks with pixels hold."""
    found, place = [], len(_SIGNATURE)
    while place + 8 <= len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        if kind == b"IDAT":
            found.append(png[place + 8 : place + 8 + length])
        place += length + 12
    return found


def _means(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    height, width, colours = pixels.shape
    rows = (np.arange(ROWS * SAMPLES) * height) // (ROWS * SAMPLES)
    columns = (np.arange(COLUMNS * SAMPLES) * width) // (COLUMNS * SAMPLES)
    sampled = pixels[np.ix_(rows, columns)][:, :, : min(colours, 3)]
    cells = sampled.reshape(ROWS, SAMPLES, COLUMNS, SAMPLES, -1)
    return bytes(cells.mean(axis=(1, 3, 4)).round().astype(np.uint8))


def _unreadable(why: str) -> ProtocolError:
    return ProtocolError(f"picture of the player: expected an unfiltered PNG of 8 bits, got {why}")
