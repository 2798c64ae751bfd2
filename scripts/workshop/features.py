"""Cache what the int8 encoder sees in each photo and in altered copies of the train photos.

The decoder learns from the very numbers that it will be given on a Pi: the shipped encoder runs
here, under the same runtime. One file a copy and set, written under a partial name and renamed
when whole, so that a killed run repeats at most one file.
"""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from lantern.caption.tflite import Encoder
from workshop import data

CELLS = 49
CHANNELS = 1280
COPIES = ("plain", "flip", "crop1", "crop2", "flipcrop1", "flipcrop2")
"""Each copy's name says what is done: a mirror image, a random crop with altered light, or both."""

CROP_SIDES = (0.72, 0.96)
CROP_ASPECT = (0.93, 1.07)
BRIGHTNESS = (0.75, 1.25)
COLOUR = (0.7, 1.2)


@dataclass(frozen=True)
class Cache:
    """One set's maps, (rows, 49, 1280) int8 a copy; altered copies are of train photos alone."""

    photos: list[data.Photo]
    train: list[data.Photo]
    copies: dict[str, np.ndarray]


def make(sets: dict[str, list[data.Photo]], encoder: Path, work: Path, processes: int) -> None:
    """Write every copy that is missing below `work`."""
    jobs = [
        (
            photos if copy == "plain" else data.of_split(photos, "train"),
            copy,
            file(work, name, copy),
        )
        for copy in COPIES
        for name, photos in sets.items()
    ]
    missing = [job for job in jobs if not job[2].exists()]
    with ProcessPoolExecutor(processes) as pool:
        list(
            pool.map(partial(_encode_copy, encoder), *zip(*missing, strict=True)) if missing else ()
        )


def load(photos: list[data.Photo], name: str, work: Path) -> Cache:
    """Return the cached maps of the set `name`, wholly in memory: 4 GB for all sets."""
    copies = {
        copy: np.load(file(work, name, copy)) for copy in COPIES if file(work, name, copy).exists()
    }
    return Cache(photos, data.of_split(photos, "train"), copies)


def alter(picture: Image.Image, copy: str, draw: random.Random) -> Image.Image:
    """Return `picture` as the copy named `copy` shows it, the same size."""
    if "crop" in copy:
        picture = _relit(_cropped(picture, draw), draw)
    return ImageOps.mirror(picture) if "flip" in copy else picture


def _encode_copy(encoder: Path, photos: list[data.Photo], copy: str, target: Path) -> None:
    encode = Encoder(encoder.read_bytes(), threads=1)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".partial")
    maps = np.lib.format.open_memmap(part, "w+", np.int8, (len(photos), CELLS, CHANNELS))
    for row, photo in enumerate(photos):
        with Image.open(photo.path) as picture:
            altered = alter(picture.convert("RGB"), copy, random.Random(f"{copy}/{photo.file}"))
        maps[row] = encode(np.asarray(altered)).map
    maps.flush()
    part.rename(target)


def file(work: Path, name: str, copy: str) -> Path:
    """Return where the maps of a copy of the set `name` are kept."""
    return work / "features" / f"{name}.{copy}.npy"


def _cropped(picture: Image.Image, draw: random.Random) -> Image.Image:
    side = draw.uniform(*CROP_SIDES)
    width, height = (
        min(length, round(length * side * draw.uniform(*CROP_ASPECT))) for length in picture.size
    )
    left = draw.randint(0, picture.width - width)
    top = draw.randint(0, picture.height - height)
    box = (left, top, left + width, top + height)
    return picture.resize(picture.size, Image.Resampling.BILINEAR, box=box)


def _relit(picture: Image.Image, draw: random.Random) -> Image.Image:
    brighter = ImageEnhance.Brightness(picture).enhance(draw.uniform(*BRIGHTNESS))
    return ImageEnhance.Color(brighter).enhance(draw.uniform(*COLOUR))
