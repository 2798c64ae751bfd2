"""Cache what an encoder sees in each photo and in altered copies of the train photos.

Two encoders look: the published one, whose early maps the late blocks are trained on, and then the
shipped one, so that the decoder's last lessons use the very numbers that it will be given on a
Pi. One file a copy, set and kind of number, written under a partial name and renamed when whole, so
that a killed run repeats at most one copy.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from lantern.caption.graphs import CELLS, CHANNELS, Encoder, PictureGraph
from workshop import data
from workshop.late import CLASSES, EARLY_CHANNELS, EARLY_SIDE

COPIES = ("plain", "flip", "crop1", "crop2", "flipcrop1", "flipcrop2")
"""Each copy's name says what is done: a mirror image, a random crop with altered light, or both."""

CROP_SIDES = (0.72, 0.96)
CROP_ASPECT = (0.93, 1.07)
BRIGHTNESS = (0.75, 1.25)
COLOUR = (0.7, 1.2)

Arrays = dict[str, np.ndarray]
Look = Callable[[np.ndarray], Arrays]


@dataclass(frozen=True)
class Cache:
    """One set's arrays by copy and kind, a row a photo; altered copies are of train photos alone.

    `photos` are those with a row in the plain copy: test photos are in none.
    """

    photos: list[data.Photo]
    train: list[data.Photo]
    copies: dict[str, Arrays]


@dataclass(frozen=True)
class Eye:
    """One encoder: its graph's file, the copies it looks at, and what it gives of a picture."""

    graph: Path
    copies: tuple[str, ...]
    open: Callable[[bytes], Look]
    kinds: tuple[str, ...]


def published(work: Path) -> Eye:
    """Return the published encoder: `early` (196, 112) int8 and `classes` (1000,) int8 logits."""
    return Eye(work / "published.tflite", COPIES, _published, ("early", "classes"))


def published_scales(graph: Path) -> dict[str, tuple[float, int]]:
    """Return (scale, zero) of what the published encoder gives: value = scale * (int8 - zero)."""
    classes, early = PictureGraph(graph.read_bytes(), threads=1).scales
    return {"early": early, "classes": classes}


def shipped(work: Path) -> Eye:
    """Return the shipped encoder: `cells` (49, 1280) int8, `concept_logits` (C,) float16."""
    return Eye(work / "encoder.tflite", COPIES[:2], _shipped, ("cells", "concept_logits"))


def make(sets: dict[str, list[data.Photo]], eye: Eye, work: Path, processes: int) -> None:
    """Write every copy that is missing below `work`."""
    jobs = [
        (photos, copy, name)
        for copy in eye.copies
        for name, photos in sets.items()
        if not all(file(work, name, copy, kind).exists() for kind in eye.kinds)
    ]
    # Forked workers would inherit locks of whatever threads run here.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(partial(_encode_copy, eye, work), jobs))


def load(photos: list[data.Photo], name: str, eye: Eye, work: Path) -> Cache:
    """Return the cached arrays of the set `name`, wholly in memory."""
    copies = {
        copy: {kind: np.load(file(work, name, copy, kind)) for kind in eye.kinds}
        for copy in eye.copies
    }
    return Cache(of_copy(photos, "plain"), data.of_split(photos, "train"), copies)


def file(work: Path, name: str, copy: str, kind: str) -> Path:
    """Return where one kind of number of a copy of the set `name` is kept."""
    return work / "features" / f"{name}.{copy}.{kind}.npy"


def alter(picture: Image.Image, copy: str, draw: random.Random) -> Image.Image:
    """Return `picture` as the copy named `copy` shows it, the same size."""
    if "crop" in copy:
        picture = _relit(_cropped(picture, draw), draw)
    return ImageOps.mirror(picture) if "flip" in copy else picture


def _published(graph: bytes) -> Look:
    picture_graph = PictureGraph(graph, threads=1)

    def look(picture: np.ndarray) -> Arrays:
        sizes = {CLASSES: "classes", EARLY_SIDE**2 * EARLY_CHANNELS: "early"}
        seen = {sizes[len(output)]: output for output in picture_graph(picture)}
        return seen | {"early": seen["early"].reshape(-1, EARLY_CHANNELS)}

    return look


def _shipped(graph: bytes) -> Look:
    encoder = Encoder(graph, threads=1)

    def look(picture: np.ndarray) -> Arrays:
        seen = encoder(picture)
        return {
            "cells": seen.map.reshape(CELLS, CHANNELS),
            "concept_logits": seen.concept_logits.astype(np.float16),
        }

    return look


def _encode_copy(eye: Eye, work: Path, job: tuple[list[data.Photo], str, str]) -> None:
    photos, copy, name = job
    look = eye.open(eye.graph.read_bytes())
    seen = []
    for photo in of_copy(photos, copy):
        with Image.open(photo.path) as picture:
            altered = alter(picture.convert("RGB"), copy, random.Random(f"{copy}/{photo.file}"))
        seen.append(look(np.asarray(altered)))
    for kind in eye.kinds:
        target = file(work, name, copy, kind)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".partial")
        with part.open("wb") as stream:
            np.save(stream, np.stack([one[kind] for one in seen]))
        part.rename(target)


def of_copy(photos: list[data.Photo], copy: str) -> list[data.Photo]:
    """Return the photos that have a row in a copy's cache: no test photo is in any."""
    if copy == "plain":
        return [photo for photo in photos if photo.split != "test"]
    return data.of_split(photos, "train")


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
