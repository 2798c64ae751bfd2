"""Thumbnails by Pillow and metadata by exiftool, beside ours, for the bench of ingest.

All of it by one process, photo after photo, from files that are in memory; rounds take turns, and
medians are told, a photo. Pillow shrinks while it loads as libvips does, turns the picture upright
and writes a JPEG of the same size and quality; it converts no colours. exiftool is started once for
all photos, and its start is left out; it reads every field, and Lantern those that it knows.
"""

import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from PIL import Image, ImageOps

from lantern.errors import PhotoError
from lantern.imaging import metadata
from lantern.imaging.decode import DEFAULT_EDGE, THUMBNAIL_EDGE, decode, encode_thumbnail
from lantern.imaging.formats import SNIFF_BYTES, Format, extension_of, sniff

MOST, ROUNDS, QUALITY = 100, 5, 80
BY_BOTH = {Format.JPEG, Format.PNG, Format.WEBP, Format.GIF, Format.TIFF}


def beside(paths):
    """Return the figures over the first `MOST` of the photos at `paths` that both can read."""
    photos = list(_readable(paths))
    if not photos:
        return {}
    figures = {"peer_photos": len(photos)}
    ours, pillow = _in_turns(lambda: _each(photos, _our_thumbnail), lambda: _each(photos, _pillows))
    figures |= _told("thumbnail", "pillow", ours, pillow, len(photos))
    if not shutil.which("exiftool"):
        print("exiftool is not installed (apt libimage-exiftool-perl): left out", file=sys.stderr)
        return figures
    with tempfile.NamedTemporaryFile("w") as names:
        names.write("\n".join(path for path, _, _ in photos))
        names.flush()
        start = statistics.median(_exiftool("-ver") for _ in range(ROUNDS))
        ours, theirs = _in_turns(
            lambda: _each(photos, _our_metadata),
            lambda: _exiftool("-json", "-n", "-@", names.name) - start,
        )
    return figures | _told("metadata", "exiftool", ours, theirs, len(photos))


def _readable(paths):
    left = MOST
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        picture_format = sniff(data[:SNIFF_BYTES], extension_of(os.fsencode(path)))
        try:
            if left and picture_format in BY_BOTH:
                _our_thumbnail(data, picture_format)
                _pillows(data, picture_format)
                left -= 1
                yield path, data, picture_format
        except (PhotoError, OSError, ValueError):
            continue  # it is about photos that both can read


def _our_thumbnail(data, picture_format):
    encode_thumbnail(decode(data, picture_format).pixels)


def _pillows(data, _):
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (DEFAULT_EDGE, DEFAULT_EDGE))
    image.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    ImageOps.exif_transpose(image).convert("RGB").save(io.BytesIO(), "JPEG", quality=QUALITY)


def _our_metadata(data, picture_format):
    metadata.read(data, picture_format, 1, 1)


def _each(photos, work):
    began = time.perf_counter()
    for _, data, picture_format in photos:
        work(data, picture_format)
    return time.perf_counter() - began


def _exiftool(*words):
    began = time.perf_counter()
    done = subprocess.run(["exiftool", *words], capture_output=True, check=False)
    lasted = time.perf_counter() - began
    if done.returncode not in {0, 1}:  # 1: it complains of a photo, and has gone on
        raise SystemExit(f"exiftool: {done.stderr.decode(errors='replace')[-500:]}")
    assert words == ("-ver",) or json.loads(done.stdout)  # noqa: S101 - it would have read none
    return lasted


def _in_turns(ours, theirs):
    return zip(*((ours(), theirs()) for _ in range(ROUNDS)), strict=True)


def _told(name, peer, ours, theirs, photos):
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return {
        f"{name}_ms": round(statistics.median(ours) / photos * 1e3, 2),
        f"{peer}_{name}_ms": round(statistics.median(theirs) / photos * 1e3, 2),
        f"{name}_ratio_to_{peer}": round(statistics.median(ratios), 3),
    }
