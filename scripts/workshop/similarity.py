"""Fit the embedding that photos are compared by: `lantern.caption.embedding` tells what it is.

Principal components of the train photos' pooled features, as the shipped encoder gives them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lantern.caption import embedding
from lantern.caption.graphs import Encoder
from workshop import data, features

DIMENSIONS = 128


def fit(pooled: np.ndarray) -> bytes:
    """Return the embedding file fitted on `pooled`, (photos, channels) float32.

    The mean stays in: it is large, since no feature is negative, and steadies the cosine of plain
    pictures. Fitted on one half of the train photos and judged on the other (version 1's encoder),
    of hard crops .91 are nearer to their photo than all but 1 in 100,000 other photos are; without
    the mean .65, and .68 with its components evened out by the square roots of their spreads.
    Neighbours' sentences agree as well (cosine of their tf-idf .0937; without the mean .0946).
    """
    _, _, components = np.linalg.svd(pooled, full_matrices=False)
    return embedding.to_bytes(np.zeros(pooled.shape[1], np.float32), components[:DIMENSIONS])


def pooled(sets: dict[str, list[data.Photo]], work: Path, copy: str = "plain") -> np.ndarray:
    """Return the mean over the cells of every train photo's copy, (photos, channels) float32."""
    scale, zero = Encoder((work / "encoder.tflite").read_bytes(), threads=1).map_scale
    means = [
        np.stack([maps[row].astype(np.float32).mean(0) for row in _train_rows(photos, copy)])
        for name, photos in sets.items()
        for maps in [np.load(features.file(work, name, copy, "cells"), mmap_mode="r")]
    ]
    return np.asarray((np.concatenate(means) - zero) * scale, np.float32)


def _train_rows(photos: list[data.Photo], copy: str) -> list[int]:
    """Return the train photos' rows in the cache of a copy; altered copies hold no others."""
    cached = features.of_copy(photos, copy)
    return [row for row, photo in enumerate(cached) if photo.split == "train"]
